//! Whether two reports can be compared as a whole: what is behind the reference decides what cells do.

use crate::oci::document::BodyKind;
use crate::plan::{Cell, Endpoint, Repository, Subject};
use crate::report::{Did, Report};

/// What is behind the reference: `docker-manifest`, `docker-list`, `oci-manifest`, `oci-index`, `schema1`; `None`
/// where nothing was learned.
pub fn shape(report: &Report) -> Option<&'static str> {
    let subjects = &report.recording.subjects;
    let digest = subjects.index.as_ref().or(subjects.manifest.as_ref())?;
    report.cells.iter().find_map(|cell| match &cell.did {
        Did::Answer(answer) => {
            let named = answer.body_digest.as_ref() == Some(digest)
                || answer.docker_content_digest.as_deref() == Some(digest.as_str());
            let document =
                answer.kind.is_index() || answer.kind.is_manifest() || answer.kind == BodyKind::Schema1;
            (answer.status == 200 && named && document).then(|| answer.kind.as_str())
        }
        _ => None,
    })
}

/// Whether the same kind of thing is behind both references: then what is served otherwise is the registry's doing.
pub(super) fn is_alike(before: &Report, after: &Report) -> bool {
    shape(before).is_some_and(|old| shape(after) == Some(old))
}

/// How far two reports can be compared.
pub(super) struct Comparison {
    /// Every cell, or only those that do not depend on what is behind the reference.
    pub(super) whole: bool,
    /// What a reader must know.
    pub(super) remarks: Vec<String>,
}

pub(super) fn comparison(before: &Report, after: &Report) -> Comparison {
    let (a, b) = (&before.recording, &after.recording);
    let mut remarks = Vec::new();
    let same_image = a.target.repository == b.target.repository
        && a.target.tag == b.target.tag
        && a.target.digest == b.target.digest;
    let mut whole = true;
    if let (Some(old), Some(new)) = (shape(before), shape(after))
        && old != new
    {
        // Of one and the same reference, the registry may be the one who shows something else.
        whole = same_image;
        remarks.push(if same_image {
            format!("behind the same reference there was {old}, and now there is {new}")
        } else {
            format!(
                "behind the references are different things, {old} and {new}: only cells that do not depend on it \
                 are compared; probe images of the same shape to compare the rest"
            )
        });
    }
    if a.suite != b.suite {
        remarks.push(format!(
            "the suites differ, {} and {}: only cells that both asked are compared",
            a.suite, b.suite
        ));
    }
    if a.access.scheme != b.access.scheme {
        let scheme = |s: &str| if s.is_empty() { "none".to_owned() } else { s.to_owned() };
        remarks.push(format!(
            "authentication differs: {} before, {} now",
            scheme(&a.access.scheme),
            scheme(&b.access.scheme)
        ));
    }
    Comparison { whole, remarks }
}

/// Whether a cell does the same whatever is behind the reference.
pub(super) fn is_shape_free(cell: &Cell) -> bool {
    let absent =
        matches!(cell.subject, Some(Subject::AbsentTag | Subject::AbsentDigest | Subject::MalformedDigest));
    absent
        || cell.vary.repository == Repository::Absent
        || matches!(cell.endpoint, Endpoint::Ping | Endpoint::Token | Endpoint::Tags)
}
