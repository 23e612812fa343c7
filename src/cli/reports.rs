//! Verbs that start from a JSON report.

use std::path::PathBuf;

use clap::Args;

use super::OutputArgs;

/// `regprobe render`
#[derive(Debug, Clone, Args)]
pub struct RenderArgs {
    /// A JSON report, or an array of them; - is stdin
    #[arg(value_name = "REPORT|-")]
    pub report: PathBuf,
    /// A directory whose files replace or extend the embedded probes
    #[arg(long, value_name = "DIR")]
    pub probes: Option<PathBuf>,
    /// Other names for host, repository and tag, the same ones throughout
    #[arg(long, help_heading = "Output")]
    pub pseudonyms: bool,
    /// What is made of it
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `regprobe scrub`
#[derive(Debug, Clone, Args)]
pub struct ScrubArgs {
    /// A JSON report, or an array of them; - is stdin
    #[arg(value_name = "REPORT|-")]
    pub report: PathBuf,
    /// Where the clean report goes, in place of stdout
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
}
