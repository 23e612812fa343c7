use super::asked::{named, stored, unknown};
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// A type with a parameter after it is another type.
pub(super) struct QValuesBreakMatch;

impl Quirk for QValuesBreakMatch {
    fn id(&self) -> &'static str {
        "q-values-break-match"
    }

    fn about(&self) -> &'static str {
        "a media type with a quality value is not recognised, and the manifest is 404"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["gcr.io in 2020: camallo/dkregistry-rs#161", "Pulp before 2026"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let stored = stored(request, store)?;
        let accept = request.accept();
        let bare = accept.entries().any(|entry| !entry.contains(';'));
        let meant = named(request, &stored.media_type);
        (meant && !bare).then(|| unknown("manifest unknown"))
    }
}
