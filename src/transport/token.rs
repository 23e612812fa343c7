//! The transport, as `auth` wants it.

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::{RawResponse, Transport};
use crate::auth::{RawToken, TokenTransport};
use crate::exchange::{Hop, Request};

impl TokenTransport for Transport {
    fn fetch<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, (Hop, Option<RawToken>)> {
        Transport::fetch(self, request, None).map(without_end).boxed()
    }

    fn fetch_for<'a>(
        &'a self,
        request: &'a Request,
        from: &'a str,
    ) -> BoxFuture<'a, (Hop, Option<RawToken>)> {
        Transport::fetch(self, request, Some(from)).map(without_end).boxed()
    }
}

fn without_end((hop, raw): (Hop, Option<RawResponse>)) -> (Hop, Option<RawToken>) {
    (hop, raw.map(|raw| RawToken { status: raw.status, headers: raw.headers, body: raw.body }))
}
