use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// A header line without a value.
pub(super) struct DcdEmptyString;

impl Quirk for DcdEmptyString {
    fn id(&self) -> &'static str {
        "dcd-empty-string"
    }

    fn about(&self) -> &'static str {
        "Docker-Content-Digest is sent, and empty"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["registries that the Rust oci-client met (68d1205)"]
    }

    fn after(&self, _request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if reply.header("docker-content-digest").is_some() {
            reply.set("Docker-Content-Digest", "");
        }
    }
}
