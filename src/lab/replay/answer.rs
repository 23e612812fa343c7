//! A recorded answer -> what is sent again.

use bytes::Bytes;

use super::key::REDACTED;
use super::origins::Origins;
use crate::exchange::{BodyEnd, FailureKind, Outcome, RECORDED_DIGESTS, Response};
use crate::lab::respond::{Body, Reply};

/// Given out in place of every token; long enough to be told from a word.
pub(super) const TOKEN: &str = "regprobe-replay-token";
/// Bytes that were not kept are made up to this many.
const FILLER: u64 = 256 << 10;
/// Framing is for the server to do anew.
const FRAMING: [&str; 5] = ["transfer-encoding", "connection", "keep-alive", "alt-svc", "upgrade"];

/// What to send for a recorded outcome.
pub(super) fn reply(outcome: &Outcome, head: bool, token: Option<&str>, origins: &Origins) -> Reply {
    match outcome {
        Outcome::Failed(error) => {
            let body = if error.kind == FailureKind::Timeout { Body::Hang } else { Body::Closed };
            Reply { body, ..Reply::new(200) }
        }
        Outcome::Answered(response) => answered(response, head, token, origins),
    }
}

fn answered(response: &Response, head: bool, token: Option<&str>, origins: &Origins) -> Reply {
    let mut reply = Reply::new(response.status);
    reply.reason.clone_from(&response.reason);
    for header in &response.headers {
        // Whoever sent the latter to the recorded run: here it would be believed.
        if FRAMING.contains(&header.name.as_str()) || header.name == RECORDED_DIGESTS {
            continue;
        }
        let mut value = origins.rewrite(&header.value);
        if header.name == "location" {
            value = value.replace("<redacted>", REDACTED);
        }
        reply = reply.with(&header.name, value);
    }
    if let Some(token) = token {
        reply.remove("content-length");
        reply.body = Body::Bytes(Bytes::from(token.to_owned()));
        return reply;
    }
    let announced: Option<u64> = reply.header("content-length").and_then(|v| v.trim().parse().ok());
    if head || matches!(response.status, 204 | 304) {
        if announced.is_none() {
            reply.body = Body::Chunked(Bytes::new());
        }
        return reply;
    }
    let body = &response.body;
    let whole = body.kept.len() as u64 == body.size;
    let bytes = match (whole, body.kept.is_empty()) {
        (true, _) | (false, false) => body.kept.clone(),
        (false, true) => Bytes::from(vec![0; usize::try_from(body.size.min(FILLER)).unwrap_or(0)]),
    };
    reply.body = match &body.end {
        BodyEnd::Broken(error) => {
            let declared = announced.unwrap_or(body.size + 1);
            match error.kind {
                FailureKind::Timeout => Body::Stalled { bytes, declared },
                _ => Body::Truncated { bytes, declared },
            }
        }
        // The reader stopped; there was more.
        BodyEnd::Capped => {
            let declared = announced.unwrap_or(FILLER).max(body.size + 1);
            let more = usize::try_from(declared.min(FILLER)).unwrap_or(0).saturating_sub(bytes.len());
            let bytes = [bytes.as_ref(), &vec![0; more]].concat().into();
            Body::Truncated { bytes, declared }
        }
        // All of a small layer was read, and nothing kept. What would be sent now could not be what it was, and is
        // not to be taken for it: so it is more than anyone reads of a layer, and proves nothing. What the bytes were is
        // said beside it.
        BodyEnd::Complete if !whole && body.kept.is_empty() && response.status == 200 => {
            reply.remove("content-length");
            reply = reply.with(RECORDED_DIGESTS, format!("{} {}", body.sha256, body.sha512));
            Body::Chunked(Bytes::from(vec![0; usize::try_from(FILLER).unwrap_or(0)]))
        }
        BodyEnd::Complete => {
            if bytes.len() as u64 != body.size {
                // Something in it was redacted.
                reply.remove("content-length");
                Body::Bytes(bytes)
            } else if announced.is_some() {
                Body::Bytes(bytes)
            } else {
                Body::Chunked(bytes)
            }
        }
    };
    reply
}
