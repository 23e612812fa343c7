//! What a compatibility page says in every format alike: how much it compares, and how it is made again.

use std::collections::BTreeSet;

use crate::compare::side_by_side::SideBySide;
use crate::recording::CLIENT;
use crate::render::escape::shell;
use crate::render::text;

/// Where the page goes that the lines make.
const FILES: &str = "-o compatibility.html -o compatibility.md";

/// How many cells differ, how many do not, and how many compare nothing.
pub(in crate::render) fn counts(page: &SideBySide) -> String {
    let differ: usize = page.cells.iter().map(|row| row.cells.len()).sum();
    let alike = match page.alike {
        1 => "1 cell does the same everywhere".to_owned(),
        n => format!("{n} cells do the same everywhere"),
    };
    let mut words = format!("{alike}, {differ} {}", if differ == 1 { "differs" } else { "differ" });
    if page.left_out > 0 {
        let out = text::count(page.left_out, "cell");
        words.push_str(&format!("; {out} not compared: not sent to each of them, or of something else"));
    }
    words + "."
}

/// Shell lines that probe the same images again, as they were probed, and write the page.
pub(in crate::render) fn again(page: &SideBySide) -> String {
    let asked: Vec<(&str, String)> = page
        .columns
        .iter()
        .zip(&page.runs)
        .map(|((side, _), run)| {
            let platform = run.platform.as_deref().map(|p| format!(" --platform {}", shell(p)));
            (side.image.as_str(), format!("--suite {}{}", shell(&side.suite), platform.unwrap_or_default()))
        })
        .collect();
    let Some((_, options)) = asked.first() else { return format!("regprobe compare {FILES}") };
    let reports: Vec<String> = (1..=asked.len()).map(|n| format!("{n}.json")).collect();
    let compared = format!("regprobe compare {} {FILES}", reports.join(" "));
    // What a client asked cannot be asked again by us: the recordings themselves are compared.
    if page.columns.iter().any(|(side, _)| side.suite == CLIENT) {
        return compared;
    }
    let images: BTreeSet<String> = asked.iter().map(|(image, _)| shell(image)).collect();
    if asked.iter().all(|(_, o)| o == options) && images.len() == asked.len() {
        let images: Vec<String> = asked.iter().map(|(image, _)| shell(image)).collect();
        return format!("regprobe compare {} \\\n  {options} \\\n  {FILES}", images.join(" \\\n  "));
    }
    // One call asks one thing of each image: where that differed, or an image stands twice, each has a call of its own.
    let mut lines: Vec<String> = Vec::new();
    for (at, (image, options)) in asked.iter().enumerate() {
        lines.push(format!("regprobe probe {} {options} -o {}.json", shell(image), at + 1));
    }
    lines.push(compared);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    #[test]
    fn it_is_one_call_where_all_were_asked_alike() {
        let mut page = fixture::three();
        for (at, (side, _)) in page.columns.iter_mut().enumerate() {
            side.image = format!("mirror-{at}.example/app:1");
        }
        insta::assert_snapshot!(again(&page), @r"
        regprobe compare mirror-0.example/app:1 \
          mirror-1.example/app:1 \
          mirror-2.example/app:1 \
          --suite standard \
          -o compatibility.html -o compatibility.md
        ");
        page.columns[0].0.suite = "record".to_owned();
        assert!(again(&page).starts_with("regprobe compare 1.json 2.json 3.json -o"));
        page = fixture::three();
        insta::assert_snapshot!(again(&page), @"
    regprobe probe gcr.io/deepvariant-docker/deepvariant:0.5.0 --suite standard -o 1.json
    regprobe probe gcr.io/deepvariant-docker/deepvariant:0.5.0 --suite standard -o 2.json
    regprobe probe registry.example:5000/app:1 --suite standard -o 3.json
    regprobe compare 1.json 2.json 3.json -o compatibility.html -o compatibility.md
    ");
        page.columns[1].0.image = "a b; rm -rf".to_owned();
        page.runs[1].platform = Some("linux/arm64".to_owned());
        insta::assert_snapshot!(again(&page), @r"
        regprobe probe gcr.io/deepvariant-docker/deepvariant:0.5.0 --suite standard -o 1.json
        regprobe probe 'a b; rm -rf' --suite standard --platform linux/arm64 -o 2.json
        regprobe probe registry.example:5000/app:1 --suite standard -o 3.json
        regprobe compare 1.json 2.json 3.json -o compatibility.html -o compatibility.md
        ");
    }

    #[test]
    fn what_compares_nothing_is_counted() {
        let mut page = fixture::three();
        (page.alike, page.left_out) = (1, 0);
        page.cells.clear();
        assert_eq!(counts(&page), "1 cell does the same everywhere, 0 differ.");
        page.left_out = 2;
        assert_eq!(
            counts(&page),
            "1 cell does the same everywhere, 0 differ; 2 cells not compared: not sent to each of them, or of \
             something else."
        );
    }
}
