//! The protocol's nouns, in the terms of the OCI distribution and image specs. No I/O.

pub mod challenge;
mod challenge_lenient;
pub mod digest;
pub mod document;
pub mod link;
pub mod media_type;
mod platform;
pub mod reference;
pub mod retry;
