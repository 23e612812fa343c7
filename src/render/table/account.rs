//! What the specs were broken by, and what the run could not show.

use std::collections::BTreeMap;

use crate::render::escape;
use crate::render::style::{Tone, paint};
use crate::render::table::TableOptions;
use crate::render::text;
use crate::report::Report;

/// Reasons listed before the rest is only counted.
const REASONS: usize = 6;

/// Anomalies counted, and each that nothing explains told in full.
pub(super) fn anomalies(report: &Report, options: &TableOptions) -> Vec<String> {
    let all = report.anomalies.len();
    if all == 0 {
        return Vec::new();
    }
    let explained = report.anomalies.iter().filter(|a| a.explained_by.is_some()).count();
    let spec = report.recording.spec.as_str();
    let mut lines = text::wrap(
        &format!(
            "{}, {explained} explained (answers outside OCI distribution spec {spec} and RFC 9110)",
            text::count_as(all, "anomaly", "anomalies")
        ),
        options.width,
        "",
    );
    for account in &report.unexplained {
        let words = text::wrap(&account.text, options.width, "  ▲ unexplained: ");
        lines.extend(words.iter().map(|line| paint(line, Tone::Odd, options.color)));
        lines.extend(account.curl.iter().map(|line| format!("    {}", escape::cell(line, 8000))));
    }
    lines
}

/// How many known behaviours were looked for, and why others were not.
pub(super) fn coverage(report: &Report, options: &TableOptions) -> Vec<String> {
    let coverage = &report.coverage;
    if coverage.exercised.is_empty() && coverage.not_exercised.is_empty() {
        return Vec::new();
    }
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, why) in &coverage.not_exercised {
        reasons.entry(why).or_default().push(id);
    }
    let mut sorted: Vec<(&str, Vec<&str>)> = reasons.into_iter().collect();
    sorted.sort_by_key(|(why, ids)| (std::cmp::Reverse(ids.len()), *why));
    let head = paint("Not exercised", Tone::Strong, options.color);
    let mut lines = vec![format!(
        "{head}: {} of {} known behaviours; nothing is said of them",
        coverage.not_exercised.len(),
        coverage.not_exercised.len() + coverage.exercised.len()
    )];
    let shown = if options.verbose > 0 { usize::MAX } else { REASONS };
    for (why, ids) in sorted.iter().take(shown) {
        let names = if options.verbose > 0 { format!(" ({})", ids.join(", ")) } else { String::new() };
        let words = format!("{}{names}", escape::cell(why, 300));
        lines.extend(text::wrap(&words, options.width, &format!("  {:>4}  ", ids.len())));
    }
    let rest: usize = sorted.iter().skip(shown).map(|(_, ids)| ids.len()).sum();
    if rest > 0 {
        lines.push(format!("  {rest:>4}  for other reasons; -v lists them"));
    }
    lines
}
