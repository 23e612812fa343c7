use serde_json::Value;

use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};

/// A pull-through cache, asked for a digest that neither it nor its upstream has.
pub(super) struct CacheMissingDigest500;

impl Quirk for CacheMissingDigest500 {
    fn id(&self) -> &'static str {
        "cache-missing-digest-500"
    }

    fn about(&self) -> &'static str {
        "a manifest digest that is nowhere is 500 UNKNOWN, a tag that is nowhere 404"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.8 and 3.1 as a pull-through cache"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference: Reference::Digest(digest) } = &request.route else {
            return None;
        };
        let home = store.repository(repository).filter(|_| request.is_read())?;
        let detail = Some(Value::from("manifest unknown: manifest unknown"));
        (!home.manifests.contains_key(digest)).then(|| Reply::error(500, "UNKNOWN", "unknown error", detail))
    }
}
