//! What `tags/list` and `referrers` must look like where they are answered 200.

use super::{Citation, Spec};
use crate::exchange::{Method, Response};
use crate::oci::{json, media_type};
use crate::plan::{Cell, Subject};

const TAGS: Citation =
    "OCI distribution spec, \"Listing Tags\": the body is an object with `name` and a list `tags`";
const TOO_MANY: Citation =
    "OCI distribution spec, \"Listing Tags\": with ?n=<int> the list holds no more than that many tags";
const REFERRERS: Citation = "OCI distribution spec 1.1, \"Listing Referrers\": 200 MUST carry an image index";

/// A list of tags.
pub(super) fn tags(cell: &Cell, response: &Response) -> Option<Citation> {
    if cell.method != Method::Get || response.status != 200 {
        return None;
    }
    let body: Option<serde_json::Value> = json::parse(&response.body.kept);
    // `null` for no tags at all is what many write; a rule speaks of it.
    let count = match body.as_ref().and_then(|b| b.get("tags")) {
        Some(serde_json::Value::Array(tags)) => tags.len(),
        Some(serde_json::Value::Null) => 0,
        _ => return Some(TAGS),
    };
    let asked = cell.vary.query.as_deref()?.split('&').find_map(|part| part.strip_prefix("n="))?;
    let most: usize = asked.parse().ok()?;
    (count > most).then_some(TOO_MANY)
}

/// The referrers of a digest.
pub(super) fn referrers(cell: &Cell, response: &Response, spec: Spec) -> Option<Citation> {
    // 1.0 knows no such endpoint: whatever is answered there is nobody's duty. In 1.1, 404 says it is not offered.
    if spec == Spec::V1_0 || cell.method != Method::Get || response.status != 200 {
        return None;
    }
    if !matches!(cell.subject, Some(Subject::Manifest | Subject::Index | Subject::AbsentDigest)) {
        return None;
    }
    let index =
        response.header("content-type").map(media_type::base).as_deref() == Some(media_type::OCI_INDEX);
    let list = json::parse(&response.body.kept)
        .is_some_and(|body| body.get("manifests").is_some_and(serde_json::Value::is_array));
    (!index || !list).then_some(REFERRERS)
}
