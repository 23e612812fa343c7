use serde_json::json;

use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};

/// What has a colon and is no digest is looked for as a tag, in a file that cannot be.
pub(super) struct MalformedDigestHandling;

impl Quirk for MalformedDigestHandling {
    fn id(&self) -> &'static str {
        "malformed-digest-handling"
    }

    fn about(&self) -> &'static str {
        "a malformed digest at /manifests/ is 500 UNKNOWN, telling a path of the storage"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.8, 3.0 and 3.1"]
    }

    fn before(&self, request: &LabRequest, _store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference: Reference::Malformed(text) } = &request.route else {
            return None;
        };
        let root = "/docker/registry/v2/repositories";
        let path = format!("{root}/{repository}/_manifests/tags/{text}/current/link");
        let detail = json!({ "DriverName": "filesystem", "Path": path });
        Some(Reply::error(500, "UNKNOWN", "unknown error", Some(detail)))
    }
}
