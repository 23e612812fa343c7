use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;
use crate::oci::media_type;

/// Negotiation as RFC 9110 has it, for indexes alone.
pub(super) struct OciIndexVsDockerListBothNeeded;

impl Quirk for OciIndexVsDockerListBothNeeded {
    fn id(&self) -> &'static str {
        "oci-index-vs-docker-list-both-needed"
    }

    fn about(&self) -> &'static str {
        "an index is 404 to a client whose Accept does not allow its exact type, OCI's or Docker's"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.8", "concourse/docker-image-resource#368", "gesellix/docker-client#782"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference } = &request.route else { return None };
        let stored = store.manifest(repository, reference).filter(|_| request.is_read())?;
        let index = matches!(stored.media_type.as_str(), media_type::OCI_INDEX | media_type::DOCKER_LIST);
        let refused = index && !request.accept().allows(&stored.media_type);
        refused.then(|| Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown", None))
    }
}
