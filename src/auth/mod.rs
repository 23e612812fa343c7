//! Challenge -> token, and where credentials come from.
//!
//! [`find`] looks for credentials and says which file, key or helper supplied them.

mod docker_config;
mod helper;
mod keys;
mod secret;
mod sources;

pub use secret::{Found, Secret};
pub use sources::{CredentialError, EnvSnapshot, SourceOptions, find};
