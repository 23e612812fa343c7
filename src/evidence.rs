//! An indexed view over a recording, so that rules and verdicts are short. Pure.

pub mod faults;
mod readings;
mod view;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::exchange::{Exchange, ExchangeId, Purpose, Response};
use crate::oci::document::{BodyKind, Document};
use crate::plan::{Cell, CellId};
use crate::probes::Axis;
use crate::recording::Recording;
use crate::report::{Answer, CellView, Did};

/// A recording, read and indexed.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The facts.
    pub recording: &'a Recording,
    /// The Accept axis that the recording's names stand for.
    pub axis: &'a Axis,
    /// Each cell, read, in the plan's order.
    pub cells: Vec<CellView>,
    by_cell: HashMap<String, usize>,
    by_exchange: HashMap<ExchangeId, usize>,
    readings: readings::Readings,
    stopped: RefCell<Option<String>>,
}

impl<'a> Evidence<'a> {
    /// Reads a recording.
    pub fn new(recording: &'a Recording, axis: &'a Axis) -> Evidence<'a> {
        let by_exchange: HashMap<ExchangeId, usize> =
            recording.exchanges.iter().enumerate().map(|(i, e)| (e.id.clone(), i)).collect();
        let readings = readings::Readings::default();
        let cells: Vec<CellView> = recording
            .cells
            .iter()
            .map(|record| {
                let exchange = |id: &_| by_exchange.get(id).map(|i: &usize| &recording.exchanges[*i]);
                view::view(record, recording, &readings, exchange)
            })
            .collect();
        let by_cell = cells.iter().enumerate().map(|(i, c)| (c.id.0.clone(), i)).collect();
        Evidence { recording, axis, cells, by_cell, by_exchange, readings, stopped: RefCell::default() }
    }

    /// A cell by its id; `None` when the plan did not hold it.
    pub fn cell(&self, id: &str) -> Option<&CellView> {
        let cell = self.by_cell.get(id).map(|i| &self.cells[*i]);
        let answered = cell.is_some_and(|cell| matches!(cell.did, Did::Answer(_)));
        *self.stopped.borrow_mut() = (!answered).then(|| id.to_owned());
        cell
    }

    /// The cell that was asked for last, where it has no answer: what a rule that comes to nothing stumbled on.
    pub(crate) fn stopped_at(&self) -> Option<String> {
        self.stopped.borrow().clone()
    }

    /// Before the next rule.
    pub(crate) fn forget_stop(&self) {
        *self.stopped.borrow_mut() = None;
    }

    /// A cell's plan, by its id.
    pub fn plan(&self, id: &CellId) -> Option<&Cell> {
        self.by_cell.get(&id.0).map(|i| &self.recording.cells[*i].cell)
    }

    /// A cell's answer, if it was answered.
    pub fn answer(&self, id: &str) -> Option<&Answer> {
        match &self.cell(id)?.did {
            Did::Answer(answer) => Some(answer),
            _ => None,
        }
    }

    /// The answers of all cells that a predicate picks, in the plan's order.
    pub fn answers<'b>(
        &'b self,
        pick: impl Fn(&CellView) -> bool + 'b,
    ) -> impl Iterator<Item = (&'b CellView, &'b Answer)> + 'b {
        self.cells.iter().filter_map(move |cell| match &cell.did {
            Did::Answer(answer) if pick(cell) => Some((cell, answer)),
            _ => None,
        })
    }

    /// An exchange by its id.
    pub fn exchange(&self, id: &ExchangeId) -> Option<&'a Exchange> {
        self.by_exchange.get(id).map(|i| &self.recording.exchanges[*i])
    }

    /// The final response behind a cell's answer.
    pub fn response(&self, id: &str) -> Option<&'a Response> {
        self.exchange(&self.answer(id)?.exchange)?.response()
    }

    /// The bytes behind a cell's answer.
    pub fn body(&self, id: &str) -> Option<&'a [u8]> {
        self.response(id).map(|r| r.body.kept.as_ref())
    }

    /// The manifest, index or schema 1 document behind a cell's answer.
    pub fn document(&self, id: &str) -> Option<Rc<Document>> {
        self.readings.document(self.response(id)?)
    }

    /// Exchanges that were made for a purpose.
    pub fn exchanges(&self, purpose: Purpose) -> impl Iterator<Item = &'a Exchange> {
        self.recording.exchanges.iter().filter(move |e| e.purpose == purpose)
    }

    /// What kind of thing the reference holds, as the best witness told: the kind of the document that is named by
    /// the index's digest, or else the manifest's.
    pub fn held(&self) -> Option<BodyKind> {
        let subjects = &self.recording.subjects;
        let digest = subjects.index.as_ref().or(subjects.manifest.as_ref())?;
        let named = |answer: &&Answer| {
            answer.status == 200
                && (answer.body_digest.as_ref() == Some(digest)
                    || answer.docker_content_digest.as_deref() == Some(digest.as_str()))
                && (answer.kind.is_index() || answer.kind.is_manifest() || answer.kind == BodyKind::Schema1)
        };
        self.answers(|_| true).map(|(_, answer)| answer).find(named).map(|answer| answer.kind)
    }

    /// Whether anything at all was answered.
    pub fn reached(&self) -> bool {
        self.cells.iter().any(|c| matches!(c.did, Did::Answer(_)))
            || self.recording.exchanges.iter().any(|e| e.response().is_some())
    }
}
