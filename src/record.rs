//! A recording proxy: it stands between a client and a registry, and makes a recording of each image that is asked for.
//!
//! Requests and answers go through as they are, streamed both ways, a push included. Changed is only what has to be:
//! `Host`, the fields that end at each hop, and, in `Location`, `Link` and the realm of a challenge, absolute URLs of the
//! registry's own, which would lead the client past the proxy. What is recorded is what the registry sent.

mod accept;
mod asked;
mod cells;
mod client;
mod images;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::sync::Notify;

use crate::exchange::Hop;
use crate::lab::proxy::Proxy;
use crate::probes::Axis;
use crate::recording::{Recording, RunNote};
use crate::redaction::places::hide_in_argument;
use crate::transport::{Relay, Settled, Transport};

pub use client::{Traffic, recordings};

/// A running recorder. Dropping it stops it.
pub struct Recorder {
    proxy: Proxy,
    relay: Relay,
    created: DateTime<Utc>,
    book: Arc<Book>,
    notes: Vec<RunNote>,
}

#[derive(Default)]
struct Book {
    settled: Mutex<Vec<Settled>>,
    news: Notify,
}

impl Recorder {
    /// Starts one on the current tokio runtime; on loopback only. The error says what to do.
    pub async fn start(
        transport: Transport,
        upstream: &str,
        listen: SocketAddr,
        mut notes: Vec<RunNote>,
    ) -> Result<Recorder, String> {
        if !listen.ip().to_canonical().is_loopback() {
            return Err(format!("the proxy listens on loopback only, and {listen} is not (try 127.0.0.1:0)"));
        }
        let proxy = transport.proxy_note(upstream);
        notes.extend(proxy.map(|text| RunNote { id: "proxy".to_owned(), text }));
        let book: Arc<Book> = Arc::default();
        let told = Arc::clone(&book);
        let relay = Relay::new(transport, upstream, move |settled| {
            told.settled.lock().unwrap_or_else(PoisonError::into_inner).push(settled);
            told.news.notify_one();
        })
        .map_err(|why| format!("{}: {why}", hide_in_argument(upstream)))?;
        let passing = relay.clone();
        let pass = Arc::new(move |request, listen| {
            let passed: futures::future::BoxFuture<'static, _> =
                Box::pin(passing.clone().pass(request, listen));
            passed
        });
        let proxy =
            Proxy::start(listen, pass).await.map_err(|e| format!("cannot listen on {listen}: {e}"))?;
        Ok(Recorder { proxy, relay, created: crate::recording::now(), book, notes })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.proxy.address()
    }

    /// Returns when something new has settled since the last time.
    pub async fn news(&self) {
        self.book.news.notified().await;
    }

    /// Everything that settled so far, as a recording of each image asked for; none before the first request.
    pub fn recordings(&self, axis: &Axis) -> Vec<Recording> {
        let mut settled = self.book.settled.lock().unwrap_or_else(PoisonError::into_inner).clone();
        settled.sort_by_key(|s| s.number);
        let hops: Vec<_> = settled.into_iter().map(|s| s.hop).collect();
        of(&self.relay, self.created, &self.notes, &hops, axis)
    }

    /// Every secret that went through so far: no output may hold one.
    pub fn secrets(&self) -> Vec<SecretString> {
        self.relay.secrets()
    }

    /// Stops listening, gives what is under way a moment, and hands back what then knows everything.
    pub async fn stop(self, axis: &Axis) -> (Vec<Recording>, Vec<SecretString>) {
        let Recorder { proxy, relay, created, book, notes } = self;
        proxy.stop().await;
        let mut settled = std::mem::take(&mut *book.settled.lock().unwrap_or_else(PoisonError::into_inner));
        settled.sort_by_key(|s| s.number);
        let hops: Vec<_> = settled.into_iter().map(|s| s.hop).collect();
        (of(&relay, created, &notes, &hops, axis), relay.secrets())
    }
}

fn of(relay: &Relay, created: DateTime<Utc>, notes: &[RunNote], hops: &[Hop], axis: &Axis) -> Vec<Recording> {
    if hops.is_empty() {
        return Vec::new();
    }
    let wall_ms = relay.elapsed_ms();
    recordings(&Traffic { base_url: relay.base_url(), created, wall_ms, hops, axis, notes })
}
