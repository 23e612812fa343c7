use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};
use crate::oci::digest::Digest;

/// HEAD that tells of another form of the manifest than GET gives.
pub(super) struct DcdHeadGetDiffer;

impl Quirk for DcdHeadGetDiffer {
    fn id(&self) -> &'static str {
        "dcd-head-get-differ"
    }

    fn about(&self) -> &'static str {
        "HEAD of a tag announces another digest than GET with the same Accept"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["converting registries", "distribution/distribution#2943"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if let Route::Manifest { reference: Reference::Tag(_), .. } = &request.route
            && request.is_head()
            && let Some(digest) = reply.header("docker-content-digest").map(str::to_owned)
        {
            let other = Digest::sha256(format!("another form of {digest}").as_bytes());
            reply.set("Docker-Content-Digest", other.as_str());
        }
    }
}
