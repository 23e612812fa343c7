//! The command line. clap stays here and in `command`; everything else sees `cli::settings`.

pub mod access;
pub mod comparing;
mod examples;
mod faults;
pub mod format;
pub mod offline;
pub mod record;
mod reports;
pub mod settings;
mod several;
pub mod stdin;
#[cfg(test)]
mod tests;
pub mod values;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::diagnosis::Severity;
use crate::oci::document::Platform;
use crate::oracle::Spec;
pub use access::AccessArgs;
use comparing::{CheckArgs, CompareArgs, DiffArgs, FingerprintArgs, ReplayArgs};
use format::{Format, OutputFile};
use offline::DiagnoseArgs;
use record::RecordArgs;
pub use reports::{RenderArgs, ScrubArgs};
use settings::{ColorWhen, FailOn, OutputSettings, ProbeSettings, TargetList};

/// Probe a container registry: which metadata path works, which does not, why, and what to send instead.
#[derive(Debug, Parser)]
#[command(name = "regprobe", version, max_term_width = 100, after_help = examples::TOP)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// For every verb.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

impl Cli {
    /// The arguments of this process; on a fault, or when help was asked for, the process ends here.
    pub fn from_env_or_exit() -> Cli {
        Cli::try_parse().unwrap_or_else(|error| faults::end(&error))
    }
}

/// Flags that every verb takes.
#[derive(Debug, Clone, Args)]
pub struct GlobalArgs {
    /// When to colour
    #[arg(long, global = true, help_heading = "Messages", value_name = "WHEN", default_value = "auto", value_parser = color())]
    pub color: ColorWhen,
    /// One line for each image on stdout, no progress on stderr
    #[arg(short, long, global = true, help_heading = "Messages", conflicts_with = "verbose")]
    pub quiet: bool,
    /// More in the table; -vv for every cell
    #[arg(short, long, global = true, help_heading = "Messages", action = ArgAction::Count)]
    pub verbose: u8,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Probe images: the main job
    #[command(after_help = examples::PROBE)]
    Probe(Box<ProbeArgs>),
    /// The founding case, on the embedded registry: no network, no set-up
    #[command(after_help = examples::DEMO)]
    Demo(DemoArgs),
    /// A JSON report in any format
    #[command(after_help = examples::RENDER)]
    Render(RenderArgs),
    /// A JSON report, redacted by today's rules
    #[command(after_help = examples::SCRUB)]
    Scrub(ScrubArgs),
    /// What would be sent, and what it costs
    #[command(after_help = examples::PLAN)]
    Plan(PlanArgs),
    /// Judge a recording again, offline
    #[command(after_help = examples::DIAGNOSE)]
    Diagnose(DiagnoseArgs),
    /// A finding, path or quirk in words
    #[command(after_help = examples::EXPLAIN)]
    Explain(ExplainArgs),
    /// What there is
    #[command(after_help = examples::LIST)]
    List(ListArgs),
    /// What changed from one report to another
    #[command(after_help = examples::DIFF)]
    Diff(DiffArgs),
    /// Whether a registry still does what a baseline says
    #[command(after_help = examples::CHECK)]
    Check(Box<CheckArgs>),
    /// Several registries side by side
    #[command(after_help = examples::COMPARE)]
    Compare(Box<CompareArgs>),
    /// Which recorded registry behaves like this one
    #[command(after_help = examples::FINGERPRINT)]
    Fingerprint(FingerprintArgs),
    /// Serve the embedded registry
    #[command(after_help = examples::LAB)]
    Lab(LabArgs),
    /// Serve a recording as a registry
    #[command(after_help = examples::REPLAY)]
    Replay(ReplayArgs),
    /// Stand between a client and a registry, and record what passes
    #[command(after_help = examples::RECORD)]
    Record(RecordArgs),
    /// Completions for a shell, on stdout
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// A manual page, on stdout
    #[command(after_help = examples::MAN)]
    Man(ManArgs),
}

/// `regprobe probe`
#[derive(Debug, Clone, Args)]
pub struct ProbeArgs {
    /// Image references; http:// or https:// may stand before one
    #[arg(value_name = "IMAGE", required_unless_present = "targets", value_parser = NonEmptyStringValueParser::new())]
    pub images: Vec<String>,
    /// A file of image references, one a line; - is stdin
    #[arg(long, value_name = "FILE|-")]
    pub targets: Option<PathBuf>,
    /// What is asked, and in which platform's name
    #[command(flatten)]
    pub asked: AskedArgs,
    /// How the registry is reached
    #[command(flatten)]
    pub access: AccessArgs,
    /// Hold the registry to this OCI distribution spec
    #[arg(long, help_heading = "Output", value_name = "VERSION", default_value = "1.1", value_parser = spec())]
    pub spec: Spec,
    /// Where the report goes
    #[command(flatten)]
    pub output: OutputArgs,
    /// Other names for host, repository and tag, the same ones throughout
    #[arg(long, help_heading = "Output")]
    pub pseudonyms: bool,
    /// Exit with 1 when a finding is as bad as this
    #[arg(long, help_heading = "Output", value_name = "SEVERITY", default_value = "broken", value_parser = fail_on())]
    pub fail_on: FailOn,
}

