use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// The counterpart of what most do: manifests are to be had as blobs too.
pub(super) struct ManifestDigestAtBlobs200;

impl Quirk for ManifestDigestAtBlobs200 {
    fn id(&self) -> &'static str {
        "manifest-digest-at-blobs-200"
    }

    fn about(&self) -> &'static str {
        "manifests are served at /blobs/ as well, as application/octet-stream"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["olareg", "registries that containerd falls back to blobs for (containerd 9b7fa6131)"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Blob { repository, digest: Ok(digest) } = &request.route else { return None };
        let home = store.repository(repository).filter(|_| request.is_read())?;
        let stored = home.manifests.get(digest)?;
        let reply = Reply::content(200, "application/octet-stream", stored.bytes.clone());
        Some(reply.with("Docker-Content-Digest", digest.as_str()))
    }
}
