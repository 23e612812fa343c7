//! regprobe: a container-registry compatibility prober and diagnostic reporter.

pub mod auth;
pub mod cli;
pub mod command;
pub mod diagnosis;
pub mod evidence;
pub mod exchange;
pub mod judge;
pub mod lab;
pub mod oci;
pub mod oracle;
pub mod paths;
pub mod plan;
pub mod probes;
pub mod recording;
pub mod render;
pub mod report;
pub mod runner;
pub mod signature;
pub mod target;
pub mod transport;
