//! An exchange with every hop, as inert data.

use std::collections::HashMap;

use serde::Serialize;

use super::text;
use crate::exchange::{self, BodyEnd, Hop, Outcome};
use crate::oci::digest::Digest;
use crate::render::snippet::curl;
use crate::render::text as words;
use crate::report::TlsHint;

/// No more of one body goes into a page; the JSON report has all that was kept.
const BODY: usize = 256 << 10;

/// How much of a body that is no text is shown.
const HEX: usize = 256;

#[derive(Serialize)]
pub(super) struct Exchange {
    id: String,
    purpose: &'static str,
    /// The number of a cell that it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<usize>,
    curl: String,
    hops: Vec<HopData>,
}

#[derive(Serialize)]
struct HopData {
    /// `GET https://...`
    ask: String,
    /// Numbers of header lines.
    sent: Vec<usize>,
    /// `HTTP/1.1 200`, or the failure.
    got: String,
    ok: bool,
    headers: Vec<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<BodyData>,
    /// Times and the connection, in words.
    time: String,
}

#[derive(Serialize)]
struct BodyData {
    about: String,
    digest: String,
    /// The number of its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<usize>,
}

/// What occurs again and again, once each: bodies and header lines.
#[derive(Default)]
pub(super) struct Store {
    pub(super) texts: Vec<BodyText>,
    by_digest: HashMap<(Digest, usize), usize>,
    pub(super) lines: Vec<(String, String)>,
    by_line: HashMap<(String, String), usize>,
}

#[derive(Serialize)]
pub(super) struct BodyText {
    text: String,
    /// What is missing from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<String>,
}

impl Store {
    fn body(&mut self, body: &exchange::Body) -> Option<usize> {
        if body.kept.is_empty() {
            return None;
        }
        let texts = &mut self.texts;
        // The digest is of all that came; a longer or shorter beginning of it may be kept.
        let n = self.by_digest.entry((body.sha256.clone(), body.kept.len())).or_insert_with(|| {
            texts.push(text_of(&body.kept));
            texts.len() - 1
        });
        Some(*n)
    }

    fn headers(&mut self, headers: &[exchange::Header]) -> Vec<usize> {
        let line = |h: &exchange::Header| (text::line(&h.name), text::line(&h.value));
        let lines = &mut self.lines;
        let by_line = &mut self.by_line;
        let number = |line: (String, String)| {
            *by_line.entry(line).or_insert_with_key(|line| {
                lines.push(line.clone());
                lines.len() - 1
            })
        };
        headers.iter().map(line).map(number).collect()
    }
}

fn text_of(kept: &[u8]) -> BodyText {
    let shown = &kept[..kept.len().min(BODY)];
    // A cut may go through a letter; what is before it is text all the same.
    let text = match std::str::from_utf8(shown) {
        Ok(text) => Some(text),
        Err(e) if e.error_len().is_none() && shown.len() < kept.len() => {
            std::str::from_utf8(&shown[..e.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    let all = words::bytes(kept.len() as u64);
    match text {
        Some(text) => {
            let cut = (text.len() < kept.len())
                .then(|| format!("The first {} of {all}.", words::bytes(text.len() as u64)));
            BodyText { text: text::lines(text).into_owned(), cut }
        }
        None => {
            let row = |row: &[u8]| row.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ");
            let rows: Vec<String> = kept[..kept.len().min(HEX)].chunks(16).map(row).collect();
            let cut = format!(
                "No UTF-8 text; {} of {all}, in hexadecimal.",
                words::bytes(kept.len().min(HEX) as u64)
            );
            BodyText { text: rows.join("\n"), cut: Some(cut) }
        }
    }
}

/// An exchange as data.
pub(super) fn exchange(
    exchange: &exchange::Exchange,
    asker: Option<usize>,
    tls: TlsHint,
    store: &mut Store,
) -> Exchange {
    Exchange {
        id: text::line(&exchange.id.0),
        purpose: exchange.purpose.as_str(),
        c: asker,
        curl: curl::exchange(exchange, tls),
        hops: exchange.hops.iter().map(|h| hop(h, store)).collect(),
    }
}

fn hop(hop: &Hop, store: &mut Store) -> HopData {
    let mut data = HopData {
        ask: format!("{} {}", hop.request.method, text::line(&hop.request.url)),
        sent: store.headers(&hop.request.headers),
        got: String::new(),
        ok: false,
        headers: Vec::new(),
        body: None,
        time: time(hop),
    };
    match &hop.outcome {
        Outcome::Failed(error) => data.got = text::line(&error.to_string()),
        Outcome::Answered(response) => {
            let reason = response.reason.as_ref().map(|r| format!(" {}", text::line(r))).unwrap_or_default();
            data.got = format!("{} {}{reason}", response.version.as_str(), response.status);
            data.ok = true;
            data.headers = store.headers(&response.headers);
            let body = &response.body;
            let end = match &body.end {
                BodyEnd::Complete => String::new(),
                BodyEnd::Capped => ", reading stopped at the limit".to_owned(),
                BodyEnd::Broken(error) => format!(", broken off: {}", text::line(&error.to_string())),
            };
            data.body = Some(BodyData {
                about: format!("{}{end}", words::bytes(body.size)),
                digest: body.sha256.to_string(),
                n: store.body(body),
            });
        }
    }
    data
}

fn time(hop: &Hop) -> String {
    let timing = &hop.timing;
    let mut parts = vec![format!("sent at {}", words::duration(timing.start))];
    let named = [("DNS", timing.dns), ("connect", timing.connect), ("first byte", timing.first_byte)];
    parts.extend(named.iter().filter_map(|(name, ms)| Some(format!("{name} {}", words::duration((*ms)?)))));
    parts.push(format!("total {}", words::duration(timing.total)));
    parts.extend(timing.connection.map(|n| format!("connection {n}")));
    if let Outcome::Answered(response) = &hop.outcome {
        parts.extend(response.peer.as_ref().map(|peer| format!("peer {}", text::line(peer))));
    }
    parts.join(" · ")
}
