//! Answers: what is to be sent, however odd.

use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

/// One answer. The fields are public because a quirk may want any of them otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// A reason phrase of its own; `None` sends the standard's.
    pub reason: Option<String>,
    /// Header lines in order. `Content-Length` is added from the body where it is not among them;
    /// one that disagrees with the body is sent as it stands here.
    pub headers: Vec<(String, String)>,
    /// The body; for HEAD the one that GET would get.
    pub body: Body,
    /// Time to wait before answering.
    pub delay: Duration,
}

/// How a body goes out, or does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// These bytes, with their length announced.
    Bytes(Bytes),
    /// These bytes, chunked: no `Content-Length`.
    Chunked(Bytes),
    /// These bytes, ended by the end of the connection: no `Content-Length`, not chunked.
    UntilClose(Bytes),
    /// `declared` bytes are announced, these are sent, then the connection is closed.
    Truncated {
        /// What is sent.
        bytes: Bytes,
        /// What is announced.
        declared: u64,
    },
    /// `declared` bytes are announced, these are sent, then nothing, for as long as the client stays.
    Stalled {
        /// What is sent.
        bytes: Bytes,
        /// What is announced.
        declared: u64,
    },
    /// These bytes over and over, chunked, for as long as the client reads.
    Endless(Bytes),
    /// No answer at all, for as long as the client stays.
    Hang,
    /// No answer at all: the connection is closed.
    Closed,
    /// No answer that the lab would frame: these bytes on the wire, each after its pause, and the
    /// connection is closed. Status and headers are not used.
    Raw(Vec<(Duration, Bytes)>),
}

#[derive(Serialize)]
struct Envelope<'a> {
    errors: [Error<'a>; 1],
}

#[derive(Serialize)]
struct Error<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Value>,
}

impl Reply {
    /// An answer without headers or body.
    pub fn new(status: u16) -> Reply {
        Reply {
            status,
            reason: None,
            headers: Vec::new(),
            body: Body::Bytes(Bytes::new()),
            delay: Duration::ZERO,
        }
    }

    /// An answer with a body of some type.
    pub fn content(status: u16, content_type: &str, body: impl Into<Bytes>) -> Reply {
        let reply = Reply { body: Body::Bytes(body.into()), ..Reply::new(status) };
        reply.with("Content-Type", content_type)
    }

    /// A JSON answer; what cannot be serialized is `null`.
    pub fn json(status: u16, value: &impl Serialize) -> Reply {
        let text = serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec());
        Reply::content(status, "application/json", text)
    }

    /// An error in the spec's envelope (distribution-spec, "Error Codes").
    pub fn error(status: u16, code: &str, message: &str, detail: Option<Value>) -> Reply {
        Reply::json(status, &Envelope { errors: [Error { code, message, detail }] })
    }

    /// A redirect.
    pub fn redirect(status: u16, location: &str) -> Reply {
        Reply::new(status).with("Location", location)
    }

    /// The same with one more header line.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// A header's first value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Gives a header one value, in its place if it is there.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        match self.headers.iter().position(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some(at) => self.headers[at].1 = value.into(),
            None => self.headers.push((name.to_owned(), value.into())),
        }
    }

    /// Takes all lines of a header away.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// The body's bytes, where it is plain bytes.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.body {
            Body::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_set_in_place_whatever_their_case() {
        let mut reply = Reply::new(200).with("ETag", "a").with("X", "1").with("x", "2");
        reply.set("etag", "b");
        reply.remove("X");
        assert_eq!(reply.headers, [("ETag".to_owned(), "b".to_owned())]);
    }

    #[test]
    fn the_envelope() {
        let text = |reply: Reply| String::from_utf8(reply.bytes().unwrap().to_vec()).unwrap();
        insta::assert_snapshot!(
            text(Reply::error(404, "MANIFEST_UNKNOWN", "no such \"tag\"", Some(Value::from("x")))),
            @r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"no such \"tag\"","detail":"x"}]}"#
        );
        insta::assert_snapshot!(
            text(Reply::error(404, "NAME_UNKNOWN", "no", None)),
            @r#"{"errors":[{"code":"NAME_UNKNOWN","message":"no"}]}"#
        );
    }
}
