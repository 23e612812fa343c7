//! The time that certificates are held to.

use std::time::{Duration, SystemTime};

use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;

/// The system's clock. Before 1970 it is wrong, and counts as 1970: certificates are then not valid yet.
#[derive(Debug)]
pub(super) struct Clock;

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(at(SystemTime::now()))
    }
}

fn at(time: SystemTime) -> UnixTime {
    let since: Duration = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixTime::since_unix_epoch(since)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_1970_is_no_panic() {
        assert_eq!(at(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).as_secs(), 0);
        assert_eq!(at(SystemTime::UNIX_EPOCH + Duration::from_secs(7)).as_secs(), 7);
    }
}
