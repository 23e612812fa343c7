//! Image references, as people type and paste them.
//!
//! The front end here (schemes, hosts, IPv6, Docker Hub's names, pasted URLs) and every error with a
//! position are our own. `oci_spec::distribution::Reference` is trusted for one thing: the grammar of
//! a lower-case repository and a tag, about which it has the last word. It is not asked about
//! IPv6 literals (it refuses them), an upper-case first component (it takes it for a repository), ports (no
//! upper bound), Docker Hub's aliases (it knows two), digests (it refuses unknown algorithms, which the image spec
//! allows) or the place of a fault (it tells none).

mod error;
mod front;
#[cfg(test)]
mod gallery;
#[cfg(test)]
mod gallery_bad;
mod host;
mod hub;
mod name;
mod parse;
mod pasted;
mod piece;
#[cfg(test)]
mod tests;

pub use error::ReferenceError;
pub use hub::{HUB, HUB_API_HOST};
pub use parse::{Reference, parse};
