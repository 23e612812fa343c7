use super::asked::{by_tag, unknown};
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// Only the way by tag looks at Accept.
pub(super) struct Tag404Digest200ByAccept;

impl Quirk for Tag404Digest200ByAccept {
    fn id(&self) -> &'static str {
        "tag-404-digest-200-by-accept"
    }

    fn about(&self) -> &'static str {
        "by tag, a manifest whose type Accept does not allow is 404; by digest it is served"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Pulp 2.27 and 2.28: pulp/pulp_container#2438", "pulp/pulp_container#2417"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let stored = by_tag(request, store)?;
        (!request.accept().allows(&stored.media_type)).then(|| unknown("Manifest not found."))
    }
}
