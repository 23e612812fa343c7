//! Requests as a person can paste them.

pub mod curl;
pub mod python;
