//! Errors and limits as registries really word them.

use bytes::Bytes;
use serde_json::{Value, json};

use super::sketch::Sketch;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Route, Site};

/// The first error of an answer: its code, its message and its detail.
fn first(reply: &Reply) -> Option<(String, String, Value)> {
    if reply.status < 400 {
        return None;
    }
    let body: Value = serde_json::from_slice(reply.bytes()?).ok()?;
    let error = body.get("errors")?.get(0)?;
    let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some((text("code"), text("message"), error.get("detail").cloned().unwrap_or_default()))
}

/// The answer with another body, headers kept.
fn body(reply: &mut Reply, content_type: &str, text: impl Into<Bytes>) {
    instead(reply, Reply::content(reply.status, content_type, text));
}

/// Another answer with the headers of the first, but for its type.
fn instead(reply: &mut Reply, other: Reply) {
    let headers = std::mem::replace(reply, other).headers;
    let kept = headers.into_iter().filter(|(n, _)| !n.eq_ignore_ascii_case("content-type"));
    reply.headers.extend(kept);
}

fn is_manifest(request: &LabRequest) -> bool {
    request.site == Site::Registry && matches!(request.route, Route::Manifest { .. })
}

pub(super) const STATUS: Sketch = Sketch {
    id: "error-code-status-instead-of-code",
    about: "errors have a status where their code belongs",
    seen_at: &["Artifactory", "jfrog/charts#455", "jetstack/version-checker#65"],
    after: |_, reply| {
        if let Some((_, message, _)) = first(reply) {
            let text = json!({"errors": [{"status": reply.status, "message": message}]}).to_string();
            body(reply, "application/json;charset=ISO-8859-1", text);
        }
    },
    ..Sketch::NONE
};

pub(super) const DETAIL: Sketch = Sketch {
    id: "error-detail-shape",
    about: "detail is a string",
    seen_at: &["distribution 3.0"],
    after: |_, reply| {
        if let Some((code, message, detail)) = first(reply) {
            let detail = format!("unknown {detail}");
            let error = json!({"code": code, "message": message, "detail": detail});
            body(reply, "application/json", json!({"errors": [error]}).to_string());
        }
    },
    ..Sketch::NONE
};

pub(super) const DETAILS: Sketch = Sketch {
    id: "error-details-legacy",
    about: "errors are {\"details\": ...}",
    seen_at: &["OpenShift's internal registry, token.go"],
    after: |_, reply| {
        if let Some((_, message, _)) = first(reply) {
            body(reply, "application/json", json!({"details": message}).to_string());
        }
    },
    ..Sketch::NONE
};

pub(super) const BARE: Sketch = Sketch {
    id: "error-bare-object",
    about: "errors come without the list around them",
    seen_at: &["zot, authFail"],
    after: |_, reply| {
        if let Some((code, message, _)) = first(reply) {
            body(reply, "application/json", json!({"code": code, "message": message}).to_string());
        }
    },
    ..Sketch::NONE
};

pub(super) const PLAIN: Sketch = Sketch {
    id: "error-empty-or-plain",
    about: "404 has plain text for a body, every other error none",
    seen_at: &["Gitea, apiError", "zot, ListTags", "distribution, its router"],
    after: |_, reply| match first(reply) {
        Some(_) if reply.status == 404 => body(reply, "text/plain; charset=utf-8", "404 page not found\n"),
        Some(_) => instead(reply, Reply::new(reply.status)),
        None => {}
    },
    ..Sketch::NONE
};

pub(super) const CODE: Sketch = Sketch {
    id: "error-nonstandard-code",
    about: "a tag that is not there is TAG_EXPIRED",
    seen_at: &["Quay, errors.py", "Harbor", "Pulp"],
    after: |_, reply| {
        if let Some((code, message, detail)) = first(reply)
            && code == "MANIFEST_UNKNOWN"
        {
            *reply = Reply::error(reply.status, "TAG_EXPIRED", &message, Some(detail));
        }
    },
    ..Sketch::NONE
};

pub(super) const CHARSET: Sketch = Sketch {
    id: "error-charset",
    about: "errors are text/plain, and JSON all the same",
    seen_at: &["crane registry serve", "distribution 2.8 (application/json; charset=utf-8)"],
    after: |_, reply| {
        if first(reply).is_some() {
            reply.set("Content-Type", "text/plain; charset=utf-8");
        }
    },
    ..Sketch::NONE
};

pub(super) const NAME_OR_MANIFEST: Sketch = Sketch {
    id: "name-vs-manifest-unknown",
    about: "at manifests, a repository that does not exist is MANIFEST_UNKNOWN",
    seen_at: &["distribution", "containers/image#2454"],
    after: |request, reply| {
        if let Some((code, _, _)) = first(reply)
            && code == "NAME_UNKNOWN"
            && is_manifest(request)
        {
            *reply = Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown", None);
        }
    },
    ..Sketch::NONE
};

pub(super) const FORBIDDEN: Sketch = Sketch {
    id: "403-for-missing-tag",
    about: "a manifest that is not there is forbidden",
    seen_at: &["Artifactory's virtual repositories", "sigstore/cosign#2973"],
    after: |request, reply| {
        if is_manifest(request) && reply.status == 404 {
            let message = "The client does not have permission for manifest";
            *reply = Reply::error(403, "UNAUTHORIZED", message, None);
        }
    },
    ..Sketch::NONE
};

pub(super) const POLICY: Sketch = Sketch {
    id: "policy-412",
    about: "manifests are withheld by a policy",
    seen_at: &["Harbor", "goharbor/harbor#22650", "goharbor/harbor#19408"],
    after: |request, reply| {
        if is_manifest(request) && reply.is_success() {
            let message = "The image is not signed by cosign.";
            *reply = Reply::error(412, "PROJECTPOLICYVIOLATION", message, None);
        }
    },
    ..Sketch::NONE
};

pub(super) const UPSTREAM: Sketch = Sketch {
    id: "upstream-error-wrapped",
    about: "a cache whose upstream limits it: 500, with the upstream's status in detail",
    seen_at: &["distribution as a pull-through cache", "mariadb-operator/mariadb-operator#1293"],
    admit: |request| {
        is_manifest(request).then(|| {
            let detail = json!({"Status": "429 Too Many Requests", "StatusCode": 429});
            Reply::error(500, "UNKNOWN", "unknown error", Some(detail))
        })
    },
    ..Sketch::NONE
};

fn too_many(message: &str) -> Option<Reply> {
    Some(Reply::error(429, "TOOMANYREQUESTS", message, None))
}

pub(super) const IN_MESSAGE: Sketch = Sketch {
    id: "ghcr-retry-after-in-message",
    about: "everything is answered 429, with the pause in the message",
    seen_at: &["GHCR", "dependabot/cli#380", "falcosecurity/plugins#1069"],
    admit: |_| too_many("retry-after: 880.092\u{b5}s, allowed: 44000/minute"),
    ..Sketch::NONE
};

pub(super) const RATE: Sketch = Sketch {
    id: "ecr-quay-429",
    about: "everything is answered 429: rate exceeded",
    seen_at: &["ECR", "Quay", "mitogen-hq/mitogen#790", "ivanilves/lstags#204"],
    admit: |_| too_many("Rate exceeded"),
    ..Sketch::NONE
};

pub(super) const NO_RETRY_AFTER: Sketch = Sketch {
    id: "429-without-retry-after",
    about: "everything is answered 429, and nothing says for how long",
    seen_at: &["Pulp"],
    admit: |_| too_many("too many requests"),
    ..Sketch::NONE
};
