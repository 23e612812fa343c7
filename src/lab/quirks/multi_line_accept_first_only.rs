use super::asked::stored;
use crate::lab::accept::Accept;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;

/// Of several Accept lines the first alone is read.
pub(super) struct MultiLineAcceptFirstOnly;

impl Quirk for MultiLineAcceptFirstOnly {
    fn id(&self) -> &'static str {
        "multi-line-accept-first-only"
    }

    fn about(&self) -> &'static str {
        "of several Accept lines only the first is read; what it does not name is 406"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["mulgadc/spinifex#399", "artipie/docker-adapter#449", "pulp/pulp_docker#391"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let stored = stored(request, store)?;
        let lines = request.lines("accept");
        let first = Accept::of(lines.first().copied().into_iter().collect());
        let message = format!("{} is not acceptable", stored.media_type);
        (lines.len() > 1 && !first.allows(&stored.media_type))
            .then(|| Reply::error(406, "UNSUPPORTED", &message, None))
    }
}
