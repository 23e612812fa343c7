//! Faults that passed.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::evidence::faults::passed_faults;

/// 5xx, and then not, for one and the same request.
pub(crate) const RULE: Rule = Rule {
    id: "intermittent-5xx",
    layer: Layer::Routing,
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
                .title(format!("{status} at first, answered when repeated"))
                .explain(format!(
                    "{id} → {status} at first. Sent again when nothing else was under way: {}.{more}",
                    quote(id, answer)
                ))
                .remedy(
                    "Client: retry GET and HEAD after a 5xx, with a pause. Registry operator: read the log for this \
                     time; a pull-through cache settles once its blobs are stored.",
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
