use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// A 304 that does not say of what.
pub(super) struct NotModifiedWithoutDigest;

impl Quirk for NotModifiedWithoutDigest {
    fn id(&self) -> &'static str {
        "304-without-digest"
    }

    fn about(&self) -> &'static str {
        "304 Not Modified has neither Docker-Content-Digest nor ETag"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution", "Harbor"]
    }

    fn after(&self, _request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if reply.status == 304 {
            reply.remove("Docker-Content-Digest");
            reply.remove("ETag");
        }
    }
}
