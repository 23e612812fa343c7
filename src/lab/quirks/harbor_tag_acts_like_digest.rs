use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};

/// A front end that looks manifests up itself, before a registry that serves the rest. (That a tag is served like its
/// digest is what the lab does anyway.)
pub(super) struct HarborTagActsLikeDigest;

impl Quirk for HarborTagActsLikeDigest {
    fn id(&self) -> &'static str {
        "harbor-tag-acts-like-digest"
    }

    fn about(&self) -> &'static str {
        "a missing manifest is answered NOT_FOUND by a front end, a missing blob BLOB_UNKNOWN by what is behind it"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Harbor 2.0 and later"]
    }

    fn after(&self, request: &LabRequest, reply: &mut Reply, _store: &Store) {
        let Route::Manifest { repository, reference } = &request.route else { return };
        if reply.status == 404 {
            let mark = if matches!(reference, Reference::Digest(_)) { '@' } else { ':' };
            let message = format!("artifact {repository}{mark}{} not found", reference.as_str());
            *reply = Reply::error(404, "NOT_FOUND", &message, None);
        }
    }
}
