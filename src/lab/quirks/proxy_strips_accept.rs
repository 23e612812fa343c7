use super::asked::{stored, unknown};
use super::no_accept_yields_schema1::{amd64, converted};
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};
use crate::oci::media_type::{DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST};

/// A registry that goes by Accept, behind a proxy that clears it: distribution 2.8 as it answers who sends none.
pub(super) struct ProxyStripsAccept;

impl Quirk for ProxyStripsAccept {
    fn id(&self) -> &'static str {
        "proxy-strips-accept"
    }

    fn about(&self) -> &'static str {
        "Accept is lost before a registry that goes by it: OCI is 404, Docker's manifest becomes schema 1"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["nginx with proxy_set_header Accept \"\"", "distribution 2.8 behind it"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference } = &request.route else { return None };
        let found = stored(request, store)?;
        let what = match found.media_type.as_str() {
            OCI_MANIFEST => "OCI manifest found, but accept header does not support OCI manifests",
            OCI_INDEX => "OCI index found, but accept header does not support OCI indexes",
            DOCKER_MANIFEST | DOCKER_LIST => {
                let Reference::Tag(tag) = reference else { return None };
                let home = store.repository(repository)?;
                let manifest = if found.media_type == DOCKER_LIST { amd64(home, found)? } else { found };
                return converted(home, repository, tag, manifest);
            }
            _ => return None,
        };
        Some(unknown(what))
    }
}
