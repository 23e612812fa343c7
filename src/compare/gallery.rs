//! Every quirk switched on between two recordings: one change, and that names it. Whole runs by the hundred, so not
//! part of a plain `cargo test`.

use std::sync::Arc;

use super::tests::told;
use super::*;
use crate::diagnosis::gallery::{Numbers, SHAPES, faults, group, hidden};
use crate::diagnosis::testing::{find, probe};
use crate::plan::Endpoint;
use crate::report::Outcome;

/// What there may be beside a quirk: quirks of a redirect, and of a door, bring one along.
const BASES: [&[&str]; 4] = [&[], &["bearer-auth"], &["basic-auth"], &["blob-redirect-strip-auth-s3"]];

/// Quirk, image, what is on before, and what is beside it then. Quirks that show on a certain image only, or are switched on at a certain registry: the door or the redirect that
/// they bring along is their own, or they are one half of what they bring.
const OWN: &[(&str, &str, &[&str], &[&str])] = &[
    ("attestation-as-oci-artifact", "lab/attested", &[], &[]),
    ("blob-redirect-strip-auth-s3", "lab/oci", &[], &[]),
    ("empty-config", "lab/artifact:v1", &[], &[]),
    (
        "fallback-artifacttype-wrong",
        "lab/artifact:base",
        &["referrers-filter-not-applied"],
        &["referrers-filter-not-applied"],
    ),
    ("head-anonymous-always-401", "lab/oci", &[], &[]),
    ("ping-401-resource-200", "lab/oci", &[], &[]),
    ("ping-varies-by-user-agent", "lab/oci", &[], &[]),
    ("redirect-plan-impossible-with-auth", "lab/oci", &[], &[]),
];

/// Quirks that no lab reached by its address shows: they want hosts of their own, or an image without a tag. The tests
/// of their rules have them.
const ELSEWHERE: &[&str] = &["library-prefix", "redirect-to-subdomain-keeps-auth", "tags-404-when-empty"];

/// Quirks that are two behaviours at once: a filter by Accept, and what it lets through all the same; a front end that
/// looks up tags, and its own error code.
const TWOFOLD: &[&str] = &["distribution-v3-oci-index-unasked", "harbor-tag-acts-like-digest"];

/// A registry that is the same but for the quirk.
fn without(quirk: &str, quirky: &Report, image: &str) -> Option<Arc<Report>> {
    let scheme = |report: &Report| report.recording.access.scheme.clone();
    let elsewhere = |report: &Report| {
        report.cells.iter().any(|c| c.endpoint == Endpoint::Blobs && c.signature.contains(" redirect="))
    };
    let like = |base: &Report| scheme(base) == scheme(quirky) && elsewhere(base) == elsewhere(quirky);
    let worse = find(quirky, quirk).map(|f| f.severity);
    let mut bases = BASES.into_iter().map(|quirks| probe(quirks, image));
    bases.find(|base| like(base) && find(base, quirk).map(|f| f.severity) < worse)
}

/// An image on which the quirk shows, and what was seen without it and with it.
fn shown(quirk: &str) -> Option<(&'static str, Arc<Report>, Arc<Report>)> {
    if let Some((_, image, before, beside)) = OWN.iter().find(|(id, ..)| *id == quirk) {
        return Some((image, probe(before, image), probe(&[*beside, &[quirk]].concat(), image)));
    }
    SHAPES.into_iter().find_map(|image| {
        let quirky = probe(&[quirk], image);
        find(&quirky, quirk)?;
        Some((image, without(quirk, &quirky, image)?, quirky))
    })
}

fn names(group: &Group, id: &str) -> bool {
    group.cause.as_ref().is_some_and(|c| c.id == id || c.also.iter().any(|(other, _)| *other == id))
}

#[test]
#[ignore = "some 180 whole runs: minutes"]
fn each_quirk_switched_on_is_one_change_that_names_it() {
    let (mut wrong, mut elsewhere) = (Vec::new(), Vec::new());
    for quirk in faults() {
        let Some((image, base, quirky)) = shown(quirk) else {
            elsewhere.push(quirk);
            continue;
        };
        let diff = diff(&base, &quirky);
        let most = if TWOFOLD.contains(&quirk) { 2 } else { 1 };
        let named = diff.groups.iter().filter(|g| names(g, quirk)).count();
        if diff.groups.len() > most || named != 1 {
            wrong.push(format!("== {quirk} on {image}: {} groups\n{}", diff.groups.len(), told(&diff)));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), faults().len(), wrong.join("\n"));
    assert_eq!(elsewhere, ELSEWHERE);
}

/// Two causes at once are two changes: what the one did is not put down to the other.
#[test]
#[ignore = "some 100 whole runs: minutes"]
fn two_quirks_switched_on_are_two_changes() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let all: Vec<_> = faults().into_iter().filter_map(|quirk| Some((quirk, shown(quirk)?))).collect();
    let plain = |base: &Report, image: &str| std::ptr::eq(base, &raw const *probe(&[], image));
    let usual: Vec<(&str, &str)> = all
        .iter()
        .filter(|(_, (image, base, quirky))| {
            plain(base, image) && matches!(quirky.outcome, Outcome::Works | Outcome::Degraded)
        })
        .map(|(quirk, (image, ..))| (*quirk, *image))
        .collect();
    let (mut seen, mut wrong) = (Vec::new(), Vec::new());
    for _ in 0..20_000 {
        let ((a, image), (b, other)) = (usual[numbers.below(usual.len())], usual[numbers.below(usual.len())]);
        let known = seen.contains(&(a, b)) || seen.contains(&(b, a));
        if seen.len() == 100 || known || image != other || group(a) == group(b) || hidden(a, b) {
            continue;
        }
        let both = probe(&[a, b], image);
        if find(&both, a).is_none() || find(&both, b).is_none() {
            continue;
        }
        seen.push((a, b));
        let diff = diff(&probe(&[], image), &both);
        let of = |id: &str| diff.groups.iter().position(|g| names(g, id));
        if of(a).is_none() || of(b).is_none() || of(a) == of(b) {
            wrong.push(format!("== {a} and {b} on {image}\n{}", told(&diff)));
        }
    }
    assert!(
        seen.len() == 100 && wrong.len() <= 6,
        "{} of {}:\n{}",
        wrong.len(),
        seen.len(),
        wrong.join("\n")
    );
}
