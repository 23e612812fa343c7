use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// A quirk that is said in a few lines: a door, a change, or both.
pub(super) struct Sketch {
    pub(super) id: &'static str,
    pub(super) about: &'static str,
    pub(super) seen_at: &'static [&'static str],
    /// [`Quirk::admit`]
    pub(super) admit: fn(&LabRequest) -> Option<Reply>,
    /// [`Quirk::after`]
    pub(super) after: fn(&LabRequest, &mut Reply),
}

impl Sketch {
    /// The quirk that does nothing.
    pub(super) const NONE: Sketch =
        Sketch { id: "", about: "", seen_at: &[], admit: |_| None, after: |_, _| {} };
}

impl Quirk for Sketch {
    fn id(&self) -> &'static str {
        self.id
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn seen_at(&self) -> &'static [&'static str] {
        self.seen_at
    }

    fn admit(&self, request: &LabRequest) -> Option<Reply> {
        (self.admit)(request)
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        (self.after)(request, reply);
    }
}
