//! Token endpoints that take offence at a parameter, and credentials that are not taken everywhere.

use super::sketch::Sketch;
use crate::lab::auth::{basic, bearer, unauthorized};
use crate::lab::respond::Reply;
use crate::lab::route::{Route, Site};

pub(super) const EXTRA: Sketch = Sketch {
    id: "bad-extra-scope-400",
    about: "the token endpoint refuses requests with a scope that it cannot read",
    seen_at: &["OCIR", "containers/podman#20371"],
    admit: |request| {
        let unreadable = |scope: &String| scope.split(':').any(str::is_empty);
        if request.route == Route::Token && request.parameters("scope").iter().any(unreadable) {
            return Some(Reply::error(400, "BAD_REQUEST", "invalid scope", None));
        }
        bearer(request)
    },
    ..Sketch::NONE
};

pub(super) const CATALOG: Sketch = Sketch {
    id: "catalog-scope-403",
    about: "the token endpoint refuses requests for the catalog's scope, whatever else they ask for",
    seen_at: &["GHCR", "oras-project/oras#1128"],
    admit: |request| {
        let catalog = |scope: &String| scope.starts_with("registry:catalog");
        if request.route == Route::Token && request.parameters("scope").iter().any(catalog) {
            return Some(Reply::error(403, "DENIED", "requested access to the resource is denied", None));
        }
        bearer(request)
    },
    ..Sketch::NONE
};

pub(super) const OFFLINE: Sketch = Sketch {
    id: "offline-token-param-breaks",
    about: "the token endpoint refuses requests with offline_token",
    seen_at: &["token servers that regclient met, 9f6eb51"],
    admit: |request| {
        if request.route == Route::Token && request.parameter("offline_token").is_some() {
            return Some(Reply::error(400, "UNSUPPORTED", "unknown parameter", None));
        }
        bearer(request)
    },
    ..Sketch::NONE
};

pub(super) const NOT_HONOURED: Sketch = Sketch {
    id: "basic-challenge-not-honoured",
    about: "Basic is asked for, taken at manifests, and refused at blobs",
    seen_at: &["ACR with repository tokens", "Azure/acr#466"],
    admit: |request| {
        if request.site != Site::Registry {
            return None;
        }
        let blob = matches!(request.route, Route::Blob { .. });
        (blob || basic(request) != Some(true)).then(|| unauthorized("Basic realm=\"lab\""))
    },
    ..Sketch::NONE
};

pub(super) const AS_BEARER: Sketch = Sketch {
    id: "pat-as-bearer-403",
    about: "a bearer token that the registry did not issue is answered 403",
    seen_at: &["GHCR", "HarborGuard/HarborGuard#191"],
    admit: |request| {
        let sent =
            request.header("authorization").is_some_and(|v| v.to_ascii_lowercase().starts_with("bearer"));
        let mut reply = bearer(request)?;
        if sent && reply.status == 401 && request.route != Route::Token {
            reply = Reply::error(403, "DENIED", "permission denied", None);
        }
        Some(reply)
    },
    ..Sketch::NONE
};

pub(super) const WITHHELD: Sketch = Sketch {
    id: "policy-403-xray",
    about: "manifests that are there are withheld: 403, by HEAD too",
    seen_at: &["Artifactory with Xray", "sobolevn/git-secret#801"],
    after: |request, reply| {
        if matches!(request.route, Route::Manifest { .. }) && reply.is_success() {
            let message = "Artifact download request rejected: blocked by a download blocking policy";
            let body = serde_json::json!({"errors": [{"status": 403, "message": message}]});
            *reply = Reply::json(403, &body);
        }
    },
    ..Sketch::NONE
};

pub(super) const HEAD_PASSES: Sketch = Sketch {
    id: "head-passes-get-blocked",
    about: "manifests are withheld with 412 from GET, and HEAD says 200",
    seen_at: &["Harbor before 2.3", "goharbor/harbor#13825", "goharbor/harbor#15035"],
    after: |request, reply| {
        let get = !request.is_head();
        if get && matches!(request.route, Route::Manifest { .. }) && reply.is_success() {
            *reply = Reply::error(412, "PRECONDITION", "current image cannot be pulled", None);
        }
    },
    ..Sketch::NONE
};

pub(super) const COLD: Sketch = Sketch {
    id: "etag-unquoted-cold",
    about: "the first GET of each blob has an ETag without quotes, and no Accept-Ranges",
    seen_at: &["CNCF distribution as a pull-through cache, registry/proxy/proxyblobstore.go"],
    after: |request, reply| {
        let Route::Blob { digest, .. } = &request.route else { return };
        if request.is_head() || !reply.is_success() {
            return;
        }
        let Ok(digest) = digest else { return };
        let digest = digest.to_string();
        if request.lab.count(&format!("cold {digest}")) == 0 {
            reply.set("Etag", digest);
            reply.remove("Accept-Ranges");
        }
    },
    ..Sketch::NONE
};
