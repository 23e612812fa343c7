//! Where the challenge sends us, and what is answered before it.

use super::{ANONYMOUS, PING, TOKEN, any_token, bearer, lines, realm, turned_away};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{FailureKind, Outcome, Purpose};
use crate::plan::{CellId, Endpoint};
use crate::reach::Reach;
use crate::report::{Answer, CellView, Did};
use url::{Host, Url};

/// The first Bearer realm that an anonymous request was sent to.
fn sent_to<'a>(case: &Case<'a>) -> Option<(&'a CellId, &'a Answer, Url, Url)> {
    let base = Url::parse(&case.evidence.recording.base_url).ok()?;
    [ANONYMOUS, PING].into_iter().find_map(|id| {
        let (id, answer) = case.answer(id)?;
        Some((id, answer, realm(case, &bearer(case, &id.0)?)?, base.clone()))
    })
}

/// What became of the token request, in words.
fn outcome(case: &Case<'_>) -> String {
    let last = case.evidence.exchanges(Purpose::Token).last().map(|e| &e.last().outcome);
    match last {
        Some(Outcome::Answered(response)) => format!(" The token endpoint answered {}.", response.status),
        Some(Outcome::Failed(error)) => format!(" The token endpoint could not be asked: {error}."),
        None => case
            .evidence
            .recording
            .access
            .problem
            .as_ref()
            .map_or(String::new(), |p| format!(" {}.", p.trim_end_matches('.'))),
    }
}

/// Requests of our own to the token endpoint that nobody answered.
fn unreached<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a CellView> {
    let lost = |c: &&CellView| c.endpoint == Endpoint::Token && matches!(c.did, Did::Failed { .. });
    case.evidence.cells.iter().filter(lost)
}

/// A realm in plain http, or with an empty path segment.
pub(crate) const ODD_URL: Rule = Rule {
    id: "realm-http-or-double-slash",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (id, answer, realm, base) = sent_to(case)?;
        let plain = base.scheme() == "https" && realm.scheme() == "http";
        let double = realm.path().contains("//");
        if !plain && !double {
            return None;
        }
        let works = case.main_path_works();
        let severity = match (plain, works) {
            (true, _) => Severity::Warning,
            (false, true) => Severity::Note,
            (false, false) => Severity::Warning,
        };
        let title = if plain {
            "Token endpoint of an https registry is plain http"
        } else {
            "Token endpoint URL has an empty path segment"
        };
        let token = case.answer(TOKEN).map(|(id, _)| id);
        Some(
            Finding::new("realm-http-or-double-slash", severity, Confidence::Certain, Whose::Registry)
                .title(title)
                .explain(format!(
                    "{}, with realm {realm}, while the registry is {}.{}",
                    quote(id, answer),
                    case.evidence.recording.base_url,
                    outcome(case)
                ))
                .remedy(
                    "Registry operator: set the registry's external URL. Proxy operator: send X-Forwarded-Proto and \
                     Host. Client: do not send credentials to a http realm.",
                )
                .evidence(std::iter::once(id).chain(token)),
        )
    },
};

