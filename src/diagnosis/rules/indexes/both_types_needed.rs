//! Two names for one thing.

use super::{by_tag, held, names};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::oci::media_type;
use crate::report::Answer;

/// Only one of the two index types finds it.
pub(crate) const RULE: Rule = Rule {
    id: "oci-index-vs-docker-list-both-needed",
    layer: Layer::Negotiation,
    about: "an OCI index is not found by a client that names Docker's manifest list only, or the other way round",
    page: "OCI's index and Docker's manifest list are the same thing under two media types, and an image has one or the \
           other. A client that names one of them does not get the other: it is answered 404, or with one platform's \
           manifest in its place. Send both, with both manifest types.",
    references: &[
        "https://github.com/concourse/docker-image-resource/issues/368",
        "https://github.com/gesellix/docker-client/issues/782",
    ],
    under: &[
        "gcr-accept-mismatch-message",
        "oci-not-in-accept-404",
        "not-acceptable-406",
        "list-child-not-accepted-400",
        "no-amd64-in-list-404",
        "list-collapsed-to-amd64",
        "wrong-dcd-for-collapsed-list",
        "no-accept-yields-schema1",
    ],
    examine: |case| {
        let held = held(case)?;
        let (right, wrong, other) = match held.seen.1.kind {
            BodyKind::DockerList => ("docker-list", "oci-index", media_type::OCI_INDEX),
            _ => ("oci-index", "docker-list", media_type::DOCKER_LIST),
        };
        let missed = |a: &Answer| match a.status {
            200 => !a.kind.is_index(),
            status => matches!(status, 400 | 404 | 406 | 415),
        };
        let (id, answer) = case.answer(&format!("GET manifests/tag accept={wrong}"))?;
        let (right_id, served) = case.answer(&format!("GET manifests/tag accept={right}"))?;
        if !missed(answer) || served.status != 200 || !served.kind.is_index() {
            return None;
        }
        let more = by_tag(case).filter(|(c, a)| {
            names(case, &c.accept, other)
                && !names(case, &c.accept, held.media_type())
                && !matches!(a.status, 200 | 401 | 403 | 429)
        });
        Some(
            Finding::new(self::RULE.id, Severity::Note, Confidence::Certain, Whose::Request)
                .title("both index types have to be named: this tag is found by one of them only")
                .explain(format!("{}, while {}.", quote(id, answer), quote(right_id, served)))
                .remedy(format!(
                    "Name both in Accept: {}, {}; and the manifest types beside them.",
                    media_type::OCI_INDEX,
                    media_type::DOCKER_LIST
                ))
                .evidence([id, right_id].into_iter().chain(more.map(|(c, _)| &c.id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent};

    const ID: &str = "oci-index-vs-docker-list-both-needed";

    #[test]
    fn fires_where_the_exact_type_counts() {
        assert_fires(ID, &[ID], "lab/index");
        assert_fires(ID, &[ID], "lab/docker-list");
    }

    #[test]
    fn silent_where_accept_is_not_looked_at() {
        assert_silent(ID);
    }
}
