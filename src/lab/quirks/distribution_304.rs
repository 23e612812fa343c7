use super::sketch::Sketch;
use crate::lab::route::Route;

/// The condition is met, and what of is not said: at manifests alone, since blobs go through Go's file server.
pub(super) const NOT_MODIFIED: Sketch = Sketch {
    id: "distribution-304",
    about: "at manifests, 304 Not Modified has neither Docker-Content-Digest nor ETag",
    seen_at: &["distribution 2.8, 3.0 and 3.1"],
    after: |request, reply| {
        if reply.status == 304 && matches!(request.route, Route::Manifest { .. }) {
            reply.remove("Docker-Content-Digest");
            reply.remove("ETag");
        }
    },
    ..Sketch::NONE
};
