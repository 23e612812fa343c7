//! What the recording proxy makes of a client's requests and a registry's answers. A block of lines is one request:
//! `METHOD PATH`, `STATUS`, header lines (those that begin with `>` are the client's), an empty line, and the body.
//! Blocks are separated by a line `---`.
#![no_main]

use bytes::Bytes;
use chrono::DateTime;
use libfuzzer_sys::fuzz_target;
use regprobe::exchange::{
    Body, BodyEnd, Header, Hop, HttpVersion, Method, Outcome, Response, SentRequest, Timing,
};
use regprobe::judge::judge;
use regprobe::oci::digest::Digest;
use regprobe::probes::Probes;
use regprobe::record::{Traffic, recordings};
use regprobe::render::json;
use std::sync::LazyLock;

const BASE: &str = "https://registry.example";
/// More requests only repeat what fewer have shown.
const REQUESTS: usize = 24;

static PROBES: LazyLock<Probes> = LazyLock::new(|| Probes::embedded().unwrap());

fn header(line: &str) -> Option<Header> {
    let (name, value) = line.split_once(':')?;
    Some(Header { name: name.trim().to_ascii_lowercase(), value: value.trim().to_owned() })
}

fn hop(block: &str) -> Option<Hop> {
    let (head, body) = block.split_once("\n\n").unwrap_or((block, ""));
    let mut lines = head.lines();
    let (method, path) = lines.next()?.split_once(' ')?;
    let status = lines.next()?.trim().parse().ok()?;
    let (sent, received): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with('>'));
    let sent = sent.iter().filter_map(|line| header(&line[1..])).collect();
    Some(Hop {
        request: SentRequest { method: Method::parse(method)?, url: format!("{BASE}{path}"), headers: sent },
        outcome: Outcome::Answered(Response {
            status,
            reason: None,
            version: HttpVersion::Http11,
            headers: received.into_iter().filter_map(header).collect(),
            headers_dropped: 0,
            body: Body {
                size: body.len() as u64,
                sha256: Digest::sha256(body.as_bytes()),
                sha512: Digest::sha512(body.as_bytes()),
                end: BodyEnd::Complete,
                kept: Bytes::copy_from_slice(body.as_bytes()),
            },
            peer: None,
        }),
        timing: Timing::default(),
    })
}

fuzz_target!(|text: &str| {
    for line in text.lines().take(REQUESTS) {
        regprobe::transport::fuzzing::homeward_of(line, BASE);
    }
    let hops: Vec<Hop> = text.split("\n---\n").take(REQUESTS).filter_map(hop).collect();
    if hops.is_empty() {
        return;
    }
    let traffic = Traffic {
        base_url: BASE,
        created: DateTime::UNIX_EPOCH,
        wall_ms: 1.0,
        hops: &hops,
        axis: &PROBES.accepts,
        notes: &[],
    };
    for recording in recordings(&traffic) {
        assert!(recording.exchanges.len() <= hops.len());
        let written = json::render(&judge(recording, &PROBES));
        if let Err(error) = json::read(written.as_bytes()) {
            panic!("a recording that cannot be read back: {error}: {written}");
        }
    }
});
