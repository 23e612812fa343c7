//! The protocol's nouns, in the terms of the OCI distribution and image specs. No I/O.

pub mod challenge;
mod challenge_lenient;
mod choose;
mod classify;
pub mod digest;
pub mod document;
mod document_parse;
pub mod error_body;
#[cfg(test)]
mod hostile_tests;
mod image_config;
pub mod json;
pub mod link;
pub mod media_type;
mod platform;
pub mod reference;
pub mod retry;
pub mod schema1;
