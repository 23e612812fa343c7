use super::asked::{stored, unknown};
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// No Accept is taken for "nothing will do".
pub(super) struct EmptyAccept404Some;

impl Quirk for EmptyAccept404Some {
    fn id(&self) -> &'static str {
        "empty-accept-404-some"
    }

    fn about(&self) -> &'static str {
        "a manifest is 404 to a request without Accept"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["adevinta/noe#84", "distribution/distribution#3938"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        stored(request, store)?;
        request.accept().is_absent().then(|| unknown("manifest unknown"))
    }
}
