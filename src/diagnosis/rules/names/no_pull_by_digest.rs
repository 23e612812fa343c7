//! The digest is announced, and leads nowhere.

use super::{by_tag, severity};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Whose};
use crate::oci::document::BodyKind;
use crate::plan::{Endpoint, Subject};

/// By tag it is served, by the digest of the same bytes it is not found.
pub(crate) const RULE: Rule = Rule {
    id: "no-pull-by-digest",
    layer: Layer::Existence,
    under: &["cache-hides-upstream-failure-as-404"],
    examine: |case| {
        let subjects = &case.evidence.recording.subjects;
        let subject = if subjects.index.is_some() { Subject::Index } else { Subject::Manifest };
        let digest = subjects.digest(subject)?;
        // Schema 1 is often made on the fly, and signed anew each time: kept is what comes twice. Bytes that something
        // on the way has rewritten have a digest that nobody announced. The rest is other rules' business.
        let twice = |a: &crate::report::Answer| {
            by_tag(case).filter(|(_, other)| other.body_digest == a.body_digest).count() > 1
        };
        let served = |a: &crate::report::Answer| {
            let own = (a.kind.is_manifest() || a.kind.is_index()) && a.body_digest.as_ref() == Some(digest);
            let signed = a.kind == BodyKind::Schema1 && a.bytes_match == Some(true) && twice(a);
            a.status == 200 && (own || signed) && a.docker_content_digest.as_deref() == Some(digest.as_str())
        };
        let (tag, tagged) =
            by_tag(case).filter(|(_, a)| served(a)).min_by_key(|(cell, _)| cell.accept != "all")?;
        let asked: Vec<_> =
            case.plain(move |c| c.endpoint == Endpoint::Manifests && c.subject == Some(subject)).collect();
        if asked.is_empty() || !asked.iter().all(|(_, a)| a.status == 404) {
            return None;
        }
        let all = format!("GET manifests/{} accept=all", subject.as_str());
        let (id, answer) = case.answer(&all)?;
        let control = case.answer("GET manifests/absent-digest accept=all");
        let like_absent = control.is_some_and(|(_, a)| a.status == 404);
        let confidence = if like_absent { Confidence::Certain } else { Confidence::Likely };
        let children = case
            .plain(|c| c.endpoint == Endpoint::Manifests && c.subject == Some(Subject::Manifest))
            .filter(|(_, a)| a.status == 404);
        Some(
            Finding::new(RULE.id, severity(case), confidence, Whose::Registry)
                .explain(format!(
                    "{}, and header and bytes say {digest}; {}{}.",
                    quote(&tag.id, tagged),
                    quote(id, answer),
                    if like_absent { ", as for a digest that is nowhere" } else { "" }
                ))
                .remedy(
                    "Registry operator: serve manifests by digest. Client: pull by tag with podman or skopeo; \
                     containerd and docker from 28.2 on request the digest.",
                )
                .evidence(
                    [id, &tag.id]
                        .into_iter()
                        .chain(control.map(|(id, _)| id))
                        .chain(asked.iter().map(|(c, _)| &c.id))
                        .chain(children.map(|(c, _)| &c.id)),
                ),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    const ID: &str = "no-pull-by-digest";

    #[test]
    fn a_tag_without_its_digest() {
        for (image, severity) in [("lab/oci", Severity::Warning), ("lab/index", Severity::Broken)] {
            assert_fires(ID, &[ID], image);
            assert_eq!(find(&probe(&[ID], image), ID).unwrap().severity, severity, "{image}");
        }
    }

    #[test]
    fn silent_where_digests_are_served_to_some_or_all() {
        assert_silent(ID);
        assert!(find(&probe(&["oci-not-in-accept-404"], "lab/oci"), ID).is_none());
        assert!(find(&probe(&["no-accept-yields-schema1"], "lab/docker"), ID).is_none());
        // What a proxy has rewritten hashes to nothing that was ever stored.
        for image in ["lab/docker", "lab/index"] {
            assert!(find(&probe(&["manifest-rewritten-by-proxy"], image), ID).is_none(), "{image}");
        }
    }
}
