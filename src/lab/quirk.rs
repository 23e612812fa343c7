//! The seam at which the lab misbehaves.

use super::content::Store;
use super::request::LabRequest;
use super::respond::Reply;

/// A behaviour of some real registry, to be switched on by name.
///
/// Of the quirks that are on, all [`hear`](Quirk::hear) the request first. Then all are asked
/// [`admit`](Quirk::admit), then [`before`](Quirk::before), each in the order given until one answers; if none does, the faithful
/// registry answers. Whoever answered, every quirk's [`after`](Quirk::after) then sees the answer,
/// in the order given. A quirk is a unit struct: what it has to remember it counts in
/// [`LabRequest::lab`].
pub trait Quirk: Sync {
    /// Its id; where a finding of the catalogue is about this behaviour, that finding's id.
    fn id(&self) -> &'static str;

    /// What it does, in a line.
    fn about(&self) -> &'static str;

    /// Who does it: registries, and the public threads or documents that show it.
    fn seen_at(&self) -> &'static [&'static str];

    /// The request as it is understood, where that is not what was sent.
    fn hear(&self, _request: &LabRequest) -> Option<LabRequest> {
        None
    }

    /// Answers a request that is not let in: credentials, quotas, blocked clients. Asked of all
    /// quirks before any `before`, so that no answer comes out past a closed door.
    fn admit(&self, _request: &LabRequest) -> Option<Reply> {
        None
    }

    /// Answers instead of the registry.
    fn before(&self, _request: &LabRequest, _store: &Store) -> Option<Reply> {
        None
    }

    /// Changes the answer.
    fn after(&self, _request: &LabRequest, _reply: &mut Reply, _store: &Store) {}
}
