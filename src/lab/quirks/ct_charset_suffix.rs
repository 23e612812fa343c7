use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// A charset behind the type of manifests.
pub(super) struct CtCharsetSuffix;

impl Quirk for CtCharsetSuffix {
    fn id(&self) -> &'static str {
        "ct-charset-suffix"
    }

    fn about(&self) -> &'static str {
        "the Content-Type of manifests ends in ; charset=utf-8"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["docker.pkg.github.com: containerd/containerd#3291", "Pulp before 2025"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if matches!(request.route, Route::Manifest { .. }) && reply.status == 200 {
            let label = reply.header("content-type").unwrap_or_default().to_owned();
            reply.set("Content-Type", format!("{label}; charset=utf-8"));
        }
    }
}
