use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Route, Site};
use crate::lab::storage::{error, signed_url};

/// Blobs are at another origin, by a pre-signed URL that must be fetched without `Authorization`.
pub(super) struct BlobRedirectStripAuthS3;

impl Quirk for BlobRedirectStripAuthS3 {
    fn id(&self) -> &'static str {
        "blob-redirect-strip-auth-s3"
    }

    fn about(&self) -> &'static str {
        "blobs are redirected (307) to a pre-signed URL that refuses a request with Authorization"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &[
            "Amazon ECR, and distribution or Harbor on S3",
            "open-policy-agent/opa#6580",
            "renovatebot/renovate#3877",
        ]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        match (&request.route, request.site) {
            (Route::Blob { repository, digest: Ok(digest) }, _) if request.is_read() => {
                store.blob(repository, digest)?;
                Some(Reply::redirect(307, &signed_url(&request.lab, repository, digest)))
            }
            (_, Site::Storage) if request.header("authorization").is_some() => Some(error(
                400,
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, \
                 Signature query string parameter or the Authorization header should be specified",
            )),
            _ => None,
        }
    }
}
