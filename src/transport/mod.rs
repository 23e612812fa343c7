//! The only network I/O of the house.
//!
//! Ordinary requests go through reqwest (`http`); what reqwest cannot send or show goes through
//! bare hyper (`exact`). Both share one TLS configuration, resolver, proxy rule and connection
//! count. Nothing is retried, decoded or followed behind the caller's back, and everything that
//! leaves this module in a [`Hop`](crate::exchange::Hop) is already redacted.

mod admit;
mod body;
mod budget;
mod budget_headers;
mod classify;
mod client;
mod clock;
mod config;
mod connect;
mod exact;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod hop;
mod http;
mod limit;
mod marks;
mod proxy;
mod redact;
mod redirect;
mod relay;
mod relay_headers;
mod resolve;
mod sniff;
mod tls;
mod token;
mod verify;
mod wire_url;
mod words;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use client::{RawResponse, Transport};
pub use config::{TransportConfig, TransportConfigError};
pub use redact::rescrub;
pub use relay::{Relay, Settled, Streamed};

/// Any error of the libraries below, before `classify` has named it.
type BoxError = Box<dyn std::error::Error + Send + Sync>;
