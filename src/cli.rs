//! The command line. clap stays here and in `command`; everything else sees `cli::settings`.

mod examples;
pub mod format;
pub mod offline;
mod reports;
pub mod settings;
pub mod stdin;
#[cfg(test)]
mod tests;
pub mod values;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use secrecy::{ExposeSecret, SecretString};

use crate::diagnosis::Severity;
use crate::oci::document::Platform;
use crate::oracle::Spec;
use format::{Format, OutputFile};
use offline::DiagnoseArgs;
pub use reports::{RenderArgs, ScrubArgs};
use settings::{
    ColorWhen, FailOn, Limits, Login, OutputSettings, ProbeSettings, Resolve, TargetList, TlsSettings,
};

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
        Cli::parse()
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
    /// Serve the embedded registry
    #[command(after_help = examples::LAB)]
    Lab(LabArgs),
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
    /// Never TLS
    #[arg(long, help_heading = "Connection", conflicts_with_all = ["cacert", "cert", "insecure"])]
    pub plain_http: bool,
    /// PEM file of further root certificates (repeatable)
    #[arg(long, help_heading = "Connection", value_name = "FILE")]
    pub cacert: Vec<PathBuf>,
    /// PEM file of the client's certificate
    #[arg(long, help_heading = "Connection", value_name = "FILE", requires = "key")]
    pub cert: Option<PathBuf>,
    /// PEM file of the client's private key
    #[arg(long, help_heading = "Connection", value_name = "FILE", requires = "cert")]
    pub key: Option<PathBuf>,
    /// Take the server's certificate as it is
    #[arg(long, help_heading = "Connection")]
    pub insecure: bool,
    /// Take this address for a name, as curl does (repeatable)
    #[arg(long, help_heading = "Connection", value_name = "HOST:PORT:ADDR", value_parser = values::resolve)]
    pub resolve: Vec<Resolve>,
    /// Add a header to every request (repeatable); its value is never recorded
    #[arg(long, help_heading = "Connection", value_name = "'NAME: VALUE'", value_parser = secret)]
    pub header: Vec<SecretString>,
    /// In place of regprobe's own User-Agent
    #[arg(long, help_heading = "Connection", value_name = "TEXT", value_parser = user_agent)]
    pub user_agent: Option<String>,
    /// The user; the password comes from stdin
    #[arg(long, help_heading = "Credentials", value_name = "USER", requires = "password_stdin")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub username: Option<String>,
    /// Read the password from stdin
    #[arg(long, help_heading = "Credentials", requires = "username")]
    pub password_stdin: bool,
    /// Read a bearer token from stdin
    #[arg(long, help_heading = "Credentials", conflicts_with_all = ["username", "password_stdin"])]
    pub token_stdin: bool,
    /// Take credentials from this file alone; otherwise REGISTRY_AUTH_FILE, docker's and podman's files
    #[arg(long, help_heading = "Credentials", value_name = "FILE")]
    #[arg(conflicts_with_all = ["username", "password_stdin", "token_stdin"])]
    pub authfile: Option<PathBuf>,
    /// Use no credentials, whatever the files say
    #[arg(long, help_heading = "Credentials")]
    #[arg(conflicts_with_all = ["username", "password_stdin", "token_stdin", "authfile"])]
    pub anonymous: bool,
    /// Requests in flight to one host
    #[arg(long, help_heading = "Limits", value_name = "N", default_value = "32", value_parser = concurrency())]
    pub concurrency: u16,
    /// Requests per second to one host
    #[arg(long, help_heading = "Limits", value_name = "N", value_parser = values::rate)]
    pub rate: Option<f64>,
    /// Bounds one request: 15, 15s, 500ms, 2m
    #[arg(long, help_heading = "Limits", value_name = "TIME", default_value = "15s", value_parser = values::duration)]
    pub timeout: Duration,
    /// Bounds the run
    #[arg(long, help_heading = "Limits", value_name = "TIME", default_value = "120s", value_parser = values::duration)]
    pub deadline: Duration,
    /// Spend at most so many metered pulls (manifest GETs)
    #[arg(long, help_heading = "Limits", value_name = "N")]
    pub max_pulls: Option<u64>,
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
}

/// Where a report goes.
#[derive(Debug, Clone, Args)]
pub struct OutputArgs {
    /// On stdout: table, json, markdown, junit, sarif, har, ndjson or github
    #[arg(long, help_heading = "Output", value_name = "FMT", default_value = "table", value_parser = Format::parse)]
    pub format: Format,
    /// Also to this file (repeatable): PATH.json, .md, .xml, .sarif, .har, .ndjson, or FMT=PATH
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
    /// As `regprobe list` has it
    #[arg(value_name = "ID")]
    pub id: String,
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
        let login = match (self.username, self.token_stdin, self.authfile) {
            (Some(username), _, _) => Login::Password { username },
            (None, true, _) => Login::Token,
            (None, false, Some(file)) => Login::Authfile(file),
            (None, false, None) if self.anonymous => Login::Anonymous,
            (None, false, None) => Login::Search,
        };
        let targets = self.targets.map(|file| match file.to_str() {
            Some("-") => TargetList::Stdin,
            _ => TargetList::File(file),
        });
        if targets == Some(TargetList::Stdin) && login.reads_stdin() {
            return Err(
                "stdin cannot hold both the targets and a secret: put the targets in a file".to_owned()
            );
        }
        let headers = self.header.iter().map(|h| values::header(h.expose_secret()));
        let headers = headers.collect::<Result<_, _>>().map_err(|error| format!("--header: {error}"))?;
        Ok(ProbeSettings {
            images: self.images,
            targets,
            suite: self.asked.suite,
            probes: self.asked.probes,
            platform: self.asked.platform,
            plain_http: self.plain_http,
            tls: TlsSettings {
                cacert: self.cacert,
                client: self.cert.zip(self.key),
                insecure: self.insecure,
            },
            login,
            limits: Limits {
                concurrency: usize::from(self.concurrency),
                rate: self.rate,
                timeout: self.timeout,
                deadline: self.deadline,
                max_pulls: self.max_pulls,
            },
            headers,
            user_agent: self.user_agent,
            resolve: self.resolve,
            output: self.output.settings()?,
            fail_on: self.fail_on,
            spec: self.spec,
        })
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

fn concurrency() -> impl TypedValueParser<Value = u16> {
    clap::value_parser!(u16).range(1..=1024)
}

fn user_agent(text: &str) -> Result<String, String> {
    if !text.trim().is_empty() && text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
        Ok(text.trim().to_owned())
    } else {
        Err("a User-Agent is visible ASCII, and not empty".to_owned())
    }
}

/// Whatever clap refuses, it quotes: what may be a secret is taken as it is here, and judged later.
fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}
