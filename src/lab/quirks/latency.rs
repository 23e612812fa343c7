use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// A registry far away.
pub(super) struct Latency;

impl Quirk for Latency {
    fn id(&self) -> &'static str {
        "latency"
    }

    fn about(&self) -> &'static str {
        "every answer takes a while"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["every registry on another continent"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        reply.delay += request.lab.latency;
    }
}
