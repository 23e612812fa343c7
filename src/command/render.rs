//! `regprobe render REPORT`: any format from a JSON report, as the run itself would have written it.

use std::io::{Read, Write};
use std::path::Path;

use super::output::Outlet;
use super::{CommandError, Screen, load_probes};
use crate::cli::RenderArgs;
use crate::judge;
use crate::recording::{Recording, pseudonyms};
use crate::render::json;

/// No report is larger; what is, is no report.
const LARGEST: u64 = 1 << 30;

/// Reads, judges anew, and writes.
pub fn run(
    args: RenderArgs,
    screen: &Screen,
    input: &mut dyn Read,
    out: &mut dyn Write,
) -> Result<u8, CommandError> {
    let mask = args.pseudonyms;
    let probes = load_probes(args.probes.as_deref())?;
    let output = args.output.settings().map_err(CommandError::new)?;
    let recordings = read(&args.report, input)?;
    let outlet = Outlet::open(&output)?;
    let reports: Vec<_> = recordings
        .into_iter()
        .map(|mut recording| {
            if mask {
                pseudonyms::apply(&mut recording);
            }
            judge::judge(recording, &probes)
        })
        .collect();
    outlet.deliver(&reports, screen, &[], false, out)?;
    Ok(0)
}

/// The recordings in a file, or on stdin where the path is `-`.
pub(crate) fn read(path: &Path, input: &mut dyn Read) -> Result<Vec<Recording>, CommandError> {
    let refuse = |e: &dyn std::fmt::Display| CommandError::new(format!("{}: {e}", path.display()));
    let mut bytes = Vec::new();
    if path.to_str() == Some("-") {
        input.take(LARGEST).read_to_end(&mut bytes).map_err(|e| refuse(&e))?;
    } else {
        let file = std::fs::File::open(path).map_err(|e| refuse(&e))?;
        file.take(LARGEST).read_to_end(&mut bytes).map_err(|e| refuse(&e))?;
    }
    json::read_all(&bytes).map_err(|e| refuse(&e))
}
