use super::asked::{stored, unknown};
use crate::lab::accept::Accept;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// The reverse of reading one line of several: a line is one type, commas and all.
pub(super) struct JoinedAcceptOneValue;

impl Quirk for JoinedAcceptOneValue {
    fn id(&self) -> &'static str {
        "joined-accept-one-value"
    }

    fn about(&self) -> &'static str {
        "an Accept line with commas in it is taken for one long media type; 404 where no other line fits"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["proxies that compare whole header lines; see multi-line-accept-first-only"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let stored = stored(request, store)?;
        let lines = request.lines("accept");
        let single = lines.iter().copied().filter(|line| !line.contains(',')).collect();
        let joined = lines.iter().any(|line| line.contains(','));
        (joined && !Accept::of(single).names_exactly(&stored.media_type)).then(|| unknown("manifest unknown"))
    }
}
