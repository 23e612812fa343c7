//! What one run may receive and keep, whatever its answers are.
//!
//! A limit for each answer is none for hundreds of them: what is counted here is counted over the whole run. All that is
//! kept ends in the report, so it is counted as it is written there.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::budget_headers::{self, Dropped};
use crate::exchange::{Hop, Outcome, Response};
use crate::oci::digest::Digest;
use crate::oci::json::{cut, written};

/// Bytes of bodies that are received in one run: sixty documents of the largest size the distribution spec asks for.
const RECEIVED: u64 = 256 << 20;
/// Of distinct bodies that are kept, as a report writes them.
const KEPT: usize = 9 << 20;
/// Of that, what only answers with status 200 may take: the documents that all else is judged by.
const RESERVED: usize = 6 << 20;
/// Of a body that finds no room, what is kept so that a person sees what it was.
const START: usize = 256;
/// Of URLs and header lines that are kept without a closer look. A full suite on a real registry takes a fifth.
const TEXT: usize = 7 << 20;
/// Then only the header lines that are judged are kept, and here the run ends.
const TEXT_END: usize = 9 << 20;
/// A URL that is longer is not followed; proxies and servers take 8 kB at most.
pub(super) const URL: usize = 8 << 10;
/// Of a reason phrase, and of what a library says of a failure.
const PHRASE: usize = 1 << 10;
/// Bodies beyond [`SMALL`] that are read at once: what comes in before it is known whether it can be kept.
const LARGE_AT_ONCE: usize = 6;
/// A body up to this size is read whatever else is.
pub(super) const SMALL: u64 = 256 << 10;

/// The counts of one run.
pub(super) struct Budget {
    received: AtomicU64,
    kept: Mutex<Kept>,
    /// One permit for each body beyond [`SMALL`] that is being read.
    pub(super) large: Semaphore,
}

#[derive(Default)]
struct Kept {
    bodies: HashMap<Digest, Bytes>,
    body_bytes: usize,
    text: usize,
    cut: Cut,
}

/// What was not kept.
#[derive(Default)]
struct Cut {
    bodies: u64,
    of: u64,
    to: u64,
    headers: Dropped,
    urls: u64,
}

impl Budget {
    pub(super) fn new() -> Budget {
        Budget { received: AtomicU64::new(0), kept: Mutex::default(), large: Semaphore::new(LARGE_AT_ONCE) }
    }

    /// For the next run.
    pub(super) fn renew(&self) {
        self.received.store(0, Relaxed);
        *self.lock() = Kept::default();
    }

    /// Counts what came; false once it is too much.
    pub(super) fn receive(&self, bytes: usize) -> bool {
        self.received.fetch_add(bytes as u64, Relaxed) + (bytes as u64) <= RECEIVED
    }

    /// Whether a body that has so many bytes already may still find room.
    pub(super) fn may_keep(&self, bytes: u64) -> bool {
        bytes <= (KEPT - self.lock().body_bytes) as u64
    }

    /// Why the run must end: more came than is looked at.
    pub(super) fn spent(&self) -> Option<String> {
        if self.received.load(Relaxed) > RECEIVED {
            return Some(format!(
                "the run received more than {} MiB of bodies, and more is not taken",
                RECEIVED >> 20
            ));
        }
        (self.lock().text > TEXT_END).then(|| {
            format!(
                "the run received more than {} MiB of headers and URLs, and more is not taken",
                TEXT_END >> 20
            )
        })
    }

    /// What was cut, a sentence each.
    pub(super) fn cuts(&self) -> Vec<String> {
        let kept = self.lock();
        let cut = &kept.cut;
        let mut all = Vec::new();
        let (bodies, of, to) = (cut.bodies, cut.of, cut.to);
        if bodies > 0 {
            let noun = if bodies == 1 { "body" } else { "bodies" };
            all.push(format!(
                "{bodies} {noun} of {of} bytes kept to {to} bytes; {} MiB are kept of one run",
                KEPT >> 20
            ));
        }
        let Dropped { lines, values } = cut.headers;
        if lines > 0 {
            all.push(format!(
                "{lines} header lines beyond {} lines or {} bytes of an answer dropped",
                budget_headers::LINES,
                budget_headers::BYTES
            ));
        }
        if values > 0 {
            all.push(format!("{values} header values cut, each with a mark"));
        }
        if cut.urls > 0 {
            all.push(format!("{} URLs beyond {URL} bytes cut, each with a mark", cut.urls));
        }
        all
    }

