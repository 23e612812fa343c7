//! A difference and a check, in every format.

use crate::cli::format::Format;
use crate::compare::Diff;
use crate::compare::check::Checked;
use crate::render::table::{self, TableOptions};
use crate::render::{compared, har, html, json, sarif, svg};
use crate::report::Report;

/// What changed between two reports.
pub(super) fn diff(
    diff: &Diff,
    before: &Report,
    after: &Report,
    format: Format,
    options: &TableOptions,
) -> String {
    match format {
        Format::Table => table::diff::diff(diff, options),
        Format::Json => json::compared::diff(diff),
        Format::Markdown => compared::diff(diff),
        Format::Html => html::compared::diff(diff),
        Format::Svg => svg::compared::diff(diff),
        Format::Junit => compared::junit::diff(diff),
        Format::Sarif => sarif::compared::diff(diff, after),
        Format::Har => har::compared::diff(diff, before, after),
        Format::Ndjson => compared::ndjson::diff(diff),
        Format::Github => compared::github::diff(diff),
    }
}

/// A check, of a report against a baseline if there is one.
pub(super) fn check(
    checked: &Checked,
    baseline: Option<&Report>,
    seen: &Report,
    format: Format,
    options: &TableOptions,
) -> String {
    match format {
        Format::Table => table::diff::check(checked, options),
        Format::Json => json::compared::check(checked),
        Format::Markdown => compared::check(checked),
        Format::Html => html::compared::check(checked),
        Format::Svg => svg::compared::check(checked),
        Format::Junit => compared::junit::check(checked),
        Format::Sarif => sarif::compared::check(checked, seen),
        Format::Har => har::compared::check(checked, baseline, seen),
        Format::Ndjson => compared::ndjson::check(checked),
        Format::Github => compared::github::check(checked),
    }
}
