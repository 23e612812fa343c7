use super::asked::{by_tag, named};
use crate::lab::content::{Repository, Store, Stored};
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};
use crate::lab::schema1;
use crate::oci::digest::Digest;
use crate::oci::document::parse_document;
use crate::oci::media_type::{DOCKER_LIST, DOCKER_MANIFEST, SCHEMA1_SIGNED};

/// Docker content by tag, for a client that does not name its type, is converted to schema 1 and signed on the spot;
/// of a manifest list, the child for linux/amd64. The digest that is announced is that of the payload, and nothing
/// is stored under it: this is also the quirk of `schema1-body-never-matches-digest`, of
/// `converted-digest-not-fetchable` and of `digest-ignores-accept`.
pub(super) struct NoAcceptYieldsSchema1;

impl Quirk for NoAcceptYieldsSchema1 {
    fn id(&self) -> &'static str {
        "no-accept-yields-schema1"
    }

    fn about(&self) -> &'static str {
        "by tag, Docker content whose type Accept does not name is converted to schema 1, signed anew each time"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.x", "Docker Hub: cue-labs/oci#22", "Quay: eclipse-che/che-plugin-registry#2082"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference: Reference::Tag(tag) } = &request.route else {
            return None;
        };
        let stored = by_tag(request, store)?;
        let home = store.repository(repository)?;
        let manifest = match stored.media_type.as_str() {
            _ if named(request, &stored.media_type) => return None,
            DOCKER_MANIFEST => stored,
            // A client that names Docker's manifest would get the child itself: another quirk's business.
            DOCKER_LIST if !named(request, DOCKER_MANIFEST) => amd64(home, stored)?,
            _ => return None,
        };
        converted(home, repository, tag, manifest)
    }
}

/// A manifest as schema 1, signed on the spot.
pub(super) fn converted(home: &Repository, repository: &str, tag: &str, manifest: &Stored) -> Option<Reply> {
    let document = parse_document(&manifest.bytes, None)?;
    let config = home.blobs.get(&document.config?.digest?)?;
    let layers: Vec<Digest> = document.layers.into_iter().filter_map(|layer| layer.digest).collect();
    let payload = schema1::convert(repository, tag, config, &layers)?;
    let digest = Digest::sha256(&payload);
    let signed = schema1::sign(&payload)?;
    Some(
        Reply::content(200, SCHEMA1_SIGNED, signed)
            .with("Docker-Content-Digest", digest.as_str())
            .with("ETag", format!("\"{digest}\"")),
    )
}

/// Of a list, the child for linux/amd64.
pub(super) fn amd64<'s>(home: &'s Repository, list: &Stored) -> Option<&'s Stored> {
    let document = parse_document(&list.bytes, None)?;
    let child = document
        .manifests
        .iter()
        .find(|d| d.platform.as_ref().is_some_and(|p| p.os == "linux" && p.architecture == "amd64"))?;
    home.manifests.get(child.digest.as_ref()?)
}
