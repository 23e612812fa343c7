use super::sketch::Sketch;
use crate::lab::respond::Reply;
use crate::lab::route::Route;
use crate::oci::digest::Digest;

/// The other half of the finding, artifacts with an empty config, is in the lab's images: `lab/artifact:v1`.
pub(super) const EMPTY_CONFIG: Sketch = Sketch {
    id: "empty-config",
    about: "the empty blob, {}, is 404",
    seen_at: &["oras-project/oras-go#294", "Pulp, before its special case EMPTY_BLOB"],
    admit: |request| {
        let Route::Blob { digest: Ok(digest), .. } = &request.route else { return None };
        let empty = *digest == Digest::sha256(b"{}");
        empty.then(|| Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry", None))
    },
    ..Sketch::NONE
};
