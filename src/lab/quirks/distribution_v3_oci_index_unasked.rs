use super::asked::named;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;
use crate::oci::media_type;

/// Distribution 3 with OCI content: the check that 2.8 had for indexes never fires.
pub(super) struct DistributionV3OciIndexUnasked;

impl Quirk for DistributionV3OciIndexUnasked {
    fn id(&self) -> &'static str {
        "distribution-v3-oci-index-unasked"
    }

    fn about(&self) -> &'static str {
        "an OCI index is served whatever Accept holds, an OCI manifest only if Accept names its type"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 3.0.0 and 3.1.1 (commit e72294d07)"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference } = &request.route else { return None };
        let stored = store.manifest(repository, reference).filter(|_| request.is_read())?;
        let refused =
            stored.media_type == media_type::OCI_MANIFEST && !named(request, media_type::OCI_MANIFEST);
        let message = "OCI manifest found, but accept header does not support OCI manifests";
        refused.then(|| Reply::error(404, "MANIFEST_UNKNOWN", message, None))
    }
}
