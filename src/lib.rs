//! regprobe: a container-registry compatibility prober and diagnostic reporter.

pub mod cli;
pub mod command;
pub mod diagnosis;
pub mod exchange;
pub mod oci;
pub mod plan;
pub mod probes;
pub mod recording;
pub mod report;
pub mod target;
