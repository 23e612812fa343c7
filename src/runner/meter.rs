//! Manners: how many pulls a run may spend, and what a 429 means. Pure but for the clock that is passed in.

use std::time::{Duration, Instant};

use crate::exchange::Header;
use crate::oci::retry::{quota, retry_after};

/// Docker Hub gives anonymous users 100 pulls in six hours; a quarter of that until its headers say more.
const HUB_BUDGET: u64 = 25;
/// A pause longer than this is not waited for: the run says so and ends.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// So many pauses, and we leave the registry alone; fewer where nothing but 429 was ever answered.
const STRIKES: u32 = 4;
const STRIKES_AT_THE_DOOR: u32 = 1;

/// Whether a metered cell may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// Now.
    Go,
    /// Perhaps later.
    Wait,
    /// Not in this run.
    Never(String),
}

/// Counts pulls against a budget.
#[derive(Debug)]
pub struct Meter {
    explicit: Option<u64>,
    learned: Option<u64>,
    hub: bool,
    /// Nothing is known about metering before a metered request was answered: until then one at a time.
    answered: bool,
    /// A HEAD that costs nothing is asked first, for its quota headers.
    scouting: bool,
    in_flight: u64,
    /// Pulls spent, by our own count.
    pub spent: u64,
}

impl Meter {
    /// `explicit` is `--max-pulls`; `hub` says that the registry is known to meter; `scouting` that a HEAD goes ahead.
    pub fn new(explicit: Option<u64>, hub: bool, scouting: bool) -> Meter {
        Meter { explicit, learned: None, hub, answered: false, scouting, in_flight: 0, spent: 0 }
    }

    /// The budget in force, if there is one.
    pub fn budget(&self) -> Option<u64> {
        self.explicit.or(self.learned).or(self.hub.then_some(HUB_BUDGET))
    }

    /// Whether one more pull may be spent, when `reserved` are kept for cells that tell more and still wait.
    pub fn gate(&self, reserved: u64) -> Gate {
        if self.scouting {
            return Gate::Wait;
        }
        match self.budget() {
            Some(budget) if self.spent >= budget => Gate::Never(format!(
                "it would be a pull beyond the {budget} that this run may spend; raise it with --max-pulls"
            )),
            Some(budget) if self.spent + self.in_flight + reserved >= budget => Gate::Wait,
            Some(_) => Gate::Go,
            None if self.answered || self.in_flight == 0 => Gate::Go,
            None => Gate::Wait,
        }
    }

    /// A metered cell goes out.
    pub fn started(&mut self) {
        self.in_flight += 1;
    }

    /// A metered cell came back; `counted` when the registry served the manifest.
    pub fn finished(&mut self, counted: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.answered = true;
        self.spent += u64::from(counted);
    }

    /// The scout came back, or will never go.
    pub fn scouted(&mut self) {
        self.scouting = false;
    }

    /// Reads a registry's own account of what remains. The first one fixes the budget: a quarter of what there was.
    pub fn observe(&mut self, headers: &[Header]) {
        if self.learned.is_some() {
            return;
        }
        if let Some(remaining) = quota(headers).and_then(|q| q.remaining) {
            self.learned = Some((remaining + self.spent) / 4);
        }
    }
}

/// What 429s have taught us to do.
#[derive(Debug, Default)]
pub struct Brake {
    strikes: u32,
    not_before: Option<Instant>,
    /// The end of the pause that a 429 asked for; the gaps between requests thereafter are none.
    paused: Option<Instant>,
    gap: Duration,
    served: bool,
    /// Set once the registry is to be left alone, with the reason.
    pub stopped: Option<String>,
}

impl Brake {
    /// A 429 came. True when the cell may be asked again after the pause.
    pub fn limited(
        &mut self,
        headers: &[Header],
        now: Instant,
        wall: std::time::SystemTime,
        left: Duration,
    ) -> bool {
        let asked =
            headers.iter().find(|h| h.name == "retry-after").and_then(|h| retry_after(&h.value, wall));
        let pause = asked.unwrap_or(Duration::from_secs(1) * 2u32.pow(self.strikes.min(3)));
        if self.paused.is_some_and(|t| t > now) {
            // One of those that were under way when the first 429 came: the same strike.
            return self.stopped.is_none();
        }
        self.strikes += 1;
        let patience = if self.served { STRIKES } else { STRIKES_AT_THE_DOOR };
        if pause > LONGEST_PAUSE.min(left) || self.strikes > patience {
            self.stopped = Some(match asked {
                Some(asked) => format!("the registry answered 429 and asks to wait {} s", asked.as_secs()),
                None => "the registry keeps answering 429".to_owned(),
            });
            return false;
        }
        self.gap = Duration::from_millis(250) * 2u32.pow(self.strikes - 1);
        self.not_before = Some(now + pause);
        self.paused = self.not_before;
        true
    }

