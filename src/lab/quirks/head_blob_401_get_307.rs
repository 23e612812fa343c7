use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;
use crate::lab::storage::signed_url;

/// A registry whose blobs are elsewhere, and that lets nobody look.
pub(super) struct HeadBlob401Get307;

impl Quirk for HeadBlob401Get307 {
    fn id(&self) -> &'static str {
        "head-blob-401-get-307"
    }

    fn about(&self) -> &'static str {
        "HEAD of a blob is 401, GET of it is redirected (307)"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Amazon ECR Public", "distribution/distribution#4383"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Blob { repository, digest: Ok(digest) } = &request.route else { return None };
        store.blob(repository, digest).filter(|_| request.is_read())?;
        Some(if request.is_head() {
            Reply::error(401, "UNAUTHORIZED", "not authorized", None)
        } else {
            Reply::redirect(307, &signed_url(&request.lab, repository, digest))
        })
    }
}
