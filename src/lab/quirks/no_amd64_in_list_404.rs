use super::list_collapsed_to_amd64::collapse;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// A registry that collapses lists to linux/amd64, where there is none.
pub(super) struct NoAmd64InList404;

impl Quirk for NoAmd64InList404 {
    fn id(&self) -> &'static str {
        "no-amd64-in-list-404"
    }

    fn about(&self) -> &'static str {
        "a tag that holds a list without linux/amd64 is 404 unless Accept names the list's type"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.8 and 3.x"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let nothing = collapse(request, store)?.is_none();
        // Without the detail that the error for an absent tag has.
        nothing.then(|| Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown", None))
    }
}
