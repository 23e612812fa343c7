use crate::lab::blob;
use crate::lab::content::{Repository, Store};
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;
use crate::oci::digest::Digest;
use crate::oci::document::parse_document;
use crate::oci::media_type::OCI_INDEX;

/// What zot answers otherwise than the lab.
pub(super) struct ZotEndpoints;

impl Quirk for ZotEndpoints {
    fn id(&self) -> &'static str {
        "zot-endpoints"
    }

    fn about(&self) -> &'static str {
        "a blob has the media type that its manifest gives it; an unknown last is 404; any repository has referrers: none"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["zot: resolveBlobResponseMediaType, ListTags, commit 3fa6104e"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        match &request.route {
            Route::Referrers { repository, digest: Ok(digest) } => {
                let absent = store.repository(repository).is_none();
                absent.then(|| Reply::content(200, OCI_INDEX, store.referrers(repository, digest, None)))
            }
            Route::Tags { repository } => {
                let last = request.parameter("last").filter(|last| !last.is_empty())?;
                let known = store.repository(repository)?.tags.contains_key(&last);
                (!known).then(|| Reply::new(404))
            }
            _ => None,
        }
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, store: &Store) {
        let Route::Blob { repository, digest: Ok(digest) } = &request.route else { return };
        if reply.header("content-type") != Some("application/octet-stream") {
            return;
        }
        if let Some(named) = store.repository(repository).and_then(|home| described(home, digest)) {
            reply.set("Content-Type", named);
        }
    }
}

/// A registry that shares blobs between repositories, and does so when it is asked by HEAD.
pub(super) struct LinksOnHead;

impl Quirk for LinksOnHead {
    fn id(&self) -> &'static str {
        "head-links-blob"
    }

    fn about(&self) -> &'static str {
        "HEAD of a blob that any repository holds links it into the repository that was asked, and creates that"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["zot 2.1.20, dedupe (its default)"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        match &request.route {
            Route::Blob { repository, digest: Ok(digest) } if request.is_head() => {
                if store.blob(repository, digest).is_some() {
                    return None;
                }
                let bytes = store.names().find_map(|name| store.blob(name, digest))?;
                request.lab.count(&linked(repository));
                Some(blob::serve(request, bytes, digest, "application/octet-stream"))
            }
            Route::Tags { repository } if store.repository(repository).is_none() => {
                let created = request.lab.counted(&linked(repository)) > 0;
                let body = serde_json::json!({ "name": repository, "tags": [] }).to_string();
                created.then(|| Reply::content(200, "application/json", body))
            }
            _ => None,
        }
    }
}

fn linked(repository: &str) -> String {
    format!("linked into {repository}")
}

/// The media type by which a manifest of the repository names a blob.
fn described(home: &Repository, digest: &Digest) -> Option<String> {
    home.manifests.values().find_map(|stored| {
        let document = parse_document(&stored.bytes, None)?;
        let mut descriptors = document.config.into_iter().chain(document.layers);
        descriptors.find(|d| d.digest.as_ref() == Some(digest))?.media_type
    })
}
