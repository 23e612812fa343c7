//! `regprobe diff REPORT REPORT`: what changed.

use std::io::Write;

use super::{CommandError, Screen, emit, load_probes, reports};
use crate::cli::comparing::{ComparedAs, DiffArgs};
use crate::compare;
use crate::render::{compared, json, table};

/// Prints what changed; 0 where nothing did, else 1.
pub fn run(args: &DiffArgs, screen: &Screen, out: &mut dyn Write) -> Result<u8, CommandError> {
    let probes = load_probes(args.probes.as_deref())?;
    let before = reports::read(&args.before, &probes)?;
    let after = reports::read(&args.after, &probes)?;
    let diff = compare::diff(&before, &after);
    let text = match args.format {
        ComparedAs::Table => table::diff::diff(&diff, &screen.table()),
        ComparedAs::Json => json::compared::diff(&diff),
        ComparedAs::Markdown => compared::diff(&diff),
    };
    emit(out, &text)?;
    Ok(u8::from(!diff.is_empty()))
}
