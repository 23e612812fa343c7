use super::asked::{named, stored, unknown};
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::oci::media_type::{OCI_INDEX, OCI_MANIFEST};

/// OCI content is 404 unless Accept names its exact type, by tag and by digest.
pub(super) struct OciNotInAccept404;

impl Quirk for OciNotInAccept404 {
    fn id(&self) -> &'static str {
        "oci-not-in-accept-404"
    }

    fn about(&self) -> &'static str {
        "an OCI manifest or index is 404 unless Accept names its type; Docker's types are served to anyone"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.7 to 2.8, and 3.x for manifests", "Azure/acr#764", "docker/hub-feedback#2410"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let stored = stored(request, store)?;
        let what = match stored.media_type.as_str() {
            OCI_MANIFEST => "manifest",
            OCI_INDEX => "index",
            _ => return None,
        };
        let plural = if what == "index" { "indexes" } else { "manifests" };
        (!named(request, &stored.media_type))
            .then(|| unknown(&format!("OCI {what} found, but accept header does not support OCI {plural}")))
    }
}
