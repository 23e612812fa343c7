//! Answers that leave bytes on their connection, where clients take them for the next answer.

use super::transport::CONNECTION_BROKEN;
use crate::diagnosis::rule::Case;
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{Exchange, FailureKind, Hop, Method, Outcome, Purpose, TransportError};
use crate::plan::CellId;
use crate::report::{Answer, CellView, Did};

/// An answer, and the request after it on the same connection, which failed by it.
struct Spoilt<'a> {
    by: &'a Hop,
    /// The cell that was answered so.
    cell: Option<&'a CellId>,
    error: &'a TransportError,
    next: &'a CellId,
}

/// The cell whose attempts an exchange is among: they stand together, the one that counts last.
fn owner<'a>(case: &Case<'a>, at: usize) -> Option<&'a CellView> {
    let last = case.evidence.recording.exchanges[at..].iter().find(|e| e.purpose == Purpose::Cell)?;
    let of = |did: &Did| match did {
        Did::Answer(Answer { exchange, .. }) | Did::Failed { exchange, .. } => *exchange == last.id,
        Did::NotTried(_) => false,
    };
    case.evidence.cells.iter().find(|cell| of(&cell.did))
}

fn spoilt<'a>(case: &Case<'a>, at: usize, exchange: &'a Exchange) -> Option<Spoilt<'a>> {
    let hop = exchange.last();
    let Outcome::Failed(error) = &hop.outcome else { return None };
    let connection = hop.timing.connection.filter(|_| error.kind == FailureKind::Malformed)?;
    // The control: the same request on another connection was answered.
    let next = owner(case, at).filter(|cell| matches!(cell.did, Did::Answer(_)))?;
    let exchanges = case.evidence.recording.exchanges.iter().enumerate();
    let hops = exchanges.flat_map(|(at, e)| e.hops.iter().map(move |hop| (at, hop)));
    let earlier = hops.filter(|(_, other)| {
        other.timing.connection == Some(connection)
            && matches!(other.outcome, Outcome::Answered(_))
            && other.timing.start < hop.timing.start
    });
    let (before, by) = earlier.max_by(|(_, a), (_, b)| a.timing.start.total_cmp(&b.timing.start))?;
    Some(Spoilt { by, cell: owner(case, before).map(|cell| &cell.id), error, next: &next.id })
}

/// Blames the answer, and not the request that met its remains.
pub(super) fn finding(case: &Case<'_>) -> Option<Finding> {
    let exchanges = case.evidence.recording.exchanges.iter().enumerate();
    let again = exchanges.filter(|(_, e)| e.purpose == Purpose::Faulted);
    let all: Vec<Spoilt<'_>> = again.filter_map(|(at, e)| spoilt(case, at, e)).collect();
    let first = all.iter().find(|s| s.by.request.method == Method::Head).or(all.first())?;
    let head = first.by.request.method == Method::Head;
    let name = |id: Option<&CellId>, hop: &Hop| {
        id.map_or_else(|| format!("{} {}", hop.request.method, hop.request.url), |id| id.0.clone())
    };
    let status = match &first.by.outcome {
        Outcome::Answered(response) => response.status.to_string(),
        Outcome::Failed(_) => String::new(),
    };
    let title = if head {
        "HEAD is answered with a body, which breaks the next request"
    } else {
        "Bytes after the end of an answer break the next request"
    };
    let rule = if head { "an answer to HEAD has no body" } else { "an answer ends where its length says" };
    Some(
        Finding::new(CONNECTION_BROKEN.id, Severity::Warning, Confidence::Certain, Whose::Registry)
            .title(title)
            .explain(format!(
                "{} → {status}, and bytes came after it: {rule}. On the same connection the next request, {}, \
                 ended with {}. On a connection of its own it is answered. Seen {} in this run.",
                name(first.cell, first.by),
                first.next,
                first.error,
                match all.len() {
                    1 => "once".to_owned(),
                    times => format!("{times} times"),
                }
            ))
            .remedy(
                "Registry operator: send no body in answer to HEAD (Django's development server does; use another server, \
                 or a proxy before it). Client: close the connection after such an answer.",
            )
            .evidence(all.iter().filter_map(|s| s.cell)),
    )
}
