//! Every quirk by itself, and quirks two by two: whole runs by the hundred, so not part of a plain `cargo test`.

use std::collections::BTreeMap;

use super::rules::RULES;
use super::testing::{all, probe};
use super::{Finding, Severity};
use crate::lab;
use crate::report::{Outcome, Report};

/// Quirks whose finding a run without credentials, TLS or a second host cannot have; they have tests of their own.
const NEEDS_MORE: &[&str] = &["basic-challenge-not-honoured", "pat-as-bearer-403"];

/// What may lie behind the reference, the commonest first: some quirks show on some of them only.
pub(crate) const SHAPES: [&str; 7] = [
    "lab/oci",
    "lab/docker",
    "lab/docker-list",
    "lab/index",
    "lab/schema1",
    "lab/list-no-amd64",
    "lab/artifact",
];

/// The first image on which the quirk's finding is made.
fn image(quirk: &str) -> Option<&'static str> {
    SHAPES.into_iter().find(|image| top(&probe(&[quirk], image), quirk).is_some())
}

/// The quirks that bear a finding's id.
pub(crate) fn faults() -> Vec<&'static str> {
    let ids = lab::quirks().iter().map(|quirk| quirk.id());
    ids.filter(|id| RULES.iter().any(|rule| rule.id == *id) && !NEEDS_MORE.contains(id)).collect()
}

fn top<'a>(report: &'a Report, id: &str) -> Option<(usize, &'a Finding)> {
    fn holds(finding: &Finding, id: &str) -> bool {
        finding.id == id || finding.children.iter().any(|child| holds(child, id))
    }
    report.findings.iter().enumerate().find(|(_, finding)| holds(finding, id))
}

/// One line for a quirk: where its finding stands, and what else is at warning or above.
fn line(quirk: &str, image: &str, report: &Report) -> String {
    let Some((place, finding)) = top(report, quirk) else {
        return format!("{quirk:42} {image:24} NOT FOUND");
    };
    let own = all(report).into_iter().find(|f| f.id == quirk).expect("it was found");
    let louder: Vec<&str> = report
        .findings
        .iter()
        .filter(|f| f.severity > Severity::Note && f.id != finding.id)
        .map(|f| f.id)
        .collect();
    // What is true of the faithful lab stands in every run: only what the quirk brought is a rival.
    let faithful = probe(&[], image);
    let rivals: Vec<&str> = report
        .findings
        .iter()
        .take(place)
        .map(|f| f.id)
        .filter(|id| !faithful.findings.iter().any(|f| f.id == *id))
        .collect();
    let under = if finding.id == quirk { String::new() } else { format!(" under {}", finding.id) };
    let beside = if louder.is_empty() { String::new() } else { format!(" BESIDE {}", louder.join(", ")) };
    let after = if rivals.is_empty() { String::new() } else { format!(" after {}", rivals.join(", ")) };
    format!(
        "{quirk:42} {image:24} {} {}{under}{after}{beside}",
        own.severity.as_str(),
        own.confidence.as_str()
    )
}

#[test]
#[ignore = "some 180 whole runs: minutes"]
fn each_quirk_alone() {
    let mut lines = Vec::new();
    for quirk in faults() {
        let image = image(quirk).unwrap_or(SHAPES[0]);
        lines.push(line(quirk, image, &probe(&[quirk], image)));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// Numbers that are the same in every run (xorshift).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }
}

/// What cannot show beside something else, because that takes away what it shows itself by: a quirk, a quirk or
/// group (`*` is any), and why.
const HIDES: &[(&str, &str, &str)] = &[
    ("403-for-missing-tag", "no-pull-by-digest", "what is not found is 403, and a digest is never found"),
    ("403-for-missing-tag", "negotiation", "what Accept does not get is 403, as what is not there"),
    ("head-anonymous-always-401", "404-before-auth", "everybody is sent for a token, and HEAD brings it"),
    ("head-anonymous-always-401", "challenges", "everybody is sent for a token, and HEAD brings it"),
    ("head-405", "dcd-missing-everywhere", "HEAD has no answer whose headers could be looked at"),
    ("head-blob-401-get-307", "presigned-for-get-only", "HEAD of a blob never comes to the redirect"),
    ("hub-ratelimit", "*", "most cells are not sent, to save the quota"),
    ("metadata-read-scope", "errors", "the error's detail names the right, and is another"),
    ("metadata-read-scope", "tags", "tags/list is 401"),
    ("redirect-on-manifest-cross-host", "*", "manifests come from another registry, which has no quirk"),
    ("redirect-status-variants", "etag-unquoted-cold", "blobs come from elsewhere, past the cache"),
];

pub(crate) fn hidden(a: &str, b: &str) -> bool {
    let by = |x: &str, y: &str| {
        HIDES.iter().any(|(hider, what, _)| *hider == x && (*what == "*" || *what == y || *what == group(y)))
    };
    by(a, b) || by(b, a)
}

/// A registry has one door: how it asks, and how its token endpoint answers, are one group here.
pub(crate) fn group(id: &str) -> &'static str {
    match super::catalogue::group(id) {
        Some("tokens") => "challenges",
        other => other.unwrap_or_default(),
    }
}

#[test]
#[ignore = "300 whole runs: minutes"]
fn two_quirks_at_once_are_both_found() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    // Which image shows a quirk, and whether the image can still be had.
    let mut shown: BTreeMap<&str, &str> = BTreeMap::new();
    for quirk in faults() {
        let Some(image) = image(quirk) else { continue };
        if matches!(probe(&[quirk], image).outcome, Outcome::Works | Outcome::Degraded) {
            shown.insert(quirk, image);
        }
    }
    let ids: Vec<&str> = shown.keys().copied().collect();
    let (mut seen, mut missed) = (Vec::new(), Vec::new());
    let mut tried = 0;
    while seen.len() < 300 && tried < 20_000 {
        tried += 1;
        let (a, b) = (ids[numbers.below(ids.len())], ids[numbers.below(ids.len())]);
        let image = shown[a];
        if shown[b] != image
            || group(a) == group(b)
            || seen.contains(&(a, b))
            || seen.contains(&(b, a))
            || hidden(a, b)
        {
            continue;
        }
        seen.push((a, b));
        let report = probe(&[a, b], image);
        for (id, other) in [(a, b), (b, a)] {
            if top(&report, id).is_none() {
                missed.push(format!("{id} beside {other} on {image}"));
            }
        }
    }
    assert_eq!(seen.len(), 300);
    // Of 600: what is hidden by something not thought of above is one in two hundred at most.
    assert!(missed.len() <= 3, "{} missed:\n{}", missed.len(), missed.join("\n"));
}
