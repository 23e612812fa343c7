use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// A registry, or a proxy before one, without the digest header.
pub(super) struct DcdMissingEverywhere;

impl Quirk for DcdMissingEverywhere {
    fn id(&self) -> &'static str {
        "dcd-missing-everywhere"
    }

    fn about(&self) -> &'static str {
        "no answer carries Docker-Content-Digest; the ETag stays"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &[
            "registry.access.redhat.com",
            "nixery.dev",
            "proxies that strip headers",
            "containerd/containerd#3238",
            "distribution/distribution#3848",
        ]
    }

    fn after(&self, _request: &LabRequest, reply: &mut Reply, _store: &Store) {
        reply.remove("Docker-Content-Digest");
    }
}
