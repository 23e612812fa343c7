use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// A type that is told to GET only.
pub(super) struct HeadNoContentType;

impl Quirk for HeadNoContentType {
    fn id(&self) -> &'static str {
        "head-no-content-type"
    }

    fn about(&self) -> &'static str {
        "HEAD of a manifest comes without Content-Type"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["some mirrors", "containerd/containerd#7390"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if matches!(request.route, Route::Manifest { .. }) && request.is_head() {
            reply.remove("Content-Type");
        }
    }
}
