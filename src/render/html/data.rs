//! What a cell opens to: inert JSON, of strings already made visible, each body once.

use serde::Serialize;

use super::context::Context;
use super::data_exchange::{Exchange, Store, exchange};
use super::{mark, text};
use crate::render::text as words;
use crate::report::{Answer, CellView, Did};

/// Cells, exchanges and findings of the whole page, by number.
#[derive(Serialize, Default)]
pub(super) struct Data {
    cells: Vec<Cell>,
    exchanges: Vec<Exchange>,
    findings: Vec<String>,
    /// Header lines, by number.
    pub(super) lines: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Cell {
    id: String,
    /// The exchange's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<usize>,
    tone: &'static str,
    /// What it did, in few words.
    did: String,
    /// Facts with names.
    facts: Vec<(&'static str, String)>,
    /// The findings that account for it.
    by: Vec<usize>,
}

impl Data {
    /// Adds a report.
    pub(super) fn add(&mut self, context: &Context<'_>, store: &mut Store) {
        let askers = context.askers();
        self.cells.extend(context.report.cells.iter().map(|c| cell(c, context)));
        for (n, recorded) in context.report.recording.exchanges.iter().enumerate() {
            let asker = askers.get(&(context.first.exchanges + n)).copied();
            self.exchanges.push(exchange(recorded, asker, context.tls(), store));
        }
        self.findings.extend(context.findings.iter().map(|f| text::line(&f.title)));
    }
}

fn cell(cell: &CellView, context: &Context<'_>) -> Cell {
    let mark = mark::of(cell);
    let mut facts = Vec::new();
    match &cell.did {
        Did::Answer(a) => answer(a, &mut facts),
        Did::Failed { error, .. } => facts.push(("Failed", text::line(&error.to_string()))),
        Did::NotTried(why) => {
            facts.push(("Not sent", format!("{}: {}", why.class(), text::line(why.reason()))));
        }
    }
    if let Some(cites) = context.cites(cell) {
        facts.push(("Outside the specs", cites.to_owned()));
    }
    Cell {
        id: text::line(&cell.id.0),
        x: context.exchange(cell),
        tone: mark.tone,
        did: mark.words(),
        facts,
        by: context.explained(&cell.id),
    }
}

fn answer(answer: &Answer, facts: &mut Vec<(&'static str, String)>) {
    facts.push(("Body", answer.kind.as_str().to_owned()));
    if let Some(matches) = answer.bytes_match {
        let words = if matches { "are those that the digest names" } else { "are NOT those that were named" };
        facts.push(("Bytes", words.to_owned()));
    }
    let error = [&answer.error_code, &answer.error_message];
    let error: Vec<String> = error.into_iter().flatten().map(|part| text::line(part)).collect();
    if !error.is_empty() {
        facts.push(("Error", error.join(": ")));
    }
    if answer.redirects > 0 {
        facts.push(("Redirects", words::count(answer.redirects, "hop")));
    }
}
