//! Arguments of `record`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::values;

/// `regprobe record`
#[derive(Debug, Clone, Args)]
pub struct RecordArgs {
    /// The registry to pass requests on to: scheme, host and port
    #[arg(long, value_name = "URL", value_parser = NonEmptyStringValueParser::new())]
    pub upstream: String,
    /// Where to listen, on loopback; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0", value_parser = values::listen)]
    pub listen: SocketAddr,
    /// The recording, a JSON report, or an array of one for each image asked for; an earlier one of that name is replaced
    /// at the first request
    #[arg(short, long, value_name = "PATH", default_value = "recording.json")]
    pub output: PathBuf,
    /// Trust the certificates in this PEM file too (repeatable)
    #[arg(long, value_name = "FILE")]
    pub cacert: Vec<PathBuf>,
    /// Do not verify the registry's certificate; the recording says so
    #[arg(long)]
    pub insecure: bool,
    /// A directory whose files replace or extend the embedded probes
    #[arg(long, value_name = "DIR")]
    pub probes: Option<PathBuf>,
}
