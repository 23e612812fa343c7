use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// HEAD that is routed to nowhere.
pub(super) struct Head404Get200;

impl Quirk for Head404Get200 {
    fn id(&self) -> &'static str {
        "head-404-get-200"
    }

    fn about(&self) -> &'static str {
        "HEAD of a manifest is 404, whatever is there"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Sonatype Nexus 3, some versions", "crazy-max/diun#1614", "andrey-pohilko/registry-cli#43"]
    }

    fn before(&self, request: &LabRequest, _store: &Store) -> Option<Reply> {
        let head = request.is_head() && matches!(request.route, Route::Manifest { .. });
        head.then(|| Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown", None))
    }
}
