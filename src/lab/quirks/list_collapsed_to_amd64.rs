use serde::Deserialize;

use super::asked::named;
use crate::lab::content::{Store, Stored};
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};
use crate::oci::digest::Digest;
use crate::oci::media_type;

/// A tag that holds a list gives its linux/amd64 manifest to who does not name the list's type.
pub(super) struct ListCollapsedToAmd64;

impl Quirk for ListCollapsedToAmd64 {
    fn id(&self) -> &'static str {
        "list-collapsed-to-amd64"
    }

    fn about(&self) -> &'static str {
        "a tag that holds a manifest list gives linux/amd64 in its place unless Accept names the list's type"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.x", "Docker Hub", "Keppel", "distribution/distribution#2348", "sapcc/keppel#181"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        collapse(request, store)?.map(|child| {
            Reply::content(200, &child.media_type, child.bytes.clone())
                .with("Docker-Content-Digest", child.digest.as_str())
                .with("ETag", format!("\"{}\"", child.digest))
        })
    }
}

/// For a tag that holds a manifest list, read by a client that does not name the list's type: the list's
/// linux/amd64 manifest, if it has one.
pub(super) fn collapse<'a>(request: &LabRequest, store: &'a Store) -> Option<Option<&'a Stored>> {
    #[derive(Deserialize)]
    struct List {
        manifests: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        digest: String,
        platform: Platform,
    }
    #[derive(Deserialize)]
    struct Platform {
        os: String,
        architecture: String,
    }
    let Route::Manifest { repository, reference: tag @ Reference::Tag(_) } = &request.route else {
        return None;
    };
    let stored = store.manifest(repository, tag).filter(|_| request.is_read())?;
    if stored.media_type != media_type::DOCKER_LIST || named(request, media_type::DOCKER_LIST) {
        return None;
    }
    let list: List = serde_json::from_slice(&stored.bytes).ok()?;
    let wanted = |e: &&Entry| e.platform.os == "linux" && e.platform.architecture == "amd64";
    let child = list.manifests.iter().find(wanted);
    let digest = child.and_then(|entry| Digest::parse(&entry.digest).ok());
    Some(digest.and_then(|digest| store.manifest(repository, &Reference::Digest(digest))))
}
