//! A registry that filters by Accept, and says 404.

use super::gcr_accept_mismatch_message::stored;
use super::seen::{Held, also, get, media_type};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::oci::media_type::base;
use crate::plan::Subject;
use crate::probes::Axis;

/// Whether an Accept value names the type of what is there in some form, or a range that holds it: forms that not every
/// registry understands have rules of their own. No Accept at all allows everything by RFC 9110; a registry that is
/// known to go by the list of types takes it for an empty one.
fn allowed(held: &Held<'_>, axis: &Axis, accept: &str) -> bool {
    let lines = axis.lines(accept).unwrap_or_default();
    let wanted = media_type(held.kind);
    let range = |entry: &str| entry == wanted || entry.ends_with("/*");
    lines.iter().flat_map(|line| line.split(',')).any(|entry| range(&base(entry)))
}

/// Docker's types are for those who take them.
pub(crate) const RULE: Rule = Rule {
    id: "type-not-in-accept-404",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let all: Vec<Held<'_>> = [Subject::Tag, Subject::Index, Subject::Manifest]
            .into_iter()
            .filter_map(|subject| Held::of(case, subject))
            .filter(|held| !matches!(held.kind, BodyKind::OciManifest | BodyKind::OciIndex))
            .collect();
        let held = *all.first()?;
        let axis = case.evidence.axis;
        // Named most plainly not: by someone who wants something else altogether.
        let (id, answer) = ["json", "oci-manifest", "oci-index", "docker-config"]
            .into_iter()
            .filter_map(|accept| held.get(accept))
            .find(|(_, a)| a.status == 404)?;
        // The message that names the stored type has a finding of its own.
        if answer.error_message.as_deref().is_some_and(|message| stored(message).is_some()) {
            return None;
        }
        // Served by digest all the same, only the way by tag looks at Accept: that is another habit.
        let accept = id.0.rsplit('=').next().unwrap_or_default();
        let by_digest = if held.kind.is_index() { Subject::Index } else { Subject::Manifest };
        let digest = get(case, by_digest, accept).filter(|(_, a)| a.status == 404)?;
        let others = also(case, move |cell, a| {
            a.status == 404
                && all.iter().any(|h| Some(h.subject) == cell.subject && !allowed(h, axis, &cell.accept))
        });
        let what = crate::paths::name(held.kind);
        Some(
            Finding::new(RULE.id, Severity::Note, Confidence::Certain, Whose::Request)
                .title(format!("404 for {what} unless Accept lists its media type"))
                .explain(format!(
                    "{}, while {}. By digest it is the same.",
                    quote(id, answer),
                    quote(held.control.0, held.control.1)
                ))
                .remedy(
                    "Client: send all four types in Accept: Docker's manifest and list, OCI's manifest and index.",
                )
                .evidence([id, held.control.0, digest.0].into_iter().chain(others)),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn fires_on_a_filter_by_accept() {
        assert_fires(RULE.id, &["olareg-accept"], "lab/docker");
        assert_fires(RULE.id, &["olareg-accept"], "lab/docker-list");
        assert_fires(RULE.id, &["olareg-accept"], "lab/schema1");
    }

    #[test]
    fn silent_on_other_filters() {
        assert_silent(RULE.id);
        for (quirks, image) in [
            (["gcr-2018"], "lab/docker"),
            (["no-amd64-in-list-404"], "lab/list-no-amd64"),
            (["tag-404-digest-200-by-accept"], "lab/docker"),
        ] {
            assert!(find(&probe(&quirks, image), RULE.id).is_none(), "{quirks:?}");
        }
    }
}
