//! The transport, as `auth` wants it.

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::Transport;
use crate::auth::{RawToken, TokenTransport};
use crate::exchange::{Hop, Request};

impl TokenTransport for Transport {
    fn fetch<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, (Hop, Option<RawToken>)> {
        async move {
            let (hop, raw) = Transport::fetch(self, request).await;
            let raw = raw.map(|raw| RawToken { status: raw.status, headers: raw.headers, body: raw.body });
            (hop, raw)
        }
        .boxed()
    }
}
