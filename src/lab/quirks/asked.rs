//! What the quirks about Accept have in common.

use crate::lab::content::{Store, Stored};
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route};
use crate::oci::media_type;

/// The stored manifest that a GET or HEAD asks for, if there is one.
pub(super) fn stored<'s>(request: &LabRequest, store: &'s Store) -> Option<&'s Stored> {
    match &request.route {
        Route::Manifest { repository, reference } if request.is_read() => {
            store.manifest(repository, reference)
        }
        _ => None,
    }
}

/// The same, asked for by its tag.
pub(super) fn by_tag<'s>(request: &LabRequest, store: &'s Store) -> Option<&'s Stored> {
    let tagged = matches!(&request.route, Route::Manifest { reference: Reference::Tag(_), .. });
    stored(request, store).filter(|_| tagged)
}

/// Whether Accept names a media type, wildcards not counted; case and parameters left aside.
pub(super) fn named(request: &LabRequest, wanted: &str) -> bool {
    request.accept().entries().any(|entry| media_type::base(entry) == wanted)
}

/// What distribution answers where it has nothing of a wanted type.
pub(super) fn unknown(message: &str) -> Reply {
    Reply::error(404, "MANIFEST_UNKNOWN", message, None)
}
