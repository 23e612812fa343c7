//! Challenge -> token, and where credentials come from.
//!
//! [`find`] looks for credentials and says which file, key or helper supplied them. An
//! [`Authenticator`] answers a registry's challenges with them. Secrets stay inside this module and
//! the raw requests it builds: what it hands out for a recording ([`Authenticator::access`],
//! [`Authenticator::take_exchanges`]) holds none.

mod authenticator;
mod docker_config;
mod fetch;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod helper;
mod keys;
pub(crate) mod realm;
mod scrub;
mod secret;
mod sources;
mod token;

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::exchange::{Header, Hop, Request};

pub use authenticator::{Authenticator, BearerChallenge, Challenged, Resource, Trial};
pub use secret::{Found, Secret};
pub use sources::{CredentialError, EnvSnapshot, SourceOptions, find};

/// What the authenticator needs of the network: one request, no redirect followed.
pub trait TokenTransport: Send + Sync {
    /// Sends a request; the hop is redacted, the second half is the raw answer if there was one.
    fn fetch<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, (Hop, Option<RawToken>)>;

    /// The same on the word of the server at `from`, which must not lead nearer to us than it is itself: then nothing
    /// is sent, and the hop says so. What resolves no names has nothing to check.
    fn fetch_for<'a>(
        &'a self,
        request: &'a Request,
        _from: &'a str,
    ) -> BoxFuture<'a, (Hop, Option<RawToken>)> {
        self.fetch(request)
    }
}

/// A token endpoint's answer, raw: it may hold a token, so it has no `Debug` and is never recorded.
pub struct RawToken {
    /// The status code.
    pub status: u16,
    /// Header lines, unredacted.
    pub headers: Vec<Header>,
    /// The body, up to the request's limit.
    pub body: Bytes,
}

impl RawToken {
    /// The first value of a header, by lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|h| h.name == name).map(|h| h.value.as_str())
    }
}
