use super::asked::{named, stored, unknown};
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// A type in other letters is another type.
pub(super) struct AcceptCaseSensitive;

impl Quirk for AcceptCaseSensitive {
    fn id(&self) -> &'static str {
        "accept-case-sensitive"
    }

    fn about(&self) -> &'static str {
        "a media type that is not in lower case is not recognised, and the manifest is 404"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution up to 2.8: distribution/distribution#2835"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let stored = stored(request, store)?;
        let accept = request.accept();
        let exact = |entry: &str| entry.split(';').next().is_some_and(|e| e.trim() == stored.media_type);
        let meant = named(request, &stored.media_type);
        (meant && !accept.entries().any(exact)).then(|| unknown("manifest unknown"))
    }
}
