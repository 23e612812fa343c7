//! Which ways lead to the metadata, step by step.

use super::context::{Context, Link};
use super::text;
use crate::report::{PathKind, PathVerdict, Verdict};

pub(super) struct PathView {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) kind: &'static str,
    pub(super) tone: &'static str,
    pub(super) verdict: &'static str,
    pub(super) why: String,
    pub(super) steps: Vec<Step>,
}

pub(super) struct Step {
    pub(super) ok: bool,
    pub(super) link: Link,
}

/// A verdict's tone and words. That a trap fails is as it should be.
pub(super) fn told(verdict: Verdict, kind: PathKind) -> (&'static str, &'static str) {
    match (verdict, kind) {
        (Verdict::Works, _) => ("good", "✔ works"),
        (Verdict::Fails, PathKind::Main) => ("bad", "✘ fails"),
        (Verdict::Fails, _) => ("odd", "✘ fails"),
        (Verdict::NotApplicable, _) => ("dim", "– not applicable"),
        (Verdict::Inconclusive, _) => ("odd", "? unclear"),
        (Verdict::NotTried, _) => ("dim", "· not sent"),
    }
}

pub(super) fn build(path: &PathVerdict, context: &Context<'_>) -> PathView {
    let (tone, verdict) = told(path.verdict, path.kind);
    let why = if path.verdict == Verdict::Works && path.why.is_empty() {
        "every byte verified".to_owned()
    } else {
        text::line(&path.why)
    };
    let step = |s: &crate::report::StepResult| Step { ok: s.ok, link: context.link(&s.cell) };
    PathView {
        id: text::line(&path.id),
        title: text::line(&path.title),
        kind: path.kind.as_str(),
        tone,
        verdict,
        why,
        steps: path.steps.iter().map(step).collect(),
    }
}
