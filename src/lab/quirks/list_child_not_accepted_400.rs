use super::asked::{by_tag, named};
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::oci::media_type::{DOCKER_LIST, DOCKER_MANIFEST};

/// A manifest list for a client that takes neither lists nor Docker's manifests.
pub(super) struct ListChildNotAccepted400;

impl Quirk for ListChildNotAccepted400 {
    fn id(&self) -> &'static str {
        "list-child-not-accepted-400"
    }

    fn about(&self) -> &'static str {
        "by tag, a Docker manifest list is 400 unless Accept names it or Docker's manifest"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 3.0 and 3.1"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let stored = by_tag(request, store)?;
        let message = "Schema 2 manifest not supported by client";
        let refused = stored.media_type == DOCKER_LIST
            && !named(request, DOCKER_LIST)
            && !named(request, DOCKER_MANIFEST);
        refused.then(|| Reply::error(400, "MANIFEST_INVALID", message, None))
    }
}
