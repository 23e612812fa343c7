use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// HEAD that is not known.
pub(super) struct Head405;

impl Quirk for Head405 {
    fn id(&self) -> &'static str {
        "head-405"
    }

    fn about(&self) -> &'static str {
        "HEAD of a manifest is 405"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["GitHub Enterprise", "docker.pkg.github.com", "containerd/containerd#5860"]
    }

    fn before(&self, request: &LabRequest, _store: &Store) -> Option<Reply> {
        let head = request.is_head() && matches!(request.route, Route::Manifest { .. });
        head.then(|| Reply::error(405, "UNSUPPORTED", "method not allowed", None).with("Allow", "GET"))
    }
}