    /// Something else than a 429 was answered: the registry does serve us, within its limits.
    pub fn served(&mut self) {
        self.served = true;
    }

    /// How long to hold back the next request.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        self.not_before.and_then(|t| t.checked_duration_since(now)).filter(|d| !d.is_zero())
    }

    /// A request goes out: after a 429, one at a time and spaced.
    pub fn sent(&mut self, now: Instant) {
        if self.strikes > 0 {
            self.not_before = Some(now + self.gap);
        }
    }

    /// How many may be under way at once.
    pub fn concurrency(&self, wanted: usize) -> usize {
        if self.strikes > 0 { 1 } else { wanted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, value: &str) -> Header {
        Header { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn one_pull_goes_ahead_until_metering_is_known() {
        let mut meter = Meter::new(None, false, true);
        assert_eq!(meter.gate(0), Gate::Wait);
        meter.scouted();
        assert_eq!(meter.gate(0), Gate::Go);
        meter.started();
        assert_eq!(meter.gate(0), Gate::Wait);
        meter.finished(true);
        assert_eq!((meter.gate(0), meter.spent), (Gate::Go, 1));
    }

    #[test]
    fn a_quarter_of_what_remains_is_the_budget() {
        let mut meter = Meter::new(None, false, false);
        meter.observe(&[header("ratelimit-remaining", "8;w=21600")]);
        assert_eq!(meter.budget(), Some(2));
        for _ in 0..2 {
            assert_eq!(meter.gate(0), Gate::Go);
            meter.started();
        }
        assert_eq!(meter.gate(0), Gate::Wait);
        meter.finished(true);
        meter.finished(true);
        assert!(matches!(meter.gate(0), Gate::Never(_)));
    }

    #[test]
    fn what_is_reserved_is_not_spent_on_less() {
        let meter = Meter::new(Some(2), false, false);
        assert_eq!((meter.gate(1), meter.gate(2)), (Gate::Go, Gate::Wait));
    }

    #[test]
    fn what_the_user_says_counts_more_than_what_the_registry_says() {
        let mut meter = Meter::new(Some(50), true, false);
        meter.observe(&[header("ratelimit-remaining", "8;w=21600")]);
        assert_eq!(meter.budget(), Some(50));
        assert_eq!(Meter::new(None, true, false).budget(), Some(HUB_BUDGET));
    }

    #[test]
    fn a_429_is_honoured_and_a_long_one_ends_the_run() {
        let (now, wall) = (Instant::now(), std::time::SystemTime::now());
        let left = Duration::from_secs(100);
        let mut brake = Brake::default();
        assert!(brake.limited(&[header("retry-after", "2")], now, wall, left));
        assert_eq!(brake.wait(now), Some(Duration::from_secs(2)));
        assert_eq!(brake.concurrency(64), 1);
        // Others that were under way at the time are no further strikes.
        assert!(brake.limited(&[], now, wall, left));
        assert_eq!(brake.strikes, 1);
        assert!(!brake.limited(&[header("retry-after", "3600")], now + Duration::from_secs(3), wall, left));
        assert!(brake.stopped.is_some_and(|s| s.contains("3600")));
    }

    #[test]
    fn a_refusal_between_two_gaps_is_another_strike() {
        let (mut now, wall) = (Instant::now(), std::time::SystemTime::now());
        let mut brake = Brake::default();
        assert!(brake.limited(&[], now, wall, Duration::from_secs(100)));
        now += Duration::from_secs(2);
        brake.sent(now);
        assert!(!brake.limited(&[], now + Duration::from_millis(1), wall, Duration::from_secs(100)));
    }

    #[test]
    fn it_is_never_hammered() {
        let (mut now, wall) = (Instant::now(), std::time::SystemTime::now());
        let mut brake = Brake::default();
        assert!(brake.limited(&[], now, wall, Duration::from_secs(100)));
        now += Duration::from_secs(20);
        let mut at_the_door = Brake { strikes: brake.strikes, ..Brake::default() };
        assert!(!at_the_door.limited(&[], now, wall, Duration::from_secs(100)));
        brake.served();
        for _ in 1..STRIKES {
            assert!(brake.limited(&[], now, wall, Duration::from_secs(100)));
            now += Duration::from_secs(20);
        }
        assert!(!brake.limited(&[], now, wall, Duration::from_secs(100)));
    }
}
