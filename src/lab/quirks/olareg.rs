//! How olareg reads Accept, and what its endpoints answer.

use serde::Deserialize;

use crate::lab::content::{Store, Stored};
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route, is_name};
use crate::oci::digest::Digest;

/// A filter by Accept, as RFC 9110 reads it.
pub(super) struct OlaregAccept;

impl Quirk for OlaregAccept {
    fn id(&self) -> &'static str {
        "olareg-accept"
    }

    fn about(&self) -> &'static str {
        "a manifest that Accept does not allow is 404; of a tag's index, the first manifest that it allows is served"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["olareg at 79de6b4"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference } = &request.route else { return None };
        let stored = store.manifest(repository, reference).filter(|_| request.is_read())?;
        let accept = request.accept();
        if accept.allows(&stored.media_type) {
            return None;
        }
        let by_tag = matches!(reference, Reference::Tag(_));
        let mut children = children(stored).into_iter().filter(|_| by_tag);
        let child = children.find_map(|digest| {
            let child = store.manifest(repository, &Reference::Digest(digest))?;
            accept.allows(&child.media_type).then_some(child)
        });
        Some(match child {
            Some(child) => Reply::content(200, &child.media_type, child.bytes.clone())
                .with("Docker-Content-Digest", child.digest.as_str()),
            None => unknown(),
        })
    }
}

fn children(stored: &Stored) -> Vec<Digest> {
    #[derive(Deserialize)]
    struct Index {
        #[serde(default)]
        manifests: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        digest: String,
    }
    let entries = serde_json::from_slice::<Index>(&stored.bytes).map(|index| index.manifests);
    entries.unwrap_or_default().iter().filter_map(|entry| Digest::parse(&entry.digest).ok()).collect()
}

fn unknown() -> Reply {
    let detail = Some("requested manifest was not found".into());
    Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown to registry", detail)
}

/// The rest of it.
pub(super) struct OlaregEndpoints;

impl Quirk for OlaregEndpoints {
    fn id(&self) -> &'static str {
        "olareg-endpoints"
    }

    fn about(&self) -> &'static str {
        "what is not there is unknown by what was asked for; tags of a repository that is not there are an empty list; \
         no ETag"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["olareg at 79de6b4"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        if request.route.repository().is_some_and(|name| !is_name(name)) {
            return Some(Reply::new(404));
        }
        let absent = |repository: &str| store.repository(repository).is_none();
        match &request.route {
            Route::Unknown | Route::Token | Route::Catalog => Some(Reply::new(404)),
            Route::PingWithoutSlash => Some(Reply::content(200, "application/json", "{}")),
            Route::Manifest { repository, reference } => {
                let nowhere = store.manifest(repository, reference).is_none();
                nowhere.then(unknown)
            }
            Route::Blob { repository, digest: Ok(_) } if absent(repository) => {
                Some(Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry", None))
            }
            Route::Tags { repository } if absent(repository) => {
                Some(Reply::json(200, &serde_json::json!({ "name": repository, "tags": [] })))
            }
            _ => None,
        }
    }

    fn after(&self, _request: &LabRequest, reply: &mut Reply, _store: &Store) {
        reply.remove("ETag");
    }
}
