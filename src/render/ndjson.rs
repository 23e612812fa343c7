//! NDJSON, one object a line, for programs that watch a run: first a `run`, then a `cell` with its requests as soon as
//! it is settled, a `body` before the first line that refers to it, and at the end what belongs to no cell
//! (`exchange`) and a `summary`. A target that an interrupt left out is a single line, `not-asked`.
//!
//! While a run goes on, cells come in the order in which they are settled; rendered from a report they come in the
//! order of the plan. The lines are the same.

use std::collections::HashSet;

use base64::Engine as _;
use serde::Serialize;

use crate::exchange::{Hop, Outcome, Purpose};
use crate::plan::CellId;
use crate::recording::{CellState, NotTried, Recording};
use crate::render::json::{
    self, AccessV1, FindingV1, HopV1, NotTriedV1, NoteV1, PathV1, SubjectsV1, SummaryV1, ToolV1,
};
use crate::report::Report;
use crate::target::Target;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Line {
    Run {
        schema_version: u32,
        tool: ToolV1,
        image: String,
        registry: String,
        repository: String,
        tag: Option<String>,
        digest: Option<String>,
        platform: String,
        suite: String,
        cells: usize,
    },
    Body {
        digest: String,
        size: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        base64: Option<String>,
    },
    Cell {
        id: String,
        outcome: &'static str,
        status: Option<u16>,
        not_tried: Option<NotTriedV1>,
        exchanges: Vec<Attempt>,
    },
    Exchange(Attempt),
    NotAsked {
        image: String,
        reason: &'static str,
    },
    Summary {
        created: String,
        base_url: String,
        subjects: Box<SubjectsV1>,
        access: AccessV1,
        notes: Vec<NoteV1>,
        paths: Vec<PathV1>,
        findings: Vec<FindingV1>,
        summary: Box<SummaryV1>,
    },
}

#[derive(Serialize)]
struct Attempt {
    purpose: &'static str,
    hops: Vec<HopV1>,
}

fn line(line: &Line) -> String {
    json::line(line)
}

/// The lines of one run, as they come.
#[derive(Debug, Default)]
pub struct Writer {
    bodies: HashSet<String>,
}

impl Writer {
    /// The first line.
    pub fn run(target: &Target, suite: &str, tool_version: &str, cells: usize) -> String {
        line(&Line::Run {
            schema_version: json::SCHEMA_VERSION,
            tool: ToolV1 { name: "regprobe".to_owned(), version: tool_version.to_owned() },
            image: target.image.clone(),
            registry: target.registry.clone(),
            repository: target.repository.clone(),
            tag: target.tag.clone(),
            digest: target.digest.as_ref().map(ToString::to_string),
            platform: target.platform.to_string(),
            suite: suite.to_owned(),
            cells,
        })
    }

    /// A target that was left out, in the place of its run.
    pub fn not_asked(image: &str) -> String {
        line(&Line::NotAsked { image: image.to_owned(), reason: "the run was interrupted" })
    }

    /// A settled cell: every attempt, the last one counts.
    pub fn cell<'a>(
        &mut self,
        id: &CellId,
        not_tried: Option<&NotTried>,
        attempts: impl Iterator<Item = (Purpose, &'a [Hop])> + Clone,
    ) -> String {
        let mut out: String = attempts.clone().map(|(_, hops)| self.bodies(hops)).collect();
        let last = attempts.clone().last().and_then(|(_, hops)| hops.last()).map(|hop| &hop.outcome);
        let (outcome, status) = match (last, not_tried) {
            (Some(Outcome::Answered(response)), None) => ("answered", Some(response.status)),
            (Some(Outcome::Failed(_)), None) => ("failed", None),
            _ => ("not-tried", None),
        };
        out.push_str(&line(&Line::Cell {
            id: id.0.clone(),
            outcome,
            status,
            not_tried: not_tried
                .map(|why| NotTriedV1 { class: why.class().to_owned(), reason: why.reason().to_owned() }),
            exchanges: attempts.map(|(purpose, hops)| attempt(purpose, hops)).collect(),
        }));
        out
    }

    /// What belongs to no cell, and the summary.
    pub fn end(&mut self, report: &Report) -> String {
        let mut out = String::new();
        let loose = |purpose| matches!(purpose, Purpose::Scheme | Purpose::Token);
        for exchange in report.recording.exchanges.iter().filter(|e| loose(e.purpose)) {
            out.push_str(&self.bodies(&exchange.hops));
            out.push_str(&line(&Line::Exchange(attempt(exchange.purpose, &exchange.hops))));
        }
        let all = json::report(report);
        out.push_str(&line(&Line::Summary {
            created: all.created,
            base_url: all.target.base_url,
            subjects: Box::new(all.subjects),
            access: all.access,
            notes: all.notes,
            paths: all.paths,
            findings: all.findings,
            summary: Box::new(all.summary),
        }));
        out
    }

