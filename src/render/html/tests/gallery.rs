//! Files to open: `tests/browser/run.sh` has them written, and a browser look at them.

use std::path::Path;

use super::sample;
use crate::diagnosis::testing::probe;
use crate::exchange::Outcome;
use crate::render::{escape, fixture, html, svg};
use crate::report::Report;

fn write(directory: &Path, name: &str, reports: &[Report]) {
    std::fs::write(directory.join(name).with_extension("html"), html::render(reports)).unwrap();
    std::fs::write(directory.join(name).with_extension("svg"), svg::render(reports)).unwrap();
}

fn all_hostile() -> Report {
    let all: Vec<&str> = escape::NASTY.iter().chain(sample::EVIL).copied().collect();
    // Leaked, for the ids of findings are static: one string of a test.
    sample::hostile(Box::leak(all.join(" | ").into_boxed_str()))
}

/// Ten megabytes of bodies, each another.
fn large() -> Report {
    let mut report = sample::filled(fixture::degraded());
    for (n, hop) in report.recording.exchanges.iter_mut().flat_map(|e| &mut e.hops).enumerate() {
        if let Outcome::Answered(response) = &mut hop.outcome {
            let layers: Vec<String> = (0..350)
                .map(|layer| {
                    format!(r#"{{"number":{n},"layer":{layer},"digest":"{}"}}"#, fixture::digest("aa"))
                })
                .collect();
            let text = format!(r#"{{"layers":[{}]}}"#, layers.join(","));
            response.body = sample::body_of(text.into_bytes());
        }
    }
    report
}

#[test]
#[ignore = "writes files for the browser test"]
fn the_gallery_is_written() {
    let temporary = tempfile::tempdir().unwrap();
    let wanted = std::env::var_os("REGPROBE_GALLERY");
    let directory = wanted.as_deref().map_or(temporary.path(), Path::new);
    let hostile: Vec<Report> = escape::NASTY.iter().chain(sample::EVIL).map(|n| sample::hostile(n)).collect();
    write(directory, "hostile", &[all_hostile()]);
    write(directory, "hostile-each", &hostile);
    write(directory, "degraded", &[sample::filled(fixture::degraded())]);
    write(directory, "unreachable", &[fixture::unreachable()]);
    write(directory, "large", &[large()]);
    let four = [
        sample::filled(fixture::founding_case()),
        sample::filled(fixture::degraded()),
        sample::filled(fixture::broken()),
        fixture::unreachable(),
    ];
    write(directory, "several", &four);
    for (name, quirks, image) in [
        ("lab-index", &[][..], "lab/index"),
        ("lab-gcr", &["gcr-2018"][..], "lab/docker"),
        ("lab-head", &["head-405"][..], "lab/oci"),
    ] {
        write(directory, name, std::slice::from_ref(&*probe(quirks, image)));
    }
    assert!(directory.join("lab-index.html").exists());
}
