//! A request as the lab's answers and quirks see it.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::accept::Accept;
use super::context::Context;
use super::route::{Route, Site};

/// A request to the lab: what was sent, and the route that it means.
#[derive(Debug, Clone)]
pub struct LabRequest {
    /// Which listener it came to.
    pub site: Site,
    /// The method.
    pub method: Method,
    /// The path, as sent.
    pub path: String,
    /// The query, as sent, without its `?`.
    pub query: String,
    /// What the path means.
    pub route: Route,
    /// The header lines.
    pub headers: HeaderMap,
    /// The body of a POST to the token endpoint; of no other request is it read.
    pub body: Bytes,
    /// The running lab: its addresses, settings and counters.
    pub lab: Arc<Context>,
}

impl LabRequest {
    /// GET or HEAD.
    pub fn is_read(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    /// HEAD. The server drops the body by itself: only a quirk about HEAD needs to ask.
    pub fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    /// The first line of a header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Every line of a header that is text, in order.
    pub fn lines(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// What the client says it accepts; of several lines, all.
    pub fn accept(&self) -> Accept<'_> {
        Accept::of(self.lines("accept"))
    }

    /// The first value of a query parameter, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.parameters(name).into_iter().next()
    }

    /// Every value of a query parameter, decoded, in order.
    pub fn parameters(&self, name: &str) -> Vec<String> {
        decode(self.query.as_bytes(), name)
    }

    /// Every value of a field of a form that was posted.
    pub fn form(&self, name: &str) -> Vec<String> {
        decode(&self.body, name)
    }
}

fn decode(text: &[u8], name: &str) -> Vec<String> {
    url::form_urlencoded::parse(text).filter(|(key, _)| key == name).map(|(_, value)| value.into()).collect()
}
