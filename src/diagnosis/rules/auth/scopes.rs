//! What a token endpoint makes of more than was asked for.

use super::TOKEN;
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};

/// A refused request that differs from a granted one in one parameter.
fn refused_with<'a>(case: &Case<'a>, query: &str) -> Option<(super::Seen<'a>, super::Seen<'a>)> {
    let plain = case.answer(TOKEN).filter(|(_, a)| a.status == 200)?;
    let more = case.answer(&format!("GET token accept=none query={query}"))?;
    let refused = (400..600).contains(&more.1.status) && more.1.status != 429;
    refused.then_some((more, plain))
}

fn finding(
    rule: &Rule,
    (more, plain): (super::Seen<'_>, super::Seen<'_>),
    title: &str,
    remedy: &str,
) -> Finding {
    let ((id, answer), (plain_id, granted)) = (more, plain);
    Finding::new(rule.id, Severity::Note, Confidence::Certain, Whose::Request)
        .title(title)
        .explain(format!("{}{}, while {}.", quote(id, answer), super::said(answer), quote(plain_id, granted)))
        .remedy(remedy)
        .evidence([id, plain_id])
}

/// An empty scope beside the right one.
pub(crate) const EXTRA: Rule = Rule {
    id: "bad-extra-scope-400",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        Some(finding(
            &EXTRA,
            refused_with(case, "scope=::")?,
            "Token request refused because of a second, invalid scope",
            "Send exactly one scope, repository:<name>:pull; leave empty scopes out.",
        ))
    },
};

/// The catalog's scope beside the repository's.
pub(crate) const CATALOG: Rule = Rule {
    id: "catalog-scope-403",
    layer: Layer::Authentication,
    under: &["bad-extra-scope-400"],
    examine: |case| {
        Some(finding(
            &CATALOG,
            refused_with(case, "scope=registry:catalog:*")?,
            "Token request refused when it includes registry:catalog:*",
            "Request repository:<name>:pull alone; request the catalog in a request of its own, if at all.",
        ))
    },
};

/// A refresh token that is asked for.
pub(crate) const OFFLINE: Rule = Rule {
    id: "offline-token-param-breaks",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        Some(finding(
            &OFFLINE,
            refused_with(case, "offline_token=true")?,
            "Token request with offline_token=true is refused",
            "Leave out offline_token, and request a new token when the old one has expired.",
        ))
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 3] = ["bad-extra-scope-400", "catalog-scope-403", "offline-token-param-breaks"];

    #[test]
    fn each_fires_on_its_quirk() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
        }
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
        let report = probe(&["bearer-auth"], "lab/oci");
        assert!(IDS.iter().all(|id| find(&report, id).is_none()));
        assert!(IDS.iter().all(|id| report.coverage.exercised.contains(id)));
    }
}
