use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};
use crate::oci::digest::Digest;

/// A digest header that is wrong for tags, and right by digest.
pub(super) struct DcdUnreliableForTags;

impl Quirk for DcdUnreliableForTags {
    fn id(&self) -> &'static str {
        "dcd-unreliable-for-tags"
    }

    fn about(&self) -> &'static str {
        "for a tag Docker-Content-Digest names something that is nowhere"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["so many that go-containerregistry does not look at it (remote/fetcher.go)"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if let Route::Manifest { reference: Reference::Tag(tag), .. } = &request.route
            && reply.is_success()
        {
            reply.set("Docker-Content-Digest", Digest::sha256(tag.as_bytes()).as_str());
        }
    }
}
