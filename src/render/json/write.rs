//! Report -> JSON types.

use std::collections::{BTreeMap, HashSet};

use base64::Engine as _;

use super::types::*;
use super::wire::*;
use crate::exchange::{
    BodyEnd, Exchange, Header, Hop, Outcome, Response, SentRequest, Timing, TransportError,
};
use crate::oci::document::ImageMetadata;
use crate::render::snippet::{curl, python};
use crate::report::{CellView, Did, PathVerdict, Report};

/// The report as JSON types.
pub fn report(report: &Report) -> ReportV1 {
    let recording = &report.recording;
    let target = &recording.target;
    let text = |d: &Option<crate::oci::digest::Digest>| d.as_ref().map(ToString::to_string);
    let subjects = &recording.subjects;
    let cells: Vec<CellV1> = report.cells.iter().map(|view| cell(view, report)).collect();
    let summary = summary(report, &cells);
    ReportV1 {
        schema_version: super::SCHEMA_VERSION,
        tool: ToolV1 { name: "regprobe".to_owned(), version: recording.tool_version.clone() },
        created: recording.created.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        target: TargetV1 {
            image: target.image.clone(),
            base_url: recording.base_url.clone(),
            registry: target.registry.clone(),
            repository: target.repository.clone(),
            tag: target.tag.clone(),
            digest: text(&target.digest),
            platform: target.platform.to_string(),
            platform_given: target.platform_given,
        },
        suite: recording.suite.clone(),
        spec: recording.spec.as_str().to_owned(),
        subjects: SubjectsV1 {
            tag: target.tag.clone(),
            index: text(&subjects.index),
            manifest: text(&subjects.manifest),
            config: text(&subjects.config),
            layer: text(&subjects.layer),
            converted: text(&subjects.converted),
            platform: subjects.platform.as_ref().map(ToString::to_string),
        },
        access: AccessV1 {
            scheme: recording.access.scheme.clone(),
            source: recording.access.source.clone(),
            challenges: recording.access.challenges.clone(),
            problem: recording.access.problem.clone(),
        },
        notes: recording.notes.iter().map(|n| NoteV1 { id: n.id.clone(), text: n.text.clone() }).collect(),
        cells,
        exchanges: recording.exchanges.iter().map(exchange).collect(),
        bodies: bodies(&recording.exchanges),
        paths: report.paths.iter().map(path).collect(),
        clients: Vec::new(),
        findings: report.findings.iter().map(finding).collect(),
        coverage: CoverageV1 {
            exercised: report.coverage.exercised.iter().map(ToString::to_string).collect(),
            not_exercised: report
                .coverage
                .not_exercised
                .iter()
                .map(|(id, why)| NotExercisedV1 { id: (*id).to_owned(), why: why.clone() })
                .collect(),
        },
        unexplained: report.unexplained.iter().map(unexplained).collect(),
        summary,
    }
}

fn summary(report: &Report, cells: &[CellV1]) -> SummaryV1 {
    let recording = &report.recording;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for cell in cells {
        *counts.entry(cell.outcome.clone()).or_default() += 1;
    }
    for finding in &report.findings {
        *counts.entry(finding.severity.as_str().to_owned()).or_default() += 1;
    }
    let anomalies = cells.iter().filter(|c| c.expected == "anomaly");
    SummaryV1 {
        outcome: report.outcome.as_str().to_owned(),
        recommended_path: report.recommended.as_ref().map(|r| r.path.clone()),
        curl: report.recommended.as_ref().map(curl::recommended).unwrap_or_default(),
        python: report.recommended.as_ref().map(python::recommended),
        requests: recording.exchanges.iter().map(|e| e.hops.len() as u64).sum(),
        pulls: recording.pulls,
        wall_ms: round(recording.wall_ms),
        anomalies: anomalies.clone().count() as u64,
        unexplained: anomalies.filter(|c| c.explained_by.is_none()).count() as u64,
        counts,
    }
}

