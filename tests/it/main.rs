//! regprobe from the outside: the binary as a person runs it, and the library as a program uses it.

// Helpers of tests stand outside #[test] functions; a panic is how a test fails.
#![allow(clippy::unwrap_used)]

mod action;
mod architecture;
mod bounds;
mod check;
mod cli;
mod compare;
mod compatibility;
mod delivery;
mod failures;
#[cfg(target_os = "linux")]
mod files;
mod formats;
mod grants;
mod harmless;
mod integrity;
#[cfg(target_os = "linux")]
mod kill;
mod leaks;
mod logs;
mod manners;
mod net;
mod record;
mod record_several;
mod recordings;
mod reports;
mod run;
mod schema;
mod secrets;
mod spellings;
#[cfg(target_os = "linux")]
mod stopped;
mod support;
mod threads;
mod tls;
