//! `probes/`: what is asked, as data. Files become types here, or an error that names file, line and the nearest known word.

mod accept;
mod cell_id;
#[cfg(test)]
mod contents;
mod error;
#[cfg(test)]
mod gallery;
mod load;
mod paths;
mod source;
mod suite;

pub use accept::{AcceptValue, Axis};
pub(crate) use error::unknown;
pub use error::{ProbeError, nearest};
pub use load::{Probes, UPSTREAM};
pub use paths::{MetadataPath, Step};
pub(crate) use source::Source;
pub use suite::Suite;
