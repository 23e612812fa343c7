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
                .title(format!("{}: Accept lists only the other index type", answer.status))
                .explain(format!("{}, while {}.", quote(id, answer), quote(right_id, served)))
                .remedy(format!(
                    "List both in Accept: {}, {}; and the two manifest types.",
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
