//! Arguments of the verbs that read a recording.

use std::path::PathBuf;

use clap::Args;

use super::settings::FailOn;
use super::{OutputArgs, fail_on, spec};
use crate::oracle::Spec;

/// `regprobe diagnose`
#[derive(Debug, Clone, Args)]
pub struct DiagnoseArgs {
    /// JSON reports, of any regprobe that writes version 1; - is stdin
    #[arg(value_name = "REPORT", required = true)]
    pub reports: Vec<PathBuf>,
    /// A directory whose files replace or extend the embedded probes
    #[arg(long, value_name = "DIR")]
    pub probes: Option<PathBuf>,
    /// Hold the registry to this OCI distribution spec [default: the one it was held to]
    #[arg(long, value_name = "VERSION", value_parser = spec())]
    pub spec: Option<Spec>,
    /// Where the report goes
    #[command(flatten)]
    pub output: OutputArgs,
    /// Exit with 1 when a finding is as bad as this
    #[arg(long, help_heading = "Output", value_name = "SEVERITY", default_value = "broken", value_parser = fail_on())]
    pub fail_on: FailOn,
}
