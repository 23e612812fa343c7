//! Recording -> HAR.

use std::collections::HashMap;

use base64::Engine as _;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use percent_encoding::percent_decode_str;

use super::types::*;
use crate::exchange::{self, BodyEnd, Exchange, Header, Hop, Outcome};
use crate::oci::json as documents;
use crate::recording::{CellState, Recording};
use crate::render::json;
use crate::report::Report;

/// Bytes of bodies that are written again for a further entry: every entry has its own in this format, and hundreds get
/// the same few.
const AGAIN: usize = 8 << 20;

/// What is not known, in HAR.
const UNKNOWN: i64 = -1;

/// The exchanges of all reports as one HAR log, a page a report, in the order in which they were sent.
pub fn render(reports: &[Report]) -> String {
    let mut pages = Vec::new();
    let mut entries = Vec::new();
    for (at, report) in reports.iter().enumerate() {
        let id = format!("page_{}", at + 1);
        pages.push(page(&report.recording, &id, report.recording.target.image.clone()));
        entries.extend(self::entries(&report.recording, &id));
    }
    let version = reports
        .first()
        .map_or_else(|| env!("CARGO_PKG_VERSION").into(), |r| r.recording.tool_version.clone());
    document(version, pages, entries)
}

pub(super) fn page(recording: &Recording, id: &str, title: String) -> Page {
    Page {
        started_date_time: stamp(recording.created),
        id: id.to_owned(),
        title,
        page_timings: PageTimings { on_load: round(recording.wall_ms) },
    }
}

pub(super) fn document(version: String, pages: Vec<Page>, entries: Vec<Entry>) -> String {
    let creator = Creator { name: "regprobe", version };
    let document = Document { log: Log { version: "1.2", creator, pages, entries } };
    json::text(&document)
}

pub(super) fn entries(recording: &Recording, page: &str) -> Vec<Entry> {
    let cells: HashMap<&str, &str> = recording
        .cells
        .iter()
        .filter_map(|record| match &record.state {
            CellState::Answered(id) | CellState::Failed(id) => Some((id.0.as_str(), record.id.0.as_str())),
            CellState::NotTried(_) => None,
        })
        .collect();
    let mut hops: Vec<(&Exchange, usize, &Hop)> = recording
        .exchanges
        .iter()
        .flat_map(|exchange| exchange.hops.iter().enumerate().map(move |(at, hop)| (exchange, at, hop)))
        .collect();
    // Stable: what began in the same microsecond stays in the order of the plan.
    hops.sort_by(|a, b| round(a.2.timing.start).total_cmp(&round(b.2.timing.start)));
    let mut written = Written { room: AGAIN, first: HashMap::new() };
    hops.into_iter()
        .map(|(exchange, at, hop)| {
            let timings = timings(hop);
            Entry {
                pageref: page.to_owned(),
                started_date_time: stamp(after(recording.created, hop.timing.start)),
                time: total(&timings),
                request: request(hop),
                response: response(hop, written.before(exchange, hop)),
                cache: Cache {},
                server_ip_address: peer(hop),
                connection: hop.timing.connection.map(|n| n.to_string()),
                timings,
                exchange: exchange.id.0.clone(),
                hop: at + 1,
                purpose: exchange.purpose.as_str(),
                cell: cells.get(exchange.id.0.as_str()).map(|id| (*id).to_owned()),
                comment: None,
            }
        })
        .collect()
}

/// The bodies that were written, each under the exchange that first did, and their size. Equal ones share their memory.
struct Written<'a> {
    room: usize,
    first: HashMap<(*const u8, usize), (&'a str, usize)>,
}

impl<'a> Written<'a> {
    /// Where a body was written before, if it is not written again.
    fn before(&mut self, exchange: &'a Exchange, hop: &'a Hop) -> Option<&'a str> {
        let Outcome::Answered(response) = &hop.outcome else { return None };
        let body: &[u8] = &response.body.kept;
        let id = exchange.id.0.as_str();
        let known = self.first.entry((body.as_ptr(), body.len()));
        let (first, size) = *known.or_insert_with(|| (id, documents::written(body)));
        if first == id {
            return None;
        }
        if size <= self.room {
            self.room -= size;
            return None;
        }
        Some(first)
    }
}

/// A stranger's file may hold any number, also one that is none.
fn sound(ms: f64) -> f64 {
    if ms.is_finite() { ms.clamp(0.0, 1e12) } else { 0.0 }
}

