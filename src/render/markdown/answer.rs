//! One request with its answer, as much of it as tells something.

use crate::exchange::{Exchange, Outcome};
use crate::plan::CellId;
use crate::render::escape;
use crate::render::markdown::detail::Detail;
use crate::report::{CellView, Did, Report};

/// Response headers that tell something about a registry.
const TELLING: [&str; 12] = [
    "content-type",
    "content-length",
    "docker-content-digest",
    "docker-distribution-api-version",
    "etag",
    "location",
    "link",
    "retry-after",
    "www-authenticate",
    "oci-subject",
    "ratelimit-remaining",
    "warning",
];

/// Header lines shown.
const HEADERS: usize = 10;

/// Characters of a header's value, and of a body.
const VALUE: usize = 300;
const BODY: usize = 500;

/// A request of a finding.
pub(super) struct Asked<'a> {
    pub(super) cell: &'a CellView,
    pub(super) exchange: Option<&'a Exchange>,
    pub(super) line: &'a str,
}

/// The cell's exchange id, where it was sent.
fn exchange_of(cell: &CellView) -> Option<&crate::exchange::ExchangeId> {
    match &cell.did {
        Did::Answer(answer) => Some(&answer.exchange),
        Did::Failed { exchange, .. } => Some(exchange),
        Did::NotTried(_) => None,
    }
}

/// The requests that a finding offers to paste, each with its cell. The lines were made from the evidence in order,
/// without the cells that nobody can paste ([`crate::judge`]).
pub(super) fn asked<'a>(report: &'a Report, evidence: &'a [CellId], lines: &'a [String]) -> Vec<Asked<'a>> {
    let cells = evidence.iter().filter_map(|id| {
        let cell = report.cells.iter().find(|cell| cell.id == *id)?;
        let exchange = exchange_of(cell)?;
        (cell.endpoint != crate::plan::Endpoint::Token).then_some((cell, exchange))
    });
    cells
        .zip(lines)
        .map(|((cell, id), line)| Asked {
            cell,
            exchange: report.recording.exchanges.iter().find(|e| e.id == *id && !e.hops.is_empty()),
            line,
        })
        .collect()
}

/// `404`, `connection reset`
pub(super) fn came(cell: &CellView) -> String {
    match &cell.did {
        Did::Answer(answer) => match &answer.error_code {
            Some(code) => format!("{} {}", answer.status, escape::markdown(code)),
            None => answer.status.to_string(),
        },
        Did::Failed { error, .. } => error.kind.as_str().to_owned(),
        Did::NotTried(_) => "not sent".to_owned(),
    }
}

/// The head and the beginning of the body of what came, as lines; every hop's head.
pub(super) fn lines(exchange: &Exchange, detail: Detail) -> Vec<String> {
    let mut lines = Vec::new();
    for hop in &exchange.hops {
        match &hop.outcome {
            Outcome::Failed(error) => lines.push(escape::cell(&error.to_string(), VALUE)),
            Outcome::Answered(response) => {
                let reason = response.reason.as_deref().map(|r| format!(" {r}")).unwrap_or_default();
                let status = format!("{} {}{reason}", response.version.as_str(), response.status);
                lines.push(escape::cell(&status, VALUE));
                let telling = response.headers.iter().filter(|h| TELLING.contains(&h.name.as_str()));
                lines.extend(
                    telling.take(HEADERS).map(|h| escape::cell(&format!("{}: {}", h.name, h.value), VALUE)),
                );
            }
        }
    }
    if let Some(response) = exchange.response().filter(|_| detail.bodies()) {
        // What is no text, or a document that is as it should be, is told by its headers.
        let text = std::str::from_utf8(&response.body.kept).ok().filter(|_| response.status >= 300);
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            lines.push(String::new());
            lines.push(escape::cell(&text.split_whitespace().collect::<Vec<_>>().join(" "), BODY));
        }
    }
    lines
}
