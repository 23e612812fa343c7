//! Content that is there and is not given out.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::Answer;

const NORMAL: &str = "GET manifests/tag accept=all";
const HEAD: &str = "HEAD manifests/tag accept=all";
const ABSENT_TAG: &str = "GET manifests/absent-tag accept=all";

/// The absent tag, answered 404: whoever asks may look into the repository.
fn let_in<'a>(case: &Case<'a>) -> Option<(&'a CellId, &'a Answer)> {
    case.answer(ABSENT_TAG).filter(|(_, a)| a.status == 404)
}

/// 403: a policy.
pub(crate) const POLICY: Rule = Rule {
    id: "policy-403-xray",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(NORMAL).filter(|(_, a)| a.status == 403)?;
        let (absent_id, absent) = let_in(case)?;
        // Whatever is asked for is withheld, whichever type is accepted: it is no matter of negotiation.
        let asked = |c: &crate::report::CellView| {
            c.endpoint == Endpoint::Manifests
                && matches!(c.subject, Some(Subject::Tag | Subject::Manifest | Subject::Index))
        };
        if case.plain(asked).any(|(_, a)| a.status == 200 && a.kind.is_manifest()) {
            return None;
        }
        let message = answer.error_message.as_deref().unwrap_or_default();
        let words = ["policy", "xray", "blocked", "blocking", "vulnerab", "quarantin"];
        let told = words.iter().any(|word| message.to_ascii_lowercase().contains(word));
        let said = if message.is_empty() { String::new() } else { format!(": \"{message}\"") };
        let withheld = case.plain(asked).filter(|(_, a)| a.status == 403).map(|(c, _)| &c.id);
        let confidence = if told { Confidence::Certain } else { Confidence::Likely };
        Some(
            Finding::new(POLICY.id, Severity::Broken, confidence, Whose::Image)
                .explain(format!("{}{said}, while {}.", quote(id, answer), quote(absent_id, absent)))
                .remedy(
                    "Ask the registry's owner which policy blocks the image (usually a scan result); rebuild the \
                     image or change the policy. The client is not at fault.",
                )
                .evidence([id, absent_id].into_iter().chain(withheld)),
        )
    },
};

/// HEAD tells what GET does not give.
pub(crate) const HEAD_PASSES: Rule = Rule {
    id: "head-passes-get-blocked",
    layer: Layer::Existence,
    under: &["policy-412", "policy-403-xray"],
    examine: |case| {
        let (id, get) = case.answer(NORMAL).filter(|(_, a)| matches!(a.status, 403 | 412 | 451))?;
        let (head_id, head) = case.answer(HEAD).filter(|(_, a)| a.status == 200)?;
        // The absent one tells a refusal of GET as such from one of this image.
        let (absent_id, absent) = let_in(case)?;
        let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
        Some(
            Finding::new(HEAD_PASSES.id, severity, Confidence::Certain, Whose::Registry)
                .title(format!("HEAD of the manifest is 200, GET is {}", get.status))
                .explain(format!(
                    "{}, while {} and {}.",
                    quote(id, get),
                    quote(head_id, head),
                    quote(absent_id, absent)
                ))
                .remedy(
                    "Client: do not take 200 of HEAD as permission to pull; GET gives the reason. Registry \
                     operator: apply the policy to HEAD as well.",
                )
                .evidence([id, head_id, absent_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_none_of, find, probe};

    #[test]
    fn withheld_with_403() {
        let report = probe(&["policy-403-xray"], "lab/oci");
        assert_eq!(report.findings[0].id, "policy-403-xray", "{:?}", report.findings);
    }

    #[test]
    fn head_tells_more_than_get() {
        let report = probe(&["head-passes-get-blocked"], "lab/oci");
        assert!(find(&report, "head-passes-get-blocked").is_some(), "{:?}", report.findings);
        assert!(find(&probe(&["policy-403-xray"], "lab/oci"), "head-passes-get-blocked").is_none());
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_none_of(&["policy-403-xray", "head-passes-get-blocked"]);
    }
}
