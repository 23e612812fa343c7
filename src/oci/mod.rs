//! The protocol's nouns, in the terms of the OCI distribution and image specs. No I/O.

pub mod challenge;
pub mod digest;
pub mod document;
pub mod media_type;
