//! Faults that passed.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::evidence::faults::passed_faults;

/// 5xx, and then not, for one and the same request.
pub(crate) const RULE: Rule = Rule {
    id: "intermittent-5xx",
    layer: Layer::Routing,
    about: "a request in order is answered 5xx, and answered well when it is sent again",
    page: "What should be there was asked for and the answer was a 5xx. Sent once more, when nothing else was under way, the \
           same request was answered. The table shows the second answer; the first one is in the report, too. So it is no \
           property of the request: something behind the registry fails now and then. Pull-through caches do it when several \
           ask for a blob that they do not hold yet, registries whose storage throttles them, and proxies in front of \
           several registries of which one is down.",
    references: &["RFC 9110, section 15.6", "RFC 9110, section 9.2.2 (GET and HEAD may be repeated)"],
    under: &[],
    examine: |case| {
        let all = passed_faults(case.evidence.recording);
        let first = all.first()?;
        let (id, status, answer) = (&first.then.id, first.fault()?.status, first.answer()?);
        let whose = if matches!(status, 502..=504) { Whose::Proxy } else { Whose::Registry };
        let more = match all.len() - 1 {
            0 => String::new(),
            1 => " So it was with one more request.".to_owned(),
            more => format!(" So it was with {more} more requests."),
        };
        Some(
            Finding::new(RULE.id, Severity::Warning, Confidence::Certain, whose)
                .title(format!("the registry fails with {status}, and answers when it is asked again"))
                .explain(format!(
                    "{id} → {status} at first. Sent again when nothing else was under way: {}.{more}",
                    quote(id, answer)
                ))
                .remedy(
                    "Let clients repeat GET and HEAD after a 5xx, with a pause. Look at the registry's log at this time: what \
                     it says of these requests is the cause. Of a pull-through cache: it settles once the blobs are stored.",
                )
                .evidence(all.iter().map(|fault| &fault.then.id)),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, probe};
    use crate::report::Outcome;

    #[test]
    fn fires_on_a_fault_that_passes() {
        assert_fires(RULE.id, &[RULE.id], "lab/oci");
    }

    #[test]
    fn silent_where_nothing_fails_and_where_it_fails_always() {
        assert_none_of(&[RULE.id]);
        let always = probe(&["upstream-error-wrapped"], "lab/oci");
        assert!(always.findings.iter().all(|f| f.id != RULE.id));
    }

    /// A verdict on what came the second time, and nothing put down to what passed.
    #[test]
    fn the_paths_work_and_nothing_else_is_blamed() {
        let report = probe(&[RULE.id], "lab/oci");
        assert_eq!(report.outcome, Outcome::Degraded);
        let warned: Vec<_> = report.findings.iter().filter(|f| f.severity >= Severity::Warning).collect();
        assert_eq!(warned.iter().map(|f| f.id).collect::<Vec<_>>(), [RULE.id]);
        let faithful = probe(&[], "lab/oci");
        let signatures = |r: &crate::report::Report| {
            r.cells.iter().map(|c| (c.id.clone(), c.signature.clone())).collect::<Vec<_>>()
        };
        assert_eq!(signatures(&report), signatures(&faithful));
    }
}
