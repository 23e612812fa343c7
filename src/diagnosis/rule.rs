//! What a rule is, and what it may look at.

use crate::diagnosis::Finding;
use crate::evidence::Evidence;
use crate::plan::CellId;
use crate::report::{Answer, CellView, Did, PathKind, PathVerdict, Verdict};

/// Where in the stack a rule looks. What a lower layer explains is taken from the layers above it, so that a dead
/// token endpoint is not also eleven missing manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Names, connections, TLS, HTTP framing.
    Transport,
    /// Routing, proxies, limits: whether a registry is there and willing.
    Routing,
    /// Authentication and authorization.
    Authentication,
    /// Whether the thing exists.
    Existence,
    /// Which representation is served to whom.
    Negotiation,
    /// What is asked where.
    Content,
    /// Whether bytes are what they are called.
    Integrity,
    /// Tags, referrers, ranges.
    Optional,
}

/// One rule: a pure function of a recording. Its words are on its page ([`crate::diagnosis::pages`]).
#[derive(Debug)]
pub struct Rule {
    /// The catalogue's id; the id of its findings.
    pub id: &'static str,
    /// Its layer.
    pub layer: Layer,
    /// Ids of findings that this one is a consequence of: where one of them is found too, this hangs under it.
    pub under: &'static [&'static str],
    /// Looks, and says what it found. A finding without a title gets that of the page.
    pub examine: fn(&Case<'_>) -> Option<Finding>,
}

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The facts, indexed.
    pub evidence: &'a Evidence<'a>,
    /// The paths, judged.
    pub paths: &'a [PathVerdict],
}

impl<'a> Case<'a> {
    /// Whether a main path to the image works.
    pub fn main_path_works(&self) -> bool {
        self.main_paths().any(|p| p.verdict == Verdict::Works)
    }

    /// Where the main paths to the image break: the step of each that failed, which is the last that is listed.
    pub fn breaks(&self) -> impl Iterator<Item = &'a CellId> {
        let broken = self.main_paths().filter(|p| p.verdict == Verdict::Fails);
        broken.filter_map(|p| Some(&p.steps.last()?.cell))
    }

    /// Those that lead to the image; referrers lead to what is said of it.
    fn main_paths(&self) -> impl Iterator<Item = &'a PathVerdict> {
        self.paths.iter().filter(|p| p.kind == PathKind::Main && p.id != "referrers")
    }

    /// The answers to plain requests of a kind, in the plan's order.
    pub fn plain(
        &self,
        pick: impl Fn(&CellView) -> bool + 'a,
    ) -> impl Iterator<Item = (&'a CellView, &'a Answer)> + 'a {
        let evidence = self.evidence;
        evidence.cells.iter().filter_map(move |cell| match &cell.did {
            Did::Answer(answer) if !cell.varied && pick(cell) => Some((cell, answer)),
            _ => None,
        })
    }

    /// A cell's answer with its id.
    pub fn answer(&self, id: &str) -> Option<(&'a CellId, &'a Answer)> {
        let cell = self.evidence.cell(id)?;
        match &cell.did {
            Did::Answer(answer) => Some((&cell.id, answer)),
            _ => None,
        }
    }
}

/// `GET manifests/tag accept=json → 404 MANIFEST_UNKNOWN`: how findings quote a cell.
pub fn quote(id: &CellId, answer: &Answer) -> String {
    let mut text = format!("{id} → {}", answer.status);
    if let Some(code) = &answer.error_code {
        text.push(' ');
        text.push_str(code);
    } else if answer.status == 200 {
        text.push_str(", ");
        text.push_str(crate::paths::name(answer.kind));
    }
    text
}
