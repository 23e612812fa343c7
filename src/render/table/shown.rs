//! A cell of the matrix in at most nine columns: `200 idx`, `404/405`, `h200`, `×`, `·`.

use std::collections::BTreeSet;

use crate::exchange::FailureKind;
use crate::oci::document::BodyKind;
use crate::plan::{Endpoint, Subject};
use crate::render::style::Tone;
use crate::render::table::grid::Piece;
use crate::report::{Answer, CellView, Did, Report};

/// The failures that occur in a report, in order: what `×` stands for.
pub(super) struct Failures(Vec<FailureKind>);

impl Failures {
    pub(super) fn of(report: &Report) -> Failures {
        let kinds: BTreeSet<FailureKind> = report
            .cells
            .iter()
            .filter_map(|cell| match &cell.did {
                Did::Failed { error, .. } => Some(error.kind),
                _ => None,
            })
            .collect();
        Failures(kinds.into_iter().collect())
    }

    /// `×`, or `×b` where there are several kinds.
    pub(super) fn mark(&self, kind: FailureKind) -> String {
        match self.0.iter().position(|k| *k == kind) {
            Some(at) if self.0.len() > 1 => format!("×{}", letter(at).to_lowercase()),
            _ => "×".to_owned(),
        }
    }

    /// What the marks mean.
    pub(super) fn legend(&self) -> Vec<String> {
        self.0.iter().map(|kind| format!("{} {}", self.mark(*kind), kind.as_str())).collect()
    }
}

/// A, B, ..., Z, AA, AB, ...
pub(super) fn letter(at: usize) -> String {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    match at {
        0..26 => letter(at).to_string(),
        _ => format!("{}{}", self::letter(at / 26 - 1), letter(at)),
    }
}

/// What came back, in few letters, with its meaning for the legend. An error body needs no word
/// beside its status, and nor does an empty one.
pub(in crate::render) fn kind_word(kind: BodyKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        BodyKind::OciIndex => ("idx", "OCI index"),
        BodyKind::DockerList => ("list", "Docker manifest list"),
        BodyKind::OciManifest => ("man", "OCI manifest"),
        BodyKind::DockerManifest => ("v2", "Docker manifest v2"),
        BodyKind::Schema1 => ("s1", "Docker schema 1"),
        BodyKind::Config => ("conf", "config"),
        BodyKind::Tags => ("tags", "tag list"),
        BodyKind::Token => ("tok", "token"),
        BodyKind::Json => ("json", "other JSON"),
        BodyKind::Html => ("html", "an HTML page"),
        BodyKind::Text => ("text", "plain text"),
        BodyKind::Other => ("?", "none of these"),
        BodyKind::Error => ("err", "an error body"),
        BodyKind::Empty => ("empty", "no body"),
    })
}

/// `200 idx`, with `!` where the bytes are not those that were named and `→` after a redirect.
pub(super) fn answer(answer: &Answer, is_head: bool) -> String {
    let mut text = answer.status.to_string();
    let success = (200..300).contains(&answer.status);
    let word = match answer.kind {
        // The usual company of a status says nothing new.
        BodyKind::Error | BodyKind::Empty if !success => None,
        BodyKind::Empty if is_head => None,
        BodyKind::Json if !success => None,
        kind => kind_word(kind),
    };
    if let Some((word, _)) = word.filter(|_| !is_head) {
        text.push(' ');
        text.push_str(word);
    }
    if answer.bytes_match == Some(false) {
        text.push('!');
    }
    if answer.redirects > 0 {
        text.push('→');
    }
    text
}

/// GET and HEAD of one row and column, as one piece; `None` where neither was planned.
pub(super) fn pair(get: Option<&CellView>, head: Option<&CellView>, failures: &Failures) -> Option<Piece> {
    let shown = get.filter(|c| !matches!(c.did, Did::NotTried(_)));
    let (Some(cell), is_head) = (match shown {
        Some(cell) => (Some(cell), false),
        None => (head.filter(|c| !matches!(c.did, Did::NotTried(_))), true),
    }) else {
        return (get.is_some() || head.is_some()).then(|| Piece::new("·", Tone::Dim));
    };
    let mut text = one(cell, is_head, failures);
    if is_head {
        text.insert(0, 'h');
    } else if let Some(other) = head.and_then(|head| unlike(cell, head, failures)) {
        text = match text.split_once(' ') {
            Some((status, rest)) => format!("{status}/{other} {rest}"),
            None => format!("{text}/{other}"),
        };
    }
    let mut tone = tone(cell);
    if text.contains('/') && tone != Tone::Bad {
        tone = Tone::Odd;
    }
    Some(Piece::new(text, tone))
}

/// One cell alone.
pub(super) fn one(cell: &CellView, is_head: bool, failures: &Failures) -> String {
    match &cell.did {
        Did::Answer(answer) => self::answer(answer, is_head),
        Did::Failed { error, .. } => failures.mark(error.kind),
        Did::NotTried(_) => "·".to_owned(),
    }
}

fn unlike(get: &CellView, head: &CellView, failures: &Failures) -> Option<String> {
    match (&get.did, &head.did) {
        (_, Did::NotTried(_)) => None,
        (Did::Answer(get), Did::Answer(head)) => (get.status != head.status).then(|| head.status.to_string()),
        (Did::Failed { error: a, .. }, Did::Failed { error: b, .. }) if a.kind == b.kind => None,
        (_, Did::Failed { error, .. }) => Some(failures.mark(error.kind)),
        (_, Did::Answer(head)) => Some(head.status.to_string()),
    }
}

/// Whether it is what one would hope for. A 404 to what is not there, or not at that endpoint, is.
pub(in crate::render) fn tone(cell: &CellView) -> Tone {
    let answer = match &cell.did {
        Did::NotTried(_) => return Tone::Dim,
        Did::Failed { .. } => return Tone::Bad,
        Did::Answer(answer) => answer,
    };
    let absent = match cell.subject {
        Some(
            Subject::AbsentTag
            | Subject::AbsentDigest
            | Subject::MalformedDigest
            | Subject::FallbackTag
            | Subject::Converted,
        ) => true,
        Some(Subject::Config | Subject::Layer) => cell.endpoint == Endpoint::Manifests,
        Some(Subject::Tag | Subject::Index | Subject::Manifest) => cell.endpoint == Endpoint::Blobs,
        Some(Subject::Digest) | None => false,
    };
    let page = matches!(answer.kind, BodyKind::Html | BodyKind::Text | BodyKind::Error | BodyKind::Other);
    match answer.status {
        500.. => Tone::Bad,
        _ if answer.bytes_match == Some(false) => Tone::Bad,
        400.. if absent => Tone::Plain,
        400.. => Tone::Bad,
        200..300 if !absent && !page && answer.redirects == 0 => Tone::Good,
        _ => Tone::Odd,
    }
}
