//! A cell in two reports: whether it did the same, and if not, which way it went.

use std::collections::HashMap;

use super::{Direction, shape, wanted};
use crate::exchange::FailureKind;
use crate::oracle;
use crate::plan::{Cell, CellId};
use crate::recording::NotTried;
use crate::report::{Answer, CellView, Did, Report};

/// A cell that both reports tell of.
pub(super) struct Pair<'a> {
    pub(super) id: &'a CellId,
    pub(super) cell: &'a Cell,
    pub(super) before: &'a str,
    pub(super) after: &'a str,
    /// `None` when it did the same.
    pub(super) change: Option<Change>,
}

/// How a cell changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) direction: Direction,
    /// Whether it was not sent because something else is no longer learned: a consequence by its nature.
    pub(super) follows: bool,
    /// What differs, in few words: the same for cells whose answers changed alike.
    pub(super) parts: Vec<Part>,
}

/// A part of the signature that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) before: String,
    pub(super) after: String,
}

/// Every cell that both reports tell of, in the plan's order of the later one.
pub(super) fn pairs<'a>(before: &'a Report, after: &'a Report, whole: bool) -> Vec<Pair<'a>> {
    let alike = shape::is_alike(before, after);
    let old: HashMap<&str, usize> =
        before.cells.iter().enumerate().map(|(i, c)| (c.id.0.as_str(), i)).collect();
    let mut pairs = Vec::new();
    for (view, record) in after.cells.iter().zip(&after.recording.cells) {
        let Some(at) = old.get(view.id.0.as_str()) else { continue };
        let earlier = &before.cells[*at];
        if !whole && !shape::is_shape_free(&record.cell) {
            continue;
        }
        let judge = |view: &CellView, report: &Report| {
            oracle::anomaly(&record.cell, view, &report.recording).is_some()
        };
        let mut change = match change(&record.cell, earlier, view, judge(earlier, before), judge(view, after))
        {
            Compared::Not => continue,
            Compared::Same => None,
            Compared::Changed(change) => Some(change),
        };
        if let Some(change) = change.as_mut().filter(|c| alike && c.direction == Direction::Change)
            && let Some(direction) = wanted::direction(earlier, view, after)
        {
            change.direction = direction;
        }
        pairs.push(Pair {
            id: &view.id,
            cell: &record.cell,
            before: &earlier.signature,
            after: &view.signature,
            change,
        });
    }
    pairs
}

enum Compared {
    /// One of the two says nothing.
    Not,
    Same,
    Changed(Change),
}

/// What a cell tells.
enum Told<'a> {
    Answer(&'a Answer),
    /// The server broke off: that is something a server does.
    Broke,
    /// It needs what was not learned.
    NotLearned,
    /// The network, a limit, a budget.
    Nothing,
    /// It makes no sense here.
    NotApplicable,
}

fn told(view: &CellView) -> Told<'_> {
    match &view.did {
        Did::Answer(answer) if answer.status == 429 => Told::Nothing,
        Did::Answer(answer) => Told::Answer(answer),
        Did::Failed { error, .. } => match error.kind {
            FailureKind::Reset
            | FailureKind::Closed
            | FailureKind::Malformed
            | FailureKind::TooLarge
            | FailureKind::RedirectLoop
            | FailureKind::RedirectRefused => Told::Broke,
            _ => Told::Nothing,
        },
        Did::NotTried(NotTried::NotLearned(_)) => Told::NotLearned,
        Did::NotTried(NotTried::NotApplicable(_)) => Told::NotApplicable,
        Did::NotTried(_) => Told::Nothing,
    }
}

