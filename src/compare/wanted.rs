//! What a client wants of a cell: without that, another answer is neither better nor worse.

use super::Direction;
use crate::exchange::Method;
use crate::oci::document::BodyKind;
use crate::oci::media_type as mt;
use crate::plan::{Cell, Credentials, Endpoint, Repository, Subject};
use crate::report::{Answer, CellView, Did, Report};

/// Whether anybody could want it served. Junk credentials, names that nobody has, digests that are none and pages of
/// less than nothing are asked to see how they are refused, and a registry may refuse them today and not tomorrow.
pub(super) fn is_meant(cell: &Cell) -> bool {
    let junk = matches!(cell.vary.token, Credentials::JunkBearer | Credentials::JunkBasic);
    let nowhere = matches!(cell.vary.repository, Repository::Absent | Repository::Upper);
    // Of a digest that nothing refers to, the list of referrers is empty, and that is an answer.
    let nothing = match cell.subject {
        Some(Subject::MalformedDigest) => true,
        Some(Subject::AbsentTag | Subject::AbsentDigest) => cell.endpoint != Endpoint::Referrers,
        _ => false,
    };
    let pages = cell.vary.query.as_deref().unwrap_or_default().split('&');
    let negative = pages.into_iter().any(|part| part.starts_with("n=-"));
    !(junk || nowhere || nothing || negative)
}

/// Whether it is a page for a person, whatever its status says: nothing is lost when that goes.
pub(super) fn is_page(cell: &Cell, answer: &Answer) -> bool {
    let manifest = cell.endpoint == Endpoint::Manifests && cell.method == Method::Get;
    answer.kind == BodyKind::Html || manifest && answer.kind == BodyKind::Text
}

/// Which way it went for a client that names the types that it can read, where both answers are manifests of some
/// kind: one that gets what it named is served, one that gets anything else is not, whatever the status says.
pub(super) fn direction(before: &CellView, after: &CellView, report: &Report) -> Option<Direction> {
    let (Did::Answer(old), Did::Answer(new)) = (&before.did, &after.did) else { return None };
    // What a HEAD promises is not yet what comes: GET of the same says that.
    if before.method != Method::Get {
        return None;
    }
    let document = |answer: &Answer| types(answer.kind).is_some();
    if old.kind == new.kind || !document(old) || !document(new) {
        return None;
    }
    let exchange = report.recording.exchanges.iter().find(|e| e.id == new.exchange)?;
    let headers = exchange.hops.first()?.request.headers.iter().filter(|h| h.name == "accept");
    let named: Vec<String> = headers.flat_map(|h| h.value.split(',')).map(mt::base).collect();
    if named.is_empty() || named.iter().any(|entry| entry.contains('*')) {
        return None;
    }
    let wanted = |answer: &Answer| {
        types(answer.kind).is_some_and(|types| types.iter().any(|t| named.iter().any(|n| n == t)))
    };
    match (wanted(old), wanted(new)) {
        (true, false) => Some(Direction::Regression),
        (false, true) => Some(Direction::Improvement),
        _ => None,
    }
}

/// The media types of a kind of manifest.
fn types(kind: BodyKind) -> Option<&'static [&'static str]> {
    match kind {
        BodyKind::OciIndex => Some(&[mt::OCI_INDEX]),
        BodyKind::DockerList => Some(&[mt::DOCKER_LIST]),
        BodyKind::OciManifest => Some(&[mt::OCI_MANIFEST]),
        BodyKind::DockerManifest => Some(&[mt::DOCKER_MANIFEST]),
        BodyKind::Schema1 => Some(&[mt::SCHEMA1, mt::SCHEMA1_SIGNED]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_wants_what_is_asked_to_be_refused() {
        let meant = |id: &str| is_meant(&Cell::parse_id(id).unwrap());
        for id in [
            "GET manifests/tag accept=all",
            "GET tags accept=json query=n=1",
            "GET tags accept=json query=last=~zz",
            "GET referrers/absent-digest accept=oci-index",
            "GET manifests/tag accept=all token=none",
        ] {
            assert!(meant(id), "{id}");
        }
        for id in [
            "GET tags accept=json query=n=-1",
            "GET tags accept=json query=last=~zz&n=-1",
            "GET manifests/absent-tag accept=all",
            "GET manifests/malformed-digest accept=all",
            "GET referrers/malformed-digest accept=oci-index",
            "GET manifests/tag accept=all repository=upper",
            "GET manifests/tag accept=all token=junk-bearer",
        ] {
            assert!(!meant(id), "{id}");
        }
    }
}
