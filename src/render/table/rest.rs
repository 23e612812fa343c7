//! What stands outside the matrix: other endpoints, one-factor probes, and what was never sent.

use std::collections::{BTreeMap, BTreeSet};

use crate::exchange::Method;
use crate::render::escape;
use crate::render::style::{Tone, paint};
use crate::render::table::shown::{self, Failures};
use crate::render::table::{TableOptions, matrix};
use crate::render::text;
use crate::report::{CellView, Did, Report};

/// Probes listed before the rest is only counted.
const PROBES: usize = 24;

/// Rows named beside a reason.
const PLACES: usize = 4;

/// Ping, tags, referrers, token: few cells each, so that a line holds them.
pub(super) fn endpoints(report: &Report, options: &TableOptions) -> Vec<String> {
    let failures = Failures::of(report);
    let outside = |c: &&CellView| !c.varied && !matrix::is_inside(c) && !matches!(c.did, Did::NotTried(_));
    let items: Vec<String> = report.cells.iter().filter(outside).map(|cell| item(cell, &failures)).collect();
    if items.is_empty() {
        return Vec::new();
    }
    let head = paint("Other endpoints", Tone::Strong, options.color);
    let mut lines = text::join(&items, " · ", options.width, "Other endpoints: ");
    if let Some(rest) = lines[0].strip_prefix("Other endpoints") {
        lines[0] = format!("{head}{rest}");
    }
    lines
}

fn item(cell: &CellView, failures: &Failures) -> String {
    format!("{} → {}", escape::cell(&cell.id.0, 100), does(cell, failures))
}

fn does(cell: &CellView, failures: &Failures) -> String {
    match &cell.did {
        Did::Failed { error, .. } => error.kind.as_str().to_owned(),
        Did::NotTried(why) => format!("not sent: {}", escape::cell(why.reason(), 100)),
        Did::Answer(_) => shown::one(cell, cell.method == Method::Head, failures),
    }
}

/// Cells that differ from the plain request in some factor: those that were answered otherwise than
/// it, or all when asked for.
pub(super) fn probes(report: &Report, options: &TableOptions) -> Vec<String> {
    let failures = Failures::of(report);
    let plain: BTreeMap<_, &CellView> =
        report.cells.iter().filter(|c| !c.varied).map(|c| (key(c), c)).collect();
    let mut lines = Vec::new();
    let mut alike = 0;
    for cell in report.cells.iter().filter(|c| c.varied) {
        let counterpart = plain.get(&key(cell)).copied();
        let differs = counterpart.is_none_or(|plain| differ(plain, cell));
        if matches!(cell.did, Did::NotTried(_)) && options.verbose == 0 {
            continue;
        }
        if !differs && options.verbose == 0 {
            alike += 1;
            continue;
        }
        let beside =
            counterpart.filter(|plain| differ(plain, cell) && !matches!(plain.did, Did::NotTried(_)));
        let beside = beside.map(|plain| format!(" (plain: {})", does(plain, &failures))).unwrap_or_default();
        let line = format!("{} → {}{beside}", escape::cell(&cell.id.0, 200), does(cell, &failures));
        let line = text::wrap(&line, options.width, "  ").join("\n  ");
        lines.push(paint(&line, if differs { Tone::Plain } else { Tone::Dim }, options.color));
    }
    let more = lines.len().saturating_sub(PROBES);
    if more > 0 && options.verbose == 0 {
        lines.truncate(PROBES);
        lines.push(format!("  and {more} more; -v lists them"));
    }
    if alike > 0 {
        lines.push(format!("  {} answered as the plain request", text::count(alike, "probe")));
    }
    if !lines.is_empty() {
        lines.insert(0, paint("Other probes", Tone::Strong, options.color));
    }
    lines
}

fn key(cell: &CellView) -> (Method, crate::plan::Endpoint, Option<crate::plan::Subject>, &str) {
    (cell.method, cell.endpoint, cell.subject, &cell.accept)
}

fn differ(plain: &CellView, cell: &CellView) -> bool {
    match (&plain.did, &cell.did) {
        (Did::Answer(_), Did::Answer(_)) => plain.signature != cell.signature,
        (Did::Failed { error: a, .. }, Did::Failed { error: b, .. }) => a.kind != b.kind,
        (Did::NotTried(_), Did::NotTried(_)) => false,
        _ => true,
    }
}

/// How many cells were never sent, by reason.
pub(super) fn not_tried(report: &Report, options: &TableOptions) -> Vec<String> {
    let mut reasons: BTreeMap<(&str, &str), (usize, BTreeSet<String>)> = BTreeMap::new();
    for cell in &report.cells {
        if let Did::NotTried(why) = &cell.did {
            let (n, places) = reasons.entry((why.class(), why.reason())).or_default();
            *n += 1;
            places.insert(matrix::label(cell.endpoint, cell.subject));
        }
    }
    if reasons.is_empty() {
        return Vec::new();
    }
    let total = reasons.values().map(|(n, _)| n).sum();
    let head = paint("Not tried", Tone::Strong, options.color);
    let mut lines = vec![format!("{head}: {}", text::count(total, "cell"))];
    for ((class, reason), (n, places)) in reasons {
        let mut places: Vec<String> = places.into_iter().collect();
        if places.len() > PLACES {
            places.truncate(PLACES);
            places.push("...".to_owned());
        }
        let words = format!("{class}: {} ({})", escape::cell(reason, 300), places.join(", "));
        lines.extend(text::wrap(&words, options.width, &format!("  {n:>4}  ")));
    }
    lines
}

/// Every cell, for whoever asks twice.
pub(super) fn every_cell(report: &Report, options: &TableOptions) -> Vec<String> {
    let failures = Failures::of(report);
    let mut lines = vec![paint("Every cell", Tone::Strong, options.color)];
    for cell in &report.cells {
        let signature = escape::cell(&cell.signature, 200);
        let line = format!("  {} → {}  {signature}", escape::cell(&cell.id.0, 200), does(cell, &failures));
        lines.push(paint(line.trim_end(), shown::tone(cell), options.color));
    }
    lines
}