/// Microseconds: as many as the JSON report keeps.
fn round(ms: f64) -> f64 {
    (sound(ms) * 1000.0).round() / 1000.0
}

fn after(time: DateTime<Utc>, ms: f64) -> DateTime<Utc> {
    let delta = TimeDelta::microseconds((round(ms) * 1000.0).round() as i64);
    time.checked_add_signed(delta).unwrap_or(time)
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// The parts of `time`, which HAR wants to be their sum. Ours overlap: `connect` holds the name's resolution, and
/// `first_byte` both.
fn timings(hop: &Hop) -> Timings {
    let timing = &hop.timing;
    let dns = timing.dns.map(round);
    let connect = timing.connect.map(|ms| round((round(ms) - dns.unwrap_or(0.0)).max(0.0)));
    let before = dns.unwrap_or(0.0) + connect.unwrap_or(0.0);
    let total = round(timing.total);
    let first_byte = timing.first_byte.map_or(total, round);
    Timings {
        blocked: -1.0,
        dns: dns.unwrap_or(-1.0),
        connect: connect.unwrap_or(-1.0),
        send: 0.0,
        wait: round((first_byte - before).max(0.0)),
        receive: round((total - first_byte).max(0.0)),
        ssl: -1.0,
    }
}

fn total(timings: &Timings) -> f64 {
    let parts = [timings.dns, timings.connect, timings.send, timings.wait, timings.receive];
    round(parts.into_iter().filter(|ms| *ms >= 0.0).sum())
}

fn pairs(headers: &[Header]) -> Vec<Pair> {
    headers.iter().map(|h| Pair { name: h.name.clone(), value: h.value.clone() }).collect()
}

fn version(hop: &Hop) -> &'static str {
    match &hop.outcome {
        Outcome::Answered(response) => response.version.as_str(),
        Outcome::Failed(_) => "unknown",
    }
}

fn request(hop: &Hop) -> Request {
    let sent = &hop.request;
    let body_size = match sent.method {
        exchange::Method::Post | exchange::Method::Put | exchange::Method::Patch => UNKNOWN,
        _ => 0,
    };
    Request {
        method: sent.method.as_str(),
        url: sent.url.clone(),
        http_version: version(hop),
        // Cookies are redacted where they are captured; the headers show that there were some.
        cookies: Vec::new(),
        headers: pairs(&sent.headers),
        query_string: query(&sent.url),
        headers_size: UNKNOWN,
        body_size,
    }
}

fn query(url: &str) -> Vec<Pair> {
    let url = url.split('#').next().unwrap_or_default();
    let Some((_, query)) = url.split_once('?') else { return Vec::new() };
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| Pair { name: decoded(name), value: decoded(value) })
        .collect()
}

fn response(hop: &Hop, before: Option<&str>) -> Response {
    let response = match &hop.outcome {
        Outcome::Answered(response) => response,
        Outcome::Failed(error) => {
            return Response {
                // As browsers write a request that was never answered.
                status: 0,
                status_text: String::new(),
                http_version: "unknown",
                cookies: Vec::new(),
                headers: Vec::new(),
                content: Content {
                    size: 0,
                    mime_type: "x-unknown".into(),
                    text: None,
                    encoding: None,
                    comment: None,
                },
                redirect_url: String::new(),
                headers_size: UNKNOWN,
                body_size: UNKNOWN,
                error: Some(error.to_string()),
            };
        }
    };
    let body = &response.body;
    let kept: &[u8] = if before.is_some() { &[] } else { &body.kept };
    let text = std::str::from_utf8(kept).ok();
    let base64 = text.is_none().then(|| base64::engine::general_purpose::STANDARD.encode(kept));
    let whole = body.kept.len() as u64 == body.size;
    Response {
        status: response.status,
        status_text: response.reason.clone().unwrap_or_else(|| standard_reason(response.status)),
        http_version: response.version.as_str(),
        cookies: Vec::new(),
        headers: pairs(&response.headers),
        content: Content {
            size: body.size,
            mime_type: response.header("content-type").unwrap_or("x-unknown").to_owned(),
            encoding: base64.is_some().then_some("base64"),
            text: base64.or_else(|| text.filter(|t| !t.is_empty()).map(str::to_owned)),
            comment: match before {
                Some(first) => Some(format!("the body of exchange {first}, which is written there")),
                None => (!whole).then(|| format!("body kept to {} of {} bytes", body.kept.len(), body.size)),
            },
        },
        redirect_url: response.header("location").unwrap_or_default().to_owned(),
        headers_size: UNKNOWN,
        body_size: i64::try_from(body.size).unwrap_or(UNKNOWN),
        error: match &body.end {
            BodyEnd::Complete => None,
            BodyEnd::Capped => Some("reading stopped at a limit".to_owned()),
            BodyEnd::Broken(error) => Some(error.to_string()),
        },
    }
}

