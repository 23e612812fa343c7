//! A cell's record -> what it did, read from its exchange.

use url::{Host, Url};

use super::readings::Readings;
use crate::exchange::{
    Body, BodyEnd, Exchange, ExchangeId, Hop, Method, Outcome, RECORDED_DIGESTS, Response,
};
use crate::oci::digest::Digest;
use crate::oci::document::BodyKind;
use crate::oci::error_body::ErrorBody;
use crate::oci::media_type;
use crate::oci::schema1;
use crate::plan::{Cell, Endpoint, Subject, Vary};
use crate::recording::{CellRecord, CellState, Recording};
use crate::report::{Answer, CellView, Did};
use crate::signature::signature;

/// Bytes of a layer that are read of a replay at most.
const ZEROS: usize = 1 << 20;

/// Reads a cell.
pub(super) fn view<'a>(
    record: &CellRecord,
    recording: &Recording,
    readings: &Readings,
    exchange: impl Fn(&ExchangeId) -> Option<&'a Exchange>,
) -> CellView {
    let did = match &record.state {
        CellState::NotTried(reason) => Did::NotTried(reason.clone()),
        CellState::Answered(id) | CellState::Failed(id) => match exchange(id) {
            Some(exchange) => read(&record.cell, exchange, recording, readings),
            // Only a damaged recording names an exchange that it does not hold.
            None => Did::NotTried(crate::recording::NotTried::Cancelled(format!(
                "{} is not in this recording",
                id.0
            ))),
        },
    };
    let redirected = match &record.state {
        CellState::Answered(id) => exchange(id).map(|e| e.hops.as_slice()).unwrap_or_default(),
        _ => &[],
    };
    CellView {
        id: record.id.clone(),
        method: record.cell.method,
        endpoint: record.cell.endpoint,
        subject: record.cell.subject,
        accept: record.cell.accept.clone(),
        varied: record.cell.vary != Vary::default(),
        signature: signature(&did, redirected, &recording.subjects),
        did,
    }
}

fn read(cell: &Cell, exchange: &Exchange, recording: &Recording, readings: &Readings) -> Did {
    let response = match &exchange.last().outcome {
        Outcome::Failed(error) => return Did::Failed { exchange: exchange.id.clone(), error: error.clone() },
        Outcome::Answered(response) => response,
    };
    let content_type = response.header("content-type").map(str::to_owned);
    let kind = match cell.method {
        Method::Head => promised(content_type.as_deref()),
        _ => kind(response, readings),
    };
    let errors = (response.status >= 400).then(|| ErrorBody::parse(&response.body.kept)).flatten();
    let first = errors.as_ref().and_then(|e| e.entries.first());
    let announced = response.header("docker-content-digest").map(str::to_owned);
    Did::Answer(Answer {
        exchange: exchange.id.clone(),
        status: response.status,
        docker_content_digest: announced.clone(),
        content_length: response.header("content-length").and_then(|v| v.trim().parse().ok()),
        kind,
        body_digest: (cell.method != Method::Head).then(|| response.body.sha256.clone()),
        bytes_match: bytes_match(cell, exchange, response, kind, announced.as_deref(), recording),
        error_code: first.and_then(|e| e.code.clone()),
        error_message: first.and_then(|e| e.message.clone()),
        redirects: exchange.hops.len() - 1,
        content_type,
    })
}

fn kind(response: &Response, readings: &Readings) -> BodyKind {
    if response.body.size > response.body.kept.len() as u64 {
        return BodyKind::Other;
    }
    match readings.kind(response) {
        // Some error bodies are any JSON object; the status says what they are.
        BodyKind::Json if response.status >= 400 && ErrorBody::parse(&response.body.kept).is_some() => {
            BodyKind::Error
        }
        kind => kind,
    }
}

/// What the headers of an answer without a body promise.
fn promised(content_type: Option<&str>) -> BodyKind {
    match content_type.map(media_type::base).as_deref() {
        Some(media_type::OCI_INDEX) => BodyKind::OciIndex,
        Some(media_type::DOCKER_LIST) => BodyKind::DockerList,
        Some(media_type::OCI_MANIFEST) => BodyKind::OciManifest,
        Some(media_type::DOCKER_MANIFEST) => BodyKind::DockerManifest,
        Some(media_type::SCHEMA1 | media_type::SCHEMA1_SIGNED) => BodyKind::Schema1,
        Some(media_type::DOCKER_CONFIG | media_type::OCI_CONFIG) => BodyKind::Config,
        Some("text/html") => BodyKind::Html,
        _ => BodyKind::Empty,
    }
}

/// Whether the bytes are those that were named: by the digest in the request, or else by the digest header.
fn bytes_match(
    cell: &Cell,
    exchange: &Exchange,
    response: &Response,
    kind: BodyKind,
    announced: Option<&str>,
    recording: &Recording,
) -> Option<bool> {
    let replayed = replayed(exchange, response);
    let whole = response.body.end == BodyEnd::Complete || replayed.is_some();
    if !whole
        || response.status != 200
        || cell.method != Method::Get
        || !matches!(cell.endpoint, Endpoint::Manifests | Endpoint::Blobs)
    {
        return None;
    }
    // An encoding that was asked for is undone by the client before it looks at the digest.
    if cell.vary.encoding.is_some() && response.header("content-encoding").is_some() {
        return None;
    }
    let asked = match cell.subject {
        Some(Subject::Digest) => recording.target.digest.clone(),
        Some(subject) => recording.subjects.digest(subject).cloned(),
        None => None,
    };
    let named = asked.or_else(|| announced.and_then(|text| Digest::parse(text).ok()))?;
    if let Some(digests) = replayed {
        let mut alike = digests.split(' ').filter_map(|d| Digest::parse(d).ok());
        return alike.find(|d| d.algorithm() == named.algorithm()).map(|d| d == named);
    }
    match same(&response.body, &named) {
        // A registry that converts or knows schema 1 names the signed payload; one that stores any bytes names these.
        Some(false) if kind == BodyKind::Schema1 => {
            // With other names in it (a pseudonymous report) nothing is told by what was signed.
            if Digest::sha256(&response.body.kept) != response.body.sha256 {
                return None;
            }
            schema1::payload(&response.body.kept).and_then(|payload| named.matches(&payload))
        }
        told => told,
    }
}

/// The digests of the bytes in whose place a replay sends zeros, for no recording has them. Believed on loopback alone,
/// where our own replay is, and of zeros alone: of other bytes we know the digest. They stay in the report, as a header.
fn replayed<'a>(exchange: &Exchange, response: &'a Response) -> Option<&'a str> {
    let digests = response.header(RECORDED_DIGESTS)?;
    let is_loopback = |hop: &Hop| match Url::parse(&hop.request.url).ok()?.host()? {
        Host::Ipv4(ip) => Some(ip.is_loopback()),
        Host::Ipv6(ip) => Some(ip.is_loopback()),
        Host::Domain(_) => None,
    };
    let zeros = usize::try_from(response.body.size).ok().filter(|size| *size <= ZEROS)?;
    let ours = exchange.hops.iter().all(|hop| is_loopback(hop) == Some(true))
        && response.body.sha256 == Digest::sha256(&vec![0; zeros]);
    ours.then_some(digests)
}

fn same(body: &Body, named: &Digest) -> Option<bool> {
    match named.algorithm() {
        "sha256" => Some(body.sha256 == *named),
        "sha512" => Some(body.sha512 == *named),
        _ => None,
    }
}
