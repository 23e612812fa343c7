//! What a 429 means for the rest of a run: wait as asked, then go on just below the rate that was allowed.
//!
//! The rate after a limit follows a cubic curve, as in TCP CUBIC (RFC 9438): down by a fifth, back quickly to just below
//! the rate at which the limit was met, then beyond it slowly. Here the curve grows with the rate, because limits of
//! 2 and of 200 requests a second are both common. Pure but for the clock that is passed in.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

use crate::exchange::Header;
use crate::oci::retry::retry_after;

/// A pause longer than this is not waited for: the run says so and ends.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// So many pauses without a single answer between them, and we leave the registry alone; fewer where nothing but 429
/// was ever answered.
const FRUITLESS: u32 = 4;
const FRUITLESS_AT_FIRST: u32 = 1;
/// The first pause where the registry names none; it doubles while nothing is answered.
const PAUSE: Duration = Duration::from_millis(250);
/// What is left of the rate after a limit, and how fast it grows back, as a share of the rate. Simulated against token
/// buckets of 2 to 100 requests a second (`tests::it_stays_just_below_what_is_allowed`).
const BETA: f64 = 0.8;
const GROWTH: f64 = 0.01;
/// Requests a second that are always tried.
const SLOWEST: f64 = 0.5;
/// Over so much time the rate is measured.
const WINDOW: Duration = Duration::from_secs(1);

/// What was slowed down, for the report.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Throttled {
    /// Requests that were answered 429.
    pub(super) refused: u32,
    /// Requests that were answered otherwise since the first 429.
    pub(super) answered: u32,
    /// When the first 429 came.
    pub(super) since: Option<Instant>,
}

/// What 429s have taught us to do.
#[derive(Debug, Default)]
pub(super) struct Brake {
    /// Pauses since something else than a 429 was answered.
    fruitless: u32,
    served: bool,
    /// Until then nothing is sent: a pause that a 429 brought.
    paused_until: Option<Instant>,
    /// Until then the next request waits its turn.
    not_before: Option<Instant>,
    /// When the latest answers came that were no 429.
    answered: VecDeque<Instant>,
    curve: Option<Curve>,
    throttled: Throttled,
    /// Set once the registry is to be left alone, with the reason.
    pub(super) stopped: Option<String>,
}

/// The rate since the last limit was met.
#[derive(Debug, Clone, Copy)]
struct Curve {
    /// Requests a second at which the limit was met.
    top: f64,
    since: Instant,
}

impl Curve {
    fn rate(&self, now: Instant) -> f64 {
        let back = ((1.0 - BETA) / GROWTH).cbrt();
        let time = now.saturating_duration_since(self.since).as_secs_f64();
        (self.top * (1.0 + GROWTH * (time - back).powi(3))).max(SLOWEST)
    }
}

impl Brake {
    /// A 429 came. True when the cell may be asked again after the pause.
    pub(super) fn limited(
        &mut self,
        headers: &[Header],
        now: Instant,
        wall: SystemTime,
        left: Duration,
    ) -> bool {
        self.throttled.refused += 1;
        self.throttled.since = self.throttled.since.or(Some(now));
        let asked =
            headers.iter().find(|h| h.name == "retry-after").and_then(|h| retry_after(&h.value, wall));
        if self.paused_until.is_some_and(|t| t > now) {
            // One of those that were under way when the first 429 came.
            return self.stopped.is_none();
        }
        self.fruitless += 1;
        let pause = asked.unwrap_or(PAUSE * 2u32.pow((self.fruitless - 1).min(5)));
        let patience = if self.served { FRUITLESS } else { FRUITLESS_AT_FIRST };
        if pause > LONGEST_PAUSE.min(left) || self.fruitless > patience {
            self.stopped = Some(match asked {
                Some(asked) => format!("the registry answered 429 and asks to wait {} s", asked.as_secs()),
                None => "the registry keeps answering 429".to_owned(),
            });
            return false;
        }
        let met = self.measured(now);
        let top = self.curve.map_or(met, |curve| curve.rate(now).min(met)).max(SLOWEST);
        self.curve = Some(Curve { top, since: now + pause });
        self.paused_until = Some(now + pause);
        self.not_before = None;
        true
    }

    /// Something else than a 429 was answered: the registry does serve us, within its limits.
    pub(super) fn served(&mut self, now: Instant) {
        self.served = true;
        self.fruitless = 0;
        self.throttled.answered += u32::from(self.throttled.since.is_some());
        self.answered.push_back(now);
        while self.answered.front().is_some_and(|at| now.saturating_duration_since(*at) > WINDOW) {
            self.answered.pop_front();
        }
    }

    /// How long to hold back the next request.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        let until = self.paused_until.max(self.not_before)?;
        until.checked_duration_since(now).filter(|d| !d.is_zero())
    }

    /// A request goes out: after a 429, spaced.
    pub(super) fn sent(&mut self, now: Instant) {
        if let Some(curve) = self.curve {
            let gap = Duration::from_secs_f64(1.0 / curve.rate(now));
            // Turns that were missed by a moment are made up for, so that the rate is kept on average.
            let turn = self.not_before.filter(|turn| *turn <= now && now.duration_since(*turn) < gap);
            self.not_before = Some(turn.unwrap_or(now) + gap);
        }
    }

    /// What was slowed down; `None` where no 429 came.
    pub(super) fn throttled(&self) -> Option<Throttled> {
        self.throttled.since.map(|_| self.throttled)
    }

    /// Answers a second over the last moments: the rate that the registry served.
    fn measured(&self, now: Instant) -> f64 {
        let age = |at: &Instant| now.saturating_duration_since(*at);
        let recent: Vec<Duration> = self.answered.iter().map(age).filter(|age| *age <= WINDOW).collect();
        // A run that is younger than the window has not shown its rate yet; what came at once may have been a burst.
        let over = recent.first().copied().unwrap_or(WINDOW).max(WINDOW / 4);
        recent.len() as f64 / over.as_secs_f64()
    }
}

#[cfg(test)]
mod tests;