fn cell(view: &CellView, report: &Report) -> CellV1 {
    let anomaly = report.anomalies.iter().find(|anomaly| anomaly.cell == view.id);
    let cites = anomaly.map(|anomaly| anomaly.cites);
    let explained_by = anomaly.and_then(|anomaly| anomaly.explained_by).map(str::to_owned);
    let mut out = CellV1 {
        id: view.id.0.clone(),
        method: view.method.as_str().to_owned(),
        endpoint: view.endpoint.as_str().to_owned(),
        subject: view.subject.map(|s| s.as_str().to_owned()),
        accept: view.accept.clone(),
        exchange: None,
        status: None,
        content_type: None,
        docker_content_digest: None,
        content_length: None,
        body: None,
        error_code: None,
        outcome: "not-tried".to_owned(),
        not_tried: None,
        signature: view.signature.clone(),
        expected: if cites.is_some() { "anomaly" } else { "ok" }.to_owned(),
        cites: cites.map(str::to_owned),
        explained_by,
    };
    match &view.did {
        Did::NotTried(reason) => {
            out.not_tried =
                Some(NotTriedV1 { class: reason.class().to_owned(), reason: reason.reason().to_owned() });
        }
        Did::Failed { exchange, .. } => {
            "failed".clone_into(&mut out.outcome);
            out.exchange = Some(exchange.0.clone());
        }
        Did::Answer(answer) => {
            "answered".clone_into(&mut out.outcome);
            out.exchange = Some(answer.exchange.0.clone());
            out.status = Some(answer.status);
            out.content_type.clone_from(&answer.content_type);
            out.docker_content_digest.clone_from(&answer.docker_content_digest);
            out.content_length = answer.content_length;
            out.error_code.clone_from(&answer.error_code);
            out.body = Some(CellBodyV1 {
                digest: answer.body_digest.as_ref().map(ToString::to_string),
                kind: answer.kind.as_str().to_owned(),
                matches: answer.bytes_match,
            });
        }
    }
    out
}

fn exchange(exchange: &Exchange) -> ExchangeV1 {
    let hops: Vec<HopV1> = exchange.hops.iter().map(hop).collect();
    let last = hop(exchange.last());
    let mut timing_ms =
        exchange.hops.first().map_or_else(|| timing(&Timing::default()), |h| timing(&h.timing));
    // Of rounded values, and rounded again: read back and written again it is the same.
    timing_ms.total = round(exchange.hops.iter().map(|h| round(h.timing.total)).sum());
    ExchangeV1 {
        id: exchange.id.0.clone(),
        purpose: exchange.purpose.as_str().to_owned(),
        request: hops.first().map_or_else(|| last.request.clone(), |h| h.request.clone()),
        response: last.response,
        error: last.error,
        timing_ms,
        hops: if hops.len() > 1 { hops } else { Vec::new() },
    }
}

/// One hop as it stands in a report.
pub(crate) fn hop(hop: &Hop) -> HopV1 {
    let (response, error) = match &hop.outcome {
        Outcome::Answered(response) => (Some(self::response(response)), None),
        Outcome::Failed(error) => (None, Some(self::error(error))),
    };
    HopV1 { request: request(&hop.request), response, timing_ms: timing(&hop.timing), error }
}

fn request(request: &SentRequest) -> RequestV1 {
    RequestV1 {
        method: request.method.as_str().to_owned(),
        url: request.url.clone(),
        headers: headers(&request.headers),
    }
}

fn headers(headers: &[Header]) -> Vec<HeaderV1> {
    headers.iter().map(|h| HeaderV1 { name: h.name.clone(), value: h.value.clone() }).collect()
}

fn response(response: &Response) -> ResponseV1 {
    let body = &response.body;
    let (end, broken) = match &body.end {
        BodyEnd::Complete => ("complete", None),
        BodyEnd::Capped => ("capped", None),
        BodyEnd::Broken(error) => ("broken", Some(self::error(error))),
    };
    ResponseV1 {
        status: response.status,
        reason: response.reason.clone(),
        version: response.version.as_str().to_owned(),
        headers: headers(&response.headers),
        headers_dropped: response.headers_dropped,
        body: BodyV1 {
            size: body.size,
            sha256: body.sha256.to_string(),
            sha512: body.sha512.to_string(),
            end: end.to_owned(),
            error: broken,
            kept: (!body.kept.is_empty()).then(|| body_key(body)),
        },
        peer: response.peer.clone(),
    }
}

