//! How a challenge is written, and what it lacks.

use super::{ANONYMOUS, JUNK_BASIC, JUNK_BEARER, NORMAL, PING, bearer, challenges, lines};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::challenge::Challenge;
use crate::plan::CellId;
use crate::report::Answer;

/// The cells whose challenges are looked at.
const LOOKED_AT: [&str; 4] = [ANONYMOUS, PING, JUNK_BEARER, JUNK_BASIC];

/// What is odd about a line: whether it is outside the grammar, and in what.
fn oddity(line: &str) -> Option<(bool, String)> {
    let all = Challenge::parse_line(line);
    if all.is_empty() || all.iter().any(|c| c.lenient) {
        return Some((true, "it is outside the grammar of RFC 9110, section 11.6.1".to_owned()));
    }
    if all.iter().any(|c| c.is_bearer() && c.realm().is_none_or(|r| r.trim().is_empty())) {
        return Some((true, "a Bearer challenge without a realm leads nowhere".to_owned()));
    }
    let scheme =
        |c: &&Challenge| (c.is_bearer() && c.scheme != "Bearer") || (c.is_basic() && c.scheme != "Basic");
    if let Some(odd) = all.iter().find(scheme) {
        return Some((false, format!("the scheme is written {}, which is legal", odd.scheme)));
    }
    if unquoted_realm(line) {
        return Some((false, "the realm has no quotes".to_owned()));
    }
    let empty = |c: &Challenge| c.params.iter().any(|(_, value)| value.is_empty());
    all.iter().any(empty).then(|| (false, "a parameter is an empty string, which is legal".to_owned()))
}

/// Schemes that some client could meet, in lower case.
const KNOWN: [&str; 10] = [
    "aws4-hmac-sha256",
    "basic",
    "bearer",
    "digest",
    "hoba",
    "kerberos",
    "mutual",
    "negotiate",
    "ntlm",
    "oauth",
];

/// All lines of an answer, of which none has a scheme that anybody could meet.
fn unknown(lines: &[&str]) -> bool {
    let all: Vec<Challenge> = lines.iter().flat_map(|line| Challenge::parse_line(line)).collect();
    !all.is_empty() && all.iter().all(|c| !KNOWN.contains(&c.scheme.to_ascii_lowercase().as_str()))
}

/// RFC 9110 has the realm always quoted when it is sent; many forget.
fn unquoted_realm(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    lower.match_indices("realm").any(|(at, word)| {
        let rest = lower[at + word.len()..].trim_start();
        rest.strip_prefix('=').is_some_and(|value| !value.trim_start().starts_with('"'))
    })
}

/// Outside the grammar, or legal and rarely seen.
pub(crate) const MALFORMED: Rule = Rule {
    id: "challenge-malformed-or-odd",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let odd = LOOKED_AT.into_iter().filter_map(|id| {
            let seen = case.answer(id).filter(|(_, a)| a.status == 401)?;
            let lines = lines(case, id);
            if let Some(line) = lines.first().filter(|_| unknown(&lines)) {
                let why = "no scheme is named that a client could answer".to_owned();
                return Some((seen, ((true, why), *line)));
            }
            let worst = lines
                .into_iter()
                .filter_map(|line| Some((oddity(line)?, line)))
                .max_by_key(|((malformed, _), _)| *malformed)?;
            Some((seen, worst))
        });
        let odd: Vec<_> = odd.collect();
        let at = odd.iter().position(|(_, ((malformed, _), _))| *malformed).unwrap_or(0);
        let ((id, answer), ((malformed, why), line)) = odd.get(at)?;
        let (severity, title) = if *malformed {
            (Severity::Warning, "Malformed WWW-Authenticate: strict clients cannot read it")
        } else {
            (Severity::Note, "WWW-Authenticate is written in an unusual way")
        };
        Some(
            Finding::new("challenge-malformed-or-odd", severity, Confidence::Certain, Whose::Registry)
                .title(title)
                .explain(format!("{}, with WWW-Authenticate: {line}. Here {why}.", quote(id, answer)))
                .remedy(
                    "Client: compare scheme and parameter names without case, accept quoted and unquoted values. \
                     Registry operator: send Bearer realm=\"...\",service=\"...\",scope=\"...\" or Basic \
                     realm=\"...\".",
                )
                .evidence(std::iter::once(*id).chain(odd.iter().map(|((id, _), _)| *id))),
        )
    },
};

/// More than one scheme to choose from.
pub(crate) const MULTIPLE: Rule = Rule {
    id: "multiple-challenges",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (id, answer) =
            [ANONYMOUS, PING].into_iter().filter_map(|id| case.answer(id)).find(|(id, a)| {
                let all = challenges(case, &id.0);
                a.status == 401 && all.iter().any(|c| !c.scheme.eq_ignore_ascii_case(&all[0].scheme))
            })?;
        let schemes: Vec<String> = challenges(case, &id.0).into_iter().map(|c| c.scheme).collect();
        let count = lines(case, &id.0).len();
        Some(
            Finding::new("multiple-challenges", Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("401 offers several authentication schemes: {}", schemes.join(", ")))
                .explain(format!("{}, with {count} WWW-Authenticate lines.", quote(id, answer)))
                .remedy(
                    "Read every WWW-Authenticate line and every challenge in it; prefer Bearer over Basic.",
                )
                .evidence([id]),
        )
    },
};

