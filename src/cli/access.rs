//! How a registry is reached: connection, credentials, limits. The same for every verb that asks one.

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{NonEmptyStringValueParser, TypedValueParser};
use secrecy::{ExposeSecret, SecretString};

use super::settings::{FailOn, Limits, Login, OutputSettings, ProbeSettings, Resolve, TlsSettings};
use super::{AskedArgs, values};
use crate::diagnosis::Severity;

/// How a registry is reached.
#[derive(Debug, Clone, Args)]
pub struct AccessArgs {
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
}

impl AccessArgs {
    /// In plain types, for these images.
    pub fn settings(
        self,
        images: Vec<String>,
        asked: AskedArgs,
        output: OutputSettings,
    ) -> Result<ProbeSettings, String> {
        let login = match (self.username, self.token_stdin, self.authfile) {
            (Some(username), _, _) => Login::Password { username },
            (None, true, _) => Login::Token,
            (None, false, Some(file)) => Login::Authfile(file),
            (None, false, None) if self.anonymous => Login::Anonymous,
            (None, false, None) => Login::Search,
        };
        let headers = self.header.iter().map(|h| values::header(h.expose_secret()));
        let headers = headers.collect::<Result<_, _>>().map_err(|error| format!("--header: {error}"))?;
        Ok(ProbeSettings {
            images,
            targets: None,
            suite: asked.suite,
            allow_upstream: asked.allow_upstream,
            probes: asked.probes,
            platform: asked.platform,
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
            output,
            fail_on: FailOn::At(Severity::Broken),
            spec: crate::oracle::Spec::default(),
        })
    }
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
