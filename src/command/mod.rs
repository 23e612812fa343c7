//! One file per verb, each short: arguments in, words out through the writer that is passed, an exit code back.

mod catalogue;
pub mod check;
pub mod compare;
mod compared;
pub mod completions;
pub mod demo;
pub mod diagnose;
pub mod diff;
mod error;
pub mod explain;
pub mod fingerprint;
pub mod lab;
mod leak;
pub mod list;
pub mod man;
mod output;
mod place;
pub mod plan;
pub mod probe;
pub mod record;
pub mod render;
pub mod replay;
mod reports;
pub mod scrub;
mod session;
mod signals;
mod stream;
mod temporary;

pub use error::CommandError;

use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::probes::{ProbeError, Probes};
use crate::render::escape;
use crate::render::table::{self, TableOptions};

/// What the person at the other end can see.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Columns.
    pub width: usize,
    /// Whether to colour.
    pub color: bool,
    /// Nothing on stderr but errors, and one line for each target on stdout.
    pub quiet: bool,
    /// How much more to say.
    pub verbose: u8,
}

impl Screen {
    /// As the table wants it.
    pub(crate) fn table(&self) -> TableOptions {
        TableOptions { width: self.width, color: self.color, verbose: self.verbose }
    }

    /// As a table in a file is written.
    pub(crate) fn plain(&self) -> TableOptions {
        TableOptions { width: 160, color: false, verbose: self.verbose }
    }
}

/// Columns to fill: `$COLUMNS`, else the terminal's, else 80, which pastes well.
pub fn width(terminal: bool) -> usize {
    const PASTES_WELL: usize = 80;
    let given = std::env::var("COLUMNS").ok().and_then(|c| c.trim().parse().ok()).filter(|c| *c >= 40);
    given.or_else(|| terminal.then(table::terminal_width).flatten()).unwrap_or(PASTES_WELL)
}

/// The embedded probes, or those with a directory's files over them.
pub fn load_probes(directory: Option<&Path>) -> Result<Probes, ProbeError> {
    match directory {
        Some(directory) => Probes::load(directory),
        None => Probes::embedded(),
    }
}

/// Says on stderr where secrets were only struck from what was about to be written.
pub fn say_late_redactions() {
    let places = match leak::late() {
        0 => return,
        1 => "1 place was".to_owned(),
        places => format!("{places} places were"),
    };
    complain(&format!("{places} redacted late; please report this, without the secret"));
}

/// Writes to stdout, after a last look for commands to the CI system that may read it. A reader that went away, as
/// `head` does, is no fault: the exit code still tells.
pub(crate) fn emit(out: &mut dyn Write, text: &str) -> Result<(), CommandError> {
    match out.write_all(escape::guard(text).as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Says on stderr what has no place in a report.
pub(crate) fn warn(message: &str) {
    complain(&crate::render::escape::terminal(message));
}

/// A line on stderr, after the same look.
pub fn complain(message: &dyn std::fmt::Display) {
    // There is nowhere left to complain if stderr is gone too.
    let _ = std::io::stderr().write_all(escape::guard(&format!("regprobe: {message}\n")).as_bytes());
}

/// The runtime of a run; two threads let hashing go on beside the network.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| CommandError::new(format!("no runtime could be started: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_format_let_through_is_no_command_on_stdout() {
        for text in escape::COMMANDS {
            let mut out = Vec::new();
            emit(&mut out, text).unwrap();
            assert!(!escape::has_command(std::str::from_utf8(&out).unwrap()), "{text:?}");
        }
    }
}