fn change(cell: &Cell, before: &CellView, after: &CellView, was_odd: bool, is_odd: bool) -> Compared {
    let parts = || parts(&before.signature, &after.signature);
    let changed = |direction| Compared::Changed(Change { direction, follows: false, parts: parts() });
    match (told(before), told(after)) {
        (Told::NotApplicable | Told::Nothing, _) | (_, Told::NotApplicable) => Compared::Not,
        (Told::NotLearned, Told::NotLearned | Told::Nothing) => Compared::Not,
        (_, Told::Nothing) => changed(Direction::Untold),
        (Told::Broke, Told::Broke) => Compared::Same,
        (_, Told::NotLearned) => {
            Compared::Changed(Change { direction: Direction::Change, follows: true, parts: parts() })
        }
        (Told::NotLearned, Told::Answer(_) | Told::Broke) => {
            Compared::Changed(Change { direction: Direction::Change, follows: true, parts: parts() })
        }
        _ if before.signature == after.signature => Compared::Same,
        _ if only_unread(&parts()) => Compared::Same,
        (Told::Answer(_), Told::Broke) => changed(Direction::Regression),
        (Told::Broke, Told::Answer(answer)) => {
            changed(if is_odd || answer.status >= 500 { Direction::Change } else { Direction::Improvement })
        }
        (Told::Answer(old), Told::Answer(new)) => changed(direction(cell, old, new, was_odd, is_odd)),
    }
}

fn direction(cell: &Cell, old: &Answer, new: &Answer, was_odd: bool, is_odd: bool) -> Direction {
    match (was_odd, is_odd) {
        (false, true) => return Direction::Regression,
        (true, false) => return Direction::Improvement,
        _ => {}
    }
    let served = |answer: &Answer| (200..400).contains(&answer.status) && !wanted::is_page(cell, answer);
    match (served(old), served(new)) {
        (true, false) if wanted::is_meant(cell) => Direction::Regression,
        (false, true) if wanted::is_meant(cell) => Direction::Improvement,
        _ => Direction::Change,
    }
}

/// Whether a body was read to its end in one of them alone: a matter of its size.
fn only_unread(parts: &[Part]) -> bool {
    matches!(parts, [Part { name: "bytes", before, after }]
        if (before == "match" && after == "-") || (before == "-" && after == "match"))
}

/// What differs between two signatures. A status says more than what usually comes with it.
fn parts(before: &str, after: &str) -> Vec<Part> {
    let (old, new) = (fields(before), fields(after));
    let mut parts = Vec::new();
    for name in ["did", "type", "dcd", "body", "bytes", "code", "redirect"] {
        let value = |fields: &[(&'static str, String)]| {
            fields.iter().find(|(n, _)| *n == name).map_or("-".to_owned(), |(_, value)| value.clone())
        };
        let (before, after) = (value(&old), value(&new));
        if before != after {
            parts.push(Part { name, before, after });
            if name == "did" {
                break;
            }
        }
    }
    parts
}

fn fields(signature: &str) -> Vec<(&'static str, String)> {
    if signature.starts_with("not-tried ") || signature.starts_with("failed ") {
        return vec![("did", signature.to_owned())];
    }
    let mut words = signature.split(' ');
    let mut fields = vec![("did", words.next().unwrap_or_default().to_owned())];
    fields.push(("type", words.next().unwrap_or_default().to_owned()));
    for word in words {
        let Some((name, value)) = word.split_once('=') else { continue };
        let Some(name) = ["dcd", "body", "bytes", "code", "redirect"].into_iter().find(|n| *n == name) else {
            continue;
        };
        // Which of the roles it names is the cell's affair; that it names one is the registry's.
        let roles = ["index", "manifest", "config", "layer", "digest", "tag"];
        let value = if name == "dcd" && roles.contains(&value) { "named" } else { value };
        fields.push((name, value.to_owned()));
    }
    fields
}

/// Whether a cell had the values that these parts had before: it could have changed alike.
pub(super) fn could_change_so(before: &str, parts: &[Part]) -> bool {
    let fields = fields(before);
    parts.iter().all(|part| {
        let value = fields.iter().find(|(n, _)| *n == part.name).map_or("-", |(_, value)| value);
        value == part.before
    })
}

/// `200 → 404`, `dcd named → missing`
pub(super) fn words(parts: &[Part]) -> String {
    let part = |p: &Part| match p.name {
        "did" => format!("{} → {}", p.before, p.after),
        name => format!("{name} {} → {}", p.before, p.after),
    };
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}
