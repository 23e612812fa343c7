//! An error without a body says little.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::rules::pairs::pairs;
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::Endpoint;

/// GET says why, HEAD cannot.
pub(crate) const RULE: Rule = Rule {
    id: "head-hides-error-body",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let mut pairs = pairs(case, Endpoint::Manifests);
        pairs.retain(|p| {
            (400..500).contains(&p.head.1.status)
                && p.head.1.status == p.get.1.status
                && (p.get.1.error_code.is_some() || p.get.1.error_message.is_some())
        });
        let first = pairs.first()?;
        let said = [&first.get.1.error_code, &first.get.1.error_message];
        let said: Vec<&str> = said.into_iter().filter_map(|s| s.as_deref()).collect();
        Some(
            Finding::new(self::RULE.id, Severity::Note, Confidence::Certain, Whose::Request)
                .explain(format!(
                    "{} and no more, while {} says: {}.",
                    quote(first.head.0, first.head.1),
                    first.get.0,
                    said.join(": ")
                ))
                .remedy("Repeat a failed HEAD as GET, and read errors[].")
                .evidence([first.head.0, first.get.0]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, find, probe};

    #[test]
    fn fires_wherever_errors_have_words() {
        // The faithful registry does so, as all do.
        assert_fires("head-hides-error-body", &[], "lab/oci");
        assert_fires("head-hides-error-body", &["gcr-2018"], "deepvariant-docker/deepvariant:0.5.0");
    }

    #[test]
    fn silent_where_nothing_is_let_in() {
        assert!(find(&probe(&["basic-auth"], "lab/oci"), "head-hides-error-body").is_none());
    }
}
