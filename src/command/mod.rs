//! One file per verb, each short: arguments in, words out through the writer that is passed, an exit code back.

pub mod completions;
mod error;
pub mod explain;
pub mod list;
pub mod man;
pub mod plan;

pub use error::CommandError;

use std::path::Path;

use crate::probes::{ProbeError, Probes};

/// The embedded probes, or those with a directory over them.
pub fn load_probes(directory: Option<&Path>) -> Result<Probes, ProbeError> {
    match directory {
        Some(directory) => Probes::load(directory),
        None => Probes::embedded(),
    }
}
