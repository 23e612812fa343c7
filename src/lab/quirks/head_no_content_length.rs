use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::{Body, Reply};

/// A length that is lost on the way.
pub(super) struct HeadNoContentLength;

impl Quirk for HeadNoContentLength {
    fn id(&self) -> &'static str {
        "head-no-content-length"
    }

    fn about(&self) -> &'static str {
        "HEAD comes without Content-Length"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["proxies that compress", "cloudflare/serverless-registry#136"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if request.is_head()
            && let Some(bytes) = reply.bytes().cloned()
        {
            reply.remove("Content-Length");
            reply.body = Body::Chunked(bytes);
        }
    }
}
