//! Which cell goes next, and what became of each.

use std::time::{Duration, Instant, SystemTime};

use crate::exchange::{Exchange, ExchangeId, Header, Hop, Outcome, Purpose};
use crate::plan::concrete::{Concrete, Context, concrete, needs};
use crate::plan::expand::{by_telling, is_metered};
use crate::plan::{Endpoint, Subject, Vary};
use crate::recording::{Access, CellRecord, CellState, NotTried, Recording, RunNote};
use crate::runner::again::Again;
use crate::runner::brake::{Brake, Throttled};
use crate::runner::learn::Learner;
use crate::runner::meter::{Gate, Meter};
use crate::runner::opening::Opening;
use crate::runner::send::Sent;
use crate::runner::{Job, Progress, Settled, is_fatal, lesson};

/// What to do next.
pub(super) enum Next {
    /// Send this cell.
    Send(usize, Concrete),
    /// Ask the token endpoint for this cell.
    Token(usize),
    /// Hold back for so long.
    Pause(Duration),
    /// Nothing can go now.
    Nothing,
}

enum Slot {
    Waiting,
    InFlight,
    Sent(Vec<(Purpose, Vec<Hop>)>),
    Skipped(NotTried),
}

/// The state of a run.
pub(super) struct Queue<'a> {
    job: &'a Job<'a>,
    base_url: String,
    order: Vec<usize>,
    slots: Vec<Slot>,
    again: Again,
    opening: Opening,
    learner: Learner<'a>,
    meter: Meter,
    brake: Brake,
    scout: Option<usize>,
    answered: usize,
    failed: usize,
    last_error: String,
    done: usize,
    /// Settled, and not told yet.
    fresh: Vec<usize>,
}

