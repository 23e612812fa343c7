//! Servers that answer nothing, or hardly anything: the deadline ends each of these runs.

use std::io::Write;
use std::time::Duration;

use crate::case::{ANY, Case, UNKNOWN, case};
use crate::image::{DOCKER, Image};
use crate::server::{Reply, raw, silence};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("quiet/never-answers", UNKNOWN, |_| raw(silence)),
        case("quiet/one-byte-a-second", UNKNOWN, |_| {
            raw(|out| {
                b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".iter().try_for_each(|byte| {
                    std::thread::sleep(Duration::from_secs(1));
                    out.write_all(&[*byte])
                })
            })
        }),
        case("quiet/head-then-silence", ANY, |_| {
            raw(|out| {
                out.write_all(
                    format!("HTTP/1.1 200 OK\r\ncontent-type: {DOCKER}\r\ncontent-length: 500\r\n\r\n")
                        .as_bytes(),
                )?;
                silence(out)
            })
        }),
        case("quiet/ping-then-silence", UNKNOWN, |asked| {
            if asked.is_ping() { Reply::json("{}").act() } else { raw(silence) }
        }),
        case("quiet/silence-after-thirty", ANY, |asked| {
            if asked.count < 30 { Image::plain().act(asked) } else { raw(silence) }
        }),
        case("quiet/half-a-body", ANY, |asked| {
            if !asked.path.contains("/blobs/") {
                return Image::plain().act(asked);
            }
            raw(|out| {
                out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"architecture\"")?;
                silence(out)
            })
        }),
    ]
}
