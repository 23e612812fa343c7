//! Serving a blob: whole, or by range (RFC 9110, section 14).

use bytes::Bytes;

use super::request::LabRequest;
use super::respond::Reply;
use crate::oci::digest::Digest;

/// Ranges answered in one answer; RFC 9110 (14.2) lets a server ignore a header that asks for many.
const MAX_RANGES: usize = 64;

/// What a `Range` header comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ranges {
    /// There is none, or one that is to be ignored.
    Whole,
    /// First and last byte of each part.
    Parts(Vec<(u64, u64)>),
    /// None of the ranges lies in the blob.
    Unsatisfiable,
}

/// The answer to GET or HEAD of these bytes.
pub fn serve(request: &LabRequest, bytes: &Bytes, digest: &Digest, media_type: &str) -> Reply {
    let size = bytes.len() as u64;
    let etag = format!("\"{digest}\"");
    // Range is defined for GET alone, and If-Range holds it back unless the entity is the same.
    let same = request.header("if-range").is_none_or(|tag| tag == etag);
    let range = request.header("range").filter(|_| !request.is_head() && same);
    let reply = match range.map_or(Ranges::Whole, |header| parse(header, size)) {
        Ranges::Whole => Reply::content(200, media_type, bytes.clone()),
        Ranges::Unsatisfiable => {
            return Reply::error(416, "UNSUPPORTED", "no part of the range lies in the blob", None)
                .with("Content-Range", format!("bytes */{size}"));
        }
        Ranges::Parts(parts) => match parts[..] {
            [(first, last)] => Reply::content(206, media_type, slice(bytes, first, last))
                .with("Content-Range", format!("bytes {first}-{last}/{size}")),
            _ => multipart(bytes, digest, media_type, &parts),
        },
    };
    reply.with("Docker-Content-Digest", digest.as_str()).with("ETag", etag).with("Accept-Ranges", "bytes")
}

fn multipart(bytes: &Bytes, digest: &Digest, media_type: &str, parts: &[(u64, u64)]) -> Reply {
    // Deterministic, and in no blob of the lab: a blob cannot hold its own digest.
    let boundary = digest.encoded().get(..32).unwrap_or("lab");
    let mut body = Vec::new();
    for (first, last) in parts {
        let size = bytes.len();
        let head = format!(
            "--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: bytes {first}-{last}/{size}\r\n\r\n"
        );
        body.extend(head.as_bytes());
        body.extend(&slice(bytes, *first, *last));
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").as_bytes());
    Reply::content(206, &format!("multipart/byteranges; boundary={boundary}"), body)
}

/// `first..=last`, both inside by the work of [`parse`].
fn slice(bytes: &Bytes, first: u64, last: u64) -> Bytes {
    let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(at(first)..at(last.saturating_add(1)))
}

/// Another unit than bytes, or a header against the grammar, is ignored, as 14.2 has it.
fn parse(header: &str, size: u64) -> Ranges {
    let Some(list) = header.split_once('=').filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes"))
    else {
        return Ranges::Whole;
    };
    let mut parts = Vec::new();
    let mut seen = 0;
    for spec in list.1.split(',').map(str::trim).filter(|spec| !spec.is_empty()) {
        seen += 1;
        let Some(range) = one(spec, size) else { return Ranges::Whole };
        parts.extend(range);
    }
    match (seen, parts.len()) {
        (0, _) => Ranges::Whole,
        (_, 0) => Ranges::Unsatisfiable,
        (_, n) if n > MAX_RANGES => Ranges::Whole,
        _ => Ranges::Parts(parts),
    }
}

/// `None`: not of the grammar. `Some(None)`: of the grammar, and outside the blob.
fn one(spec: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = spec.split_once('-')?;
    let digits = |text: &str| text.is_empty() || text.bytes().all(|b| b.is_ascii_digit());
    if !digits(first) || !digits(last) || (first.is_empty() && last.is_empty()) {
        return None;
    }
    // A number beyond u64 is beyond every blob too.
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    if first.is_empty() {
        let length = number(last).min(size);
        return Some((length > 0).then(|| (size - length, size - 1)));
    }
    let (first, last) = (number(first), if last.is_empty() { u64::MAX } else { number(last) });
    if last < first {
        return None;
    }
    Some((first < size).then(|| (first, last.min(size - 1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_rfc_9110_has_them() {
        let parts = |list: &[(u64, u64)]| Ranges::Parts(list.to_vec());
        let cases = [
            ("bytes=0-0", parts(&[(0, 0)])),
            ("bytes=2-", parts(&[(2, 9)])),
            ("bytes=-3", parts(&[(7, 9)])),
            ("bytes=-99", parts(&[(0, 9)])),
            ("bytes=5-99999999999999999999999", parts(&[(5, 9)])),
            ("Bytes = 0-1, 4-5", parts(&[(0, 1), (4, 5)])),
            ("bytes=0-0,10-", parts(&[(0, 0)])),
            ("bytes=10-", Ranges::Unsatisfiable),
            ("bytes=-0", Ranges::Unsatisfiable),
            ("bytes=3-2", Ranges::Whole),
            ("bytes=x-2", Ranges::Whole),
            ("bytes=+1-2", Ranges::Whole),
            ("bytes=-", Ranges::Whole),
            ("bytes=", Ranges::Whole),
            ("items=0-1", Ranges::Whole),
            ("0-1", Ranges::Whole),
        ];
        for (header, wanted) in cases {
            assert_eq!(parse(header, 10), wanted, "{header}");
        }
        assert_eq!(parse("bytes=0-0", 0), Ranges::Unsatisfiable);
        assert_eq!(parse(&format!("bytes={}", "0-0,".repeat(65)), 10), Ranges::Whole);
    }
}
