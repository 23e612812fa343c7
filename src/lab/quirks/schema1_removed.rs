use super::asked::stored;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::oci::media_type::SCHEMA1_SIGNED;

/// A schema 1 manifest from before an upgrade. (That others are not converted to it is what the lab does anyway.)
pub(super) struct Schema1Removed;

impl Quirk for Schema1Removed {
    fn id(&self) -> &'static str {
        "schema1-removed"
    }

    fn about(&self) -> &'static str {
        "a stored schema 1 manifest is 500: the registry does not know the format any more"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 3.0 and 3.1 on the storage of a 2.8"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let stored = stored(request, store)?;
        let detail = Some("unrecognized manifest schema version 1".into());
        (stored.media_type == SCHEMA1_SIGNED).then(|| Reply::error(500, "UNKNOWN", "unknown error", detail))
    }
}
