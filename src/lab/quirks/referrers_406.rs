use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// The referrers endpoint finds nothing acceptable.
pub(super) struct Referrers406;

impl Quirk for Referrers406 {
    fn id(&self) -> &'static str {
        "referrers-406"
    }

    fn about(&self) -> &'static str {
        "every request for referrers is 406"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["google/go-containerregistry#2026"]
    }

    fn before(&self, request: &LabRequest, _store: &Store) -> Option<Reply> {
        matches!(request.route, Route::Referrers { .. })
            .then(|| Reply::error(406, "UNSUPPORTED", "not acceptable", None))
    }
}
