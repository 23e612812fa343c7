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
    about: "the token endpoint refuses a request that has a scope it cannot read beside the right one",
    page: "Some clients put an empty or half-made scope (::) before the one they need. Most token endpoints ignore what they \
           do not understand; this one refuses the whole request, so that no token comes back although the right scope was \
           in it.",
    references: &[
        "CNCF distribution, token scope documentation",
        "https://github.com/containers/podman/issues/20371",
    ],
    under: &[],
    examine: |case| {
        Some(finding(
            &EXTRA,
            refused_with(case, "scope=::")?,
            "the token endpoint refuses a request with an unreadable scope beside the right one",
            "Ask for exactly one scope, repository:<name>:pull, and leave out empty ones.",
        ))
    },
};

/// The catalog's scope beside the repository's.
pub(crate) const CATALOG: Rule = Rule {
    id: "catalog-scope-403",
    layer: Layer::Authentication,
    about: "the token endpoint refuses everything where registry:catalog:* is among the scopes",
    page: "Asked for the right to list repositories beside the right to pull, the token endpoint does not grant less: it \
           refuses the whole request. Clients that always ask for both (to list repositories, or to be on the safe side) get \
           no token at all here, though pulling alone is allowed.",
    references: &[
        "CNCF distribution, token scope documentation",
        "https://github.com/oras-project/oras/issues/1128",
    ],
    under: &["bad-extra-scope-400"],
    examine: |case| {
        Some(finding(
            &CATALOG,
            refused_with(case, "scope=registry:catalog:*")?,
            "the token endpoint refuses any request that asks for registry:catalog:* too",
            "Ask for repository:<name>:pull alone; ask for the catalog in a request of its own, if at all.",
        ))
    },
};

/// A refresh token that is asked for.
pub(crate) const OFFLINE: Rule = Rule {
    id: "offline-token-param-breaks",
    layer: Layer::Authentication,
    about: "the token endpoint refuses a request that asks for a refresh token (offline_token=true)",
    page: "offline_token=true asks the token endpoint for a refresh token beside the token. One that has none to give should \
           ignore the parameter; this one refuses the request.",
    references: &["CNCF distribution, token authentication specification", "regclient, 9f6eb51"],
    under: &[],
    examine: |case| {
        Some(finding(
            &OFFLINE,
            refused_with(case, "offline_token=true")?,
            "the token endpoint refuses a request with offline_token=true",
            "Leave out offline_token, and ask for a new token when the old one has expired.",
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