    /// Makes a hop fit to be kept. Of its body there may be but a start, for want of room.
    pub(super) fn admit(&self, hop: &mut Hop, is_start: bool) {
        let mut kept = self.lock();
        let tight = kept.text > TEXT;
        let dropped = bound(hop, tight);
        kept.cut.headers.add(&dropped.0);
        kept.cut.urls += u64::from(dropped.1);
        kept.text += budget_headers::size(&hop.request.headers) + written(hop.request.url.as_bytes());
        if let Outcome::Answered(response) = &mut hop.outcome {
            kept.text += budget_headers::size(&response.headers);
            kept.keep(response, is_start);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Keeps a body where there is room. Equal ones share their memory.
    fn keep(&mut self, response: &mut Response, is_start: bool) {
        let body = &mut response.body;
        if body.kept.is_empty() {
            return;
        }
        if let Some(known) = self.bodies.get(&body.sha256)
            && (*known == body.kept || is_start && known.len() as u64 == body.size)
        {
            body.kept = known.clone();
            return;
        }
        let all = response.status == 200 || body.kept.len() <= START;
        let most = if all { KEPT } else { KEPT - RESERVED };
        // Copied, since what came is a part of the buffer that all of the answer was read into.
        if !is_start && self.charge(&body.kept, most) {
            body.kept = Bytes::copy_from_slice(&body.kept);
            self.bodies.insert(body.sha256.clone(), body.kept.clone());
            return;
        }
        let of = if is_start { body.size } else { body.kept.len() as u64 };
        let start = &body.kept[..body.kept.len().min(START)];
        body.kept = if self.charge(start, KEPT) { Bytes::copy_from_slice(start) } else { Bytes::new() };
        self.cut.bodies += 1;
        self.cut.of += of;
        self.cut.to += body.kept.len() as u64;
    }

    /// Takes room for a body; false where there is none.
    fn charge(&mut self, body: &[u8], most: usize) -> bool {
        let size = written(body);
        let fits = self.body_bytes + size <= most;
        self.body_bytes += if fits { size } else { 0 };
        fits
    }
}

/// Bounds the texts of one hop: what was dropped of its headers, and whether the URL was cut.
pub(super) fn bound(hop: &mut Hop, tight: bool) -> (Dropped, bool) {
    let long = hop.request.url.len() > URL;
    if long {
        hop.request.url = cut(&hop.request.url, URL);
    }
    let dropped = match &mut hop.outcome {
        Outcome::Answered(response) => {
            if let Some(reason) = &mut response.reason {
                *reason = cut(reason, PHRASE);
            }
            let dropped = budget_headers::bound(&mut response.headers, tight);
            response.headers_dropped += dropped.lines;
            dropped
        }
        Outcome::Failed(error) => {
            error.message = cut(&error.message, PHRASE);
            Dropped::default()
        }
    };
    (dropped, long)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Body, BodyEnd, Header, HttpVersion, Method, SentRequest, Timing};

    fn hop(status: u16, body: &[u8], headers: Vec<Header>) -> Hop {
        let body = Body {
            size: body.len() as u64,
            sha256: Digest::sha256(body),
            sha512: Digest::sha512(body),
            end: BodyEnd::Complete,
            kept: Bytes::copy_from_slice(body),
        };
        let response = Response {
            status,
            reason: None,
            version: HttpVersion::Http11,
            headers,
            headers_dropped: 0,
            body,
            peer: None,
        };
        let request =
            SentRequest { method: Method::Get, url: "http://r.example/v2/".to_owned(), headers: Vec::new() };
        Hop { request, outcome: Outcome::Answered(response), timing: Timing::default() }
    }

    fn kept(hop: &Hop) -> &Bytes {
        let Outcome::Answered(response) = &hop.outcome else { panic!("no answer") };
        &response.body.kept
    }

    #[test]
    fn errors_leave_room_for_documents_and_equal_bodies_cost_nothing() {
        let budget = Budget::new();
        let bodies: Vec<Vec<u8>> = (0..8u8).map(|n| vec![b'a' + n; 1 << 20]).collect();
        let mut sizes = Vec::new();
        for body in &bodies {
            let mut hop = hop(404, body, Vec::new());
            budget.admit(&mut hop, false);
            sizes.push(kept(&hop).len());
        }
        assert_eq!(sizes, [1 << 20, 1 << 20, 1 << 20, START, START, START, START, START]);
        assert_eq!(
            budget.cuts(),
            ["5 bodies of 5242880 bytes kept to 1280 bytes; 9 MiB are kept of one run"]
        );
        let mut document = hop(200, &vec![b'z'; 4 << 20], Vec::new());
        budget.admit(&mut document, false);
        assert_eq!(kept(&document).len(), 4 << 20);
        let mut again = hop(404, &bodies[0], Vec::new());
        budget.admit(&mut again, false);
        assert_eq!(kept(&again).len(), 1 << 20);
        // A start of what is known whole is the whole.
        let mut start = hop(404, &bodies[0], Vec::new());
        let Outcome::Answered(response) = &mut start.outcome else { unreachable!() };
        response.body.kept.truncate(10);
        budget.admit(&mut start, true);
        assert_eq!(kept(&start).len(), 1 << 20);
        assert_eq!(budget.lock().bodies.len(), 4);
        budget.renew();
        assert!(budget.cuts().is_empty() && budget.may_keep(KEPT as u64));
    }

    #[test]
    fn a_run_ends_when_it_has_received_too_much() {
        let budget = Budget::new();
        assert!(budget.receive(RECEIVED as usize) && budget.spent().is_none());
        assert!(!budget.receive(1) && budget.spent().is_some());
        let budget = Budget::new();
        let value = "x".repeat(2_000);
        let mut admitted = 0;
        while budget.spent().is_none() {
            let line = Header { name: "x-long".to_owned(), value: value.clone() };
            budget.admit(&mut hop(200, b"", vec![line; 10]), false);
            admitted += 1;
        }
        assert!((400..4000).contains(&admitted), "{admitted}");
        assert!(budget.lock().text < TEXT_END + budget_headers::BYTES);
    }
}