/// No service.
pub(crate) const NO_SERVICE: Rule = Rule {
    id: "challenge-missing-service",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let lacks = |c: &Challenge| c.realm().is_some() && c.service().is_none_or(|s| s.trim().is_empty());
        let (id, answer) = [ANONYMOUS, PING]
            .into_iter()
            .filter(|id| bearer(case, id).is_some_and(|c| lacks(&c)))
            .find_map(|id| case.answer(id))?;
        Some(
            Finding::new("challenge-missing-service", Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, with WWW-Authenticate: {}.",
                    quote(id, answer),
                    lines(case, &id.0).join(", ")
                ))
                .remedy("Leave service out of the token request; do not send an empty value.")
                .evidence([id]),
        )
    },
};

/// A challenge's scope that names another repository, with the cell.
fn placeholder<'a>(case: &Case<'a>, id: &str) -> Option<(&'a CellId, &'a Answer, String)> {
    let (id, answer) = case.answer(id)?;
    let scope = bearer(case, &id.0)?.scope().map(str::to_owned)?;
    let repository = &case.evidence.recording.target.repository;
    let names: Vec<&str> = scope
        .split_whitespace()
        .filter_map(|one| one.strip_prefix("repository:")?.rsplit_once(':').map(|(name, _)| name))
        .collect();
    // Some registries write the repository without its first component, or with one before it.
    let near = |name: &str| {
        name == repository
            || repository.ends_with(&format!("/{name}"))
            || name.ends_with(&format!("/{repository}"))
    };
    let other = !names.is_empty() && !names.iter().any(|name| near(name));
    other.then_some((id, answer, scope))
}

/// No scope on the resource, or that of another repository.
pub(crate) const SCOPE: Rule = Rule {
    id: "challenge-missing-or-placeholder-scope",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let works = case.answer(NORMAL).filter(|(_, a)| a.status == 200);
        let with = works
            .map_or(String::new(), |(id, a)| format!(" With a scope of our own making: {}.", quote(id, a)));
        let finding = |severity| {
            Finding::new(
                "challenge-missing-or-placeholder-scope",
                severity,
                Confidence::Certain,
                Whose::Registry,
            )
            .remedy("Build the scope from the URL: repository:<name>:pull.")
        };
        if let Some((id, answer, scope)) = [ANONYMOUS, PING].into_iter().find_map(|id| placeholder(case, id))
        {
            let resource = id.0 == ANONYMOUS;
            return Some(
                finding(if resource { Severity::Warning } else { Severity::Note })
                    .title(format!("Bearer challenge with another repository's scope: {scope}"))
                    .explain(format!(
                        "{}, with scope=\"{scope}\", while the repository is {}.{with}",
                        quote(id, answer),
                        case.evidence.recording.target.repository
                    ))
                    .evidence(std::iter::once(id).chain(works.map(|(id, _)| id))),
            );
        }
        let challenge = bearer(case, ANONYMOUS)?;
        let (id, answer) = case.answer(ANONYMOUS)?;
        if challenge.realm().is_none() || challenge.scope().is_some_and(|s| !s.trim().is_empty()) {
            return None;
        }
        Some(
            finding(Severity::Note)
                .title("Bearer challenge for the manifest has no scope")
                .explain(format!(
                    "{}, with WWW-Authenticate: {}.{with}",
                    quote(id, answer),
                    lines(case, ANONYMOUS).join(", ")
                ))
                .evidence(std::iter::once(id).chain(works.map(|(id, _)| id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 4] = [
        "challenge-malformed-or-odd",
        "multiple-challenges",
        "challenge-missing-service",
        "challenge-missing-or-placeholder-scope",
    ];

    #[test]
    fn each_fires_on_its_quirk() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
        }
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_none_of(&IDS);
        let report = probe(&["bearer-auth"], "lab/oci");
        assert!(IDS.iter().all(|id| find(&report, id).is_none()));
    }

    /// A scheme that nobody knows is a challenge that nobody can answer; beside one that is known it does no harm.
    #[test]
    fn a_scheme_that_nobody_knows() {
        let report = probe(&["challenge-odd-scheme"], "lab/oci");
        assert_eq!(find(&report, IDS[0]).unwrap().severity, Severity::Warning);
        assert!(find(&probe(&["multiple-challenges-negotiate"], "lab/oci"), IDS[0]).is_none());
        assert!(unknown(&["127.0.0.1"]) && unknown(&["Cookie realm=\"x\""]));
        assert!(!unknown(&["Cookie realm=\"x\"", "Bearer realm=\"https://a/t\""]) && !unknown(&[]));
    }

    #[test]
    fn oddities() {
        let malformed = |line| oddity(line).map(|(malformed, _)| malformed);
        for line in [
            "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a:pull\"",
            "Basic realm=\"x\"",
            "Negotiate",
        ] {
            assert_eq!(malformed(line), None, "{line}");
        }
        for line in
            ["BASIC realm=\"x\"", "Basic realm=openshift,error=\"e\"", "Bearer realm=\"a\",scope=\"\""]
        {
            assert_eq!(malformed(line), Some(false), "{line}");
        }
        for line in ["Basic realm=/", "Bearer realm=https://x/t,service=s", "Bearer service=\"s\"", " , "] {
            assert_eq!(malformed(line), Some(true), "{line}");
        }
    }
}
