//! Against real loopback servers.

mod failures;
mod redirects;
mod secrets;
mod tls;
mod wire;
