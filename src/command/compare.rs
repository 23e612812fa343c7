//! `regprobe compare IMAGE|REPORT...`: several registries side by side.

use std::io::{Read, Write};
use std::path::Path;

use super::output::checked;
use super::probe::{exit_code, probe_all};
use super::session::Session;
use super::{CommandError, Screen, emit, load_probes, reports};
use crate::cli::comparing::{CompareArgs, ComparedAs};
use crate::cli::settings::{FailOn, OutputSettings};
use crate::compare::side_by_side::side_by_side;
use crate::diagnosis::Severity;
use crate::render::{compared, json, table};
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
    let mut secrets = Vec::new();
    if !images.is_empty() {
        let settings = args.access.settings(images, args.asked, OutputSettings::default());
        let mut session = Session::open(&settings.map_err(CommandError::new)?, input)?;
        let mut probed =
            super::runtime()?.block_on(probe_all(&mut session, screen, false, None))?.into_iter();
        for slot in all.iter_mut().filter(|slot| slot.is_none()) {
            *slot = probed.next();
        }
        secrets = session.secrets;
    }
    let all: Vec<Report> = all.into_iter().flatten().collect();
    let page = side_by_side(&all);
    let text = match args.format {
        ComparedAs::Table => table::side_by_side::side_by_side(&page, &screen.table()),
        ComparedAs::Json => json::render_all(&all),
        ComparedAs::Markdown => compared::page(&page),
    };
    emit(out, &checked(text, &secrets)?)?;
    Ok(exit_code(&all, FailOn::At(Severity::Broken)))
}
