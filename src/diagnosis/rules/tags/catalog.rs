//! The list of all repositories, which the spec leaves to the registry.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::Endpoint;

/// No list of repositories.
pub(crate) const DISABLED: Rule = Rule {
    id: "catalog-disabled",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let (cell, answer) = case.evidence.answers(|c| c.endpoint == Endpoint::Catalog).next()?;
        if !matches!(answer.status, 401 | 403 | 404 | 405 | 501) {
            return None;
        }
        let (served_id, served) = ["GET manifests/tag accept=all", "GET manifests/digest accept=all"]
            .into_iter()
            .find_map(|id| case.answer(id).filter(|(_, a)| a.status == 200))?;
        let (confidence, why) = match answer.status {
            // Our token is good for pulling from one repository. Another one may be good for more.
            401 | 403 => (Confidence::Likely, "not with what lets one pull"),
            _ => (Confidence::Certain, "there is no such list"),
        };
        Some(
            Finding::new("catalog-disabled", Severity::Note, confidence, Whose::Registry)
                .explain(format!("{}: {why}; {}.", quote(&cell.id, answer), quote(served_id, served)))
                .remedy(
                    "Use GET /v2/ to test whether the registry is available; take repository names from elsewhere.",
                )
                .evidence([&cell.id, served_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};
    use crate::diagnosis::{Confidence, Severity};

    #[test]
    fn no_list_of_repositories() {
        assert_fires("catalog-disabled", &["catalog-disabled"], "lab/oci");
        assert_none_of(&["catalog-disabled"]);
    }

    #[test]
    fn a_token_for_pulling_does_not_list_and_another_might() {
        let report = probe(&["bearer-auth"], "lab/oci");
        let finding = find(&report, "catalog-disabled").unwrap();
        assert_eq!((finding.severity, finding.confidence), (Severity::Note, Confidence::Likely));
        assert!(report.findings.iter().all(|f| f.severity == Severity::Note));
    }
}
