//! Reports that were written earlier, read back and judged by the rules of today.

use std::path::Path;

use super::CommandError;
use crate::judge;
use crate::probes::Probes;
use crate::render::json;
use crate::report::Report;

/// Reads a report; what cannot be read is told with the file's name.
pub(crate) fn read(path: &Path, probes: &Probes) -> Result<Report, CommandError> {
    let bytes = std::fs::read(path)
        .map_err(|e| CommandError::new(format!("{} cannot be read: {e}", path.display())))?;
    let recording = json::read(&bytes).map_err(|e| CommandError::new(format!("{}: {e}", path.display())))?;
    Ok(judge::judge(recording, probes))
}

/// Whether an argument that may be either names a report, and no image.
pub(crate) fn is_report(subject: &str) -> bool {
    subject.ends_with(".json") || Path::new(subject).is_file()
}
