//! Indexes in another form than the lab's own, for quirks that are about content.

use serde_json::Value;

use crate::lab::content::Store;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};
use crate::oci::digest::Digest;
use crate::oci::media_type;

/// The index that is asked for with its entries changed, by its tag or by the changed form's own digest.
pub(super) fn swapped(
    request: &LabRequest,
    store: &Store,
    change: impl Fn(&mut Vec<Value>),
) -> Option<Reply> {
    let Route::Manifest { repository, reference } = &request.route else { return None };
    let home = store.repository(repository).filter(|_| request.is_read())?;
    let is_index = |t: &str| matches!(t, media_type::OCI_INDEX | media_type::DOCKER_LIST);
    home.manifests.values().filter(|stored| is_index(&stored.media_type)).find_map(|stored| {
        let mut value: Value = serde_json::from_slice(&stored.bytes).ok()?;
        change(value.get_mut("manifests")?.as_array_mut()?);
        let bytes = serde_json::to_vec(&value).ok()?;
        let digest = Digest::sha256(&bytes);
        let asked = match reference {
            Reference::Tag(tag) => home.tags.get(tag) == Some(&stored.digest),
            Reference::Digest(wanted) => *wanted == digest,
            Reference::Malformed(_) => false,
        };
        asked.then(|| {
            Reply::content(200, &stored.media_type, bytes)
                .with("Docker-Content-Digest", digest.as_str())
                .with("ETag", format!("\"{digest}\""))
        })
    })
}
