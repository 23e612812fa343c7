//! The state of one running lab that quirks may look at.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Counters kept, at most: a client that asks for ever new paths must not fill the memory.
const MAX_COUNTERS: usize = 100_000;

/// Addresses, settings and counters of one running lab. Quirks themselves hold no state: two labs
/// in one process share them.
#[derive(Debug)]
pub struct Context {
    /// Where the registry listens.
    pub registry: SocketAddr,
    /// Where the object storage listens.
    pub storage: SocketAddr,
    /// Manifest pulls that are granted before a metering quirk refuses.
    pub quota: u64,
    /// By how much the `latency` quirk delays each answer.
    pub latency: Duration,
    counters: Mutex<BTreeMap<String, u64>>,
}

impl Context {
    /// A context with all counters at zero.
    pub fn new(registry: SocketAddr, storage: SocketAddr, quota: u64, latency: Duration) -> Context {
        Context { registry, storage, quota, latency, counters: Mutex::default() }
    }

    /// Adds one to a counter and returns what it was before: 0 on the first call. For behaviour
    /// that changes with repetition: caches, quotas, flaky answers.
    pub fn count(&self, counter: &str) -> u64 {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MAX_COUNTERS && !counters.contains_key(counter) {
            return 0;
        }
        let value = counters.entry(counter.to_owned()).or_default();
        *value += 1;
        *value - 1
    }

    /// A counter's value.
    pub fn counted(&self, counter: &str) -> u64 {
        let counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.get(counter).copied().unwrap_or_default()
    }
}
