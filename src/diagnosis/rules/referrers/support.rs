//! Whether the referrers API is there.

use super::{ABSENT, FALLBACK, FILTERED, PLAIN, UNKNOWN, answered, fallback_words, manifest};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;

/// There is no API.
pub(crate) const NOT_FOUND: Rule = Rule {
    id: "referrers-404-use-fallback",
    layer: Layer::Optional,
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
                .explain(format!(
                    "{}, while {}.{by}{}{oras}",
                    quote(id, answer),
                    quote(held_id, held),
                    fallback_words(case)
                ))
                .remedy(
                    "Client: treat the 404 as \"no referrers API\" and GET /manifests/sha256-<hex>; a 404 there \
                     means no referrers.",
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
    under: &["metadata-read-scope"],
    examine: |case| {
        let refused = |status: u16| matches!(status, 401 | 403);
        let (id, answer) = case.answer(PLAIN).filter(|(_, a)| refused(a.status))?;
        let (held_id, held) = manifest(case)?;
        let others = answered(case, &[FILTERED, UNKNOWN, ABSENT], |a| refused(a.status));
        Some(
            Finding::new("referrers-401", Severity::Warning, Confidence::Certain, Whose::Registry)
                .title(format!("Referrers API answers {} although the manifest is served", answer.status))
                .explain(format!(
                    "{}, while {}, with the same credentials.{}",
                    quote(id, answer),
                    quote(held_id, held),
                    fallback_words(case)
                ))
                .remedy(
                    "Client: treat it as \"no referrers API\" and GET /manifests/sha256-<hex>. Registry operator: \
                     answer 404 without a referrers API, or grant it to everyone who may pull.",
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
    under: &["everything-200"],
    examine: |case| {
        let (id, answer) = case.answer(ABSENT).filter(|(_, a)| a.status == 200)?;
        let (control_id, control) =
            ["GET manifests/tag accept=all repository=absent", "GET tags accept=json repository=absent"]
                .into_iter()
                .find_map(|id| case.answer(id).filter(|(_, a)| a.status == 404))?;
        Some(
            Finding::new("referrers-missing-repo-200", Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!("{}, while {}.", quote(id, answer), quote(control_id, control)))
                .remedy(
                    "Check at /manifests/ or /tags/list that the repository exists; the list of referrers does not \
                     show it.",
                )
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
