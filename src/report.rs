//! The view model that every renderer starts from: facts, judged, not yet words on a page.

use crate::diagnosis::{Anomaly, Coverage, Finding, Unexplained};
use crate::exchange::{ExchangeId, Method, TransportError};
use crate::oci::digest::Digest;
use crate::oci::document::{BodyKind, ImageMetadata};
use crate::plan::{CellId, Endpoint, Subject};
use crate::recording::{NotTried, Recording};

/// A recording and all that is concluded from it.
#[derive(Debug, Clone)]
pub struct Report {
    /// The facts.
    pub recording: Recording,
    /// Each cell, judged, in the plan's order.
    pub cells: Vec<CellView>,
    /// Each metadata path's verdict, main paths first, then by id.
    pub paths: Vec<PathVerdict>,
    /// What is wrong or worth knowing, what explains most first.
    pub findings: Vec<Finding>,
    /// Every answer outside the specs, in the plan's order.
    pub anomalies: Vec<Anomaly>,
    /// Those that no finding explains, ready to send.
    pub unexplained: Vec<Unexplained>,
    /// What the run could have shown, and what not.
    pub coverage: Coverage,
    /// The path to take, if one works.
    pub recommended: Option<Recommendation>,
    /// In one word.
    pub outcome: Outcome,
}

/// A run in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A main path works, and nothing is wrong.
    Works,
    /// A path works, and something is wrong.
    Degraded,
    /// No path works.
    Broken,
    /// We could not tell.
    Inconclusive,
}

impl Outcome {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Works => "works",
            Outcome::Degraded => "degraded",
            Outcome::Broken => "broken",
            Outcome::Inconclusive => "inconclusive",
        }
    }
}

/// A cell with what it did.
#[derive(Debug, Clone, PartialEq)]
pub struct CellView {
    /// Its id.
    pub id: CellId,
    /// Its method.
    pub method: Method,
    /// Its endpoint.
    pub endpoint: Endpoint,
    /// Its subject.
    pub subject: Option<Subject>,
    /// Its Accept value's name.
    pub accept: String,
    /// Whether it differs from the plain request in another factor: those stand outside the matrix proper.
    pub varied: bool,
    /// What it did.
    pub did: Did,
    /// Volatile-free summary (design, section 8).
    pub signature: String,
}

/// What a cell did.
#[derive(Debug, Clone, PartialEq)]
pub enum Did {
    /// It was answered.
    Answer(Answer),
    /// It failed below HTTP.
    Failed {
        /// The exchange.
        exchange: ExchangeId,
        /// Why.
        error: TransportError,
    },
    /// It was not sent.
    NotTried(NotTried),
}

/// An answer, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The exchange.
    pub exchange: ExchangeId,
    /// The final status.
    pub status: u16,
    /// `Content-Type` as sent.
    pub content_type: Option<String>,
    /// `Docker-Content-Digest` as sent.
    pub docker_content_digest: Option<String>,
    /// `Content-Length` as sent, where it is a number.
    pub content_length: Option<u64>,
    /// What the body is. For HEAD, which has none: what its headers promise, or `Empty`.
    pub kind: BodyKind,
    /// The body's sha256; `None` for HEAD.
    pub body_digest: Option<Digest>,
    /// Whether the bytes are those that the digest asked for, or else the digest header, names; `None` where nothing names them or nothing was read.
    pub bytes_match: Option<bool>,
    /// The first `errors[].code`.
    pub error_code: Option<String>,
    /// The first `errors[].message`.
    pub error_message: Option<String>,
    /// Redirects followed before this answer.
    pub redirects: usize,
}

/// A metadata path's verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct PathVerdict {
    /// The path's id.
    pub id: String,
    /// The path's title.
    pub title: String,
    /// main, legacy or trap.
    pub kind: PathKind,
    /// The verdict.
    pub verdict: Verdict,
    /// Each step; those after the first broken one were not judged and are not listed.
    pub steps: Vec<StepResult>,
    /// Why, in one sentence: the first broken step's reason, or why it does not apply.
    pub why: String,
    /// What the path yields, when it works.
    pub metadata: Option<ImageMetadata>,
}

/// Who takes a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathKind {
    /// Clients in use today.
    Main,
    /// Naive or very old clients.
    Legacy,
    /// Nobody should: the three of 2018.
    Trap,
}

impl PathKind {
    /// As in `probes/paths` and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            PathKind::Main => "main",
            PathKind::Legacy => "legacy",
            PathKind::Trap => "trap",
        }
    }
}

/// How a path fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Every step answered as it must, and every byte was verified.
    Works,
    /// A step answered otherwise.
    Fails,
    /// What the tag holds is not what this path is for.
    NotApplicable,
    /// A step could not be judged: the network, a limit, our own budget.
    Inconclusive,
    /// Its first step was never sent.
    NotTried,
}

impl Verdict {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Works => "works",
            Verdict::Fails => "fails",
            Verdict::NotApplicable => "not-applicable",
            Verdict::Inconclusive => "inconclusive",
            Verdict::NotTried => "not-tried",
        }
    }
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct StepResult {
    /// The cell that made it.
    pub cell: CellId,
    /// Whether it did what the path needs.
    pub ok: bool,
    /// What came, or why not.
    pub why: String,
}

/// The path to take, ready to paste.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// The path's id.
    pub path: String,
    /// Its title.
    pub title: String,
    /// Each request of it, concrete.
    pub steps: Vec<SnippetStep>,
    /// How to get `$TOKEN`, where the registry wants one.
    pub token: Option<TokenHint>,
    /// Where the certificate was not verified, or a CA was given: what curl and Python must be told.
    pub tls: TlsHint,
}

/// One request of a recommendation.
#[derive(Debug, Clone, PartialEq)]
pub struct SnippetStep {
    /// The absolute URL.
    pub url: String,
    /// The `Accept` lines, verbatim.
    pub accept: Vec<String>,
    /// What it yields, in a few words: `the index`, `the manifest for linux/amd64`, `the config`.
    pub yields: String,
    /// The role of the digest in the URL, where the step before it told it.
    pub needs: Option<Subject>,
}

/// How a token is got, without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenHint {
    /// `curl -u "$REGISTRY_USER:$REGISTRY_PASSWORD"` (Basic).
    Basic,
    /// GET this URL (realm with service and scope); with or without Basic credentials.
    Bearer {
        /// The whole URL.
        url: String,
        /// Whether we sent credentials to get it.
        with_credentials: bool,
    },
    /// A token the user gave us on stdin.
    Given,
}

/// What a pasted command must be told about TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsHint {
    /// Nothing: the system's roots do, or there is no TLS.
    #[default]
    Default,
    /// `--cacert "$CA_FILE"`
    OwnCa,
    /// `--insecure`
    Insecure,
}
