//! Healthy registries of the most widely used kinds, and every image of the lab: what is inherent is no warning.

use std::fmt::Write as _;

use crate::diagnosis::Severity;
use crate::diagnosis::testing::{all, anomalies, probe_as};
use crate::lab::{LabImage, images, personalities};

/// What is a fault, and inherent all the same: personality, image, finding, and why it stands.
const INHERENT: &[(&str, &str, &str, &str)] = &[
    (
        "distribution-3",
        "lab/schema1",
        "schema1-removed",
        "what was pushed before the upgrade is lost to everyone",
    ),
    ("distribution-3", "lab/schema1", "server-error", "the form that takes; it hangs under schema1-removed"),
];

/// One image of each shape; the founding case's is of another's.
fn shapes() -> impl Iterator<Item = LabImage> {
    images().into_iter().filter(|image| image.repository.starts_with("lab/"))
}

/// What each shape comes to, for a person; and what is wrong with that.
fn lines(personality: &str) -> (String, Vec<String>) {
    let (mut text, mut loud) = (String::new(), Vec::new());
    for image in shapes() {
        // Without amd64 there is no image for amd64 to be had, whatever the registry does.
        let platform = if image.repository.contains("no-amd64") { "linux/arm64" } else { "linux/amd64" };
        let reference = format!("{}:{}", image.repository, image.tag);
        let report = probe_as(personality, &reference, platform);
        let (odd, unexplained) = anomalies(&report);
        let path = report.recommended.as_ref().map_or("-", |path| path.path.as_str());
        let (mut warnings, mut notes): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
        for finding in all(&report) {
            if finding.severity == Severity::Note {
                notes.push(finding.id);
                continue;
            }
            warnings.push(finding.id);
            let known = |known: &&(&str, &str, &str, &str)| {
                (known.0, known.1, known.2) == (personality, image.repository, finding.id)
            };
            if !INHERENT.iter().any(|entry| known(&entry)) {
                loud.push(format!("{personality} {reference}: {} {}", finding.severity.as_str(), finding.id));
            }
        }
        loud.extend(unexplained.iter().map(|cell| format!("{personality} {reference}: unexplained: {cell}")));
        notes.sort_unstable();
        let or_none = |ids: Vec<&str>| if ids.is_empty() { "-".to_owned() } else { ids.join(" ") };
        let _ = write!(
            text,
            "{personality} {reference}\n  {} by {path}; anomalies {odd}, unexplained {}\n  warnings: {}\n  notes: {}\n",
            report.outcome.as_str(),
            unexplained.len(),
            or_none(warnings),
            or_none(notes),
        );
    }
    (text, loud)
}

#[test]
fn a_healthy_registry_gets_notes_and_no_more() {
    let (mut text, mut loud) = (String::new(), Vec::new());
    std::thread::scope(|scope| {
        let running: Vec<_> =
            personalities().iter().map(|personality| scope.spawn(|| lines(personality.id))).collect();
        for thread in running {
            let (lines, faults) = thread.join().unwrap();
            text.push_str(&lines);
            loud.extend(faults);
        }
    });
    insta::assert_snapshot!(text);
    assert!(loud.is_empty(), "{}", loud.join("\n"));
}
