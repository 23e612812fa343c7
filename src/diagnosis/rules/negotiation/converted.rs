//! The digest of a manifest that was made for the occasion.

use super::seen::get;
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::plan::Subject;

/// It is announced, and names nothing.
pub(crate) const RULE: Rule = Rule {
    id: "converted-digest-not-fetchable",
    layer: Layer::Negotiation,
    under: &["no-accept-yields-schema1"],
    examine: |case| {
        let digest = case.evidence.recording.subjects.converted.as_ref()?;
        let (id, answer) = case.answer("GET manifests/converted accept=all")?;
        let (absent_id, absent) = get(case, Subject::AbsentDigest, "all")?;
        // Caches have their own way to say that there is no such digest.
        if !matches!(answer.status, 404 | 500) || answer.status != absent.status {
            return None;
        }
        let crossed = case.evidence.axis.crossed().iter().rev();
        let (made_id, made) =
            crossed.filter_map(|accept| get(case, Subject::Tag, accept)).find(|(_, a)| {
                a.status == 200
                    && a.kind == BodyKind::Schema1
                    && a.docker_content_digest.as_deref() == Some(digest.as_str())
            })?;
        let again = case.answer(&format!("{made_id} again=2")).map(|(id, _)| id);
        Some(
            Finding::new(RULE.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("Digest of the converted manifest is {}", answer.status))
                .explain(format!(
                    "{} announces {digest}, and {}, as for a digest that is nowhere: {}.",
                    quote(made_id, made),
                    quote(id, answer),
                    quote(absent_id, absent)
                ))
                .remedy("Client: resolve the tag with every manifest type in Accept, and use that digest.")
                .evidence([id, made_id, absent_id].into_iter().chain(again)),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{all, assert_fires, assert_silent, find, probe};

    const ID: &str = "converted-digest-not-fetchable";
    const CAUSE: &str = "no-accept-yields-schema1";

    #[test]
    fn made_and_not_kept() {
        for image in ["lab/docker", "lab/docker-list"] {
            assert_fires(ID, &[CAUSE], image);
            let report = probe(&[CAUSE], image);
            assert!(find(&report, CAUSE).unwrap().children.iter().any(|c| c.id == ID), "{:?}", all(&report));
        }
    }

    #[test]
    fn silent_where_nothing_is_converted() {
        assert_silent(ID);
        assert!(find(&probe(&[], "lab/schema1"), ID).is_none());
        assert!(find(&probe(&[CAUSE], "lab/oci"), ID).is_none());
    }
}
