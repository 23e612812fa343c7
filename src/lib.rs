//! regprobe: a container-registry compatibility prober and diagnostic reporter.

pub mod diagnosis;
pub mod exchange;
pub mod oci;
pub mod plan;
pub mod recording;
pub mod report;
pub mod target;
pub mod transport;
