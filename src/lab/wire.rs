//! From a [`Reply`] to bytes: through hyper where hyper will send it, by hand where it will not.
//!
//! hyper refuses, for good reasons, to send what breaks the rules: a length that is not the body's,
//! control characters in a header, no answer at all. Such answers are the lab's business, so they
//! are written to the socket as they are, and the connection ends with them.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::header::{CONTENT_LENGTH, HeaderName, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::Frame;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::respond::{Body, Reply};

/// A body as hyper takes it.
pub(super) type Boxed = BoxBody<Bytes, Infallible>;

/// An answer to be written by hand.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Raw {
    chunks: Vec<(Duration, Bytes)>,
    /// Whether the connection stays open, silent, until the client leaves.
    stay: bool,
}

/// Decides how a reply is sent.
pub(super) fn render(mut reply: Reply, head: bool) -> Result<Response<Boxed>, Raw> {
    announce_length(&mut reply);
    if let Some(head_of) = framable(&reply, head) {
        let body = match reply.body {
            _ if head => Empty::new().boxed(),
            Body::Bytes(bytes) => Full::new(bytes).boxed(),
            Body::Chunked(bytes) => StreamBody::new(stream::iter([frame(bytes)])).boxed(),
            Body::Endless(bytes) => {
                StreamBody::new(stream::repeat_with(move || frame(bytes.clone()))).boxed()
            }
            other => return Err(by_hand(Reply { body: other, ..reply }, head)),
        };
        let mut response = Response::new(body);
        (*response.status_mut(), *response.headers_mut()) = head_of;
        return Ok(response);
    }
    Err(by_hand(reply, head))
}

fn frame(bytes: Bytes) -> Result<Frame<Bytes>, Infallible> {
    Ok(Frame::data(bytes))
}

/// Adds `Content-Length`, except where the reply has one, or must or wants to have none.
fn announce_length(reply: &mut Reply) {
    let length = match &reply.body {
        Body::Bytes(bytes) => bytes.len() as u64,
        Body::Truncated { declared, .. } | Body::Stalled { declared, .. } => *declared,
        _ => return,
    };
    let without = reply.status < 200 || matches!(reply.status, 204 | 304);
    let present =
        [CONTENT_LENGTH, TRANSFER_ENCODING].iter().any(|name| reply.header(name.as_str()).is_some());
    if !without && !present {
        reply.set("Content-Length", length.to_string());
    }
}

/// The head for hyper, if hyper would send this reply as it is meant.
fn framable(reply: &Reply, head: bool) -> Option<(StatusCode, HeaderMap)> {
    let status = StatusCode::from_u16(reply.status).ok().filter(|s| !s.is_informational())?;
    match &reply.body {
        Body::Hang | Body::Closed | Body::Raw(_) => return None,
        Body::UntilClose(_) | Body::Truncated { .. } | Body::Stalled { .. } if !head => return None,
        Body::Bytes(bytes) if !head => {
            let announced = reply.header("content-length");
            if announced.is_some_and(|length| length != bytes.len().to_string()) {
                return None;
            }
        }
        _ => {}
    }
    if reply.reason.is_some() || reply.header("transfer-encoding").is_some() {
        return None;
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &reply.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(&latin1(value)).ok()?);
    }
    Some((status, headers))
}

fn by_hand(reply: Reply, head: bool) -> Raw {
    let mut text = format!("HTTP/1.1 {:03} ", reply.status);
    let standard = StatusCode::from_u16(reply.status).ok().and_then(|status| status.canonical_reason());
    text.push_str(reply.reason.as_deref().or(standard).unwrap_or_default());
    for (name, value) in &reply.headers {
        let _ = write!(text, "\r\n{name}: {value}");
    }
    text.push_str("\r\nConnection: close\r\n\r\n");
    let start = Bytes::from(latin1(&text));
    let (chunks, stay) = match reply.body {
        Body::Hang => (Vec::new(), true),
        Body::Closed => (Vec::new(), false),
        Body::Raw(chunks) => (chunks, false),
        _ if head => (vec![(Duration::ZERO, start)], false),
        Body::Stalled { bytes, .. } => (vec![(Duration::ZERO, start), (Duration::ZERO, bytes)], true),
        Body::Bytes(bytes)
        | Body::Chunked(bytes)
        | Body::UntilClose(bytes)
        | Body::Endless(bytes)
        | Body::Truncated { bytes, .. } => (vec![(Duration::ZERO, start), (Duration::ZERO, bytes)], false),
    };
    Raw { chunks, stay }
}

/// Header text as bytes: up to U+00FF one byte each, as recordings write down what is not UTF-8.
fn latin1(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(u32::from(c)) {
            Ok(byte) => out.push(byte),
            Err(_) => out.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out
}

impl Raw {
    /// Writes it. An error means that the client left, which is its right.
    pub(super) async fn send<T: AsyncRead + AsyncWrite + Unpin>(self, io: &mut T) -> std::io::Result<()> {
        for (pause, bytes) in self.chunks {
            tokio::time::sleep(pause).await;
            io.write_all(&bytes).await?;
            io.flush().await?;
        }
        let mut ignored = [0; 1024];
        while self.stay && io.read(&mut ignored).await? > 0 {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &Raw) -> String {
        raw.chunks.iter().map(|(_, bytes)| String::from_utf8_lossy(bytes)).collect()
    }

    #[test]
    fn what_hyper_would_refuse_or_repair_is_written_by_hand() {
        let longer = Reply::content(200, "a/b", "xyz").with("Content-Length", "9");
        insta::assert_snapshot!(text(&render(longer, false).unwrap_err()).replace('\r', ""), @r"
        HTTP/1.1 200 OK
        Content-Type: a/b
        Content-Length: 9
        Connection: close

        xyz
        ");
        let escape = Reply::new(404).with("X", "\x1b[31m\u{e9}");
        let raw = render(escape, false).unwrap_err();
        assert!(raw.chunks[0].1.windows(7).any(|w| w == b"\x1b[31m\xe9\r"), "{:?}", text(&raw));
        let named = Reply { reason: Some("Nope".into()), ..Reply::new(799) };
        assert!(text(&render(named, false).unwrap_err()).starts_with("HTTP/1.1 799 Nope\r\n"));
        let cut = Body::Truncated { bytes: "ab".into(), declared: 5 };
        let raw = render(Reply { body: cut, ..Reply::new(200) }, false).unwrap_err();
        assert!(!raw.stay && text(&raw).ends_with("Content-Length: 5\r\nConnection: close\r\n\r\nab"));
        for body in [Body::Hang, Body::Closed, Body::Raw(vec![])] {
            let stay = body == Body::Hang;
            let wanted = Raw { chunks: vec![], stay };
            assert_eq!(render(Reply { body, ..Reply::new(200) }, true).unwrap_err(), wanted);
        }
    }

    #[test]
    fn the_length_of_a_head_answer_is_that_of_get() {
        let length = |reply: Reply| {
            let response = render(reply, true).unwrap();
            response.headers().get("content-length").map(|v| v.to_str().unwrap().to_owned())
        };
        assert_eq!(length(Reply::content(200, "a/b", "xyz")).as_deref(), Some("3"));
        assert_eq!(length(Reply { body: Body::Chunked("xyz".into()), ..Reply::new(200) }), None);
        assert_eq!(
            length(Reply::content(200, "a/b", "xyz").with("Content-Length", "7")).as_deref(),
            Some("7")
        );
        assert_eq!(length(Reply::new(304)), None);
    }
}
