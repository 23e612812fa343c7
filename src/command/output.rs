//! Where reports go: stdout and files, after a look for the secrets of this call.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use secrecy::SecretString;

use super::place::{Place, Staged};
use super::{CommandError, Screen, leak};
use crate::cli::format::{Format, OutputFile};
use crate::cli::settings::OutputSettings;
use crate::render::{github, har, html, json, junit, markdown, ndjson, sarif, svg, table};
use crate::report::Report;

/// Files that were shown to be writable before the first request; they take their names only when complete.
pub(crate) struct Files {
    open: Vec<(Format, Place)>,
}

/// Files that are complete, and those that could not be written.
#[must_use = "a staged file is gone unless it is committed"]
pub(crate) struct StagedFiles {
    complete: Vec<Staged>,
    failed: Vec<CommandError>,
}

impl Files {
    /// Shows that each can be written; nothing is changed.
    pub(crate) fn create(files: &[OutputFile]) -> Result<Files, CommandError> {
        let open = files.iter().map(|file| Ok((file.format, Place::open(&file.path)?)));
        Ok(Files { open: open.collect::<Result<_, CommandError>>()? })
    }

    /// Writes every file, without its name. Where one holds a secret, none gets a name; where one cannot be written, the
    /// others are.
    pub(crate) fn stage(
        self,
        render: impl Fn(Format) -> String,
        secrets: &[SecretString],
    ) -> Result<StagedFiles, CommandError> {
        let mut staged = StagedFiles { complete: Vec::new(), failed: Vec::new() };
        for (format, place) in self.open {
            match place.stage(checked(render(format), format, secrets)?) {
                Ok(complete) => staged.complete.push(complete),
                Err(error) => staged.failed.push(error),
            }
        }
        Ok(staged)
    }

    /// Writes every file, and gives each its name.
    pub(crate) fn write(
        self,
        render: impl Fn(Format) -> String,
        secrets: &[SecretString],
    ) -> Result<(), CommandError> {
        self.stage(render, secrets)?.commit()
    }
}

impl StagedFiles {
    /// Gives each its name; every file that could not be written is named.
    pub(crate) fn commit(self) -> Result<(), CommandError> {
        let mut failed = self.failed;
        failed.extend(self.complete.into_iter().filter_map(|staged| staged.commit().err()));
        match failed.len() {
            0 => Ok(()),
            1 => Err(failed.remove(0)),
            _ => {
                let words: Vec<String> = failed.iter().map(ToString::to_string).collect();
                Err(CommandError::new(words.join("; ")))
            }
        }
    }
}

/// Output without the secrets of this call: one that got this far is struck, and the output kept.
pub(crate) fn checked(
    text: String,
    format: Format,
    secrets: &[SecretString],
) -> Result<String, CommandError> {
    looked(text, format, &leak::Look::new(secrets))
}

/// The same, with what was made before of the secrets.
pub(crate) fn looked(text: String, format: Format, look: &leak::Look) -> Result<String, CommandError> {
    look.clean(text, format).ok_or_else(|| {
        CommandError::new(
            "a secret of this call could not be struck from the output, and nothing was written; this is a fault of \
             regprobe: please report it, without the secret",
        )
    })
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
        (Format::Markdown, _) => markdown::render(reports),
        (Format::Html, _) => html::render(reports),
        (Format::Svg, _) => svg::render(reports),
        (Format::Junit, _) => junit::render(reports),
        (Format::Sarif, _) => sarif::render(reports),
        (Format::Har, _) => har::render(reports),
        (Format::Ndjson, _) => ndjson::render(reports),
        (Format::Github, _) => github::render(reports),
    }
}

/// The summary of a job on GitHub, which goes with the format `github`.
pub(crate) struct JobSummary(Option<(PathBuf, File)>);

impl JobSummary {
    /// Shows that it can be written, where it is asked for.
    pub(crate) fn open(format: Format) -> Result<JobSummary, CommandError> {
        let path = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
        let Some(path) = path.filter(|_| format == Format::Github).map(PathBuf::from) else {
            return Ok(JobSummary(None));
        };
        let file = File::options().append(true).create(true).open(&path).map_err(|e| {
            CommandError::new(format!("$GITHUB_STEP_SUMMARY, {}, cannot be written: {e}", path.display()))
        })?;
        Ok(JobSummary(Some((path, file))))
    }

    /// Appends Markdown.
    pub(crate) fn write(
        self,
        markdown: impl FnOnce() -> String,
        secrets: &[SecretString],
    ) -> Result<(), CommandError> {
        let Some((path, mut file)) = self.0 else { return Ok(()) };
        let text = checked(markdown() + "\n", Format::Markdown, secrets)?;
        file.write_all(text.as_bytes())
            .map_err(|e| CommandError::new(format!("{} cannot be written: {e}", path.display())))
    }
}

/// Everything that one call writes: stdout, files, and the summary of a job on GitHub.
pub(crate) struct Outlet {
    format: Format,
    files: Files,
    summary: JobSummary,
}

impl Outlet {
    /// Shows that all of it can be written, before the first request.
    pub(crate) fn open(output: &OutputSettings) -> Result<Outlet, CommandError> {
        let summary = JobSummary::open(output.format)?;
        Ok(Outlet { format: output.format, files: Files::create(&output.files)?, summary })
    }

    /// Writes the files, then stdout; what `streamed` already wrote there is not written again. A place that cannot be
    /// written keeps nothing from the others.
    pub(crate) fn deliver(
        self,
        reports: &[Report],
        screen: &Screen,
        secrets: &[SecretString],
        streamed: bool,
        out: &mut dyn Write,
    ) -> Result<(), CommandError> {
        let on_screen = if screen.quiet && self.format == Format::Table {
            reports.iter().map(|r| table::summary_line(r) + "\n").collect()
        } else if streamed {
            String::new()
        } else {
            render(reports, self.format, &screen.table())
        };
        let on_screen = checked(on_screen, self.format, secrets)?;
        let plain = screen.plain();
        let staged = self.files.stage(|format| render(reports, format, &plain), secrets)?;
        let files = staged.commit();
        let summary = self.summary.write(|| markdown::render(reports), secrets);
        super::emit(out, &on_screen).and(files).and(summary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_struck_and_the_output_kept() {
        let secrets = [SecretString::from("hunter2-hunter2"), SecretString::from("abc")];
        let shown = |text: &str| checked(text.to_owned(), Format::Table, &secrets).unwrap();
        assert_eq!(shown("user hunter2-hunter2"), "user <redacted>");
        // Three letters stand everywhere.
        assert_eq!(shown("abc"), "abc");
    }

    #[test]
    fn an_unwritable_path_fails_before_the_run() {
        let file =
            OutputFile { format: Format::Json, path: PathBuf::from("/nonexistent-directory/report.json") };
        assert!(Files::create(&[file]).is_err());
    }
}
