use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// Weak entity tags, as an nginx that compresses makes them.
pub(super) struct EtagWeak;

impl Quirk for EtagWeak {
    fn id(&self) -> &'static str {
        "etag-weak"
    }

    fn about(&self) -> &'static str {
        "manifests come with a weak ETag, W/\"...\""
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["nginx with gzip", "docker.pkg.github.com", "containerd/containerd#3291"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if matches!(request.route, Route::Manifest { .. }) && reply.is_success() {
            let weak = reply.header("etag").map(|etag| format!("W/{}", etag.trim_start_matches("W/")));
            if let Some(weak) = weak {
                reply.set("ETag", weak);
            }
        }
    }
}
