//! Answers that are no HTTP, or HTTP that contradicts itself.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use crate::case::{ANY, Case, FAILS, UNKNOWN, WORKS, case};
use crate::image::{DOCKER, Image};
use crate::server::{Act, Asked, Reply, bytes, endless, raw};

/// The same bytes for every request.
fn fixed(name: &'static str, exit: &'static [i32], answer: &'static [u8]) -> Case {
    case(name, exit, move |_| bytes(answer))
}

/// A start, and then one chunk for ever.
fn forever(name: &'static str, start: &'static [u8], chunk: &'static [u8]) -> Case {
    case(name, FAILS, move |_| {
        raw(move |out| {
            out.write_all(start)?;
            // Small pieces, many at once: what is bounded is bytes, not system calls.
            endless(out, &chunk.repeat(16_384 / chunk.len() + 1))
        })
    })
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = lengths();
    all.extend(chunks());
    all.extend(heads());
    all.extend(endings());
    all
}

fn lengths() -> Vec<Case> {
    vec![
        fixed("framing/length-too-long", FAILS, b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"a\":1}"),
        fixed(
            "framing/length-too-short",
            FAILS,
            b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{\"a\":1, \"b\":2}",
        ),
        fixed(
            "framing/two-lengths",
            FAILS,
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 7\r\n\r\n{\"a\":1}",
        ),
        fixed("framing/length-negative", FAILS, b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}"),
        fixed("framing/length-with-plus", FAILS, b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\n{}"),
        fixed(
            "framing/length-enormous",
            FAILS,
            b"HTTP/1.1 200 OK\r\ncontent-length: 9223372036854775807\r\n\r\n{}",
        ),
        fixed(
            "framing/length-overflow",
            FAILS,
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\n{}",
        ),
        fixed(
            "framing/length-and-chunked",
            FAILS,
            b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        ),
        fixed(
            "framing/no-content-with-body",
            FAILS,
            b"HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\nhello",
        ),
        fixed(
            "framing/not-modified-always",
            FAILS,
            b"HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\nhello",
        ),
        fixed(
            "framing/partial-unasked",
            FAILS,
            b"HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 9-1/2\r\ncontent-length: 2\r\n\r\n{}",
        ),
    ]
}

fn chunks() -> Vec<Case> {
    const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    vec![
        fixed(
            "framing/chunk-size-garbage",
            FAILS,
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        ),
        fixed(
            "framing/chunk-size-overflow",
            FAILS,
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
        ),
        fixed(
            "framing/chunk-cut-off",
            FAILS,
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{}",
        ),
        fixed(
            "framing/unknown-coding",
            FAILS,
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, rot13\r\n\r\n{}",
        ),
        forever("framing/chunk-size-endless", CHUNKED, b"0"),
        forever(
            "framing/chunk-extension-endless",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;a=",
            b"b",
        ),
        forever("framing/chunks-of-one-byte-endless", CHUNKED, b"1\r\nx\r\n"),
        forever(
            "framing/trailers-endless",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
            b"x-trailer: a\r\n",
        ),
    ]
}

fn heads() -> Vec<Case> {
    vec![
        forever("framing/early-hints-endless", b"", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
        forever("framing/continue-endless", b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        forever("framing/status-line-endless", b"HTTP/1.1 200 ", b"OK "),
        forever("framing/header-endless", b"HTTP/1.1 200 OK\r\nx-a: ", b"a"),
        forever("framing/header-lines-endless", b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"),
        forever("framing/blank-lines-endless", b"", b"\r\n"),
        fixed(
            "framing/switching-protocols",
            FAILS,
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        ),
        fixed("framing/status-0", FAILS, b"HTTP/1.1 0 Zero\r\ncontent-length: 0\r\n\r\n"),
        fixed("framing/status-99", FAILS, b"HTTP/1.1 99 Low\r\ncontent-length: 0\r\n\r\n"),
        fixed("framing/status-999", FAILS, b"HTTP/1.1 999 High\r\ncontent-length: 2\r\n\r\n{}"),
        fixed("framing/status-1000", FAILS, b"HTTP/1.1 1000 Higher\r\ncontent-length: 0\r\n\r\n"),
        fixed("framing/status-word", FAILS, b"HTTP/1.1 OK\r\ncontent-length: 0\r\n\r\n"),
        fixed("framing/version-9", FAILS, b"HTTP/9.9 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
        fixed("framing/version-0.9", FAILS, b"<html>hello</html>"),
        fixed("framing/version-1.0-no-length", FAILS, b"HTTP/1.0 200 OK\r\n\r\n{}"),
        fixed(
            "framing/header-without-colon",
            FAILS,
            b"HTTP/1.1 200 OK\r\nnonsense\r\ncontent-length: 2\r\n\r\n{}",
        ),
        fixed(
            "framing/header-without-name",
            FAILS,
            b"HTTP/1.1 200 OK\r\n: value\r\ncontent-length: 2\r\n\r\n{}",
        ),
        fixed(
            "framing/header-with-nul",
            FAILS,
            b"HTTP/1.1 200 OK\r\nx-a: a\0b\r\ncontent-length: 2\r\n\r\n{}",
        ),
        fixed(
            "framing/header-folded",
            FAILS,
            b"HTTP/1.1 200 OK\r\nx-a: a\r\n ::add-mask::canary\r\ncontent-length: 2\r\n\r\n{}",
        ),
        fixed("framing/bare-line-feeds", FAILS, b"HTTP/1.1 200 OK\ncontent-length: 2\n\n{}"),
        fixed("framing/http2-settings", FAILS, b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"),
        fixed("framing/tls-alert", UNKNOWN, b"\x15\x03\x01\x00\x02\x02\x46"),
        fixed("framing/ssh-banner", FAILS, b"SSH-2.0-OpenSSH_9.9\r\n"),
        fixed("framing/zeros", FAILS, &[0; 4096]),
    ]
}

fn endings() -> Vec<Case> {
    vec![
        case("framing/closes-at-once", UNKNOWN, |_| bytes("")),
        case("framing/closes-in-the-head", UNKNOWN, |_| bytes("HTTP/1.1 200 OK\r\ncontent-le")),
        case("framing/half-closes", UNKNOWN, |_| raw(|out| out.shutdown(Shutdown::Write))),
        case("framing/closes-every-other", ANY, |asked| {
            if asked.count % 2 == 0 { bytes("HTTP/1.1 200 OK\r\n") } else { Image::plain().act(asked) }
        }),
        case("framing/head-with-body", ANY, |asked| spoiled(asked, &[])),
        case("framing/garbage-after-answer", ANY, |asked| {
            spoiled(asked, b"\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")
        }),
        case("framing/answer-before-request", ANY, |asked| {
            spoiled(asked, b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
        }),
        case("framing/slow-head", FAILS, |_| {
            raw(|out| drip(out, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".repeat(40).as_slice(), 150))
        }),
        case("framing/slow-body", FAILS, |asked| {
            if asked.is_ping() {
                return Reply::json("{}").act();
            }
            raw(|out| {
                out.write_all(
                    format!("HTTP/1.1 200 OK\r\ncontent-type: {DOCKER}\r\ncontent-length: 900\r\n\r\n")
                        .as_bytes(),
                )?;
                drip(out, &[b'{'; 900], 100)
            })
        }),
        case("framing/connection-close-always", WORKS, |asked| {
            Image::plain().with("connection", "close").act(asked)
        }),
    ]
}

/// An honest answer whose body comes for HEAD too, and more bytes behind it, on a connection that stays.
fn spoiled(asked: &Asked, more: &'static [u8]) -> Act {
    let as_get = Asked {
        method: "GET".to_owned(),
        path: asked.path.clone(),
        head: String::new(),
        here: asked.here.clone(),
        count: 0,
    };
    let reply = Image::plain().reply(&as_get);
    raw(move |out| {
        reply.write(&as_get, out)?;
        out.write_all(more)?;
        crate::server::silence(out)
    })
}

fn drip(out: &mut TcpStream, text: &[u8], pause_ms: u64) -> std::io::Result<()> {
    text.iter().try_for_each(|byte| {
        std::thread::sleep(Duration::from_millis(pause_ms));
        out.write_all(&[*byte])
    })
}
