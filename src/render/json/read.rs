//! JSON report -> recording. What was concluded then is not read: it is judged anew.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::error::Category;

use super::concluded::Concluded;
use super::earlier;
use super::types::*;
use super::wire::*;
use crate::exchange::{
    Body, BodyEnd, Exchange, ExchangeId, FailureKind, Header, Hop, HttpVersion, Method, Outcome, Phase,
    Purpose, Response, SentRequest, Timing, TransportError,
};
use crate::oci::digest::Digest;
use crate::oci::document::Platform;
use crate::oracle::Spec;
use crate::plan::{Cell, CellId};
use crate::recording::{Access, CellRecord, CellState, NotTried, Recording, RunNote, Subjects};
use crate::render::escape;
use crate::target::Target;

/// Why a file is no report that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError(String);

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What stands in the file is a stranger's.
        f.write_str(&escape::terminal(&self.0))
    }
}

impl std::error::Error for ReadError {}

/// Reads a report of version 1, also of a build that did not write yet what later ones conclude.
pub fn read(json: &[u8]) -> Result<Recording, ReadError> {
    let report = parse(json).or_else(|error| earlier::read(json).ok_or(error))?;
    recording(report)
}

/// Reads a report, or the array of reports that several targets make, each with what it concluded then.
pub fn read_concluded(json: &[u8]) -> Result<Vec<(Recording, Option<Concluded>)>, ReadError> {
    let one = |json: &[u8]| {
        // Of what an earlier build did not conclude there is nothing to compare.
        let (report, concluded) = match parse(json) {
            Ok(report) => {
                let concluded = Concluded::of(&report);
                (report, Some(concluded))
            }
            Err(error) => (earlier::read(json).ok_or(error)?, None),
        };
        Ok((recording(report)?, concluded))
    };
    if json.trim_ascii_start().first() != Some(&b'[') {
        return Ok(vec![one(json)?]);
    }
    let all: Vec<Box<serde_json::value::RawValue>> =
        serde_json::from_slice(json).map_err(|e| ReadError(format!("this is no JSON report: {e}")))?;
    all.iter().map(|text| one(text.get().as_bytes())).collect()
}

fn parse(json: &[u8]) -> Result<ReportV1, ReadError> {
    #[derive(serde::Deserialize)]
    struct Version {
        schema_version: Option<u32>,
    }
    let version: Version = match json.trim_ascii_start().first() {
        None => return Err(ReadError("the file is empty".to_owned())),
        Some(b'[') => {
            return Err(ReadError(
                "these are several reports, and one is wanted here: take one out, as `jq '.[0]'` does"
                    .to_owned(),
            ));
        }
        Some(_) => serde_json::from_slice(json).map_err(|e| ReadError(no_report(&e)))?,
    };
    match version.schema_version {
        Some(super::SCHEMA_VERSION) => {}
        Some(other) => {
            let whose = if other > super::SCHEMA_VERSION { "a newer regprobe" } else { "an older regprobe" };
            return Err(ReadError(format!(
                "this report has schema_version {other}, of {whose}; this one reads {}",
                super::SCHEMA_VERSION
            )));
        }
        None => {
            return Err(ReadError(
                "this is JSON, but no regprobe report: it has no schema_version".to_owned(),
            ));
        }
    }
    serde_json::from_slice(json).map_err(|e| ReadError(format!("the report is damaged: {e}")))
}

/// What a file is that cannot be read as a report at all.
fn no_report(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => format!("this is no JSON report: it is cut off, and not JSON to its end: {error}"),
        Category::Syntax | Category::Io => format!("this is no JSON report: it is not JSON: {error}"),
        Category::Data => format!("this is JSON, but no regprobe report: {error}"),
    }
}

