//! Arguments of the verbs that compare, and of `replay`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};

use super::format::{Format, OutputFile};
use super::{AccessArgs, OutputArgs, several, values};
use crate::oci::document::Platform;

/// In which form a comparison is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ComparedAs {
    /// For a person at a terminal
    Table,
    /// For a program
    Json,
    /// For a thread or a page
    Markdown,
}

/// `regprobe diff`
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// The earlier report (JSON), or the one to compare with
    #[arg(value_name = "REPORT")]
    pub before: PathBuf,
    /// The later report (JSON)
    #[arg(value_name = "REPORT")]
    pub after: PathBuf,
    /// A directory whose files replace or extend the embedded probes
    #[arg(long, value_name = "DIR")]
    pub probes: Option<PathBuf>,
    /// Where the result goes
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `regprobe check`
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// An image to probe now, or a report (a path that ends in .json)
    #[arg(value_name = "IMAGE|REPORT", value_parser = NonEmptyStringValueParser::new())]
    pub subject: String,
    /// The report that says what is to be expected
    #[arg(long, value_name = "REPORT", required_unless_present = "expect")]
    pub baseline: Option<PathBuf>,
    /// Write what was seen as the new baseline, and pass
    #[arg(long, requires = "baseline")]
    pub update: bool,
    /// What is known to be bad [default: BASELINE.known.toml, if there]
    #[arg(long, value_name = "FILE", requires = "baseline")]
    pub known: Option<PathBuf>,
    /// Requirements on cells, paths and findings
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,
    /// What is crossed [default: the baseline's suite, else standard]
    #[arg(long, value_name = "SUITE", value_parser = NonEmptyStringValueParser::new())]
    pub suite: Option<String>,
    /// A directory whose files replace or extend the embedded probes
    #[arg(long, value_name = "DIR")]
    pub probes: Option<PathBuf>,
    /// The platform wanted of an index [default: the baseline's]
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = values::platform)]
    pub platform: Option<Platform>,
    /// Also send requests that may make a pull-through cache ask Docker Hub for this name (?ns=docker.io)
    #[arg(long)]
    pub allow_upstream: bool,
    /// How the registry is reached
    #[command(flatten)]
    pub access: AccessArgs,
    /// Where the result goes
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `regprobe compare`
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// Images to probe now, and reports (paths that end in .json)
    #[arg(value_name = "IMAGE|REPORT", required = true, value_parser = NonEmptyStringValueParser::new())]
    pub subjects: Vec<String>,
    /// On stdout: table, json (every report whole), markdown or html (a compatibility page)
    #[arg(long, help_heading = "Output", value_name = "FMT", default_value = "table", value_parser = several::format)]
    pub format: Format,
    /// Also to this file (repeatable): PATH.json, .md, .html, or FMT=PATH
    #[arg(short, long, help_heading = "Output", value_name = "[FMT=]PATH", value_parser = several::file)]
    pub output: Vec<OutputFile>,
    /// What is asked
    #[command(flatten)]
    pub asked: super::AskedArgs,
    /// How the registries are reached
    #[command(flatten)]
    pub access: AccessArgs,
}

/// `regprobe fingerprint`
#[derive(Debug, Clone, Args)]
pub struct FingerprintArgs {
    /// A report (JSON)
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,
    /// Recorded reports to know registries by, besides those in the binary: DIR/REGISTRY-VERSION/*.json
    #[arg(long, value_name = "DIR")]
    pub reports: Option<PathBuf>,
    /// How to print it
    #[arg(long, help_heading = "Output", value_name = "FMT", default_value = "table")]
    pub format: ComparedAs,
}

/// `regprobe replay`
#[derive(Debug, Clone, Args)]
pub struct ReplayArgs {
    /// A report, or an array of reports of several images (JSON)
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,
    /// Where to listen, on loopback; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0", value_parser = values::listen)]
    pub listen: SocketAddr,
}
