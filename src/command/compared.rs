//! A difference and a check, in every format.

use super::CommandError;
use crate::cli::format::Format;
use crate::cli::settings::OutputSettings;
use crate::compare::Diff;
use crate::compare::check::Checked;
use crate::render::table::{self, TableOptions};
use crate::render::{compared, har, json, sarif};
use crate::report::Report;

/// Refuses what there is not, before anything is asked or written.
pub(super) fn offered(output: &OutputSettings) -> Result<(), CommandError> {
    let all = std::iter::once(output.format).chain(output.files.iter().map(|file| file.format));
    for format in all {
        match format {
            Format::Html | Format::Svg => {
                return Err(CommandError::new(format!("{} is not there for a comparison", format.as_str())));
            }
            Format::Table
            | Format::Json
            | Format::Markdown
            | Format::Junit
            | Format::Sarif
            | Format::Har
            | Format::Ndjson
            | Format::Github => {}
        }
    }
    Ok(())
}

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
        // [`offered`] has refused them.
        Format::Html | Format::Svg => String::new(),
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
        // [`offered`] has refused them.
        Format::Html | Format::Svg => String::new(),
        Format::Junit => compared::junit::check(checked),
        Format::Sarif => sarif::compared::check(checked, seen),
        Format::Har => har::compared::check(checked, baseline, seen),
        Format::Ndjson => compared::ndjson::check(checked),
        Format::Github => compared::github::check(checked),
    }
}
