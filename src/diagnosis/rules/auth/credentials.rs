//! Credentials that are right, and shown in the wrong way.

use super::{ANONYMOUS, JUNK_BEARER, bearer, sent_token};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::Endpoint;
use crate::report::{Answer, CellView};

/// Whether the request of a cell went out with Basic credentials.
fn sent_basic(case: &Case<'_>, answer: &Answer) -> bool {
    let exchange = case.evidence.exchange(&answer.exchange);
    exchange.and_then(|e| e.hops.first()).is_some_and(|hop| {
        let mut headers = hop.request.headers.iter();
        headers.any(|h| h.name == "authorization" && h.value.to_ascii_lowercase().starts_with("basic"))
    })
}

/// Basic is asked for, taken at manifests, and refused at blobs.
pub(crate) const NOT_HONOURED: Rule = Rule {
    id: "basic-challenge-not-honoured",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let basic = |endpoint| {
            move |(cell, answer): &(&CellView, &Answer)| cell.endpoint == endpoint && sent_basic(case, answer)
        };
        let (taken, yes) = case
            .plain(|_| true)
            .filter(basic(Endpoint::Manifests))
            .find(|(_, answer)| answer.status == 200)?;
        let all: Vec<_> = case.plain(|_| true).filter(basic(Endpoint::Blobs)).collect();
        let refused: Vec<_> = all.iter().filter(|(_, a)| matches!(a.status, 401 | 403)).collect();
        let (first, no) = refused.first()?;
        // One blob that was given is enough to say that it is not the credentials.
        if all.iter().any(|(_, a)| a.status == 200) {
            return None;
        }
        let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
        Some(
            Finding::new(NOT_HONOURED.id, severity, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, while {}: the same credentials, in the way that the challenge asks for.",
                    quote(&first.id, no),
                    quote(&taken.id, yes)
                ))
                .remedy(
                    "Exchange the credentials for a bearer token at the token endpoint of the registry, and send \
                     that token.",
                )
                .evidence([&first.id, &taken.id].into_iter().chain(refused.iter().map(|(c, _)| &c.id))),
        )
    },
};

/// A password in a token's place.
pub(crate) const AS_BEARER: Rule = Rule {
    id: "pat-as-bearer-403",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (id, answer) = super::shown(case)?;
        let (junk_id, junk) = case.answer(JUNK_BEARER)?;
        // The token was given, not fetched: there was no exchange with a token endpoint.
        let fetched = super::any_token(case);
        if fetched || super::anonymous(case) || !sent_token(case, answer) || junk.status != answer.status {
            return None;
        }
        let challenge = bearer(case, ANONYMOUS)?;
        let realm = challenge.realm().unwrap_or_default().to_owned();
        Some(
            Finding::new(AS_BEARER.id, Severity::Broken, Confidence::Possible, Whose::Credentials)
                .explain(format!(
                    "{}, and so is a token that was made up: {}. The registry hands out tokens of its own ({realm}); a \
                     personal access token is none of them.",
                    quote(id, answer),
                    quote(junk_id, junk)
                ))
                .remedy(
                    "Give a personal access token as the password (--username, --password-stdin); the client \
                     exchanges it for a registry token. Renew a registry token: it has expired or belongs to \
                     another registry.",
                )
                .evidence([id, junk_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use crate::auth::{Found, Secret};
    use crate::diagnosis::testing::{assert_none_of, find, probe_login};
    use crate::lab::auth::{PASSWORD, USER};

    fn user() -> Found {
        let secret = Secret::Basic { username: USER.to_owned(), password: SecretString::from(PASSWORD) };
        Found { secret, source: "the test".to_owned(), problems: Vec::new() }
    }

    fn token() -> Found {
        let secret = Secret::RegistryToken(SecretString::from("ghp_0123456789abcdef"));
        Found { secret, source: "--token-stdin".to_owned(), problems: Vec::new() }
    }

    #[test]
    fn basic_that_blobs_do_not_take() {
        let id = "basic-challenge-not-honoured";
        assert!(find(&probe_login(&[id], "lab/oci", user()), id).is_some());
        assert!(find(&probe_login(&["basic-auth"], "lab/oci", user()), id).is_none());
    }

    #[test]
    fn a_password_as_a_token() {
        let id = "pat-as-bearer-403";
        let report = probe_login(&[id], "lab/oci", token());
        assert!(find(&report, id).is_some(), "{:?}", report.findings);
        assert!(find(&probe_login(&["bearer-auth"], "lab/oci", user()), id).is_none());
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_none_of(&["basic-challenge-not-honoured", "pat-as-bearer-403"]);
    }
}
