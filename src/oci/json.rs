//! JSON as strangers send it, read no further than a real document goes.
//!
//! A tree of values takes up to forty times the memory of its text: 4 MB of `[[1],[1],...]` are 180 MB. So values are
//! counted before the first one is made, and texts are cut before they are copied into every verdict.

use serde_json::Value;

/// UTF-8's byte order mark, which some servers put before JSON.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Values and keys that are read of one body. An index of 2,000 entries has about 60,000.
pub const MAX_VALUES: usize = 100_000;

/// Bytes of an error body that are read: the largest that was seen has 4 kB.
pub const MAX_ERROR: usize = 32 << 10;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not JSON; true where only its end is missing.
    NotJson(bool),
    /// It holds more than [`MAX_VALUES`].
    TooMany,
}

/// Reads a body, with a byte order mark or without.
///
/// # Errors
/// Where it is not JSON, or holds more values than a real document.
pub fn read(body: &[u8]) -> Result<Value, Fault> {
    let body = without_mark(body);
    if is_too_large(body) {
        return Err(Fault::TooMany);
    }
    serde_json::from_slice(body).map_err(|error| Fault::NotJson(error.is_eof()))
}

/// The same where it does not matter why.
pub fn parse(body: &[u8]) -> Option<Value> {
    read(body).ok()
}

/// A body without its byte order mark.
pub(super) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BOM).unwrap_or(body)
}

/// Whether a body that starts as JSON holds more values than are read. Linear, and nothing is allocated.
pub fn is_too_large(body: &[u8]) -> bool {
    // No value is shorter than its separator.
    if body.len() <= MAX_VALUES || !matches!(without_mark(body).trim_ascii_start().first(), Some(b'{' | b'['))
    {
        return false;
    }
    let (mut values, mut quoted, mut escaped) = (0, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' | b',' | b':' if !quoted => values += 1,
            _ => {}
        }
    }
    values > MAX_VALUES
}

/// A text of at most so many bytes, with a mark where it was longer.
pub fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let kept = &text[..text.floor_char_boundary(most)];
    format!("{kept}... <cut: {} further bytes>", text.len() - kept.len())
}

/// Bytes that a JSON report takes to write these down, as text or as base64.
pub fn written(bytes: &[u8]) -> usize {
    if std::str::from_utf8(bytes).is_err() {
        return bytes.len().div_ceil(3) * 4;
    }
    let one = |byte: &u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    bytes.iter().map(one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_and_texts_are_not() {
        let flat = |n: usize| format!("[{}1]", "1,".repeat(n));
        assert!(read(flat(MAX_VALUES - 1).as_bytes()).is_ok());
        assert_eq!(read(flat(MAX_VALUES).as_bytes()), Err(Fault::TooMany));
        let text = format!(r#"{{"a":"{}\"{}"}}"#, "[,{:".repeat(MAX_VALUES), ",".repeat(MAX_VALUES));
        assert!(read(text.as_bytes()).is_ok());
        let marked = [BOM, format!("\n{{\"a\":[{}1]}}", "[1],".repeat(MAX_VALUES)).as_bytes()].concat();
        assert_eq!(read(&marked), Err(Fault::TooMany));
        assert_eq!(read(b"[1,"), Err(Fault::NotJson(true)));
        assert_eq!(read(&vec![b','; MAX_VALUES + 2]), Err(Fault::NotJson(false)));
    }

    #[test]
    fn a_cut_is_visible_and_goes_through_no_letter() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("aéz", 2), "a... <cut: 3 further bytes>");
    }

    #[test]
    fn what_a_report_takes() {
        for text in ["", "plain\n", "\"\\\r\t", "\u{1}é\u{7f}"] {
            let json = serde_json::to_string(text).unwrap();
            assert!(written(text.as_bytes()) >= json.len() - 2, "{text:?}");
        }
        assert_eq!(written(&[0xff; 4]), 8);
    }
}
