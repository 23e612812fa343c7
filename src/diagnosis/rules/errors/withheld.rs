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
    about: "the manifest is withheld by a policy: 403, in a repository that can be read",
    page: "What is not there is answered 404, so the request is let into the repository; what is there is answered 403. A \
           policy of the registry's owner keeps this image back, mostly a scanner that found something in it. Other \
           credentials help only where the policy makes exceptions for them.",
    references: &["RFC 9110, section 15.5.4", "https://github.com/sobolevn/git-secret/issues/801"],
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
                .title("the image is withheld: what is there is 403, what is not is 404")
                .explain(format!("{}{said}, while {}.", quote(id, answer), quote(absent_id, absent)))
                .remedy(
                    "Ask who keeps the registry which policy holds the image back (a scanner's report, as a rule), and have \
                     the image rebuilt or the policy changed. The client is not at fault.",
                )
                .evidence([id, absent_id].into_iter().chain(withheld)),
        )
    },
};

/// HEAD tells what GET does not give.
pub(crate) const HEAD_PASSES: Rule = Rule {
    id: "head-passes-get-blocked",
    layer: Layer::Existence,
    about: "HEAD says 200 of a manifest that GET refuses to give",
    page: "The check that keeps the image back is made for GET only. HEAD says that the manifest is there, with digest and \
           all, and a client that looked with HEAD and then comes with GET is refused: it seems as if the registry had \
           changed its mind.",
    references: &[
        "RFC 9110, section 9.3.2 (HEAD is answered as GET)",
        "https://github.com/goharbor/harbor/issues/13825",
        "https://github.com/goharbor/harbor/issues/15035",
    ],
    under: &["policy-412", "policy-403-xray"],
    examine: |case| {
        let (id, get) = case.answer(NORMAL).filter(|(_, a)| matches!(a.status, 403 | 412 | 451))?;
        let (head_id, head) = case.answer(HEAD).filter(|(_, a)| a.status == 200)?;
        // The absent one tells a refusal of GET as such from one of this image.
        let (absent_id, absent) = let_in(case)?;
        let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
        Some(
            Finding::new(HEAD_PASSES.id, severity, Confidence::Certain, Whose::Registry)
                .title(format!("HEAD says 200, and GET {}, of the same manifest", get.status))
                .explain(format!(
                    "{}, while {} and {}.",
                    quote(id, get),
                    quote(head_id, head),
                    quote(absent_id, absent)
                ))
                .remedy("Do not take HEAD's 200 for leave to pull: only GET tells. What GET says is why it is withheld.")
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
