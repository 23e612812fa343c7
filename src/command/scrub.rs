//! `regprobe scrub REPORT`: today's redaction on a report of yesterday.

use std::io::{Read, Write};

use super::output::{Files, checked};
use super::{CommandError, load_probes, render};
use crate::cli::ScrubArgs;
use crate::cli::format::{Format, OutputFile};
use crate::judge;
use crate::render::json;
use crate::transport::rescrub;

/// Redacts, looks whether anything is left that should have gone, and writes.
pub fn run(args: &ScrubArgs, input: &mut dyn Read, out: &mut dyn Write) -> Result<u8, CommandError> {
    let probes = load_probes(None)?;
    let mut recordings = render::read(&args.report, input)?;
    let files: Vec<OutputFile> =
        args.output.iter().map(|path| OutputFile { format: Format::Json, path: path.clone() }).collect();
    let files = Files::create(&files)?;
    let mut secrets = Vec::new();
    for recording in &mut recordings {
        secrets.extend(rescrub::scrub(recording));
    }
    let clean: Vec<_> = recordings.iter().cloned().map(|r| judge::judge(r, &probes)).collect();
    let text = match clean.as_slice() {
        [one] => json::render(one),
        many => json::render_all(many),
    };
    // Scrubbed once more, nothing may change: what a second look finds, the first should have found.
    let twice = recordings.into_iter().map(|mut recording| {
        rescrub::scrub(&mut recording);
        judge::judge(recording, &probes)
    });
    let twice: Vec<_> = twice.collect();
    let again = match twice.as_slice() {
        [one] => json::render(one),
        many => json::render_all(many),
    };
    if again != text {
        return Err(CommandError::new(
            "the report could not be made clean: a second look still found something, and nothing was written",
        ));
    }
    if args.output.is_none() {
        super::emit(out, &checked(text, Format::Json, &secrets)?)?;
        return Ok(0);
    }
    files.write(|_| text.clone(), &secrets)?;
    Ok(0)
}
