//! What happened to one hop below HTTP, told by the hooks that the libraries leave us.
//!
//! Resolver, connector, certificate verifier and session store run inside the task that sends the
//! request, so a task-local leads each event to its own request. A connection that goes on being
//! opened after a pooled one served the request runs outside of it; its events belong to nobody.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use crate::exchange::Phase;

tokio::task_local! {
    pub(super) static MARKS: Arc<Marks>;
}

/// The marks of the hop this task is sending, if it is sending one.
pub(super) fn current() -> Option<Arc<Marks>> {
    MARKS.try_with(Arc::clone).ok()
}

/// A moment, in nanoseconds since the start of the hop plus one; zero means never.
#[derive(Default)]
struct Moment(AtomicU64);

impl Moment {
    fn set(&self, start: Instant) {
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX - 1);
        self.0.store(nanos + 1, Relaxed);
    }

    fn get(&self) -> Option<u64> {
        self.0.load(Relaxed).checked_sub(1)
    }
}

/// Events of one hop.
pub(super) struct Marks {
    /// Host as in the URL, lower case.
    pub(super) host: String,
    /// Port as in the URL, or the scheme's.
    pub(super) port: u16,
    /// Addresses that the host was already resolved to and checked against: no second look-up,
    /// which could answer differently.
    pub(super) pinned: Option<Vec<IpAddr>>,
    start: Instant,
    dns_start: Moment,
    dns_end: Moment,
    connect_start: Moment,
    tls_start: Moment,
    connected: Moment,
    connection: AtomicU64,
    client_certificate_asked: AtomicBool,
    tls_record: AtomicBool,
}

impl Marks {
    pub(super) fn new(host: &str, port: u16, pinned: Option<Vec<IpAddr>>) -> Marks {
        Marks {
            host: host.to_owned(),
            port,
            pinned,
            start: Instant::now(),
            dns_start: Moment::default(),
            dns_end: Moment::default(),
            connect_start: Moment::default(),
            tls_start: Moment::default(),
            connected: Moment::default(),
            connection: AtomicU64::new(0),
            client_certificate_asked: AtomicBool::new(false),
            tls_record: AtomicBool::new(false),
        }
    }

    pub(super) fn dns_started(&self) {
        self.dns_start.set(self.start);
    }

    pub(super) fn dns_ended(&self) {
        self.dns_end.set(self.start);
    }

    pub(super) fn connect_started(&self) {
        self.connect_start.set(self.start);
    }

    pub(super) fn tls_started(&self) {
        self.tls_start.set(self.start);
    }

    pub(super) fn connected(&self, connection: u64) {
        self.connected.set(self.start);
        self.connection.store(connection, Relaxed);
    }

    /// The server asked for a client certificate.
    pub(super) fn client_certificate_was_asked(&self) {
        self.client_certificate_asked.store(true, Relaxed);
    }

    pub(super) fn client_certificate_asked(&self) -> bool {
        self.client_certificate_asked.load(Relaxed)
    }

    /// The first bytes on a plain connection were a TLS record.
    pub(super) fn saw_tls_record(&self) {
        self.tls_record.store(true, Relaxed);
    }

    pub(super) fn tls_record(&self) -> bool {
        self.tls_record.load(Relaxed)
    }

    /// How far it got; meaningful while no head has arrived.
    pub(super) fn phase(&self) -> Phase {
        if self.connect_start.get().is_none() || self.connected.get().is_some() {
            Phase::Head
        } else if self.tls_start.get().is_some() {
            Phase::Tls
        } else if self.dns_start.get().is_some() && self.dns_end.get().is_none() {
            Phase::Dns
        } else {
            Phase::Connect
        }
    }

    /// Milliseconds of name resolution.
    pub(super) fn dns_ms(&self) -> Option<f64> {
        Some(millis(self.dns_end.get()?.saturating_sub(self.dns_start.get()?)))
    }

    /// Milliseconds until the connection stood.
    pub(super) fn connect_ms(&self) -> Option<f64> {
        Some(millis(self.connected.get()?.saturating_sub(self.connect_start.get()?)))
    }

    /// The connection that was opened for this hop.
    pub(super) fn connection(&self) -> Option<u64> {
        self.connected.get().map(|_| self.connection.load(Relaxed))
    }
}

fn millis(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}
