use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// Manifests as `application/json`.
pub(super) struct CtApplicationJson;

impl Quirk for CtApplicationJson {
    fn id(&self) -> &'static str {
        "ct-application-json"
    }

    fn about(&self) -> &'static str {
        "manifests come with Content-Type: application/json"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Artifactory and Bintray, old", "moby/moby#19400", "containerd/cri#787"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if matches!(request.route, Route::Manifest { .. }) && reply.status == 200 {
            reply.set("Content-Type", "application/json");
        }
    }
}
