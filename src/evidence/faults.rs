//! Faults that passed: what was answered 5xx, sent again and then answered otherwise.

use std::collections::HashMap;

use super::readings::Readings;
use super::view::view;
use crate::exchange::{Exchange, ExchangeId, Purpose};
use crate::recording::{CellRecord, CellState, Recording};
use crate::report::{Answer, CellView, Did};

/// One request, and what it was answered each time.
#[derive(Debug)]
pub struct PassedFault {
    /// The cell, as if the first answer counted.
    pub first: CellView,
    /// The cell, with the answer that counts.
    pub then: CellView,
}

impl PassedFault {
    /// The answer that failed.
    pub fn fault(&self) -> Option<&Answer> {
        answer(&self.first)
    }

    /// The answer that counts.
    pub fn answer(&self) -> Option<&Answer> {
        answer(&self.then)
    }
}

fn answer(cell: &CellView) -> Option<&Answer> {
    match &cell.did {
        Did::Answer(answer) => Some(answer),
        _ => None,
    }
}

/// Every fault of a recording that passed, in the plan's order.
pub fn passed_faults(recording: &Recording) -> Vec<PassedFault> {
    let place: HashMap<&ExchangeId, usize> =
        recording.exchanges.iter().enumerate().map(|(at, e)| (&e.id, at)).collect();
    let exchange = |id: &ExchangeId| place.get(id).map(|at| &recording.exchanges[*at]);
    let readings = Readings::default();
    let read = |record: &CellRecord| {
        let CellState::Answered(id) = &record.state else { return None };
        // The attempts of a cell stand together, the one that counts last.
        let earlier = recording.exchanges[..*place.get(id)?].iter().rev();
        let faulted = |e: &&Exchange| e.purpose == Purpose::Faulted && e.response().is_some();
        let first = earlier.take_while(|e| e.purpose != Purpose::Cell).find(faulted)?;
        let failed = CellRecord { state: CellState::Answered(first.id.clone()), ..record.clone() };
        let fault = PassedFault {
            first: view(&failed, recording, &readings, exchange),
            then: view(record, recording, &readings, exchange),
        };
        // A limit met on the way back tells nothing of the fault.
        fault.answer().is_some_and(|a| a.status < 500 && a.status != 429).then_some(fault)
    };
    recording.cells.iter().filter_map(read).collect()
}
