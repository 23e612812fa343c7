//! regprobe asks a container registry for one image in every way that clients do, records what comes back, and
//! tells which metadata path works, which does not, why, and what to send instead. The binary of the same name is
//! a thin skin over this library. What stands here is the tour of the house.
//!
//! # The flow
//!
//! ```text
//! image reference -> target::Target        probes/*.toml -> probes::Probes
//!                           \                 /
//!                           plan::expand::expand          the cells of a run; pure
//!                                    |
//!                               runner::run               ping, challenge, token, then each cell as soon
//!                      with transport::Transport          as the digest it asks for is known
//!                       and auth::Authenticator
//!                                    |
//!                          recording::Recording           the facts, redacted when they were captured
//!                                    |        <---------- or an old report: render::json::read
//!                           evidence::Evidence            the same facts, indexed
//!                              /           \
//!              paths::judge_all             diagnosis::diagnose        opinions; pure
//!                              \           /
//!                              report::Report             facts and opinions
//!                                    |
//!                     render::table, render::json, ...    words
//! ```
//!
//! [`judge::judge`] is everything below the recording in one call. It needs no network, so a report of two years
//! ago is judged by the rules of today.
//!
//! # What lives where
//!
//! | module | what it is |
//! | --- | --- |
//! | [`oci`] | the protocol's nouns: references, digests, media types, challenges, error bodies, manifests |
//! | [`target`] | an image reference, and where it leads |
//! | [`probes`] | what is asked, read from `probes/`: the Accept axis, suites, metadata paths |
//! | [`plan`] | a cell is one request of the matrix, in terms of roles; its id is text: `GET manifests/tag accept=all` |
//! | [`exchange`] | a request as it went out and what came back, hop by hop, or a typed error |
//! | [`transport`] | the only network I/O there is |
//! | [`auth`] | where credentials come from, and how a challenge becomes a token |
//! | [`runner`] | plan and transport become a recording; what is learned on the way releases the cells that wait for it |
//! | [`recording`] | everything that one run saw |
//! | [`evidence`] | a recording, indexed, so that rules are short |
//! | [`paths`] | whether a metadata path works: its bytes verified, its config parsed |
//! | [`diagnosis`] | findings, and the rules that make them, one file each |
//! | [`judge`] | recording to report, and the exit code of a report |
//! | [`report`] | what every renderer starts from |
//! | [`render`] | the table, the JSON report, Markdown, JUnit, SARIF, HAR, NDJSON, annotations, curl lines and Python; escaping of what a registry sent |
//! | [`lab`] | a registry inside the program, with quirks of real ones to be switched on by name |
//!
//! # A reference
//!
//! Docker's short forms are understood; what was understood is said in the target's notes.
//!
//! ```
//! use regprobe::target::{Scheme, Target};
//!
//! let target = Target::parse("ubuntu:24.04", None)?;
//! assert_eq!(target.display_reference(), "docker.io/library/ubuntu:24.04");
//! assert_eq!(target.base_url(Scheme::Https), "https://registry-1.docker.io");
//!
//! // On loopback TLS is tried first, and then plain HTTP; anywhere else only TLS.
//! let local = Target::parse("localhost:5000/app:1", None)?;
//! assert_eq!(local.candidates(), [Scheme::Https, Scheme::Http]);
//!
//! // A mistake is told with its place and, where there is one, the remedy.
//! let error = Target::parse("gcr.io/Deepvariant:0.5.0", None).unwrap_err();
//! assert!(error.to_string().contains("deepvariant"));
//! # Ok::<(), regprobe::oci::reference::ReferenceError>(())
//! ```
//!
//! # A plan
//!
//! [`Probes::embedded`](probes::Probes::embedded) is what the binary carries; [`Probes::load`](probes::Probes::load)
//! puts the files of a directory over it. Planning sends nothing.
//!
//! ```
//! use regprobe::plan::expand::{expand, is_metered};
//! use regprobe::probes::Probes;
//! use regprobe::target::Target;
//!
//! let probes = Probes::embedded()?;
//! let target = Target::parse("gcr.io/deepvariant-docker/deepvariant:0.5.0", None)?;
//! let cells = expand(&probes.suite("quick")?.cells, &target);
//!
//! let ids: Vec<String> = cells.iter().map(|cell| cell.id().to_string()).collect();
//! assert!(ids.iter().any(|id| id == "GET manifests/tag accept=docker-config"));
//! assert!(ids.iter().any(|id| id == "GET blobs/config accept=none"));
//!
//! // What a registry that meters pulls would count, at most.
//! let pulls = cells.iter().filter(|cell| is_metered(cell)).count();
//! assert!(0 < pulls && pulls < cells.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A run
//!
//! Here against the lab, which answers as gcr.io did in 2018: a manifest comes only to who names its exact media
//! type. [`runner::run`] returns no `Result`: what fails on the way is part of the recording.
//!
//! ```
//! use std::sync::Arc;
//!
//! use regprobe::auth::{Authenticator, Found};
//! use regprobe::judge::judge;
//! use regprobe::lab::{Lab, LabOptions};
//! use regprobe::plan::expand::expand;
//! use regprobe::probes::Probes;
//! use regprobe::render::json;
//! use regprobe::report::{Outcome, Verdict};
//! use regprobe::runner::{Job, RunSettings, run};
//! use regprobe::target::Target;
//! use regprobe::transport::{Transport, TransportConfig};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let lab = Lab::start(LabOptions { quirks: vec!["gcr-2018".into()], ..LabOptions::default() }).await?;
//! let image = format!("http://{}/deepvariant-docker/deepvariant:0.5.0", lab.address());
//! let target = Target::parse(&image, None)?;
//!
//! let probes = Probes::embedded()?;
//! let suite = probes.suite("quick")?;
//! let cells = expand(&suite.cells, &target);
//! let settings = RunSettings::default();
//! let transport = Transport::new(TransportConfig::default())?;
//! let job = Job {
//!     target: &target,
//!     suite: &suite.id,
//!     cells: &cells,
//!     path_steps: &[],
//!     axis: &probes.accepts,
//!     settings: &settings,
//! };
//! let anonymous = |base_url: &str| {
//!     Arc::new(Authenticator::new(Found::anonymous(), base_url.into(), settings.user_agent.clone()))
//! };
//! // The future would end the run early; the closure is told how far it is.
//! let recording = run(&job, &transport, anonymous, std::future::pending(), |_| {}).await;
//! lab.stop().await;
//!
//! let report = judge(recording, &probes);
//! assert_eq!(report.outcome, Outcome::Works);
//! assert_eq!(report.recommended.as_ref().map(|way| way.path.as_str()), Some("docker-manifest"));
//! assert!(report.findings.iter().any(|finding| finding.id == "config-is-a-blob"));
//! let trap = report.paths.iter().find(|path| path.id == "config-type-at-manifests");
//! assert_eq!(trap.map(|path| path.verdict), Some(Verdict::Fails));
//!
//! // The JSON report is the recording with what is thought of it: read back, it can be judged again.
//! let text = json::render(&report);
//! let again = judge(json::read(text.as_bytes())?, &probes);
//! assert_eq!(json::render(&again), text);
//! # Ok(())
//! # }
//! ```
//!
//! # An old report
//!
//! Conclusions are not read from a report but drawn anew. What is no report is told apart from one that is damaged,
//! and from one of another version.
//!
//! ```
//! use regprobe::render::json;
//!
//! let error = json::read(br#"{"schemaVersion": 2, "layers": []}"#).unwrap_err();
//! assert_eq!(error.to_string(), "this is JSON, but no regprobe report: it has no schema_version");
//! ```
//!
//! # What holds everywhere
//!
//! - A failed exchange is an observation, never an `Err`. So is an answer that was not understood: an unknown error
//!   code, media type or digest algorithm is kept as text.
//! - Facts ([`exchange`], [`recording`]) know no opinions, opinions ([`paths`], [`diagnosis`]) know no words.
//! - Planning, judging and rendering are synchronous and do no I/O. The same recording gives the same bytes.
//! - Nothing is hidden inside a step: every redirect is a hop of its exchange, and every token request and every
//!   request that was repeated after a 429 is an exchange of its own. Bodies are hashed as they came.
//! - "Could not tell" is a verdict everywhere, with the reason; it is never rounded to yes or no.
//! - What a registry sends is hostile: bodies, headers, redirects and time are bounded, and text is escaped by one
//!   function per output format.
//! - Secrets are redacted when an exchange is captured, so that nothing later can leak what it never had.
//!
//! And what there is not: no push, mount or delete; no retry and no decompression behind the caller's back; no
//! credentials sent to a host that they do not belong to; no cache, no state between runs, no `unsafe`; no
//! expression language inside the strings of `probes/`.
//!
//! `tests/it/architecture.rs` reads the `use` lines and holds the house to its layers.

pub mod auth;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod command;
pub mod compare;
pub mod diagnosis;
pub mod evidence;
pub mod exchange;
pub mod judge;
pub mod lab;
pub mod oci;
#[doc(hidden)]
pub mod oracle;
pub mod paths;
pub mod plan;
pub mod probes;
pub(crate) mod reach;
#[doc(hidden)]
pub mod record;
pub(crate) mod recorded;
pub mod recording;
pub(crate) mod redaction;
pub mod render;
pub mod report;
pub mod runner;
#[doc(hidden)]
pub mod signature;
pub mod target;
pub mod transport;

/// The Rust in the README runs, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
