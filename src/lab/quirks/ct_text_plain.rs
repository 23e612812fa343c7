use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// Manifests as `text/plain`.
pub(super) struct CtTextPlain;

impl Quirk for CtTextPlain {
    fn id(&self) -> &'static str {
        "ct-text-plain"
    }

    fn about(&self) -> &'static str {
        "manifests come with Content-Type: text/plain"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &[
            "registry.access.redhat.com and nvcr.io in 2018",
            "containerd/containerd#3238",
            "google/go-containerregistry#617",
        ]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if matches!(request.route, Route::Manifest { .. }) && reply.status == 200 {
            reply.set("Content-Type", "text/plain");
        }
    }
}
