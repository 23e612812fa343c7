//! What is recorded of header lines.

use http::HeaderMap;

use super::super::words::{Keys, REDACTED, hide_user_info, latin1};
use super::Scrubber;
use crate::exchange::Header;

impl Scrubber {
    /// Request headers as recorded.
    pub(in crate::transport) fn request_headers(&self, headers: &HeaderMap) -> Vec<Header> {
        lines(headers, |name, raw| self.request_header(name, raw))
    }

    /// The value of a request's header, by lower-case name.
    pub(super) fn request_header(&self, name: &str, raw: &str) -> String {
        match name {
            "authorization" | "proxy-authorization" => match raw.split_once(' ') {
                Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') => {
                    format!("{scheme} {REDACTED}")
                }
                _ => REDACTED.to_owned(),
            },
            "cookie" => REDACTED.to_owned(),
            name if self.is_redacted_header(name) => REDACTED.to_owned(),
            _ => self.message(raw),
        }
    }

    /// Response headers as recorded.
    pub(in crate::transport) fn response_headers(&self, headers: &HeaderMap) -> Vec<Header> {
        lines(headers, |name, raw| self.response_header(name, raw))
    }

    /// The value of a response's header, by lower-case name.
    pub(super) fn response_header(&self, name: &str, raw: &str) -> String {
        let value = match name {
            "set-cookie" => cookie(raw),
            "authentication-info" | "proxy-authentication-info" => REDACTED.to_owned(),
            "location" => self.url(raw, Keys::All),
            // Challenges are evidence: only what must go, goes.
            "www-authenticate" | "proxy-authenticate" => self.text(&hide_user_info(raw)).into_owned(),
            _ => self.message(raw),
        };
        // What a cookie's attributes hold, too.
        self.text(&value).into_owned()
    }
}

fn lines(headers: &HeaderMap, shown: impl Fn(&str, &str) -> String) -> Vec<Header> {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let name = name.as_str().to_owned();
        let value = shown(&name, &latin1(value.as_bytes()));
        Header { name, value }
    };
    headers.iter().map(line).collect()
}

fn cookie(raw: &str) -> String {
    let (pair, attributes) = raw.split_once(';').map_or((raw, None), |(pair, rest)| (pair, Some(rest)));
    let name = pair.split_once('=').map_or("", |(name, _)| name.trim());
    let attributes = attributes.map(|rest| format!(";{rest}")).unwrap_or_default();
    format!("{name}={REDACTED}{attributes}")
}
