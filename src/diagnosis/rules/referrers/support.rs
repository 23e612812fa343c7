//! Whether the referrers API is there.

use super::{ABSENT, FALLBACK, FILTERED, PLAIN, SPEC, UNKNOWN, answered, fallback_words, manifest};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;

/// There is no API.
pub(crate) const NOT_FOUND: Rule = Rule {
    id: "referrers-404-use-fallback",
    layer: Layer::Optional,
    about: "there is no referrers API: clients have to look under the fallback tag",
    page: "Asked for what refers to a manifest that is there, the registry answers 404, which is how the spec has one say \
           that it has no referrers API; one that has it answers 200, with an empty list if need be. Signatures and SBOMs \
           are then listed in an index under the tag sha256-<hex> of the manifest's digest, which clients keep up. CNCF \
           distribution and GHCR have no API.",
    references: &[
        SPEC,
        "OCI distribution spec 1.1, \"Unavailable Referrers API\"",
        "https://github.com/docker/roadmap/issues/724",
        "https://github.com/NVIDIA/aicr/issues/1957",
    ],
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(PLAIN).filter(|(_, a)| a.status == 404)?;
        let (held_id, held) = manifest(case)?;
        let others = answered(case, &[FILTERED, UNKNOWN], |a| a.status == 404);
        let by = match answer.kind {
            BodyKind::Text | BodyKind::Empty | BodyKind::Html => {
                " The answer is no error of a registry: the path is not routed."
            }
            _ => "",
        };
        // oras takes this code at its word, and does not look any further.
        let unknown = answer.error_code.as_deref().is_some_and(|c| c.eq_ignore_ascii_case("NAME_UNKNOWN"));
        let (severity, oras) = if unknown {
            (
                Severity::Warning,
                " oras takes NAME_UNKNOWN for what it says, and does not try the fallback tag.",
            )
        } else {
            (Severity::Note, "")
        };
        Some(
            Finding::new("referrers-404-use-fallback", severity, Confidence::Certain, Whose::Registry)
                .title("there is no referrers API: what refers to the image is under a tag, if anywhere")
                .explain(format!(
                    "{}, while {}.{by}{}{oras}",
                    quote(id, answer),
                    quote(held_id, held),
                    fallback_words(case)
                ))
                .remedy(
                    "Take the 404 for \"no such API\", and ask for the tag sha256-<hex> at /manifests/; a 404 there means \
                     that nothing refers to the image.",
                )
                .evidence(
                    [id, held_id]
                        .into_iter()
                        .chain(case.answer(FALLBACK).map(|(id, _)| id))
                        .chain(others.into_iter().map(|(id, _)| id)),
                ),
        )
    },
};

/// Not for what lets one pull.
pub(crate) const REFUSED: Rule = Rule {
    id: "referrers-401",
    layer: Layer::Optional,
    about: "the referrers endpoint answers 401 or 403 to who is given the manifest",
    page: "The manifest is served, and what refers to it is refused with the same credentials. Where there is no referrers \
           API, the spec wants 404. Older Harbor answers 401 for a path that it does not know. Clients go on to the \
           fallback tag after a 404; after a 401 crane, cosign and oras report an error, and signatures are not verified.",
    references: &[SPEC, "regclient/regclient, commit 9ea54d9"],
    under: &["metadata-read-scope"],
    examine: |case| {
        let refused = |status: u16| matches!(status, 401 | 403);
        let (id, answer) = case.answer(PLAIN).filter(|(_, a)| refused(a.status))?;
        let (held_id, held) = manifest(case)?;
        let others = answered(case, &[FILTERED, UNKNOWN, ABSENT], |a| refused(a.status));
        Some(
            Finding::new("referrers-401", Severity::Warning, Confidence::Certain, Whose::Registry)
                .title(format!("the referrers endpoint answers {}, with the credentials that get the manifest", answer.status))
                .explain(format!(
                    "{}, while {}, with the same credentials.{}",
                    quote(id, answer),
                    quote(held_id, held),
                    fallback_words(case)
                ))
                .remedy(
                    "On the client: take it for \"no such API\", and ask for the tag sha256-<hex> at /manifests/. On the server: \
                     answer 404 where there is no referrers API, or let it be read by who may pull.",
                )
                .evidence(
                    [id, held_id]
                        .into_iter()
                        .chain(case.answer(FALLBACK).map(|(id, _)| id))
                        .chain(others.into_iter().map(|(id, _)| id)),
                ),
        )
    },
};

/// 200 wherever one asks.
pub(crate) const MISSING_REPOSITORY: Rule = Rule {
    id: "referrers-missing-repo-200",
    layer: Layer::Optional,
    about: "referrers of a manifest in a repository that does not exist are an empty list, not 404",
    page: "The list of referrers is empty, with 200, where the repository itself does not exist. zot does so. An empty list \
           is no sign that the repository or the manifest is there: a misspelt name looks like an image without signatures.",
    references: &[SPEC, "project-zot/zot, commit 3fa6104e"],
    under: &["everything-200"],
    examine: |case| {
        let (id, answer) = case.answer(ABSENT).filter(|(_, a)| a.status == 200)?;
        let (control_id, control) =
            ["GET manifests/tag accept=all repository=absent", "GET tags accept=json repository=absent"]
                .into_iter()
                .find_map(|id| case.answer(id).filter(|(_, a)| a.status == 404))?;
        Some(
            Finding::new("referrers-missing-repo-200", Severity::Note, Confidence::Certain, Whose::Registry)
                .title("referrers in a repository that does not exist are 200, and not 404")
                .explain(format!("{}, while {}.", quote(id, answer), quote(control_id, control)))
                .remedy("See at /manifests/ or /tags/list whether the repository exists; the list of referrers does not tell.")
                .evidence([id, control_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 3] = ["referrers-404-use-fallback", "referrers-401", "referrers-missing-repo-200"];

    #[test]
    fn each_fires_on_its_quirk_and_no_other_does() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
            let report = probe(&[id], "lab/oci");
            for other in IDS.into_iter().filter(|other| *other != id) {
                assert!(find(&report, other).is_none(), "{other} beside {id}");
            }
        }
    }

    #[test]
    fn no_api_is_a_note() {
        let report = probe(&["referrers-404-use-fallback"], "lab/oci");
        assert_eq!(find(&report, "referrers-404-use-fallback").unwrap().severity, Severity::Note);
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_none_of(&IDS);
    }
}
