//! `regprobe compare IMAGE|REPORT...`: several registries side by side.

use std::io::{Read, Write};
use std::path::Path;

use super::output::{Files, checked};
use super::probe::{exit_code, probe_all};
use super::session::Session;
use super::signals::Stop;
use super::{CommandError, Screen, emit, load_probes, reports};
use crate::cli::OutputArgs;
use crate::cli::comparing::CompareArgs;
use crate::cli::format::Format;
use crate::cli::settings::{FailOn, OutputSettings};
use crate::compare::side_by_side::{SideBySide, side_by_side};
use crate::diagnosis::Severity;
use crate::judge;
use crate::render::{compared, html, json, table};
use crate::report::Report;

/// Probes what is an image, reads what is a report, and puts them side by side in the order given.
pub fn run(
    args: CompareArgs,
    screen: &Screen,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<u8, CommandError> {
    let probes = load_probes(args.asked.probes.as_deref())?;
    let images: Vec<String> = args.subjects.iter().filter(|s| !reports::is_report(s)).cloned().collect();
    let read = |subject: &String| {
        reports::is_report(subject).then(|| reports::read(Path::new(subject), &probes)).transpose()
    };
    // Whatever cannot be read is known before anything is asked.
    let mut all: Vec<Option<Report>> = args.subjects.iter().map(read).collect::<Result<_, _>>()?;
    let output = OutputArgs { format: args.format, output: args.output }.settings();
    let output = output.map_err(CommandError::new)?;
    let files = Files::create(&output.files)?;
    let mut secrets = Vec::new();
    let mut unasked = false;
    if !images.is_empty() {
        let settings = args.access.settings(images, args.asked, OutputSettings::default());
        let mut session = Session::open(&settings.map_err(CommandError::new)?, input)?;
        let probed =
            super::runtime()?.block_on(probe_all(&mut session, screen, false, None, &Stop::listen()?))?;
        unasked = !probed.unasked.is_empty();
        let mut probed = probed.reports.into_iter();
        for slot in all.iter_mut().filter(|slot| slot.is_none()) {
            *slot = probed.next();
        }
        secrets = session.secrets;
    }
    let all: Vec<Report> = all.into_iter().flatten().collect();
    let page = side_by_side(&all);
    let plain = table::TableOptions { width: 160, color: false, verbose: screen.verbose };
    let text = checked(shown(&page, &all, output.format, &screen.table()), output.format, &secrets)?;
    let files = files.stage(|format| shown(&page, &all, format, &plain), &secrets)?.commit();
    emit(out, &text).and(files)?;
    let code = exit_code(&all, FailOn::At(Severity::Broken));
    Ok(judge::worst([code, if unasked { judge::CUT_SHORT } else { 0 }]))
}

fn shown(page: &SideBySide, reports: &[Report], format: Format, options: &table::TableOptions) -> String {
    match format {
        Format::Json => json::render_all(reports),
        Format::Markdown => compared::page(page),
        Format::Html => html::compared::compare(page),
        // Those of one report alone do not pass the command line.
        Format::Table
        | Format::Svg
        | Format::Junit
        | Format::Sarif
        | Format::Har
        | Format::Ndjson
        | Format::Github => table::side_by_side::side_by_side(page, options),
    }
}
