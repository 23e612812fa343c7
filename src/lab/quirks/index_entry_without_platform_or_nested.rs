use serde_json::Value;

use super::swapped::swapped;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// Entries without a platform. A matter of content, which no registry changes: the indexes of the lab are
/// served in another form, under that form's own digest.
pub(super) struct IndexEntryWithoutPlatformOrNested;

impl Quirk for IndexEntryWithoutPlatformOrNested {
    fn id(&self) -> &'static str {
        "index-entry-without-platform-or-nested"
    }

    fn about(&self) -> &'static str {
        "the last entry of each index has lost its platform"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["cosign", "ORAS (oras-go fa548ab2)", "images of BuildKit's caches", "Joxit/docker-registry-ui#227"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        swapped(request, store, |entries| {
            if let Some(entry) = entries.last_mut().and_then(Value::as_object_mut) {
                entry.remove("platform");
            }
        })
    }
}
