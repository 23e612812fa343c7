//! Which recorded registry behaves like this one. A name is said only on two independent signs at least.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Diff, diff, shape};
use crate::diagnosis::Finding;
use crate::plan::Cell;
use crate::report::Report;

/// Signs needed before a name is said.
const SIGNS: usize = 2;
/// The share of cells that must do the same.
const CLOSE: f64 = 0.9;
/// Cells that must be compared at all: in the few of the suite `quick` most registries are alike.
const ENOUGH: usize = 100;

/// A registry that was recorded.
#[derive(Debug, Clone)]
pub struct Reference {
    /// `distribution-2.8.2`
    pub name: String,
    /// What it did, with one image.
    pub report: Report,
}

/// How one recorded registry compares.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// `distribution-2.8.2`
    pub name: String,
    /// Cells that did the same.
    pub same: usize,
    /// Cells that both tell of.
    pub compared: usize,
    /// What speaks for it, and not for every other: a finding, or a part of the matrix.
    pub signs: Vec<String>,
    /// What differs: from the recorded one to this one.
    pub diff: Diff,
}

impl Candidate {
    /// The share of cells that did the same.
    pub fn closeness(&self) -> f64 {
        if self.compared == 0 { 0.0 } else { self.same as f64 / self.compared as f64 }
    }
}

/// Which registry this is most like.
#[derive(Debug, Clone)]
pub struct Fingerprint {
    /// The names that may be said; several where they cannot be told apart, none where too little speaks for any.
    pub named: Vec<String>,
    /// Why no name is said, or why these.
    pub why: String,
    /// Every recorded registry of the same shape, the closest first.
    pub candidates: Vec<Candidate>,
}

/// `distribution` of `distribution-2.8.2`
fn family(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((family, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => family,
        _ => name,
    }
}

/// Compares a report with recorded registries.
pub fn fingerprint(report: &Report, references: &[Reference]) -> Fingerprint {
    let wanted = shape(report);
    let same_shape: Vec<&Reference> =
        references.iter().filter(|r| wanted.is_some() && shape(&r.report) == wanted).collect();
    let mut candidates: Vec<Candidate> =
        same_shape.iter().map(|r| candidate(report, r, &same_shape)).collect();
    candidates.sort_by(|a, b| b.closeness().total_cmp(&a.closeness()).then_with(|| a.name.cmp(&b.name)));
    // A registry may have been recorded with several images of a shape: the one most like this is the one to show.
    let mut seen = HashSet::new();
    candidates.retain(|c| seen.insert(c.name.clone()));
    let (named, why) = verdict(&candidates, wanted, references.len());
    Fingerprint { named, why, candidates }
}

fn verdict(candidates: &[Candidate], shape: Option<&str>, references: usize) -> (Vec<String>, String) {
    let unknown = |why: String| (Vec::new(), why);
    if references == 0 {
        return unknown("no recorded registry is there to compare with".to_owned());
    }
    let Some(shape) = shape else {
        return unknown(
            "what is behind the reference was not learned, so there is little to compare".to_owned(),
        );
    };
    let Some(best) = candidates.first() else {
        return unknown(format!("no registry was recorded with an image of this shape ({shape})"));
    };
    if best.closeness() < CLOSE {
        return unknown(format!(
            "the closest, {}, does the same in {} of {} cells only",
            best.name, best.same, best.compared
        ));
    }
    if best.compared < ENOUGH {
        return unknown(format!(
            "{} is closest, and {} cells are too few to tell by: probe with the suite standard",
            best.name, best.compared
        ));
    }
    let close: Vec<&Candidate> =
        candidates.iter().filter(|c| c.same * best.compared == best.same * c.compared).collect();
    let families: BTreeSet<&str> = close.iter().map(|c| family(&c.name)).collect();
    if families.len() > 1 {
        let names: Vec<&str> = close.iter().map(|c| c.name.as_str()).collect();
        return unknown(format!("{} are equally close, and are not kin", names.join(", ")));
    }
    if best.signs.len() < SIGNS {
        return unknown(format!(
            "{} is closest, and only {} of two signs needed speaks for it rather than for another",
            best.name,
            best.signs.len()
        ));
    }
    let names: Vec<String> = close.iter().map(|c| c.name.clone()).collect();
    let why = format!(
        "{} of {} cells do the same, and {} signs speak for it",
        best.same,
        best.compared,
        best.signs.len()
    );
    (names, why)
}

fn candidate(report: &Report, reference: &Reference, all: &[&Reference]) -> Candidate {
    let diff = diff(&reference.report, report);
    let others: Vec<&&Reference> =
        all.iter().filter(|r| family(&r.name) != family(&reference.name)).collect();
    Candidate {
        name: reference.name.clone(),
        same: diff.compared - diff.changed,
        compared: diff.compared,
        signs: signs(report, &reference.report, &others),
        diff,
    }
}

fn flat<'a>(findings: &'a [Finding], found: &mut BTreeMap<&'static str, &'a Finding>) {
    for finding in findings {
        found.insert(finding.id, finding);
        flat(&finding.children, found);
    }
}

fn findings(report: &Report) -> BTreeMap<&'static str, &Finding> {
    let mut found = BTreeMap::new();
    flat(&report.findings, &mut found);
    found
}

/// Findings in common, and parts of the matrix that do the same, where some other registry differs. What a finding
/// explains is no second sign.
fn signs(report: &Report, like: &Report, others: &[&&Reference]) -> Vec<String> {
    let (ours, theirs) = (findings(report), findings(like));
    let elsewhere: Vec<_> = others.iter().map(|r| findings(&r.report)).collect();
    let mut explained = HashSet::new();
    let mut signs = Vec::new();
    for (id, finding) in ours.iter().filter(|(id, _)| theirs.contains_key(*id)) {
        explained.extend(&finding.evidence);
        if elsewhere.is_empty() || elsewhere.iter().any(|found| !found.contains_key(id)) {
            signs.push(format!("finding {id}"));
        }
    }
    let index = |report: &'_ Report| -> HashMap<String, String> {
        report.cells.iter().map(|c| (c.id.0.clone(), c.signature.clone())).collect()
    };
    let theirs = index(like);
    let elsewhere: Vec<HashMap<String, String>> = others.iter().map(|r| index(&r.report)).collect();
    let mut areas: BTreeMap<String, usize> = BTreeMap::new();
    for (view, record) in report.cells.iter().zip(&report.recording.cells) {
        let agrees = theirs.get(&view.id.0) == Some(&view.signature);
        let tells = elsewhere.iter().any(|o| o.get(&view.id.0).is_some_and(|s| *s != view.signature));
        if agrees && tells && !explained.contains(&view.id) {
            *areas.entry(area(&record.cell)).or_default() += 1;
        }
    }
    let mut areas: Vec<(String, usize)> = areas.into_iter().collect();
    areas.sort_by_key(|(name, n)| (Reverse(*n), name.clone()));
    signs.extend(areas.into_iter().map(|(name, n)| format!("{name} ({n} cells)")));
    signs
}

/// The part of the matrix in which a cell lies; cells of one part are no independent witnesses.
fn area(cell: &Cell) -> String {
    let subject = cell.subject.map(|s| format!("/{}", s.as_str())).unwrap_or_default();
    format!("{}{subject}", cell.endpoint.as_str())
}
