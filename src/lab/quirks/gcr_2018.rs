use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};

/// gcr.io as it was in 2017 and 2018: the founding case.
///
/// `Accept` is split at its commas and each entry is compared, as text, with the one media type
/// that is stored. Parameters are not cut off, wildcards mean nothing, and no match is a 404 that
/// names the right type. That a request without `Accept` gets the same 404, with nothing between the
/// last quotes, is this lab's choice: no thread shows one.
pub(super) struct Gcr2018;

impl Quirk for Gcr2018 {
    fn id(&self) -> &'static str {
        "gcr-2018"
    }

    fn about(&self) -> &'static str {
        "a manifest is served only if Accept names its media type, letter for letter; else 404"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &[
            "gcr.io, 2017 to 2020",
            "appc/docker2aci#254",
            "appc/docker2aci#255",
            "camallo/dkregistry-rs#161",
            "opencontainers/distribution-spec#218",
        ]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let Route::Manifest { repository, reference } = &request.route else { return None };
        let stored = store.manifest(repository, reference).filter(|_| request.is_read())?;
        let accept = request.accept();
        if accept.names_exactly(&stored.media_type) {
            return None;
        }
        let by = if matches!(reference, Reference::Tag(_)) { "tag" } else { "digest" };
        let message = format!(
            "Manifest with {by} '{}' has media type '{}', but client accepts '{}'",
            reference.as_str(),
            stored.media_type,
            accept.literal()
        );
        Some(Reply::error(404, "MANIFEST_UNKNOWN", &message, None))
    }
}