/// Whether two hosts plainly belong together: the same, or of one domain.
fn kin(a: &Url, b: &Url) -> bool {
    match (a.host(), b.host()) {
        (Some(Host::Domain(a)), Some(Host::Domain(b))) => {
            let last_two = |name: &str| {
                let parts: Vec<String> =
                    name.trim_end_matches('.').rsplit('.').take(2).map(str::to_ascii_lowercase).collect();
                parts
            };
            a.eq_ignore_ascii_case(b) || last_two(a) == last_two(b)
        }
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// The host to which a token request would have led, and was not sent: by the realm, or by a redirect of the token
/// endpoint.
fn refused(case: &Case<'_>) -> Option<String> {
    case.evidence.exchanges(Purpose::Token).find_map(|exchange| {
        let hop = exchange.last();
        let Outcome::Failed(error) = &hop.outcome else { return None };
        let url = Url::parse(&hop.request.url).ok().filter(|_| error.kind == FailureKind::RedirectRefused)?;
        url.host_str().map(str::to_owned)
    })
}

/// A realm on a private host, or on a stranger's.
pub(crate) const FOREIGN: Rule = Rule {
    id: "realm-private-or-foreign-host",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (id, answer, realm, base) = sent_to(case)?;
        let (there, here) = (Reach::of_url(&realm), Reach::of_url(&base));
        // The transport knows the addresses behind the names.
        let refused = refused(case);
        let inside = refused.is_some() || (there != Reach::Public && here == Reach::Public);
        let both_here = there == Reach::Loopback && here == Reach::Loopback;
        let named = |url: &Url| matches!(url.host(), Some(Host::Domain(_)));
        // localhost and 127.0.0.1 are one machine under two names.
        if !inside && (kin(&realm, &base) || (both_here && (named(&realm) || named(&base)))) {
            return None;
        }
        let token = any_token(case);
        // Where a token comes of it, its place explains no refusal.
        if token && !case.main_path_works() {
            return None;
        }
        let severity = match (inside, token, case.main_path_works()) {
            (_, true, _) => Severity::Note,
            (_, false, false) => Severity::Broken,
            (_, false, true) => Severity::Warning,
        };
        let host = realm.host_str().unwrap_or_default();
        let title = if let Some(host) = refused {
            format!("Token requests are sent to {host}, nearer to this machine than the registry")
        } else if inside {
            format!("Token endpoint at {host}, which is not a public host")
        } else {
            format!("Token endpoint at {host}, outside the registry's domain")
        };
        Some(
            Finding::new(
                "realm-private-or-foreign-host",
                severity,
                if token || inside { Confidence::Certain } else { Confidence::Likely },
                Whose::Registry,
            )
            .title(title)
            .explain(format!(
                "{}, with realm {realm}, while the registry is {}.{}",
                quote(id, answer),
                case.evidence.recording.base_url,
                outcome(case)
            ))
            .remedy(
                "Registry operator: set the realm to a URL that clients can reach from outside. Client: check that \
                 the host may receive your password.",
            )
            .evidence(
                std::iter::once(id).chain(turned_away(case).map(|(id, _)| id)).chain(unreached(case).map(|c| &c.id)),
            ),
        )
    },
};

/// Unrouted paths are answered before anybody is asked who they are.
pub(crate) const BEFORE_AUTH: Rule = Rule {
    id: "404-before-auth",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (plain_id, plain) = case.answer(ANONYMOUS).filter(|(_, a)| a.status == 401)?;
        let (id, answer) = case.answer("GET referrers/absent-digest accept=oci-index token=none")?;
        if answer.status != 404 || answer.error_code.is_some() || !lines(case, &id.0).is_empty() {
            return None;
        }
        let with = case
            .answer("GET referrers/manifest accept=oci-index")
            .filter(|(_, a)| a.status == 404 && a.kind == answer.kind);
        Some(
            Finding::new("404-before-auth", Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, while {}: both without Authorization.",
                    quote(id, answer),
                    quote(plain_id, plain)
                ))
                .remedy("Read this 404 as \"no such endpoint\"; use the fallback tag for referrers.")
                .evidence([id, plain_id].into_iter().chain(with.map(|(id, _)| id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{all, assert_fires, assert_none_of, find, probe};
    use crate::judge;
    use crate::probes::Probes;

    const IDS: [&str; 3] = ["realm-http-or-double-slash", "realm-private-or-foreign-host", "404-before-auth"];

    #[test]
    fn each_fires_on_its_quirk() {
        for id in IDS {
            let report = probe(&[id], "lab/oci");
            assert!(find(&report, id).is_some(), "{id}: {:?}", all(&report));
        }
        assert_fires("realm-http-or-double-slash", &["realm-http-or-double-slash"], "lab/oci");
        assert_fires("404-before-auth", &["404-before-auth"], "lab/oci");
    }

    #[test]
    fn the_cause_stands_above_the_plain_fact() {
        let report = probe(&["realm-private-or-foreign-host"], "lab/oci");
        let top = &report.findings[0];
        assert_eq!((top.id, top.severity), ("realm-private-or-foreign-host", Severity::Broken));
        assert!(top.children.iter().any(|c| c.id == "not-authorized"));
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
        for quirk in ["bearer-auth", "basic-auth"] {
            let report = probe(&[quirk], "lab/oci");
            assert!(IDS.iter().all(|id| find(&report, id).is_none()), "{:?}", all(&report));
        }
    }

    #[test]
    fn the_same_answers_from_a_public_https_registry() {
        let mut recording = probe(&["bearer-auth"], "lab/oci").recording.clone();
        recording.base_url = "https://registry.example.com".to_owned();
        let report = judge::judge(recording, &Probes::embedded().unwrap());
        let plain = find(&report, "realm-http-or-double-slash").unwrap();
        assert_eq!(plain.severity, Severity::Warning);
        assert!(find(&report, "realm-private-or-foreign-host").unwrap().title.contains("not a public host"));
    }

    /// A public name of the registry's own domain, behind which a private address was found.
    #[test]
    fn a_token_request_that_was_not_sent() {
        let mut recording = probe(&["bearer-auth"], "lab/oci").recording.clone();
        for exchange in recording.exchanges.iter_mut().filter(|e| e.purpose == Purpose::Token) {
            exchange.hops[0].outcome = Outcome::Failed(crate::exchange::TransportError {
                kind: FailureKind::RedirectRefused,
                phase: crate::exchange::Phase::Send,
                message: "the token request leads from a to b, a private address: not sent".to_owned(),
            });
        }
        let report = judge::judge(recording, &Probes::embedded().unwrap());
        let finding = find(&report, "realm-private-or-foreign-host").unwrap();
        assert!(finding.title.contains("nearer to this machine"), "{}", finding.title);
        assert!(finding.explanation.contains("a private address: not sent"), "{}", finding.explanation);
    }

    #[test]
    fn kinship() {
        let kin = |a: &str, b: &str| kin(&Url::parse(a).unwrap(), &Url::parse(b).unwrap());
        assert!(kin("https://auth.docker.io/token", "https://registry-1.docker.io"));
        assert!(kin("https://127.0.0.1:5001", "http://127.0.0.1:5000"));
        assert!(!kin("https://authn.nvidia.com/token", "https://nvcr.io"));
        assert!(!kin("https://10.0.0.1/token", "https://nvcr.io"));
    }
}
