use http::Method;

use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// ECR's habit.
pub(super) struct DcdMissingOnGet;

impl Quirk for DcdMissingOnGet {
    fn id(&self) -> &'static str {
        "dcd-missing-on-get"
    }

    fn about(&self) -> &'static str {
        "GET of a manifest comes without Docker-Content-Digest, HEAD with it"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Amazon ECR, private and public", "oras-project/oras-go#237", "aws/containers-roadmap#1931"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if request.method == Method::GET {
            reply.remove("Docker-Content-Digest");
        }
    }
}
