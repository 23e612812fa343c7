use serde_json::{Value, json};

use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};

/// Blobs are looked for at /manifests/ too, found, and not understood.
pub(super) struct ConfigDigestAtManifests500;

impl Quirk for ConfigDigestAtManifests500 {
    fn id(&self) -> &'static str {
        "config-digest-at-manifests-500"
    }

    fn about(&self) -> &'static str {
        "the digest of a config or a layer is 500 UNKNOWN at /manifests/"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.1.1 to 2.8 (removed by commit b2b3f8603)"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference: Reference::Digest(digest) } = &request.route else {
            return None;
        };
        let home = store.repository(repository).filter(|_| request.is_read())?;
        let blob = home.blobs.get(digest).filter(|_| !home.manifests.contains_key(digest))?;
        // JSON is read, and has no schema version; anything else ends the reader at its first byte.
        let object = serde_json::from_slice::<Value>(blob).is_ok_and(|value| value.is_object());
        let detail = if object { json!({}) } else { json!({ "Offset": 1 }) };
        Some(Reply::error(500, "UNKNOWN", "unknown error", Some(detail)))
    }
}
