//! The object storage behind the registry: a second origin, with pre-signed URLs in the manner of S3.
//!
//! Always there, used only by quirks that redirect to it.

use super::blob;
use super::content::Store;
use super::context::Context;
use super::request::LabRequest;
use super::respond::Reply;
use super::route::Route;
use crate::oci::digest::Digest;

/// A URL that grants reading one blob. The signature is over path and query, as sent.
pub fn signed_url(lab: &Context, repository: &str, digest: &Digest) -> String {
    let path = format!("/lab-bucket/{repository}/{digest}");
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=LAB%2F20240229%2Flab%2Fs3%2Faws4_request\
                 &X-Amz-Date=20240229T120000Z&X-Amz-Expires=1200&X-Amz-SignedHeaders=host";
    let signature = sign(&path, query);
    format!("http://{}{path}?{query}&X-Amz-Signature={signature}", lab.storage)
}

/// The same in the manner of Azure: a shared access signature.
pub fn shared_url(lab: &Context, repository: &str, digest: &Digest) -> String {
    let path = format!("/lab-container/{repository}/{digest}");
    let query = "sv=2024-05-04&se=2024-02-29T12%3A20%3A00Z&sr=b&sp=r";
    let signature = sign(&path, query);
    format!("http://{}{path}?{query}&sig={signature}", lab.storage)
}

/// Not a secret, and no HMAC: it only has to notice that a URL was changed on its way.
fn sign(path: &str, query: &str) -> String {
    Digest::sha256(format!("lab {path}?{query}").as_bytes()).encoded().to_owned()
}

/// Answers a request to the storage.
pub fn answer(request: &LabRequest, store: &Store) -> Reply {
    if !request.is_read() {
        return error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
    }
    let signed = ["&X-Amz-Signature=", "&sig="].into_iter().find_map(|key| request.query.rsplit_once(key));
    let Some((query, signature)) = signed else {
        return error(403, "AccessDenied", "Access Denied");
    };
    if signature != sign(&request.path, query) {
        return error(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided.",
        );
    }
    let Route::Stored { repository, digest } = &request.route else {
        return error(404, "NoSuchKey", "The specified key does not exist.");
    };
    match store.blob(repository, digest) {
        Some(bytes) => {
            let mut reply = blob::serve(request, bytes, digest, "application/octet-stream");
            reply.remove("Docker-Content-Digest");
            reply
        }
        None => error(404, "NoSuchKey", "The specified key does not exist."),
    }
}

/// An error in S3's shape.
pub fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Reply::content(status, "application/xml", body)
}