    /// Bodies that no line has brought yet.
    fn bodies(&mut self, hops: &[Hop]) -> String {
        let mut out = String::new();
        for hop in hops {
            let Outcome::Answered(response) = &hop.outcome else { continue };
            let kept = &response.body.kept;
            if kept.is_empty() || !self.bodies.insert(json::body_key(&response.body)) {
                continue;
            }
            let text = std::str::from_utf8(kept).ok().map(str::to_owned);
            let base64 = text.is_none().then(|| base64::engine::general_purpose::STANDARD.encode(kept));
            out.push_str(&line(&Line::Body {
                digest: json::body_key(&response.body),
                size: kept.len(),
                text,
                base64,
            }));
        }
        out
    }
}

fn attempt(purpose: Purpose, hops: &[Hop]) -> Attempt {
    Attempt { purpose: purpose.as_str(), hops: hops.iter().map(json::hop).collect() }
}

/// Reports as lines, in the order of the plan.
pub fn render(reports: &[Report]) -> String {
    reports.iter().map(one).collect()
}

fn one(report: &Report) -> String {
    let recording = &report.recording;
    let mut writer = Writer::default();
    let mut out =
        Writer::run(&recording.target, &recording.suite, &recording.tool_version, recording.cells.len());
    let mut exchanges = Exchanges::of(recording);
    for record in &recording.cells {
        let (not_tried, attempts) = match &record.state {
            CellState::NotTried(why) => (Some(why), Vec::new()),
            CellState::Answered(id) | CellState::Failed(id) => (None, exchanges.up_to(&id.0)),
        };
        out.push_str(&writer.cell(
            &record.id,
            not_tried,
            attempts.iter().map(|e| (e.purpose, e.hops.as_slice())),
        ));
    }
    out.push_str(&writer.end(report));
    out
}

/// The exchanges of cells, which stand in the order of their cells, the last attempt of each at its end.
struct Exchanges<'a> {
    rest: &'a [crate::exchange::Exchange],
}

impl<'a> Exchanges<'a> {
    fn of(recording: &'a Recording) -> Exchanges<'a> {
        Exchanges { rest: &recording.exchanges }
    }

    /// Everything up to this one that belongs to a cell; this one alone where a stranger's file has another order.
    fn up_to(&mut self, id: &str) -> Vec<&'a crate::exchange::Exchange> {
        let Some(at) = self.rest.iter().position(|exchange| exchange.id.0 == id) else { return Vec::new() };
        let (mine, rest) = self.rest.split_at(at + 1);
        self.rest = rest;
        let loose = |purpose| matches!(purpose, Purpose::Scheme | Purpose::Token);
        mine.iter().filter(|exchange| !loose(exchange.purpose)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::render::{escape, fixture};

    fn lines(text: &str) -> Vec<Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }

    #[test]
    fn a_line_is_an_object_and_everything_is_there_once() {
        let report = fixture::every();
        let text = render(std::slice::from_ref(&report));
        insta::assert_snapshot!("every", text);
        let lines = lines(&text);
        let of = |kind: &str| lines.iter().filter(|l| l["type"] == kind).count();
        assert_eq!((of("run"), of("summary")), (1, 1));
        assert_eq!(of("cell"), report.recording.cells.len());
        let exchanges: usize = lines.iter().filter_map(|l| l["exchanges"].as_array().map(Vec::len)).sum();
        assert_eq!(exchanges + of("exchange"), report.recording.exchanges.len());
        let mut seen: Vec<&Value> = Vec::new();
        for line in &lines {
            if line["type"] == "body" {
                assert!(!seen.contains(&&line["digest"]));
                seen.push(&line["digest"]);
            }
            let hops = line["exchanges"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|e| e["hops"].as_array().unwrap());
            for kept in hops.map(|hop| &hop["response"]["body"]["kept"]).filter(|kept| !kept.is_null()) {
                assert!(seen.contains(&kept), "a body comes after the line that refers to it");
            }
        }
    }

    #[test]
    fn nasty_strings_do_not_break_a_line() {
        for nasty in escape::NASTY {
            let text = render(&[fixture::hostile(nasty, crate::report::Outcome::Works)]);
            assert!(lines(&text).len() >= 2);
        }
    }
}
