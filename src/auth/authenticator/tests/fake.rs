//! A scripted transport, and a clock.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::Clock;
use crate::auth::{RawToken, TokenTransport};
use crate::exchange::{
    Body, BodyEnd, FailureKind, Header, Hop, HttpVersion, Outcome, Phase, Request, Response, SentRequest,
    Timing, TransportError,
};
use crate::oci::digest::Digest;

type Answer = (u16, Vec<(&'static str, String)>, String);

/// Answers from a list, and keeps what it was asked.
#[derive(Default)]
pub(super) struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<Request>>,
}

impl Script {
    pub(super) fn new(answers: &[(u16, &str)]) -> Script {
        let script = Script::default();
        for (status, body) in answers {
            script.then(*status, &[], body);
        }
        script
    }

    pub(super) fn then(&self, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
        self.answers.lock().unwrap().push_back((status, headers, body.to_owned()));
    }

    /// One line per request: method, URL, Authorization, form.
    pub(super) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let line = |r: &Request| {
            let authorization = r.headers.iter().find(|(n, _)| n == "authorization");
            let parts = [
                Some(r.method.as_str()),
                Some(&r.url),
                authorization.map(|h| h.1.as_str()),
                r.form.as_deref(),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        asked.iter().map(line).collect()
    }
}

impl TokenTransport for Script {
    fn fetch<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, (Hop, Option<RawToken>)> {
        async move {
            // Others get their turn while this one is under way.
            tokio::task::yield_now().await;
            self.asked.lock().unwrap().push(request.clone());
            let next = self.answers.lock().unwrap().pop_front();
            let headers = request.headers.iter().map(|(n, v)| Header { name: n.clone(), value: v.clone() });
            let sent =
                SentRequest { method: request.method, url: request.url.clone(), headers: headers.collect() };
            let hop = |outcome| Hop { request: sent, outcome, timing: Timing::default() };
            let Some((status, headers, body)) = next.filter(|(status, ..)| *status != 0) else {
                let error = TransportError {
                    kind: FailureKind::Refused,
                    phase: Phase::Connect,
                    message: "connection refused".into(),
                };
                return (hop(Outcome::Failed(error)), None);
            };
            let headers: Vec<Header> =
                headers.into_iter().map(|(name, value)| Header { name: name.into(), value }).collect();
            let body = Bytes::from(body);
            let response = Response {
                status,
                reason: None,
                version: HttpVersion::Http11,
                headers: headers.clone(),
                headers_dropped: 0,
                body: Body {
                    size: body.len() as u64,
                    sha256: Digest::sha256(&body),
                    sha512: Digest::sha512(&body),
                    end: BodyEnd::Complete,
                    kept: body.clone(),
                },
                peer: None,
            };
            (hop(Outcome::Answered(response)), Some(RawToken { status, headers, body }))
        }
        .boxed()
    }
}

/// A clock that stands still until it is told to go on.
#[derive(Clone, Default)]
pub(super) struct Time(Arc<AtomicU64>);

impl Time {
    pub(super) fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(super) fn clock(&self) -> Clock {
        let (start, passed) = (Instant::now(), self.0.clone());
        Arc::new(move || start + Duration::from_secs(passed.load(Ordering::Relaxed)))
    }
}
