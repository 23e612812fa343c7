//! Challenges that change with what is sent.

use super::{ANONYMOUS, JUNK_BASIC, JUNK_BEARER, NORMAL, bearer, challenges, lines, realm};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::challenge::Challenge;

/// A refused token is sent to another realm.
pub(crate) const AFTER_EXPIRY: Rule = Rule {
    id: "challenge-changes-after-expiry",
    layer: Layer::Authentication,
    about: "a request with a token that is not valid is sent to another token endpoint than one without",
    page: "Without Authorization the challenge names one realm; with a token that is not valid, or no longer, it names \
           another. A client whose token expired during a long pull follows the second, and may find that it leads \
           nowhere. The realm of the first challenge stays the right one.",
    references: &["RFC 6750, section 3", "https://github.com/NVIDIA/nvidia-container-toolkit/issues/1945"],
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
            .title("a token that expired is sent to another token endpoint than a request without one")
            .explain(format!(
                "{}, with realm {second}; {}, with realm {first}. A client that renews its token by the second challenge asks \
                 somebody else.",
                quote(id, answer),
                quote(plain_id, plain_answer)
            ))
            .remedy(
                "When a token is refused, forget it, ask once more without Authorization, and take that challenge.",
            )
            .evidence([id, plain_id]),
        )
    },
};

/// Bearer without Authorization, Basic with.
pub(crate) const WITH_AUTHORIZATION: Rule = Rule {
    id: "challenge-changes-with-authorization",
    layer: Layer::Authentication,
    about: "a request without Authorization is asked for Bearer, one with a refused Authorization for Basic",
    page: "The scheme of the challenge depends on whether anything was sent. Without Authorization it is Bearer, with a \
           token endpoint; once an Authorization was refused it is Basic, and the token endpoint is not named any more. \
           A client that answers the second challenge sends its password where a token was wanted.",
    references: &["RFC 9110, section 11.6.1", "goharbor/harbor, src/server/middleware/v2auth/auth.go"],
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
            .title("once an Authorization is refused, the challenge is Basic and no longer Bearer")
            .explain(format!(
                "{}, with WWW-Authenticate: {}; {}, with: {}.",
                quote(id, answer),
                lines(case, &id.0).join(", "),
                quote(plain_id, plain),
                lines(case, ANONYMOUS).join(", ")
            ))
            .remedy("Keep the challenge of the request without Authorization, and get tokens by that one.")
            .evidence([*id, plain_id].into_iter().chain(changed.iter().map(|(id, _)| *id))),
        )
    },
};

/// 400 for Basic before any challenge.
pub(crate) const PREEMPTIVE_BASIC: Rule = Rule {
    id: "preemptive-basic-400",
    layer: Layer::Authentication,
    about: "Basic credentials that were not asked for are answered 400",
    page: "Credentials that are sent before the registry asked for them are answered 400, not 401: there is no challenge \
           in the answer, and nothing for a client to go on with. The same request without Authorization gets its \
           challenge, and then a token.",
    references: &["RFC 9110, sections 11.4 and 15.5.2", "https://github.com/SgtSilvio/gradle-oci/issues/143"],
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(JUNK_BASIC).filter(|(_, a)| a.status == 400)?;
        let (plain_id, plain) = case.answer(ANONYMOUS).filter(|(_, a)| matches!(a.status, 200 | 401))?;
        let works = case.answer(NORMAL).filter(|(_, a)| a.status == 200);
        let head = case.answer("HEAD manifests/tag accept=all token=junk-basic");
        Some(
            Finding::new("preemptive-basic-400", Severity::Note, Confidence::Certain, Whose::Request)
                .title("credentials that were not asked for are answered 400, without a challenge")
                .explain(format!(
                    "{}{}; without Authorization: {}.",
                    quote(id, answer),
                    super::said(answer),
                    quote(plain_id, plain)
                ))
                .remedy("Ask without Authorization first, and answer the challenge that comes.")
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
    about: "where a token is wanted, Basic credentials are answered as if nothing had been sent",
    page: "The registry takes tokens only. User name and password sent to it directly are not looked at: the answer is \
           the same 401 as without them, with no error in its challenge, while a token that is not valid is called so. \
           The password belongs to the token endpoint, which gives a token for it.",
    references: &["CNCF distribution, token authentication specification", "RFC 6750, section 3.1"],
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
                .title("the registry takes tokens only: Basic credentials are not looked at")
                .explain(format!(
                    "{}, with the challenge that {} has too, and no error in it; {}, with error=\"invalid_token\".",
                    quote(basic.0, basic.1),
                    plain.0,
                    quote(junk.0, junk.1)
                ))
                .remedy("Send user name and password to the token endpoint that the challenge names, and the token here.")
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
