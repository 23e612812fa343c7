use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// HEAD that tells the length of something else.
pub(super) struct HeadGetLengthDiffer;

impl Quirk for HeadGetLengthDiffer {
    fn id(&self) -> &'static str {
        "head-get-length-differ"
    }

    fn about(&self) -> &'static str {
        "HEAD of a manifest announces another Content-Length than GET has"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Harbor behind a proxy that compresses", "oras-project/oras-go#1177"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if matches!(request.route, Route::Manifest { .. }) && request.is_head() && reply.status == 200 {
            let length = reply.bytes().map_or(0, |bytes| bytes.len());
            reply.set("Content-Length", (length + 17).to_string());
        }
    }
}
