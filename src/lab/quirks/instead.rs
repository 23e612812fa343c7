use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// A quirk that answers some requests in the registry's place, from what it holds.
pub(super) struct Instead {
    pub(super) id: &'static str,
    pub(super) about: &'static str,
    pub(super) seen_at: &'static [&'static str],
    /// [`Quirk::before`]
    pub(super) before: fn(&LabRequest, &Store) -> Option<Reply>,
}

impl Quirk for Instead {
    fn id(&self) -> &'static str {
        self.id
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn seen_at(&self) -> &'static [&'static str] {
        self.seen_at
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        (self.before)(request, store)
    }
}
