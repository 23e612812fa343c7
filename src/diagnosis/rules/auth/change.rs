//! Challenges that change with what is sent.

use super::{ANONYMOUS, JUNK_BASIC, JUNK_BEARER, NORMAL, bearer, challenges, lines, realm};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::challenge::Challenge;

/// A refused token is sent to another realm.
pub(crate) const AFTER_EXPIRY: Rule = Rule {
    id: "challenge-changes-after-expiry",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (plain, junk) = (bearer(case, ANONYMOUS)?, bearer(case, JUNK_BEARER)?);
        let (first, second) = (realm(case, &plain)?, realm(case, &junk)?);
        // The service alone may be worded differently: what counts is who is asked.
        if (first.origin(), first.path()) == (second.origin(), second.path()) {
            return None;
        }
        let ((plain_id, plain_answer), (id, answer)) = (case.answer(ANONYMOUS)?, case.answer(JUNK_BEARER)?);
        Some(
            Finding::new(
                "challenge-changes-after-expiry",
                Severity::Warning,
                Confidence::Certain,
                Whose::Registry,
            )
            .explain(format!(
                "{}, with realm {second}; {}, with realm {first}. A client that renews its token by the second challenge asks \
                 somebody else.",
                quote(id, answer),
                quote(plain_id, plain_answer)
            ))
            .remedy(
                "Client: when a token is refused, drop it, repeat the request without Authorization and use that \
                 challenge. Registry operator: send the same realm in both challenges.",
            )
            .evidence([id, plain_id]),
        )
    },
};

/// Bearer without Authorization, Basic with.
pub(crate) const WITH_AUTHORIZATION: Rule = Rule {
    id: "challenge-changes-with-authorization",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        bearer(case, ANONYMOUS)?;
        let (plain_id, plain) = case.answer(ANONYMOUS)?;
        let changed: Vec<_> = [JUNK_BEARER, JUNK_BASIC]
            .into_iter()
            .filter_map(|id| case.answer(id))
            .filter(|(id, a)| {
                let all = challenges(case, &id.0);
                a.status == 401
                    && all.iter().any(Challenge::is_basic)
                    && !all.iter().any(Challenge::is_bearer)
            })
            .collect();
        let (id, answer) = changed.first()?;
        Some(
            Finding::new(
                "challenge-changes-with-authorization",
                Severity::Note,
                Confidence::Certain,
                Whose::Registry,
            )
            .explain(format!(
                "{}, with WWW-Authenticate: {}; {}, with: {}.",
                quote(id, answer),
                lines(case, &id.0).join(", "),
                quote(plain_id, plain),
                lines(case, ANONYMOUS).join(", ")
            ))
            .remedy(
                "Client: keep the challenge of the request without Authorization, and get tokens from its realm. \
                 Registry operator: send the Bearer challenge with every 401.",
            )
            .evidence([*id, plain_id].into_iter().chain(changed.iter().map(|(id, _)| *id))),
        )
    },
};

/// 400 for Basic before any challenge.
pub(crate) const PREEMPTIVE_BASIC: Rule = Rule {
    id: "preemptive-basic-400",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(JUNK_BASIC).filter(|(_, a)| a.status == 400)?;
        let (plain_id, plain) = case.answer(ANONYMOUS).filter(|(_, a)| matches!(a.status, 200 | 401))?;
        let works = case.answer(NORMAL).filter(|(_, a)| a.status == 200);
        let head = case.answer("HEAD manifests/tag accept=all token=junk-basic");
        Some(
            Finding::new("preemptive-basic-400", Severity::Note, Confidence::Certain, Whose::Request)
                .explain(format!(
                    "{}{}; without Authorization: {}.",
                    quote(id, answer),
                    super::said(answer),
                    quote(plain_id, plain)
                ))
                .remedy("Send the first request without Authorization, then answer the challenge.")
                .evidence(
                    [id, plain_id]
                        .into_iter()
                        .chain(works.map(|(id, _)| id))
                        .chain(head.filter(|(_, a)| a.status == 400).map(|(id, _)| id)),
                ),
        )
    },
};

/// Basic is not looked at, junk Bearer is called invalid.
pub(crate) const BASIC_IGNORED: Rule = Rule {
    id: "basic-on-bearer-registry",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let error = |id| bearer(case, id).map(|c| c.error().unwrap_or_default().to_owned());
        let (plain, basic, junk) = (error(ANONYMOUS)?, error(JUNK_BASIC)?, error(JUNK_BEARER)?);
        if !plain.is_empty() || !basic.is_empty() || junk != "invalid_token" {
            return None;
        }
        let [plain, basic, junk] = [ANONYMOUS, JUNK_BASIC, JUNK_BEARER].map(|id| case.answer(id));
        let (plain, basic, junk) = (plain?, basic?, junk?);
        Some(
            Finding::new("basic-on-bearer-registry", Severity::Note, Confidence::Certain, Whose::Request)
                .explain(format!(
                    "{}, with the challenge that {} has too, and no error in it; {}, with error=\"invalid_token\".",
                    quote(basic.0, basic.1),
                    plain.0,
                    quote(junk.0, junk.1)
                ))
                .remedy(
                    "Send user name and password to the token endpoint in the challenge, and the token to the \
                     registry.",
                )
                .evidence([basic.0, plain.0, junk.0]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 3] =
        ["challenge-changes-after-expiry", "challenge-changes-with-authorization", "preemptive-basic-400"];

    #[test]
    fn each_fires_on_its_quirk() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
        }
        assert_fires("basic-on-bearer-registry", &["bearer-auth"], "lab/oci");
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&[IDS.as_slice(), &["basic-on-bearer-registry"]].concat());
        let report = probe(&["bearer-auth"], "lab/oci");
        assert!(IDS.iter().all(|id| find(&report, id).is_none()));
        assert!(find(&probe(&["basic-auth"], "lab/oci"), "basic-on-bearer-registry").is_none());
    }
}
