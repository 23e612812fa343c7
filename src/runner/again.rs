//! Cells that are sent again: after a 429, and after a 5xx that may have been a passing fault.

use std::collections::{BTreeMap, HashMap};

use crate::exchange::{Hop, Outcome, Purpose};
use crate::plan::{Cell, Endpoint, Subject};

/// So often may asking for a subject again be in vain, before its 5xx is taken for what the registry always says.
const FRUITLESS: u8 = 2;

/// So often a cell that was answered 429 is sent again.
const LIMITED: usize = 6;

type Attempts = Vec<(Purpose, Vec<Hop>)>;
type Thing = (Endpoint, Option<Subject>);

/// What was answered before, cell by cell, of cells that wait for their second turn or are having it.
#[derive(Debug, Default)]
pub(super) struct Again {
    earlier: HashMap<usize, Attempts>,
    fruitless: BTreeMap<Thing, u8>,
}

impl Again {
    /// Keeps the attempts of a cell that is to be sent again; the last of them was answered in a way that asks for it.
    /// False where the cell had all its turns.
    pub(super) fn keep(&mut self, index: usize, mut attempts: Attempts, why: Purpose) -> bool {
        let earlier = self.earlier.get(&index).map_or(&[][..], Vec::as_slice);
        let turns = earlier.iter().filter(|(p, _)| *p == why).count();
        // A limit that is met again says nothing about the cell; a fault that comes again does.
        let most = if why == Purpose::Limited { LIMITED } else { 1 };
        if turns >= most {
            return false;
        }
        if let Some(last) = attempts.last_mut() {
            last.0 = why;
        }
        self.earlier.entry(index).or_default().append(&mut attempts);
        true
    }

    /// Whether a cell is only sent again when nothing else is under way: what failed beside others may pass alone.
    pub(super) fn is_last(&self, index: usize) -> bool {
        self.earlier
            .get(&index)
            .and_then(|attempts| attempts.last())
            .is_some_and(|(p, _)| *p == Purpose::Faulted)
    }

    /// Whether a cell's last answer is one that may not come again.
    pub(super) fn may_pass(&self, cell: &Cell, attempts: &Attempts) -> bool {
        asks_for_content(cell) && is_fault(attempts) && !self.in_vain(cell)
    }

    /// Whether it is known by now that asking again does not help with what this cell asks for.
    pub(super) fn in_vain(&self, cell: &Cell) -> bool {
        self.fruitless.get(&thing(cell)).is_some_and(|times| *times >= FRUITLESS)
    }

    /// A cell has its final answer: all attempts, the final ones last.
    pub(super) fn join(&mut self, index: usize, cell: &Cell, mut last: Attempts) -> Attempts {
        if self.is_last(index) && is_fault(&last) {
            *self.fruitless.entry(thing(cell)).or_default() += 1;
        }
        let mut attempts = self.earlier.remove(&index).unwrap_or_default();
        attempts.append(&mut last);
        attempts
    }

    /// The attempts of a cell that gets no second turn: the last one counts.
    pub(super) fn give_back(&mut self, index: usize) -> Option<Attempts> {
        let mut attempts = self.earlier.remove(&index)?;
        if let Some(last) = attempts.last_mut() {
            last.0 = Purpose::Cell;
        }
        Some(attempts)
    }
}

fn thing(cell: &Cell) -> Thing {
    (cell.endpoint, cell.subject)
}

/// Whether a cell asks for something that is most likely there, where it is: there a 5xx is a fault.
fn asks_for_content(cell: &Cell) -> bool {
    match cell.endpoint {
        Endpoint::Manifests => {
            matches!(cell.subject, Some(Subject::Tag | Subject::Digest | Subject::Index | Subject::Manifest))
        }
        Endpoint::Blobs => matches!(cell.subject, Some(Subject::Config | Subject::Layer)),
        _ => false,
    }
}

/// A 5xx that says that the server failed; 501, 505 and 511 say what it will always say
/// (RFC 9110, section 15.6; RFC 6585, section 6).
fn is_fault(attempts: &Attempts) -> bool {
    let last = attempts.last().and_then(|(_, hops)| hops.last());
    let status = match last.map(|hop| &hop.outcome) {
        Some(Outcome::Answered(response)) => response.status,
        _ => return false,
    };
    (500..600).contains(&status) && !matches!(status, 501 | 505 | 511)
}
