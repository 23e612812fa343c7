use super::asked::{named, stored, unknown};
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::oci::media_type::{SCHEMA1, SCHEMA1_SIGNED};

/// Signed schema 1 is not unsigned schema 1.
pub(super) struct Schema1VariantMismatch;

impl Quirk for Schema1VariantMismatch {
    fn id(&self) -> &'static str {
        "schema1-variant-mismatch"
    }

    fn about(&self) -> &'static str {
        "a signed schema 1 manifest is 404 to a client that names only the unsigned type"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["gcr.io: appc/docker2aci#255", "fluxcd/flux#838", "heroku/docker-registry-client#56"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let stored = stored(request, store)?;
        let unsigned = named(request, SCHEMA1) && !named(request, SCHEMA1_SIGNED);
        (stored.media_type == SCHEMA1_SIGNED && unsigned).then(|| unknown("manifest unknown"))
    }
}
