//! Not allowed.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::rules::auth::shown;
use crate::diagnosis::rules::facts::service::ask;
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Purpose;

/// Whether the ordinary request was turned away, and whether we had credentials to show.
fn turned_away<'a>(case: &Case<'a>) -> Option<(&'a crate::plan::CellId, &'a crate::report::Answer, bool)> {
    if case.main_path_works() {
        return None;
    }
    let (id, answer) = ask(case)?;
    let source = &case.evidence.recording.access.source;
    let anonymous = source.is_empty() || source.starts_with("anonymous");
    matches!(answer.status, 401 | 403).then_some((id, answer, !anonymous))
}

fn account(case: &Case<'_>) -> String {
    let access = &case.evidence.recording.access;
    let mut words = String::new();
    if let Some(challenge) = access.challenges.first() {
        words.push_str(&format!(" The registry asks for: {challenge}."));
    }
    let token = case.evidence.exchanges(Purpose::Token).filter_map(|e| e.response()).last();
    if let Some(response) = token {
        words.push_str(&format!(" The token endpoint answered {}.", response.status));
    }
    if let Some(problem) = &access.problem {
        words.push_str(&format!(" {}.", problem.trim_end_matches('.')));
    }
    words
}

/// What explains why nobody is let in, the most particular first.
const CAUSES: &[&str] = &[
    "token-200-but-empty-access",
    "token-endpoint-denies",
    "token-clock-skew",
    "401-after-fresh-token",
    "private-masked",
    "policy-403-xray",
    "pat-as-bearer-403",
    "basic-challenge-not-honoured",
    "realm-private-or-foreign-host",
    "redirect-plan-impossible-with-auth",
    "redirect-on-manifest-cross-host",
    "token-endpoint-redirects-to-login",
];

/// Credentials that were shown and not accepted.
pub(crate) const CREDENTIALS_REFUSED: Rule = Rule {
    id: "credentials-refused",
    layer: Layer::Authentication,
    under: CAUSES,
    examine: |case| {
        let (id, answer, true) = turned_away(case)? else { return None };
        let (id, answer) = shown(case).unwrap_or((id, answer));
        Some(
            Finding::new("credentials-refused", Severity::Broken, Confidence::Likely, Whose::Credentials)
                .title(format!("The credentials from {} are refused", case.evidence.recording.access.source))
                .explain(format!("{} although credentials were sent.{}", quote(id, answer), account(case)))
                .remedy(
                    "Client: log in again, pass other credentials (--username, --password-stdin), or try \
                     --anonymous. Registry operator: grant this user pull access to the repository.",
                )
                .evidence([id]),
        )
    },
};

/// No credentials, and they are wanted.
pub(crate) const NOT_AUTHORIZED: Rule = Rule {
    id: "not-authorized",
    layer: Layer::Authentication,
    under: CAUSES,
    examine: |case| {
        let (id, answer, false) = turned_away(case)? else { return None };
        let control = case.answer("GET manifests/tag accept=all repository=absent");
        let masked =
            control.is_some_and(|(_, c)| c.status == answer.status && c.error_code == answer.error_code);
        let words = if masked {
            " A repository that does not exist is answered in the same way: this one is private, or it is not there."
        } else {
            ""
        };
        Some(
            Finding::new("not-authorized", Severity::Broken, Confidence::Likely, Whose::Credentials)
                .explain(format!("{}.{}{words}", quote(id, answer), account(case)))
                .remedy(
                    "Client: log in (docker login, podman login) or pass --username and --password-stdin, and check \
                     the repository's name.",
                )
                .evidence(std::iter::once(id).chain(control.map(|(id, _)| id))),
        )
    },
};
