//! `regprobe diff REPORT REPORT`: what changed.

use std::io::Write;

use super::output::{Files, JobSummary};
use super::{CommandError, Screen, compared, emit, load_probes, reports};
use crate::cli::comparing::DiffArgs;
use crate::cli::format::Format;
use crate::compare;

/// Prints what changed, and writes it to files; 0 where nothing did, else 1.
pub fn run(args: &DiffArgs, screen: &Screen, out: &mut dyn Write) -> Result<u8, CommandError> {
    let output = args.output.clone().settings().map_err(CommandError::new)?;
    let probes = load_probes(args.probes.as_deref())?;
    let before = reports::read(&args.before, &probes)?;
    let after = reports::read(&args.after, &probes)?;
    let files = Files::create(&output.files)?;
    let summary = JobSummary::open(output.format)?;
    let diff = compare::diff(&before, &after);
    let plain = screen.plain();
    let files = files.write(|format| compared::diff(&diff, &before, &after, format, &plain), &[]);
    let summary = summary.write(|| compared::diff(&diff, &before, &after, Format::Markdown, &plain), &[]);
    emit(out, &compared::diff(&diff, &before, &after, output.format, &screen.table()))
        .and(files)
        .and(summary)?;
    // Equal is said of what was compared as a whole, and was compared at all.
    Ok(u8::from(!diff.is_empty() || diff.partial || diff.compared == 0))
}
