//! Where blobs are, how they are sent, and in which parts.

pub(super) mod coding;
pub(super) mod cold;
pub(super) mod moved;
pub(super) mod ranges;
pub(super) mod served;
pub(super) mod signature;
pub(super) mod signed;

use url::Url;

use crate::diagnosis::rule::Case;
use crate::exchange::{Exchange, Hop, Method, Outcome, Response};
use crate::plan::{CellId, Credentials, Endpoint, Repository, Subject};
use crate::report::Answer;

/// A cell that was answered.
type Seen<'a> = (&'a CellId, &'a Answer);

/// The first redirect that a cell met, followed or not.
#[derive(Debug, Clone)]
struct Redirect<'a> {
    seen: Seen<'a>,
    method: Method,
    status: u16,
    from: Url,
    to: Url,
}

impl Redirect<'_> {
    /// Whether it leads to another host, or to another port of the same: TLS alone makes no other host.
    fn crosses(&self) -> bool {
        let port = |url: &Url| url.port_or_known_default();
        self.from.host() != self.to.host()
            || (self.from.scheme() == self.to.scheme() && port(&self.from) != port(&self.to))
    }

    /// `https://host:port`, without what signs.
    fn place(&self) -> String {
        self.to.origin().ascii_serialization()
    }
}

fn exchange<'a>(case: &Case<'a>, seen: Seen<'a>) -> Option<&'a Exchange> {
    case.evidence.exchange(&seen.1.exchange)
}

fn response(hop: &Hop) -> Option<&Response> {
    match &hop.outcome {
        Outcome::Answered(response) => Some(response),
        Outcome::Failed(_) => None,
    }
}

/// Whether the request of a hop went out with Authorization.
fn authorized(hop: &Hop) -> bool {
    hop.request.headers.iter().any(|h| h.name == "authorization")
}

fn redirect<'a>(case: &Case<'a>, seen: Seen<'a>) -> Option<Redirect<'a>> {
    let hop = exchange(case, seen)?.hops.first()?;
    let first = response(hop).filter(|r| matches!(r.status, 301 | 302 | 303 | 307 | 308))?;
    let from = Url::parse(&hop.request.url).ok()?;
    let to = from.join(first.header("location")?.trim()).ok()?;
    Some(Redirect { seen, method: hop.request.method, status: first.status, from, to })
}

/// The redirects that requests for blobs of the image met: GET of the layer first.
fn blob_redirects<'a>(case: &Case<'a>) -> Vec<Redirect<'a>> {
    let ids = ["GET blobs/layer accept=none redirects=stop", "GET blobs/config accept=none redirects=stop"];
    let telling = ids.into_iter().filter_map(|id| case.answer(id));
    let mut found: Vec<Redirect<'a>> = telling.filter_map(|seen| redirect(case, seen)).collect();
    for seen in blobs(case) {
        if !found.iter().any(|known| known.seen.0 == seen.0) {
            found.extend(redirect(case, seen));
        }
    }
    found
}

/// The answers to requests for the config and the layer where they belong, with what credentials there are.
fn blobs<'a>(case: &Case<'a>) -> impl Iterator<Item = Seen<'a>> {
    let evidence = case.evidence;
    evidence
        .answers(|c| {
            c.endpoint == Endpoint::Blobs && matches!(c.subject, Some(Subject::Config | Subject::Layer))
        })
        .filter(|(cell, _)| {
            evidence.plan(&cell.id).is_some_and(|plan| {
                plan.vary.repository == Repository::Target && plan.vary.token == Credentials::Normal
            })
        })
        .map(|(cell, answer)| (&cell.id, answer))
}

/// GET of a blob that was redirected, followed without Authorization, and got.
fn open<'a>(case: &Case<'a>) -> Option<Seen<'a>> {
    ["GET blobs/layer accept=none redirects=anonymous", "GET blobs/config accept=none redirects=anonymous"]
        .into_iter()
        .filter_map(|id| case.answer(id))
        .find(|(_, a)| a.status == 200 && a.redirects > 0 && a.bytes_match != Some(false))
}
