use serde_json::Value;

use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::{Body, Reply};
use crate::lab::route::Route;

/// A proxy that reads JSON and writes it anew.
pub(super) struct ManifestRewrittenByProxy;

impl Quirk for ManifestRewrittenByProxy {
    fn id(&self) -> &'static str {
        "manifest-rewritten-by-proxy"
    }

    fn about(&self) -> &'static str {
        "every manifest is re-written with indentation on the way; its digest header stays"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["forward proxies that inspect TLS", "containers/podman#11993", "containers/podman#7298"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        if matches!(request.route, Route::Manifest { .. }) && reply.status == 200 {
            let value = reply.bytes().and_then(|b| serde_json::from_slice::<Value>(b).ok());
            if let Some(text) = value.and_then(|value| serde_json::to_vec_pretty(&value).ok()) {
                reply.body = Body::Bytes(text.into());
                reply.set("Via", "1.1 inspector");
            }
        }
    }
}