/// A body goes by the digest of what is kept of it: its own where all of it is, unchanged.
pub(crate) fn body_key(body: &crate::exchange::Body) -> String {
    crate::oci::digest::Digest::sha256(&body.kept).to_string()
}

fn bodies(exchanges: &[Exchange]) -> BTreeMap<String, BodyTextV1> {
    let mut bodies = BTreeMap::new();
    // Equal bodies share their memory: hundreds of exchanges have a few documents, and each is hashed once.
    let mut seen = HashSet::new();
    for hop in exchanges.iter().flat_map(|e| &e.hops) {
        let Outcome::Answered(response) = &hop.outcome else { continue };
        let kept = &response.body.kept;
        if kept.is_empty() || !seen.insert((kept.as_ptr(), kept.len())) {
            continue;
        }
        bodies.entry(body_key(&response.body)).or_insert_with(|| {
            let text = std::str::from_utf8(&response.body.kept).ok().map(str::to_owned);
            let base64 =
                text.is_none().then(|| base64::engine::general_purpose::STANDARD.encode(&response.body.kept));
            BodyTextV1 {
                media_type: response.header("content-type").map(str::to_owned),
                size: response.body.kept.len() as u64,
                text,
                base64,
            }
        });
    }
    bodies
}

fn timing(timing: &Timing) -> TimingV1 {
    TimingV1 {
        start: round(timing.start),
        dns: timing.dns.map(round),
        connect: timing.connect.map(round),
        first_byte: timing.first_byte.map(round),
        total: round(timing.total),
        connection: timing.connection,
    }
}

/// Microseconds are enough, and keep the file small.
fn round(ms: f64) -> f64 {
    (ms * 1000.0).round() / 1000.0
}

fn error(error: &TransportError) -> ErrorV1 {
    ErrorV1 {
        kind: error.kind.as_str().to_owned(),
        phase: error.phase.as_str().to_owned(),
        message: error.message.clone(),
    }
}

fn path(path: &PathVerdict) -> PathV1 {
    PathV1 {
        id: path.id.clone(),
        kind: path.kind.as_str().to_owned(),
        verdict: path.verdict.as_str().to_owned(),
        why: path.why.clone(),
        steps: path
            .steps
            .iter()
            .map(|s| StepV1 { cell: s.cell.0.clone(), ok: s.ok, why: s.why.clone() })
            .collect(),
        metadata: path.metadata.as_ref().map(metadata),
    }
}

fn metadata(m: &ImageMetadata) -> MetadataV1 {
    MetadataV1 {
        platform: m.platform.as_ref().map(ToString::to_string),
        created: m.created.clone(),
        env: m.env.clone(),
        entrypoint: m.entrypoint.clone(),
        cmd: m.cmd.clone(),
        working_dir: m.working_dir.clone(),
        user: m.user.clone(),
        labels: m.labels.clone(),
        layers: m
            .layers
            .iter()
            .map(|l| LayerV1 {
                digest: l.digest.as_ref().map(ToString::to_string),
                size: l.size,
                media_type: l.media_type.clone(),
            })
            .collect(),
        platforms: m.platforms.iter().map(ToString::to_string).collect(),
        artifact_type: m.artifact_type.clone(),
        further: m.further as u64,
    }
}

fn unexplained(account: &crate::diagnosis::Unexplained) -> UnexplainedV1 {
    UnexplainedV1 {
        cites: account.cites.to_owned(),
        cells: account.cells.iter().map(|c| c.0.clone()).collect(),
        text: account.text.clone(),
        curl: account.curl.clone(),
    }
}

fn finding(finding: &crate::diagnosis::Finding) -> FindingV1 {
    FindingV1 {
        id: finding.id.to_owned(),
        severity: finding.severity.as_str().to_owned(),
        confidence: finding.confidence.as_str().to_owned(),
        whose: finding.whose.as_str().to_owned(),
        title: finding.title.clone(),
        explanation: finding.explanation.clone(),
        remedy: finding.remedy.clone(),
        evidence: finding.evidence.iter().map(|c| c.0.clone()).collect(),
        reproduce: finding.reproduce.clone(),
        references: finding.references.clone(),
        children: finding.children.iter().map(self::finding).collect(),
    }
}
