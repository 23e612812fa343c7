//! Our own restraint: so many requests at once, and so many a second, per host and port.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use crate::reach::Reach;

/// The state kept for every host and port.
pub(super) struct Limits {
    concurrency: usize,
    spacing: Option<Duration>,
    hosts: RwLock<HashMap<String, Arc<Host>>>,
}

/// One host and port.
pub(super) struct Host {
    permits: Semaphore,
    spacing: Option<Duration>,
    next: Mutex<Option<Instant>>,
    speaks_http: AtomicBool,
    reach: Mutex<Option<Reach>>,
}

impl Limits {
    pub(super) fn new(concurrency: usize, rate: Option<f64>) -> Limits {
        let spacing = rate.and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok());
        Limits {
            concurrency: concurrency.clamp(1, Semaphore::MAX_PERMITS),
            spacing,
            hosts: RwLock::default(),
        }
    }

    pub(super) fn host(&self, authority: &str) -> Arc<Host> {
        let hosts = self.hosts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = hosts.get(authority) {
            return Arc::clone(host);
        }
        drop(hosts);
        let mut hosts = self.hosts.write().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(authority.to_owned()).or_insert_with(|| {
            Arc::new(Host {
                permits: Semaphore::new(self.concurrency),
                spacing: self.spacing,
                next: Mutex::new(None),
                speaks_http: AtomicBool::new(false),
                reach: Mutex::default(),
            })
        });
        Arc::clone(host)
    }
}

impl Host {
    /// Waits for a free place and for the next slot; the place is free again when the permit is dropped.
    pub(super) async fn admit(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed; were it, going on beats hanging.
        let permit = self.permits.acquire().await.ok();
        if let Some(slot) = self.slot() {
            sleep_until(slot).await;
        }
        permit
    }

    fn slot(&self) -> Option<Instant> {
        let spacing = self.spacing?;
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let slot = next.map_or(now, |next| next.max(now));
        *next = Some(slot + spacing);
        Some(slot)
    }

    /// Whether it has answered in HTTP before; until then plain requests watch for TLS records.
    pub(super) fn speaks_http(&self) -> bool {
        self.speaks_http.load(Relaxed)
    }

    pub(super) fn spoke_http(&self) {
        self.speaks_http.store(true, Relaxed);
    }

    /// It answered from an address that is so near.
    pub(super) fn met(&self, reach: Reach) {
        let mut met = self.reach.lock().unwrap_or_else(PoisonError::into_inner);
        *met = Some(met.map_or(reach, |met| met.min(reach)));
    }

    /// How near the farthest address is from which it answered.
    pub(super) fn reach(&self) -> Option<Reach> {
        *self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn as_many_as_allowed_and_each_host_for_itself() {
        let limits = Limits::new(2, None);
        let host = limits.host("a:1");
        let first = host.admit().await;
        let _second = host.admit().await;
        assert_eq!(host.permits.available_permits(), 0);
        assert_eq!(limits.host("a:1").permits.available_permits(), 0);
        assert_eq!(limits.host("a:2").permits.available_permits(), 2);
        drop(first);
        assert_eq!(host.permits.available_permits(), 1);
    }

    #[test]
    fn slots_are_spaced_by_the_rate() {
        let limits = Limits::new(0, Some(4.0));
        assert_eq!(limits.concurrency, 1);
        let host = limits.host("a:1");
        let (first, second, third) = (host.slot().unwrap(), host.slot().unwrap(), host.slot().unwrap());
        assert_eq!(second - first, Duration::from_millis(250));
        assert_eq!(third - second, Duration::from_millis(250));
        assert!(Limits::new(1, None).host("a:1").slot().is_none());
    }
}