/// Reads what one call wrote: a report, or an array of several.
pub fn read_all(json: &[u8]) -> Result<Vec<Recording>, ReadError> {
    let first = json.iter().find(|b| !b.is_ascii_whitespace());
    if first != Some(&b'[') {
        return Ok(vec![read(json)?]);
    }
    let reports: Vec<&serde_json::value::RawValue> =
        serde_json::from_slice(json).map_err(|e| ReadError(format!("this is no JSON report: {e}")))?;
    reports.into_iter().map(|report| read(report.get().as_bytes())).collect()
}

fn bad(what: &str, text: &str) -> ReadError {
    ReadError(format!("the report is damaged: `{text}` is no {what}"))
}

fn digest(text: &Option<String>) -> Result<Option<Digest>, ReadError> {
    text.as_deref().map(|t| Digest::parse(t).map_err(|_| bad("digest", t))).transpose()
}

fn recording(report: ReportV1) -> Result<Recording, ReadError> {
    let t = &report.target;
    let platform = Platform::parse(&t.platform).map_err(|_| bad("platform", &t.platform))?;
    // The image as written was parsed once; the parts that were recorded are what counts.
    let mut target = Target::parse(&t.image, Some(platform)).map_err(|_| bad("image reference", &t.image))?;
    target.platform_given = t.platform_given;
    target.notes.clear();
    target.registry.clone_from(&t.registry);
    target.repository.clone_from(&t.repository);
    target.tag.clone_from(&t.tag);
    target.digest = digest(&t.digest)?;
    let bodies = bodies(&report.bodies)?;
    let exchanges =
        report.exchanges.into_iter().map(|e| exchange(e, &bodies)).collect::<Result<Vec<_>, ReadError>>()?;
    let s = &report.subjects;
    let subjects = Subjects {
        index: digest(&s.index)?,
        manifest: digest(&s.manifest)?,
        config: digest(&s.config)?,
        layer: digest(&s.layer)?,
        converted: digest(&s.converted)?,
        platform: s.platform.as_deref().and_then(|p| Platform::parse(p).ok()),
    };
    Ok(Recording {
        tool_version: report.tool.version,
        created: DateTime::parse_from_rfc3339(&report.created)
            .map_err(|_| bad("RFC 3339 time", &report.created))?
            .with_timezone(&Utc),
        target,
        base_url: report.target.base_url,
        suite: report.suite,
        spec: Spec::parse(&report.spec).ok_or_else(|| bad("version of the spec", &report.spec))?,
        cells: report.cells.into_iter().map(cell).collect::<Result<_, _>>()?,
        exchanges,
        subjects,
        access: Access {
            scheme: report.access.scheme,
            source: report.access.source,
            challenges: report.access.challenges,
            problem: report.access.problem,
        },
        pulls: report.summary.pulls,
        notes: report.notes.into_iter().map(|n| RunNote { id: n.id, text: n.text }).collect(),
        wall_ms: report.summary.wall_ms,
    })
}

fn cell(cell: CellV1) -> Result<CellRecord, ReadError> {
    let state = match (cell.outcome.as_str(), cell.exchange, cell.not_tried) {
        ("answered", Some(id), _) => CellState::Answered(ExchangeId(id)),
        ("failed", Some(id), _) => CellState::Failed(ExchangeId(id)),
        ("not-tried", _, Some(why)) => CellState::NotTried(
            NotTried::from_parts(&why.class, why.reason)
                .ok_or_else(|| bad("class of not-tried", &why.class))?,
        ),
        _ => return Err(bad("outcome that fits its cell", &cell.outcome)),
    };
    let plan = Cell::parse_id(&cell.id).map_err(|e| ReadError(format!("the report is damaged: {e}")))?;
    Ok(CellRecord { id: CellId(cell.id), cell: plan, state })
}

