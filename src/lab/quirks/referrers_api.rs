//! The referrers API as registries really answer it, and do not.

use serde_json::{Value, json};

use super::instead::Instead;
use super::sketch::Sketch;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};
use crate::oci::digest::Digest;
use crate::oci::media_type;

fn is_referrers(request: &LabRequest) -> bool {
    matches!(request.route, Route::Referrers { .. })
}

pub(super) const NOT_FOUND: Sketch = Sketch {
    id: "referrers-404-use-fallback",
    about: "there is no referrers API: 404, in plain text",
    seen_at: &["distribution", "GHCR", "docker/roadmap#724", "NVIDIA/aicr#1957"],
    admit: |request| {
        is_referrers(request)
            .then(|| Reply::content(404, "text/plain; charset=utf-8", "404 page not found\n"))
    },
    ..Sketch::NONE
};

pub(super) const REFUSED: Sketch = Sketch {
    id: "referrers-401",
    about: "the referrers API is 401, whoever asks",
    seen_at: &["Harbor, older versions", "regclient/regclient, commit 9ea54d9"],
    admit: |request| {
        is_referrers(request).then(|| Reply::error(401, "UNAUTHORIZED", "authentication required", None))
    },
    ..Sketch::NONE
};

pub(super) const WRONG_TYPE: Sketch = Sketch {
    id: "referrers-200-wrong-type",
    about: "the index of referrers is called application/json",
    seen_at: &["google/go-containerregistry#1968", "oras-project/oras-go#633"],
    after: |request, reply| {
        if is_referrers(request) && reply.is_success() {
            reply.set("Content-Type", "application/json");
        }
    },
    ..Sketch::NONE
};

/// An index of no manifests.
fn is_empty(reply: &Reply) -> bool {
    let index = reply.bytes().and_then(|b| serde_json::from_slice::<Value>(b).ok());
    index.is_some_and(|index| index["manifests"] == json!([]))
}

pub(super) const EMPTY_OBJECT: Sketch = Sketch {
    id: "referrers-empty-object",
    about: "where nothing refers to a digest, the body is {}; a filter is announced by its value",
    seen_at: &["Harbor, src/server/registry/referrers.go"],
    after: |request, reply| {
        if !is_referrers(request) || !reply.is_success() {
            return;
        }
        if is_empty(reply) {
            *reply = Reply::content(200, media_type::OCI_INDEX, "{}").with("X-Total-Count", "0");
        }
        if let Some(wanted) = request.parameter("artifactType") {
            reply.set("OCI-Filters-Applied", wanted);
        }
    },
    ..Sketch::NONE
};

pub(super) const FILTER_IGNORED: Instead = Instead {
    id: "referrers-filter-not-applied",
    about: "all referrers are listed, whatever artifactType was asked for",
    seen_at: &["cue-labs/oci, lister.go: the filter is optional"],
    before: |request, store| {
        let Route::Referrers { repository, digest: Ok(digest) } = &request.route else { return None };
        store.repository(repository)?;
        Some(Reply::content(200, media_type::OCI_INDEX, store.referrers(repository, digest, None)))
    },
};

pub(super) const MISSING_REPOSITORY: Sketch = Sketch {
    id: "referrers-missing-repo-200",
    about: "in a repository that does not exist, the list of referrers is empty",
    seen_at: &["zot, commit 3fa6104e"],
    after: |request, reply| {
        if is_referrers(request) && reply.status == 404 {
            let index = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": []});
            *reply = Reply::content(200, media_type::OCI_INDEX, index.to_string());
        }
    },
    ..Sketch::NONE
};

pub(super) const FALLBACK_TYPE: Instead = Instead {
    id: "fallback-artifacttype-wrong",
    about: "the fallback tag is there, and its entries have the empty config's type",
    seen_at: &["cosign, at GHCR", "NVIDIA/aicr#1957", "sigstore/cosign#4641"],
    before: |request, store| {
        let Route::Manifest { repository, reference: Reference::Tag(tag) } = &request.route else {
            return None;
        };
        let subject = Digest::parse(&tag.replacen('-', ":", 1)).ok()?;
        let mut index: Value = serde_json::from_slice(&store.referrers(repository, &subject, None)).ok()?;
        let entries = index["manifests"].as_array_mut().filter(|entries| !entries.is_empty())?;
        for entry in entries {
            entry["artifactType"] = Value::from(media_type::OCI_EMPTY);
        }
        let text = index.to_string();
        let digest = Digest::sha256(text.as_bytes());
        let reply = Reply::content(200, media_type::OCI_INDEX, text);
        Some(reply.with("Docker-Content-Digest", digest.as_str()))
    },
};
