//! Comparisons to open: `tests/browser/run.sh` has them written, and a browser look at them.

use std::path::Path;

use super::super::{check, compare, diff};
use crate::compare::side_by_side::side_by_side;
use crate::diagnosis::testing::probe;
use crate::render::html::tests::EVIL;
use crate::render::{escape, fixture, svg};

#[test]
#[ignore = "writes files for the browser test"]
fn the_gallery_is_written() {
    let temporary = tempfile::tempdir().unwrap();
    let wanted = std::env::var_os("REGPROBE_GALLERY");
    let directory = wanted.as_deref().map_or(temporary.path(), Path::new);
    let write = |name: &str, text: String| std::fs::write(directory.join(name), text).unwrap();
    let faithful = probe(&[], "lab/oci");
    let head = probe(&["head-405"], "lab/oci");
    let reports = [(*faithful).clone(), (*head).clone(), (*probe(&["gcr-2018"], "lab/oci")).clone()];
    write("compare.html", compare(&side_by_side(&reports)));
    write("compare-hand.html", compare(&fixture::three()));
    let changed = crate::compare::diff(&faithful, &head);
    write("diff.html", diff(&changed));
    write("diff.svg", svg::compared::diff(&changed));
    write("diff-hand.html", diff(&fixture::altered("")));
    write("check.html", check(&fixture::altered_check("")));
    write("check.svg", svg::compared::check(&fixture::altered_check("")));
    // Leaked, for the ids of findings are static: one string of a test.
    let all: Vec<&str> = escape::NASTY.iter().chain(EVIL).copied().collect();
    let all: &'static str = Box::leak(all.join(" | ").into_boxed_str());
    write("compare-hostile.html", compare(&fixture::three_hostile(all)));
    write("check-hostile.html", check(&fixture::altered_check(all)));
    write("check-hostile.svg", svg::compared::check(&fixture::altered_check(all)));
    assert!(directory.join("check.html").exists());
}