fn bodies(texts: &BTreeMap<String, BodyTextV1>) -> Result<BTreeMap<String, Bytes>, ReadError> {
    let mut bodies = BTreeMap::new();
    for (key, body) in texts {
        let bytes = match (&body.text, &body.base64) {
            (Some(text), _) => Bytes::from(text.clone().into_bytes()),
            (None, Some(text)) => {
                let decoded = base64::engine::general_purpose::STANDARD.decode(text);
                Bytes::from(decoded.map_err(|_| bad("base64 body", key))?)
            }
            (None, None) => return Err(bad("body with text or base64", key)),
        };
        if Digest::sha256(&bytes).as_str() != key {
            return Err(ReadError(format!(
                "the report is damaged: the body {key} does not have that digest"
            )));
        }
        bodies.insert(key.clone(), bytes);
    }
    Ok(bodies)
}

fn exchange(exchange: ExchangeV1, bodies: &BTreeMap<String, Bytes>) -> Result<Exchange, ReadError> {
    let purpose = Purpose::parse(&exchange.purpose).ok_or_else(|| bad("purpose", &exchange.purpose))?;
    let hops = if exchange.hops.is_empty() {
        vec![HopV1 {
            request: exchange.request,
            response: exchange.response,
            timing_ms: exchange.timing_ms,
            error: exchange.error,
        }]
    } else {
        exchange.hops
    };
    let hops = hops.into_iter().map(|h| hop(h, bodies)).collect::<Result<_, _>>()?;
    Ok(Exchange { id: ExchangeId(exchange.id), purpose, hops })
}

fn hop(hop: HopV1, bodies: &BTreeMap<String, Bytes>) -> Result<Hop, ReadError> {
    let outcome = match (hop.response, hop.error) {
        (Some(response), _) => Outcome::Answered(self::response(response, bodies)?),
        (None, Some(e)) => Outcome::Failed(error(e)?),
        (None, None) => {
            return Err(ReadError("the report is damaged: a hop has neither response nor error".to_owned()));
        }
    };
    let t = hop.timing_ms;
    Ok(Hop {
        request: SentRequest {
            method: Method::parse(&hop.request.method).ok_or_else(|| bad("method", &hop.request.method))?,
            url: hop.request.url,
            headers: headers(hop.request.headers),
        },
        outcome,
        timing: Timing {
            start: t.start,
            dns: t.dns,
            connect: t.connect,
            first_byte: t.first_byte,
            total: t.total,
            connection: t.connection,
        },
    })
}

fn headers(headers: Vec<HeaderV1>) -> Vec<Header> {
    headers.into_iter().map(|h| Header { name: h.name, value: h.value }).collect()
}

fn response(response: ResponseV1, bodies: &BTreeMap<String, Bytes>) -> Result<Response, ReadError> {
    let body = response.body;
    let hash = |text: &str| Digest::parse(text).map_err(|_| bad("digest", text));
    let end = match (body.end.as_str(), body.error) {
        ("complete", _) => BodyEnd::Complete,
        ("capped", _) => BodyEnd::Capped,
        ("broken", Some(e)) => BodyEnd::Broken(error(e)?),
        _ => return Err(bad("end of a body", &body.end)),
    };
    let kept = match &body.kept {
        Some(key) => bodies.get(key).cloned().ok_or_else(|| bad("kept body", key))?,
        None => Bytes::new(),
    };
    Ok(Response {
        status: response.status,
        reason: response.reason,
        version: HttpVersion::parse(&response.version)
            .ok_or_else(|| bad("HTTP version", &response.version))?,
        headers: headers(response.headers),
        headers_dropped: response.headers_dropped,
        body: Body { size: body.size, sha256: hash(&body.sha256)?, sha512: hash(&body.sha512)?, end, kept },
        peer: response.peer,
    })
}

fn error(error: ErrorV1) -> Result<TransportError, ReadError> {
    Ok(TransportError {
        kind: FailureKind::parse(&error.kind).ok_or_else(|| bad("kind of failure", &error.kind))?,
        phase: Phase::parse(&error.phase).ok_or_else(|| bad("phase", &error.phase))?,
        message: error.message,
    })
}
