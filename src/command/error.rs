//! Why a verb could not be done at all.

use std::fmt;
use std::io;

use crate::probes::ProbeError;
use crate::redaction::places::{Keys, hide_in_text};

/// Usage, configuration, or a file that cannot be read or written: exit code 2. The words say what to do.
#[derive(Debug)]
pub enum CommandError {
    /// What was asked for makes no sense.
    Usage(String),
    /// A probe file is wrong.
    Probes(ProbeError),
    /// Stdout, or a file, cannot be written.
    Output(io::Error),
}

impl CommandError {
    /// What was asked for cannot be done; the words say what to do instead.
    pub fn new(message: impl Into<String>) -> CommandError {
        CommandError::Usage(message.into())
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        2
    }

    /// Whether stdout was merely closed by its reader, as `head` does: nothing to complain about.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, CommandError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // An argument may be a URL with a password, or with a token in its query.
            CommandError::Usage(message) => f.write_str(&hide_in_text(message, Keys::Sensitive)),
            CommandError::Probes(error) => error.fmt(f),
            CommandError::Output(error) => write!(f, "the output cannot be written: {error}"),
        }
    }
}

impl std::error::Error for CommandError {}

impl From<ProbeError> for CommandError {
    fn from(error: ProbeError) -> Self {
        CommandError::Probes(error)
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        CommandError::Output(error)
    }
}