/// What is asked.
#[derive(Debug, Clone, Args)]
pub struct AskedArgs {
    /// What is crossed: quick, standard, full, or one of --probes
    #[arg(long, value_name = "SUITE", default_value = "standard", value_parser = NonEmptyStringValueParser::new())]
    pub suite: String,
    /// A directory whose files replace or extend the embedded probes
    #[arg(long, value_name = "DIR")]
    pub probes: Option<PathBuf>,
    /// The platform wanted of an index [default: linux and this machine's architecture]
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = values::platform)]
    pub platform: Option<Platform>,
    /// Also send requests that may make a pull-through cache ask Docker Hub for this name (?ns=docker.io)
    #[arg(long)]
    pub allow_upstream: bool,
}

/// Where a report goes.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// On stdout: table, json, markdown, html, svg, junit, sarif, har, ndjson or github
    #[arg(long, help_heading = "Output", value_name = "FMT", default_value = "table", value_parser = Format::parse)]
    pub format: Format,
    /// Also to this file (repeatable): PATH.json, .md, .html, .svg, .xml, .sarif, .har, .ndjson, or FMT=PATH
    #[arg(short, long, help_heading = "Output", value_name = "[FMT=]PATH", value_parser = OutputFile::parse)]
    pub output: Vec<OutputFile>,
}

/// `regprobe demo`
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// Where the report goes
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `regprobe plan`
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// An image reference
    #[arg(value_name = "IMAGE", value_parser = NonEmptyStringValueParser::new())]
    pub image: String,
    /// What is asked
    #[command(flatten)]
    pub asked: AskedArgs,
}

/// `regprobe explain`
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// An id as `regprobe list` has it, or a client's error message
    #[arg(value_name = "ID|MESSAGE", required = true)]
    pub words: Vec<String>,
    /// A directory whose files replace or extend the embedded probes
    #[arg(long, value_name = "DIR")]
    pub probes: Option<PathBuf>,
}

/// `regprobe list`
#[derive(Debug, Clone, Args)]
pub struct ListArgs {
    /// Of what
    #[arg(value_name = "WHAT")]
    pub what: ListWhat,
    /// With findings: what is not probed too, and why
    #[arg(long)]
    pub all: bool,
    /// A directory whose files replace or extend the embedded probes
    #[arg(long, value_name = "DIR")]
    pub probes: Option<PathBuf>,
}

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListWhat {
    /// What can be found
    Findings,
    /// Metadata paths
    Paths,
    /// Client profiles (none in this version)
    Clients,
    /// Named values of the Accept header
    Accepts,
    /// What can be crossed
    Suites,
    /// What the embedded registry can be made to do
    Quirks,
}

/// `regprobe lab`
#[derive(Debug, Clone, Args)]
pub struct LabArgs {
    /// Make it misbehave in this way (repeatable)
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub quirk: Vec<String>,
    /// Answer as this registry does; quirks come on top
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub personality: Option<String>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0", value_parser = values::listen)]
    pub listen: SocketAddr,
}

/// `regprobe completions`
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// For which shell
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `regprobe man`
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// Of this verb; otherwise of regprobe as a whole
    #[arg(value_name = "VERB")]
    pub verb: Option<String>,
}

impl ProbeArgs {
    /// In plain types; an error where two flags contradict each other in a way that clap cannot know.
    pub fn settings(self) -> Result<ProbeSettings, String> {
        let targets = self.targets.map(|file| match file.to_str() {
            Some("-") => TargetList::Stdin,
            _ => TargetList::File(file),
        });
        let mut settings = self.access.settings(self.images, self.asked, self.output.settings()?)?;
        if targets == Some(TargetList::Stdin) && settings.login.reads_stdin() {
            return Err(
                "stdin cannot hold both the targets and a secret: put the targets in a file".to_owned()
            );
        }
        settings.targets = targets;
        settings.fail_on = self.fail_on;
        settings.spec = self.spec;
        Ok(settings)
    }
}

impl OutputArgs {
    /// In plain types; no file may be written twice.
    pub fn settings(self) -> Result<OutputSettings, String> {
        for (i, file) in self.output.iter().enumerate() {
            if self.output.iter().take(i).any(|earlier| earlier.path == file.path) {
                return Err(format!("{} is given to -o twice", file.path.display()));
            }
        }
        Ok(OutputSettings { format: self.format, files: self.output })
    }
}

fn color() -> impl TypedValueParser<Value = ColorWhen> {
    PossibleValuesParser::new(["auto", "always", "never"]).map(|word| match word.as_str() {
        "always" => ColorWhen::Always,
        "never" => ColorWhen::Never,
        _ => ColorWhen::Auto,
    })
}

fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    PossibleValuesParser::new(["broken", "warning", "note", "never"]).map(|word| match word.as_str() {
        "warning" => FailOn::At(Severity::Warning),
        "note" => FailOn::At(Severity::Note),
        "never" => FailOn::Never,
        _ => FailOn::At(Severity::Broken),
    })
}

fn spec() -> impl TypedValueParser<Value = Spec> {
    PossibleValuesParser::new(Spec::ALL.map(Spec::as_str)).map(|text| Spec::parse(&text).unwrap_or_default())
}
