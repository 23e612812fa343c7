//! What the command line asks for, in plain types: nothing beyond this knows how it was written.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::format::{Format, OutputFile};
use crate::diagnosis::Severity;
use crate::oci::document::Platform;

/// A probe run.
#[derive(Debug, Clone)]
pub struct ProbeSettings {
    /// Image references, as written.
    pub images: Vec<String>,
    /// Where more of them are read from.
    pub targets: Option<TargetList>,
    /// The suite's id; whether it exists is known once the probes are loaded.
    pub suite: String,
    /// Whether requests are sent that may make the registry ask another one for the name.
    pub allow_upstream: bool,
    /// A directory over the embedded probes.
    pub probes: Option<PathBuf>,
    /// The platform wanted of an index, where one was named.
    pub platform: Option<Platform>,
    /// Plain HTTP, whatever the host.
    pub plain_http: bool,
    /// TLS.
    pub tls: TlsSettings,
    /// How we identify ourselves.
    pub login: Login,
    /// What bounds the run.
    pub limits: Limits,
    /// Headers added to every request.
    pub headers: Vec<UserHeader>,
    /// In place of our own User-Agent.
    pub user_agent: Option<String>,
    /// Names whose addresses are given.
    pub resolve: Vec<Resolve>,
    /// Where the report goes.
    pub output: OutputSettings,
    /// From which findings on the run fails.
    pub fail_on: FailOn,
    /// The OCI distribution spec that answers are held to.
    pub spec: crate::oracle::Spec,
}

/// Where a list of image references is read from, one a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetList {
    /// A file.
    File(PathBuf),
    /// Stdin.
    Stdin,
}

/// What TLS is told; the files are not read yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsSettings {
    /// PEM files of further roots.
    pub cacert: Vec<PathBuf>,
    /// PEM files of the client's certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
    /// Whether the server's certificate is taken as it is.
    pub insecure: bool,
}

/// Where credentials come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// The usual files and helpers, and the environment.
    Search,
    /// None, whatever the files say.
    Anonymous,
    /// This user, with the password on stdin.
    Password {
        /// The user.
        username: String,
    },
    /// A bearer token on stdin.
    Token,
    /// This file alone.
    Authfile(PathBuf),
}

impl Login {
    /// Whether stdin holds a secret.
    pub fn reads_stdin(&self) -> bool {
        matches!(self, Login::Password { .. } | Login::Token)
    }
}

/// What bounds a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Requests in flight to one host.
    pub concurrency: usize,
    /// Requests per second to one host.
    pub rate: Option<f64>,
    /// One request.
    pub timeout: Duration,
    /// The run.
    pub deadline: Duration,
    /// Metered pulls; `None` leaves it to what is known of the registry.
    pub max_pulls: Option<u64>,
}

/// A header the user gave; its value may well be a secret.
#[derive(Debug, Clone)]
pub struct UserHeader {
    /// Lower case.
    pub name: String,
    /// Its value.
    pub value: SecretString,
}

/// A name whose addresses were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolve {
    /// Lower case.
    pub host: String,
    /// The port.
    pub port: u16,
    /// At least one.
    pub addresses: Vec<IpAddr>,
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OutputSettings {
    /// To stdout.
    pub format: Format,
    /// To files.
    pub files: Vec<OutputFile>,
}

/// From which findings on a run fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// At this severity or above.
    At(Severity),
    /// Whatever is found; a run with no working path fails nonetheless.
    Never,
}

impl FailOn {
    /// Whether a finding of this severity fails the run.
    pub fn fails(self, severity: Severity) -> bool {
        matches!(self, FailOn::At(threshold) if severity >= threshold)
    }
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorWhen {
    /// The decision for one stream. `no_color` is whether `NO_COLOR` is set and not empty; a flag outranks it.
    pub fn decide(self, terminal: bool, no_color: bool) -> bool {
        match self {
            ColorWhen::Auto => terminal && !no_color,
            ColorWhen::Always => true,
            ColorWhen::Never => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_and_colour() {
        assert!(FailOn::At(Severity::Warning).fails(Severity::Broken));
        assert!(!FailOn::At(Severity::Broken).fails(Severity::Warning));
        assert!(!FailOn::Never.fails(Severity::Broken));
        assert!(ColorWhen::Auto.decide(true, false) && !ColorWhen::Auto.decide(true, true));
        assert!(!ColorWhen::Auto.decide(false, false) && ColorWhen::Always.decide(false, true));
    }
}
