//! Errors as CNCF distribution words them: which code goes with what was asked, and the shape of `detail`.

use serde_json::{Value, json};

use super::sketch::Sketch;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};

/// Before 3.0: `detail` is an object.
pub(super) const SECOND: Sketch = Sketch {
    id: "distribution-2-errors",
    about: "error codes go by what was asked, not by what is missing; detail is an object",
    seen_at: &["distribution 2.8"],
    after: |request, reply| after(request, reply, false),
    ..Sketch::NONE
};

/// From 3.0: `detail` is a string.
pub(super) const THIRD: Sketch = Sketch {
    id: "distribution-3-errors",
    about: "error codes go by what was asked, not by what is missing; detail is a string",
    seen_at: &["distribution 3.0 and 3.1"],
    after: |request, reply| after(request, reply, true),
    ..Sketch::NONE
};

fn after(request: &LabRequest, reply: &mut Reply, third: bool) {
    if matches!(request.route, Route::Blob { .. }) {
        blob_headers(reply);
    }
    // The lab's own errors have a detail each; those without one are another quirk's, and said as that quirk says them.
    let Some((code, detail)) = error(reply) else { return };
    if let Some(other) = worded(&request.route, reply.status, &code, &detail, third) {
        *reply = other;
    }
}

fn error(reply: &Reply) -> Option<(String, Value)> {
    let body: Value = (reply.status >= 400).then(|| serde_json::from_slice(reply.bytes()?).ok()).flatten()?;
    let error = body.get("errors")?.get(0)?;
    Some((error.get("code")?.as_str()?.to_owned(), error.get("detail")?.clone()))
}

fn worded(route: &Route, status: u16, code: &str, detail: &Value, third: bool) -> Option<Reply> {
    let either = |second: Value, text: String| Some(if third { Value::from(text) } else { second });
    match (route, status, code) {
        // There are no repositories, only what is in them.
        (Route::Manifest { repository, reference }, 404, "MANIFEST_UNKNOWN" | "NAME_UNKNOWN") => {
            let reference = reference_detail(repository, reference);
            let detail = either(reference.0, reference.1);
            Some(Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown", detail))
        }
        (Route::Blob { digest: Ok(digest), .. }, 404, "BLOB_UNKNOWN" | "NAME_UNKNOWN") => {
            let detail = Some(digest.as_str().into());
            Some(Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry", detail))
        }
        (Route::Blob { digest: Err(_), .. }, 400 | 404, "DIGEST_INVALID" | "NAME_UNKNOWN") => {
            let detail = either(json!({}), "invalid checksum digest length".to_owned());
            Some(Reply::error(
                400,
                "DIGEST_INVALID",
                "provided digest did not match uploaded content",
                detail,
            ))
        }
        (Route::Manifest { reference: Reference::Malformed(_), .. }, 500, "UNKNOWN") if third => {
            let path = detail.get("Path")?.as_str()?;
            let detail = Some(format!("filesystem: invalid path: {path}").into());
            Some(Reply::error(500, "UNKNOWN", "unknown error", detail))
        }
        _ => None,
    }
}

fn reference_detail(repository: &str, reference: &Reference) -> (Value, String) {
    match reference {
        Reference::Digest(digest) => (
            json!({ "Name": repository, "Revision": digest.as_str() }),
            format!("unknown manifest name={repository} revision={digest}"),
        ),
        Reference::Tag(tag) | Reference::Malformed(tag) => {
            (json!({ "Tag": tag }), format!("unknown tag={tag}"))
        }
    }
}

/// A blob never changes, and Go's file server words what is wrong with a range in plain text.
fn blob_headers(reply: &mut Reply) {
    if reply.status == 416 {
        let range = reply.header("content-range").map(str::to_owned).unwrap_or_default();
        *reply = Reply::content(416, "text/plain; charset=utf-8", "invalid range: failed to overlap\n")
            .with("Content-Range", range)
            .with("X-Content-Type-Options", "nosniff");
    } else if reply.is_success() || reply.status == 304 {
        reply.set("Cache-Control", "max-age=31536000");
    }
}
