//! Where reports go: stdout and files, after a look for the secrets of this call.

use std::io::Write;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use tempfile::NamedTempFile;

use super::CommandError;
use crate::cli::format::{Format, OutputFile};
use crate::render::{json, table};
use crate::report::Report;

/// A secret shorter than this cannot be told from ordinary text.
const SHORTEST_SECRET: usize = 5;

/// Files that were shown to be writable before the first request; they take their names only when complete.
pub(crate) struct Files {
    open: Vec<(Format, PathBuf, NamedTempFile)>,
}

impl Files {
    /// Creates every file beside its final place.
    pub(crate) fn create(files: &[OutputFile]) -> Result<Files, CommandError> {
        let mut open = Vec::new();
        for file in files {
            let refuse = |e: std::io::Error| {
                CommandError::new(format!("{} cannot be written: {e}", file.path.display()))
            };
            if file.path.is_dir() {
                return Err(refuse(std::io::Error::from(std::io::ErrorKind::IsADirectory)));
            }
            let directory = match file.path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
                _ => PathBuf::from("."),
            };
            open.push((file.format, file.path.clone(), NamedTempFile::new_in(&directory).map_err(refuse)?));
        }
        Ok(Files { open })
    }

    /// Writes every file and gives it its name.
    pub(crate) fn write(
        self,
        render: impl Fn(Format) -> String,
        secrets: &[SecretString],
    ) -> Result<(), CommandError> {
        for (format, path, mut file) in self.open {
            let refuse = |e: &dyn std::fmt::Display| {
                CommandError::new(format!("{} cannot be written: {e}", path.display()))
            };
            let text = checked(render(format), secrets)?;
            file.write_all(text.as_bytes()).map_err(|e| refuse(&e))?;
            readable(&file).map_err(|e| refuse(&e))?;
            file.persist(&path).map_err(|e| refuse(&e.error))?;
        }
        Ok(())
    }
}

/// A temporary file is for its owner alone; a report is an ordinary file.
#[cfg(unix)]
fn readable(file: &NamedTempFile) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &NamedTempFile) -> std::io::Result<()> {
    Ok(())
}

/// The last line of defence: text that holds a secret of this call is not let out.
pub(crate) fn checked(text: String, secrets: &[SecretString]) -> Result<String, CommandError> {
    let leaks =
        secrets.iter().map(|s| s.expose_secret()).any(|s| s.len() >= SHORTEST_SECRET && text.contains(s));
    if leaks {
        return Err(CommandError::new(
            "a secret of this call stood in the report, and nothing was written; this is a fault of regprobe's: \
             please report it, without the secret",
        ));
    }
    Ok(text)
}

/// Reports in a format. Of several targets, tables follow each other, and JSON is an array.
pub(crate) fn render(reports: &[Report], format: Format, options: &table::TableOptions) -> String {
    match (format, reports) {
        (Format::Table, _) => {
            let tables: Vec<String> = reports.iter().map(|r| table::render(r, options)).collect();
            tables.join("\n")
        }
        (Format::Json, [one]) => json::render(one),
        (Format::Json, many) => json::render_all(many),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_let_out() {
        let secrets = [SecretString::from("hunter2-hunter2"), SecretString::from("abc")];
        assert!(checked("user hunter2-hunter2".to_owned(), &secrets).is_err());
        // Three letters stand everywhere.
        assert!(checked("abc".to_owned(), &secrets).is_ok());
    }

    #[test]
    fn an_unwritable_path_fails_before_the_run() {
        let file =
            OutputFile { format: Format::Json, path: PathBuf::from("/nonexistent-directory/report.json") };
        assert!(Files::create(&[file]).is_err());
    }
}
