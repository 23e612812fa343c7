use serde_json::Value;

use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};

/// A pull-through cache that holds the images of the lab, and cannot reach its upstream.
pub(super) struct CacheHidesUpstreamFailure;

impl Quirk for CacheHidesUpstreamFailure {
    fn id(&self) -> &'static str {
        "cache-hides-upstream-failure-as-404"
    }

    fn about(&self) -> &'static str {
        "a cache without its upstream: tags that it lacks are 404, digests 500 with the true error"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 3.1.1 as a pull-through cache, its upstream stopped"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference } = &request.route else { return None };
        store.repository(repository).filter(|_| request.is_read())?;
        if store.manifest(repository, reference).is_some() {
            return None;
        }
        match reference {
            Reference::Tag(tag) => {
                let detail = Some(Value::from(format!("unknown tag={tag}")));
                Some(Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown", detail))
            }
            Reference::Digest(_) => {
                let truth =
                    "Get \"http://127.0.0.1:9/v2/\": dial tcp 127.0.0.1:9: connect: connection refused";
                Some(Reply::error(500, "UNKNOWN", "unknown error", Some(Value::from(truth))))
            }
            Reference::Malformed(_) => None,
        }
    }
}