fn standard_reason(status: u16) -> String {
    http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason()).unwrap_or_default().to_owned()
}

/// The address without its port, and an IPv6 address without brackets.
fn peer(hop: &Hop) -> Option<String> {
    let Outcome::Answered(response) = &hop.outcome else { return None };
    let peer = response.peer.as_deref()?;
    let host = peer.rsplit_once(':').map_or(peer, |(host, _)| host);
    Some(host.trim_start_matches('[').trim_end_matches(']').to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::render::{escape, fixture};

    /// What HAR 1.2 demands of a log, field by field.
    pub(crate) fn assert_har(text: &str) -> Value {
        let document: Value = serde_json::from_str(text).unwrap();
        let log = &document["log"];
        assert_eq!(log["version"], "1.2");
        let texts = |value: &Value, names: &[&str]| {
            for name in names {
                assert!(value[name].is_string(), "{name} in {value}");
            }
        };
        let numbers = |value: &Value, names: &[&str]| {
            for name in names {
                assert!(value[name].is_number(), "{name} in {value}");
            }
        };
        let lists = |value: &Value, names: &[&str]| {
            for name in names {
                for pair in value[name].as_array().unwrap() {
                    texts(pair, &["name", "value"]);
                }
            }
        };
        texts(&log["creator"], &["name", "version"]);
        let mut pages = Vec::new();
        for page in log["pages"].as_array().unwrap() {
            texts(page, &["startedDateTime", "id", "title"]);
            assert!(page["pageTimings"].is_object());
            pages.push(page["id"].clone());
        }
        for entry in log["entries"].as_array().unwrap() {
            assert!(pages.contains(&entry["pageref"]));
            texts(entry, &["startedDateTime"]);
            assert!(DateTime::parse_from_rfc3339(entry["startedDateTime"].as_str().unwrap()).is_ok());
            numbers(entry, &["time"]);
            assert!(entry["cache"].is_object());
            let request = &entry["request"];
            texts(request, &["method", "url", "httpVersion"]);
            lists(request, &["cookies", "headers", "queryString"]);
            numbers(request, &["headersSize", "bodySize"]);
            let response = &entry["response"];
            texts(response, &["statusText", "httpVersion", "redirectURL"]);
            lists(response, &["cookies", "headers"]);
            numbers(response, &["status", "headersSize", "bodySize"]);
            numbers(&response["content"], &["size"]);
            texts(&response["content"], &["mimeType"]);
            let timings = &entry["timings"];
            numbers(timings, &["send", "wait", "receive"]);
            let parts = ["blocked", "dns", "connect", "send", "wait", "receive"];
            let sum: f64 = parts.iter().map(|p| timings[p].as_f64().unwrap()).filter(|ms| *ms >= 0.0).sum();
            assert!((sum - entry["time"].as_f64().unwrap()).abs() < 0.01, "{entry}");
        }
        document
    }

    #[test]
    fn every_hop_is_an_entry() {
        let report = fixture::every();
        let hops: usize = report.recording.exchanges.iter().map(|e| e.hops.len()).sum();
        let text = render(&[report, fixture::unreachable()]);
        insta::assert_snapshot!("every", text);
        let document = assert_har(&text);
        assert_eq!(document["log"]["entries"].as_array().unwrap().len(), hops);
        assert_eq!(document["log"]["pages"].as_array().unwrap().len(), 2);
        assert!(text.contains("\"encoding\": \"base64\"") && text.contains("\"_error\""));
    }

    #[test]
    fn nasty_strings_and_numbers_are_still_har() {
        for nasty in escape::NASTY {
            let mut report = fixture::hostile(nasty, crate::report::Outcome::Broken);
            report.recording.exchanges[0].hops[0].timing.start = f64::NAN;
            report.recording.exchanges[0].hops[0].timing.total = f64::INFINITY;
            assert_har(&render(&[report]));
        }
    }
}