impl<'a> Queue<'a> {
    pub(super) fn new(job: &'a Job<'a>) -> Queue<'a> {
        let head = |subject| {
            job.cells.iter().position(|c| {
                c.method == crate::exchange::Method::Head
                    && c.endpoint == Endpoint::Manifests
                    && c.subject == Some(subject)
                    && c.accept == "all"
                    && c.vary == Vary::default()
            })
        };
        let named = if job.target.digest.is_some() { Subject::Digest } else { Subject::Tag };
        let scout = head(named);
        let mut order = by_telling(job.cells, job.path_steps);
        let opening = Opening::new(job.cells, named);
        // The scout goes first: it is free, and its headers say what a pull costs.
        let mut first: Vec<usize> = scout.into_iter().collect();
        first.extend(opening.first().filter(|index| Some(*index) != scout));
        order.retain(|index| !first.contains(index));
        order.splice(0..0, first);
        Queue {
            base_url: String::new(),
            order,
            slots: job.cells.iter().map(|_| Slot::Waiting).collect(),
            again: Again::default(),
            opening,
            learner: Learner::new(job.target, job.cells),
            meter: Meter::new(job.settings.max_pulls, job.target.is_docker_hub(), scout.is_some()),
            brake: Brake::default(),
            scout,
            answered: 0,
            failed: 0,
            last_error: String::new(),
            done: 0,
            fresh: Vec::new(),
            job,
        }
    }

    pub(super) fn begin(&mut self, base_url: &str) {
        base_url.clone_into(&mut self.base_url);
    }

    /// Says how far it is, and which cells were settled since it was last said.
    pub(super) fn tell(&mut self, progress: &impl Fn(Progress<'_>)) {
        let fresh = std::mem::take(&mut self.fresh);
        let settled = fresh.iter().filter_map(|index| {
            let cell = &self.job.cells[*index];
            match &self.slots[*index] {
                Slot::Sent(attempts) => Some(Settled { cell, attempts, not_tried: None }),
                Slot::Skipped(why) => Some(Settled { cell, attempts: &[], not_tried: Some(why) }),
                Slot::Waiting | Slot::InFlight => None,
            }
        });
        let settled: Vec<Settled<'_>> = settled.collect();
        progress(Progress { done: self.done, total: self.slots.len(), settled: &settled });
    }

    fn count(&mut self, index: usize) {
        self.done += 1;
        self.fresh.push(index);
    }

    /// The next cell that may go, in the order of telling.
    pub(super) fn next(&mut self, in_flight: usize) -> Next {
        if let Some(reason) = self.brake.stopped.clone() {
            self.skip_waiting(&NotTried::RateLimited(reason));
            return Next::Nothing;
        }
        if self.answered == 0 && self.failed >= 2 {
            // Nothing has ever been answered: hundreds of further requests would learn nothing.
            let reason = format!("nothing was ever answered; the last try ended with {}", self.last_error);
            self.skip_waiting(&NotTried::Unreachable(reason));
            return Next::Nothing;
        }
        let wanted = if self.answered == 0 { 1 } else { self.job.settings.concurrency.max(1) };
        if in_flight >= wanted {
            return Next::Nothing;
        }
        if let Some(wait) = self.brake.wait(Instant::now()) {
            return Next::Pause(wait);
        }
        match self.ready(false) {
            Next::Nothing if in_flight == 0 => {
                // Nothing that could still come would settle the opening.
                self.opening.end();
                match self.ready(false) {
                    // What failed beside others is sent again alone.
                    Next::Nothing => {
                        self.leave_what_is_in_vain();
                        self.ready(true)
                    }
                    next => next,
                }
            }
            next => next,
        }
    }

    /// The next cell that could be sent; `alone` when nothing else is under way.
    fn ready(&mut self, alone: bool) -> Next {
        // Metered cells that tell more, and wait for what is not learned yet: a budget keeps their place.
        let mut reserved = 0;
        for position in 0..self.order.len() {
            let index = self.order[position];
            let waits = matches!(self.slots[index], Slot::Waiting) && self.opening.allows(index);
            if !waits || (self.again.is_last(index) && !alone) {
                continue;
            }
            let cell = &self.job.cells[index];
            if let Some(reason) = needs(cell).find_map(|subject| self.learner.hopeless(subject)) {
                self.skip(index, NotTried::NotLearned(reason));
                continue;
            }
            if is_metered(cell) {
                if needs(cell).any(|subject| self.learner.subjects.digest(subject).is_none()) {
                    reserved += 1;
                    continue;
                }
                match self.meter.gate(reserved) {
                    Gate::Go => {}
                    Gate::Wait => continue,
                    Gate::Never(reason) => {
                        self.skip(index, NotTried::Budget(reason));
                        continue;
                    }
                }
            }
            if cell.endpoint == Endpoint::Token {
                // The challenge is met by the first cells that get one.
                if self.scout.is_some_and(|s| !matches!(self.slots[s], Slot::Sent(_) | Slot::Skipped(_))) {
                    continue;
                }
                return Next::Token(index);
            }
            let job = self.job;
            let lines = job.axis.lines(&cell.accept).unwrap_or(&[]);
            let context = Context {
                target: job.target,
                base_url: &self.base_url,
                subjects: &self.learner.subjects,
                accept: lines,
                user_agent: &job.settings.user_agent,
                extra_headers: &job.settings.extra_headers,
            };
            match concrete(cell, &context) {
                Ok(Some(ready)) => return Next::Send(index, ready),
                Ok(None) => {}
                Err(reason) => self.skip(index, reason),
            }
        }
        Next::Nothing
    }

    pub(super) fn launched(&mut self, index: usize) {
        self.slots[index] = Slot::InFlight;
        self.brake.sent(Instant::now());
        if is_metered(&self.job.cells[index]) {
            self.meter.started();
        }
    }

    /// A cell will not be sent, or not again: then it keeps the answer it has. Its absence is itself a lesson: those
    /// who waited for it need wait no more.
    pub(super) fn skip(&mut self, index: usize, reason: NotTried) {
        let slot = self.again.give_back(index).map_or(Slot::Skipped(reason), Slot::Sent);
        self.leave(index, slot);
    }

    fn leave(&mut self, index: usize, slot: Slot) {
        self.slots[index] = slot;
        self.count(index);
        self.opening.left(index, self.job.cells);
        self.learner.settle(&self.job.cells[index], None);
        if self.scout == Some(index) {
            self.meter.scouted();
        }
    }

    /// Ends the run where the first answers agree that nothing more is to be learned: true then. `refused` is what
    /// became of the user's credentials.
    pub(super) fn concluded(&mut self, refused: Option<String>) -> Option<String> {
        let agreed = self.opening.conclusion()?.to_owned();
        let reason = match refused {
            Some(refused) => NotTried::CredentialsRefused(format!("{refused}; {agreed}")),
            None => NotTried::Settled(agreed),
        };
        self.skip_waiting(&reason);
        Some(reason.reason().to_owned())
    }

    fn skip_waiting(&mut self, reason: &NotTried) {
        for index in 0..self.slots.len() {
            if matches!(self.slots[index], Slot::Waiting) {
                self.skip(index, reason.clone());
            }
        }
    }

    /// What asked for the same and was sent again has failed again.
    fn leave_what_is_in_vain(&mut self) {
        let job = self.job;
        for (index, cell) in job.cells.iter().enumerate() {
            let waits = matches!(self.slots[index], Slot::Waiting) && self.again.is_last(index);
            if waits
                && self.again.in_vain(cell)
                && let Some(attempts) = self.again.give_back(index)
            {
                self.leave(index, Slot::Sent(attempts));
            }
        }
    }

    /// A 429 came: whether its cell may be asked again.
    pub(super) fn limited(&mut self, headers: &[Header], left: Duration) -> bool {
        self.brake.limited(headers, Instant::now(), SystemTime::now(), left)
    }

    /// What 429s cost.
    pub(super) fn throttled(&self) -> Option<Throttled> {
        self.brake.throttled()
    }

    /// Whether a cell was answered 5xx where that may be a passing fault.
    pub(super) fn faulted(&self, index: usize, sent: &Sent) -> bool {
        self.again.may_pass(&self.job.cells[index], &sent.attempts)
    }

    /// Puts a cell back, once; `why` says what its answer was.
    pub(super) fn ask_again(&mut self, index: usize, sent: &Sent, why: Purpose) -> bool {
        if !self.again.keep(index, sent.attempts.clone(), why) {
            return false;
        }
        if why == Purpose::Faulted {
            self.opening.saw(index, sent.response(), self.job.cells);
            if self.scout == Some(index) {
                // It told what it can of a quota.
                self.meter.scouted();
            }
        }
        self.answered += 1;
        self.slots[index] = Slot::Waiting;
        if is_metered(&self.job.cells[index]) {
            self.meter.finished(false);
        }
        true
    }

    /// A cell has its final answer, or its failure.
    pub(super) fn settled(&mut self, index: usize, sent: Sent) {
        let job = self.job;
        let cell = &job.cells[index];
        self.opening.saw(index, sent.response(), job.cells);
        match sent.last().map(|hop| &hop.outcome) {
            Some(Outcome::Answered(response)) => {
                self.answered += 1;
                if response.status != 429 {
                    self.brake.served(Instant::now());
                }
                self.meter.observe(&response.headers);
                if is_metered(cell) {
                    self.meter.finished((200..300).contains(&response.status));
                }
                self.learner.settle(cell, lesson(response));
            }
            Some(Outcome::Failed(error)) => {
                self.failed += if is_fatal(error.kind, error.phase) && self.answered == 0 { 2 } else { 1 };
                self.last_error = error.to_string();
                if is_metered(cell) {
                    self.meter.finished(false);
                }
                self.learner.settle(cell, None);
            }
            None => {}
        }
        if self.scout == Some(index) {
            self.meter.scouted();
        }
        self.slots[index] = Slot::Sent(self.again.join(index, cell, sent.attempts));
        self.count(index);
    }

    /// Nobody answered the first contact.
    pub(super) fn give_up(&mut self, attempts: &[(Purpose, Vec<Hop>)]) {
        let why = attempts.iter().rev().find_map(|(_, hops)| match hops.last().map(|h| &h.outcome) {
            Some(Outcome::Failed(error)) => Some(error.to_string()),
            _ => None,
        });
        self.skip_waiting(&NotTried::Unreachable(
            why.unwrap_or_else(|| "the registry could not be reached".to_owned()),
        ));
    }

    /// The run is over: what still waits will not be sent.
    pub(super) fn close(&mut self, ended: Option<&str>) {
        for index in 0..self.slots.len() {
            if matches!(self.slots[index], Slot::InFlight) {
                self.slots[index] = Slot::Waiting;
            }
        }
        let reason = match ended {
            Some(reason) => NotTried::Cancelled(reason.to_owned()),
            None => NotTried::NotLearned("what it needs was never learned".to_owned()),
        };
        self.skip_waiting(&reason);
    }

    /// Puts everything in the plan's order, whatever the order of arrival was.
    pub(super) fn into_recording(
        self,
        failed: Vec<(Purpose, Vec<Hop>)>,
        tokens: Vec<Hop>,
        mut notes: Vec<RunNote>,
    ) -> Recording {
        let mut exchanges = Vec::new();
        let mut add = |purpose, hops| {
            let id = ExchangeId(format!("x{:04}", exchanges.len() + 1));
            exchanges.push(Exchange { id: id.clone(), purpose, hops });
            id
        };
        for (purpose, hops) in failed {
            add(purpose, hops);
        }
        for hop in tokens {
            add(Purpose::Token, vec![hop]);
        }
        let mut cells = Vec::with_capacity(self.slots.len());
        for (cell, slot) in self.job.cells.iter().zip(self.slots) {
            let state = match slot {
                Slot::Skipped(reason) => CellState::NotTried(reason),
                Slot::Waiting | Slot::InFlight => {
                    CellState::NotTried(NotTried::Cancelled("the run ended".to_owned()))
                }
                Slot::Sent(attempts) => {
                    let mut state =
                        CellState::NotTried(NotTried::Cancelled("no attempt was recorded".to_owned()));
                    for (purpose, hops) in attempts {
                        let answered = matches!(hops.last().map(|h| &h.outcome), Some(Outcome::Answered(_)));
                        let id = add(purpose, hops);
                        state = if answered { CellState::Answered(id) } else { CellState::Failed(id) };
                    }
                    state
                }
            };
            cells.push(CellRecord { id: cell.id(), cell: cell.clone(), state });
        }
        if let Some(text) = self.learner.cut_note() {
            notes.push(RunNote { id: "cut".to_owned(), text: text.to_owned() });
        }
        if let Some(text) = self.learner.platform_note {
            notes.push(RunNote { id: "other-platform".to_owned(), text });
        }
        Recording {
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            created: chrono::DateTime::UNIX_EPOCH,
            target: self.job.target.clone(),
            base_url: self.base_url,
            suite: self.job.suite.to_owned(),
            spec: crate::oracle::Spec::default(),
            cells,
            exchanges,
            subjects: self.learner.subjects,
            access: Access::default(),
            pulls: self.meter.spent,
            notes,
            wall_ms: 0.0,
        }
    }
}
