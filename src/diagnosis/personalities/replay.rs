//! The recorded tables as evidence: what real registries did, judged.
//!
//! A table holds no bytes and no requests. Both are taken from a run against the lab with its image of the same shape:
//! a recorded digest has a role, and the content in that role is known. Cells that a table does not have are not
//! tried; what other headers there were is not known, and not made up.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::table::{
    CRANE, DISTRIBUTION_2, DISTRIBUTION_3, DISTRIBUTION_CACHE, MBR, OLAREG, Observed, Row, SHAPES, Table,
    rows,
};
use crate::diagnosis::Severity;
use crate::diagnosis::testing::{anomalies, probe};
use crate::exchange::{Body, BodyEnd, Header, Method, Outcome, Response};
use crate::judge;
use crate::oci::digest::Digest;
use crate::plan::Subject;
use crate::probes::Probes;
use crate::recording::{CellState, NotTried, Recording};
use crate::report::Report;

/// Replays what a table has of a shape; `None` where it has nothing.
fn replay(table: Table, shape: &str, image: &str) -> Option<Report> {
    let rows = rows(table, shape);
    if rows.is_empty() {
        return None;
    }
    let source = Source { plain: probe(&[], image), converted: probe(&["no-accept-yields-schema1"], image) };
    let mut recording = source.plain.recording.clone();
    for at in 0..recording.cells.len() {
        let row = rows.iter().find(|row| row.cell == recording.cells[at].id.0);
        let state = match (row, &recording.cells[at].state) {
            (Some(row), CellState::Answered(id)) => {
                let (id, method) = (id.clone(), recording.cells[at].cell.method);
                let response = source.response(row, method);
                let exchange = recording.exchanges.iter_mut().find(|e| e.id == id).unwrap();
                exchange.hops.truncate(1);
                exchange.hops[0].outcome = Outcome::Answered(response);
                CellState::Answered(id)
            }
            _ => CellState::NotTried(NotTried::Cancelled("not recorded".to_owned())),
        };
        recording.cells[at].state = state;
    }
    Some(judge::judge(recording, &Probes::embedded().unwrap()))
}

/// Where the bytes come from.
struct Source {
    plain: Arc<Report>,
    converted: Arc<Report>,
}

impl Source {
    fn response(&self, row: &Row, method: Method) -> Response {
        let (named, content) = self.content(row);
        let mut headers = vec![("docker-distribution-api-version", "registry/2.0".to_owned())];
        headers.push(("content-length", content.len().to_string()));
        if row.recorded.content_type != "-" {
            headers.push(("content-type", row.recorded.content_type.clone()));
        }
        headers.extend(named.map(|named| ("docker-content-digest", named)));
        let sent = if method == Method::Head { Vec::new() } else { content };
        Response {
            status: row.recorded.status,
            reason: None,
            version: crate::exchange::HttpVersion::Http11,
            headers: headers
                .into_iter()
                .map(|(name, value)| Header { name: name.to_owned(), value })
                .collect(),
            headers_dropped: 0,
            body: Body {
                size: sent.len() as u64,
                sha256: Digest::sha256(&sent),
                sha512: Digest::sha512(&sent),
                end: BodyEnd::Complete,
                kept: sent.into(),
            },
            peer: None,
        }
    }

    /// The digest header and the body of GET.
    fn content(&self, row: &Row) -> (Option<String>, Vec<u8>) {
        let Observed { status, error, digest, .. } = &row.recorded;
        if *status >= 400 {
            let json = format!(r#"{{"errors":[{{"code":"{error}","message":"as recorded"}}]}}"#);
            let coded = error != "-" || row.recorded.content_type.starts_with("application/json");
            return (None, if coded { json } else { "404 page not found\n".to_owned() }.into_bytes());
        }
        let recording = &self.plain.recording;
        if digest == "other" {
            return body(&self.converted.recording, "GET manifests/tag accept=none");
        }
        let role = Subject::parse(digest).and_then(|role| recording.subjects.digest(role));
        let (_, bytes) = match role {
            // Everything that has a role was seen by the faithful run, at one endpoint or the other.
            Some(role) => (None, self.bytes(role)),
            // Nothing is announced: what the request named, or what the cell is about.
            None => body(recording, &row.cell.replacen("HEAD", "GET", 1)),
        };
        (role.map(ToString::to_string), bytes)
    }

    fn bytes(&self, digest: &Digest) -> Vec<u8> {
        let exchanges = self.plain.recording.exchanges.iter();
        let mut bodies = exchanges.filter_map(|e| e.response()).map(|response| &response.body);
        let signed = |kept: &[u8]| crate::oci::schema1::payload_digest(kept).as_ref() == Some(digest);
        bodies.find(|b| b.sha256 == *digest || signed(&b.kept)).map(|b| b.kept.to_vec()).unwrap_or_default()
    }
}

/// A cell's digest header and body.
fn body(recording: &Recording, cell: &str) -> (Option<String>, Vec<u8>) {
    let record = recording.cells.iter().find(|record| record.id.0 == cell);
    let response = record.and_then(|record| match &record.state {
        CellState::Answered(id) => recording.exchanges.iter().find(|e| e.id == *id)?.response(),
        _ => None,
    });
    response.map_or((None, Vec::new()), |response| {
        (response.header("docker-content-digest").map(str::to_owned), response.body.kept.to_vec())
    })
}

#[test]
fn anomalies_of_real_registries_have_an_explanation() {
    let (mut text, mut left) = (String::new(), Vec::new());
    for table in [CRANE, DISTRIBUTION_2, DISTRIBUTION_CACHE, DISTRIBUTION_3, MBR, OLAREG] {
        let (mut odd, mut unexplained, mut loud) = (0, 0, BTreeSet::new());
        for (shape, image) in SHAPES {
            let Some(report) = replay(table, shape, image) else { continue };
            let (all, open) = anomalies(&report);
            (odd, unexplained) = (odd + all, unexplained + open.len());
            left.extend(open.iter().map(|cell| format!("\n{} {shape}: {cell}", table.0)));
            loud.extend(report.findings.iter().filter(|f| f.severity > Severity::Note).map(|f| f.id));
        }
        let loud: Vec<_> = loud.into_iter().collect();
        let loud = if loud.is_empty() { "notes only".to_owned() } else { loud.join(" ") };
        text.push_str(&format!("{}: {odd} anomalies, {unexplained} unexplained; {loud}\n", table.0));
    }
    assert!(left.is_empty(), "{text}{}", left.concat());
    insta::assert_snapshot!(text, @"
    crane-registry-serve-0.20.7: 0 anomalies, 0 unexplained; notes only
    distribution-2.8.2: 779 anomalies, 0 unexplained; notes only
    distribution-2.8.2-proxy: 440 anomalies, 0 unexplained; notes only
    distribution-3.1.1: 268 anomalies, 0 unexplained; notes only
    mbr-container-registry-0.3.1: 0 anomalies, 0 unexplained; dcd-missing-everywhere
    olareg-79de6b4: 328 anomalies, 0 unexplained; notes only
    ");
}
