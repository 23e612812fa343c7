//! Error bodies: the distribution spec's envelope ("Error Codes"), and the shapes seen in its place.

use serde_json::Value;

use super::json;

/// Errors of one body that are looked at.
const MAX_ENTRIES: usize = 64;
/// Bytes of a message that are kept: every cell has its own, and every verdict may quote it.
const MESSAGE: usize = 1024;
/// Bytes of a code.
const CODE: usize = 128;

/// What an error body says.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorBody {
    /// The errors, in order; other shapes than the envelope have one.
    pub entries: Vec<ErrorEntry>,
    /// In which shape they came.
    pub shape: ErrorShape,
}

/// One error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ErrorEntry {
    /// As written; codes outside the spec are kept.
    pub code: Option<String>,
    /// For people.
    pub message: Option<String>,
    /// Any JSON: an object with some registries, text with others.
    pub detail: Option<Value>,
}

/// The shape of an error body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorShape {
    /// `{"errors":[{"code":...,"message":...,"detail":...}]}`, the spec's.
    Envelope,
    /// `{"errors":[{"status":404,"message":...}]}`: the status is repeated where a code belongs.
    Status,
    /// `{"details":"..."}`
    Details,
    /// `{"code":...,"message":...}` without the envelope.
    Bare,
    /// `{"error":...,"error_description":...}` (RFC 6749, section 5.2), of token endpoints.
    OAuth,
    /// Something else that carries a message.
    Other,
}

impl ErrorShape {
    /// As in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorShape::Envelope => "envelope",
            ErrorShape::Status => "status",
            ErrorShape::Details => "details",
            ErrorShape::Bare => "bare",
            ErrorShape::OAuth => "oauth",
            ErrorShape::Other => "other",
        }
    }
}

impl ErrorBody {
    /// Parses a body; `None`: it is no error body of a known shape, or longer than any.
    pub fn parse(body: &[u8]) -> Option<ErrorBody> {
        if body.len() > json::MAX_ERROR {
            return None;
        }
        ErrorBody::from_value(&json::parse(body)?)
    }

    /// The code of the first error that has one.
    pub fn code(&self) -> Option<&str> {
        self.entries.iter().find_map(|e| e.code.as_deref())
    }

    /// The message of the first error that has one.
    pub fn message(&self) -> Option<&str> {
        self.entries.iter().find_map(|e| e.message.as_deref())
    }

    pub(super) fn from_value(value: &Value) -> Option<ErrorBody> {
        if let Some(errors) = value.get("errors").and_then(Value::as_array) {
            let entries: Vec<ErrorEntry> = errors.iter().take(MAX_ENTRIES).map(entry).collect();
            let by_status = !errors.is_empty()
                && errors.iter().all(|e| e.get("code").is_none() && e.get("status").is_some());
            let shape = if by_status { ErrorShape::Status } else { ErrorShape::Envelope };
            return Some(ErrorBody { entries, shape });
        }
        let one = |entry, shape| Some(ErrorBody { entries: vec![entry], shape });
        let has_text = |key: &str| value.get(key).is_some_and(Value::is_string);
        if has_text("code") || value.get("code").is_some_and(Value::is_number) && has_text("message") {
            return one(entry(value), ErrorShape::Bare);
        }
        // A `status` beside it is how web frameworks report, and then the text is a status' reason, no code.
        if has_text("error") && value.get("status").is_none() {
            let description = text(value, "error_description").or_else(|| text(value, "message"));
            let code = code(value, "error");
            return one(ErrorEntry { code, message: description, detail: None }, ErrorShape::OAuth);
        }
        if has_text("details") {
            let message = text(value, "details");
            return one(ErrorEntry { code: None, message, detail: None }, ErrorShape::Details);
        }
        other(value).and_then(|entry| one(entry, ErrorShape::Other))
    }
}

/// Shapes of web frameworks and cloud APIs: a message, or an object under `error`.
fn other(value: &Value) -> Option<ErrorEntry> {
    if let Some(inner) = value.get("error").filter(|e| e.is_object()) {
        let code = code(inner, "status").or_else(|| code(inner, "code"));
        let message = text(inner, "message");
        let found = code.is_some() || message.is_some();
        return found.then(|| ErrorEntry { code, message, detail: inner.get("details").cloned() });
    }
    let message = ["message", "Message", "msg", "error"].into_iter().find_map(|key| text(value, key))?;
    Some(ErrorEntry { code: None, message: Some(message), detail: None })
}

fn entry(value: &Value) -> ErrorEntry {
    if let Some(message) = value.as_str() {
        return ErrorEntry { message: Some(json::cut(message, MESSAGE)), ..ErrorEntry::default() };
    }
    ErrorEntry {
        code: code(value, "code"),
        message: text(value, "message"),
        detail: value.get("detail").cloned(),
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    short(value, key, MESSAGE)
}

fn code(value: &Value, key: &str) -> Option<String> {
    short(value, key, CODE)
}

/// A field as text; numbers too, since codes are sometimes numbers.
fn short(value: &Value, key: &str, most: usize) -> Option<String> {
    match value.get(key)? {
        Value::String(text) => Some(json::cut(text, most)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ErrorShape::*;
    use serde_json::json;

    fn parse(value: Value) -> Option<(ErrorShape, Option<String>, Option<String>)> {
        let body = ErrorBody::parse(value.to_string().as_bytes())?;
        Some((body.shape, body.code().map(str::to_owned), body.message().map(str::to_owned)))
    }

    #[track_caller]
    fn check(value: Value, shape: ErrorShape, code: Option<&str>, message: Option<&str>) {
        assert_eq!(parse(value), Some((shape, code.map(str::to_owned), message.map(str::to_owned))));
    }

    #[test]
    fn every_shape() {
        check(
            json!({"errors":[{"code":"TAG_EXPIRED","message":"gone"}]}),
            Envelope,
            Some("TAG_EXPIRED"),
            Some("gone"),
        );
        check(json!({"errors":[{"status":404,"message":"no"}]}), Status, None, Some("no"));
        check(json!({"errors":[]}), Envelope, None, None);
        check(json!({"errors":["plain"]}), Envelope, None, Some("plain"));
        check(json!({"details":"incorrect username"}), Details, None, Some("incorrect username"));
        check(json!({"code":"UNAUTHORIZED","message":"m"}), Bare, Some("UNAUTHORIZED"), Some("m"));
        check(json!({"code":401,"message":"m"}), Bare, Some("401"), Some("m"));
        check(
            json!({"error":"invalid_grant","error_description":"d"}),
            OAuth,
            Some("invalid_grant"),
            Some("d"),
        );
        check(json!({"message":"Not Authorized"}), Other, None, Some("Not Authorized"));
        check(json!({"status":404,"error":"Not Found","path":"/v2/"}), Other, None, Some("Not Found"));
        check(
            json!({"error":{"code":404,"status":"NOT_FOUND","message":"m"}}),
            Other,
            Some("NOT_FOUND"),
            Some("m"),
        );
        for none in [
            json!({}),
            json!({"details": {"a": 1}}),
            json!([]),
            json!("x"),
            json!({"token":"t"}),
            json!({"errors":null}),
        ] {
            assert_eq!(parse(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn detail_is_any_json() {
        for detail in [json!({"Tag": "x"}), json!("unknown tag=x"), json!(null), json!([1])] {
            let body = json!({"errors":[{"code":"MANIFEST_UNKNOWN","detail":detail}]}).to_string();
            let parsed = ErrorBody::parse(body.as_bytes()).unwrap();
            assert_eq!(parsed.entries[0].detail, Some(detail));
        }
    }
}
