//! Header fields that a status requires.

use super::Citation;
use crate::exchange::{Method, Response};
use crate::plan::{Cell, Endpoint};
use crate::report::Answer;

const CHALLENGE: Citation = "RFC 9110, section 15.5.2: 401 MUST carry WWW-Authenticate";
const ALLOW: Citation = "RFC 9110, section 15.5.6: 405 MUST carry Allow";
const PART: Citation = "RFC 9110, section 15.3.7: 206 MUST carry Content-Range, or be multipart/byteranges";
const LOCATION: Citation = "RFC 9110, section 15.4: a redirect names where to go in Location";

/// What the status promises and the head does not hold.
pub(super) fn missing(cell: &Cell, answer: &Answer, response: &Response) -> Option<Citation> {
    // The token endpoint is no part of the registry's API.
    if cell.endpoint == Endpoint::Token {
        return None;
    }
    let without = |name: &str| response.header(name).is_none();
    match answer.status {
        401 => without("www-authenticate").then_some(CHALLENGE),
        405 => without("allow").then_some(ALLOW),
        206 if cell.method == Method::Get => {
            let parts = answer
                .content_type
                .as_deref()
                .is_some_and(|t| t.trim_start().to_ascii_lowercase().starts_with("multipart/byteranges"));
            (!parts && without("content-range")).then_some(PART)
        }
        301 | 302 | 303 | 307 | 308 => without("location").then_some(LOCATION),
        _ => None,
    }
}
