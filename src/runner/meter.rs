//! How many pulls a run may spend on a registry that meters them. Pure.

use crate::exchange::Header;
use crate::oci::retry::quota;

/// Docker Hub gives anonymous users 100 pulls in six hours; a quarter of that until its headers say more.
const HUB_BUDGET: u64 = 25;

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
}
