use super::asked::{named, stored, unknown};
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// `*/*` and `application/*` match nothing: only exact types do. What names no wildcard is served as it is.
pub(super) struct WildcardNotUnderstood;

impl Quirk for WildcardNotUnderstood {
    fn id(&self) -> &'static str {
        "wildcard-not-understood"
    }

    fn about(&self) -> &'static str {
        "Accept with nothing but wildcards that would match is 404: entries are compared as text"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.x and 3.x, for OCI manifests", "Quay", "Pulp before 2026", "appc/docker2aci#254"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let stored = stored(request, store)?;
        let wild = request.accept().entries().any(|entry| entry.contains('*'));
        (wild && !named(request, &stored.media_type)).then(|| unknown("manifest unknown"))
    }
}
