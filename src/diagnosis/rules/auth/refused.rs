//! Why a request is refused although the challenge was met, or could not be met.

use super::{
    ABSENT, JUNK_BEARER, PING, Seen, TOKEN, anonymous, any_token, challenges, said, sent_token, turned_away,
};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{Exchange, Purpose, Response};
use crate::plan::CellId;
use crate::report::Answer;

/// The token request for the target's own repository, and its answer.
fn asked<'a>(case: &Case<'a>) -> Option<(&'a Exchange, &'a Response)> {
    let scope = format!("repository:{}:", case.evidence.recording.target.repository);
    let for_us = |e: &&Exchange| e.hops.first().is_some_and(|h| h.request.url.contains(&scope));
    let last = case.evidence.exchanges(Purpose::Token).filter(for_us).last()?;
    Some((last, last.response()?))
}

/// Every plain cell of the target's repository that was answered like this one.
fn alike<'a>(case: &Case<'a>, status: u16) -> impl Iterator<Item = &'a CellId> {
    case.plain(move |c| c.endpoint != crate::plan::Endpoint::Token)
        .filter(move |(_, a)| a.status == status)
        .map(|(c, _)| &c.id)
}

/// ` A repository that ...: private, or not there.`
fn masked(case: &Case<'_>, answer: &Answer) -> &'static str {
    match same_as_absent(case, answer) {
        Some(_) => {
            " A repository that surely does not exist is answered in the same way: this one is private, or it is not there."
        }
        None => "",
    }
}

fn same_as_absent<'a>(case: &Case<'a>, answer: &Answer) -> Option<Seen<'a>> {
    case.answer(ABSENT).filter(|(_, c)| {
        (c.status, &c.error_code) == (answer.status, &answer.error_code)
            && sent_token(case, c) == sent_token(case, answer)
    })
}

/// The `error` of a cell's challenge.
fn error(case: &Case<'_>, id: &str) -> Option<String> {
    challenges(case, id).iter().find_map(|c| c.error().filter(|e| !e.is_empty()).map(str::to_owned))
}

/// A token that grants nothing.
pub(crate) const EMPTY_ACCESS: Rule = Rule {
    id: "token-200-but-empty-access",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (id, answer) = turned_away(case).filter(|(_, a)| a.status == 401 && sent_token(case, a))?;
        let (_, response) = asked(case).filter(|(_, r)| r.status == 200)?;
        if error(case, &id.0)? != "insufficient_scope" {
            return None;
        }
        let control = case.answer(ABSENT);
        Some(
            Finding::new(
                "token-200-but-empty-access",
                Severity::Broken,
                if control.is_some() { Confidence::Certain } else { Confidence::Likely },
                Whose::Credentials,
            )
            .explain(format!(
                "The token endpoint answered {}; with its token: {}, error=\"insufficient_scope\".{}",
                response.status,
                quote(id, answer),
                masked(case, answer)
            ))
            .remedy(
                "Check the repository name (on Docker Hub: library/ before a single component), or log in as a user \
                 who may pull. Do not request another token.",
            )
            .evidence(
                std::iter::once(id)
                    .chain(case.answer(TOKEN).map(|(id, _)| id))
                    .chain(control.map(|(id, _)| id))
                    .chain(alike(case, 401)),
            ),
        )
    },
};

/// No token at all.
pub(crate) const DENIES: Rule = Rule {
    id: "token-endpoint-denies",
    layer: Layer::Authentication,
    under: &["realm-private-or-foreign-host"],
    examine: |case| {
        let (id, answer) = turned_away(case).filter(|(_, a)| a.status == 401 && !sent_token(case, a))?;
        let (_, response) = asked(case).filter(|(_, r)| matches!(r.status, 400 | 401 | 403 | 404))?;
        let unscoped = case.answer("GET token accept=none omit=scope");
        let open = unscoped.is_some_and(|(_, a)| a.status == 200) || any_token(case);
        // Credentials that get no token for anything are wrong as such.
        if !open && !anonymous(case) {
            return None;
        }
        let token = case.answer(TOKEN);
        let words = match unscoped {
            Some((id, a)) if open => format!(" Without a scope: {}.", quote(id, a)),
            _ => String::new(),
        };
        Some(
            Finding::new(
                "token-endpoint-denies",
                Severity::Broken,
                if open { Confidence::Certain } else { Confidence::Likely },
                Whose::Credentials,
            )
            .title(format!("Token endpoint refuses a token for this repository: {}", response.status))
            .explain(format!(
                "{}; the token request that it asks for is answered {}{}.{words}{}",
                quote(id, answer),
                response.status,
                token.map_or(String::new(), |(_, a)| said(a)),
                masked(case, answer)
            ))
            .remedy(
                "Check the repository name, and log in as a user who may pull. For a public image, remove stored \
                 credentials and pull anonymously.",
            )
            .evidence(
                std::iter::once(id)
                    .chain(token.map(|(id, _)| id))
                    .chain(unscoped.map(|(id, _)| id))
                    .chain(alike(case, 401)),
            ),
        )
    },
};

/// How far the token server's clock is ahead of the registry's, in seconds, by their Date headers.
fn skew(case: &Case<'_>) -> Option<i64> {
    let clock = |exchange: &Exchange| {
        let date = exchange.response()?.header("date")?;
        let then = httpdate::parse_http_date(date).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        let timing = exchange.last().timing;
        Some(then.as_secs_f64() - (timing.start + timing.first_byte.unwrap_or(timing.total)) / 1000.0)
    };
    let tokens = || case.evidence.exchanges(Purpose::Token);
    let token = tokens().filter(|e| e.response().is_some_and(|r| r.status == 200)).find_map(clock)?;
    let (_, answer) =
        ["HEAD manifests/tag accept=all", PING, JUNK_BEARER].into_iter().find_map(|id| case.answer(id))?;
    let seconds = token - clock(case.evidence.exchange(&answer.exchange)?)?;
    // Dates are in whole seconds. A token that is a little old does no harm, one that is not valid yet does.
    (seconds >= 3.0 || seconds <= -30.0).then_some(seconds.round() as i64)
}

/// Clocks that disagree.
pub(crate) const CLOCK_SKEW: Rule = Rule {
    id: "token-clock-skew",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let seconds = skew(case)?;
        let tried = || case.plain(|c| c.subject.is_some()).filter(|(_, a)| sent_token(case, a));
        let refused: Vec<_> = tried()
            .filter(|(c, a)| {
                a.status == 401 && error(case, &c.id.0).is_none_or(|e| e != "insufficient_scope")
            })
            .collect();
        let (cell, answer) = refused.first()?;
        let later = tried().find(|(_, a)| a.status == 200);
        let works = case.main_path_works();
        let whence = if seconds > 0 { "ahead of" } else { "behind" };
        Some(
            Finding::new(
                "token-clock-skew",
                if works { Severity::Warning } else { Severity::Broken },
                if later.is_some() { Confidence::Certain } else { Confidence::Likely },
                Whose::Registry,
            )
            .title(format!(
                "Fresh tokens refused: token server clock {} s {whence} the registry",
                seconds.abs()
            ))
            .explain(format!(
                "{}, with a token that was granted moments before. By their Date headers the token server is {} s {whence} \
                 the registry.{}",
                quote(&cell.id, answer),
                seconds.abs(),
                later.map_or(String::new(), |(c, a)| format!(" Later, with a token too: {}.", quote(&c.id, a)))
            ))
            .remedy(
                "Registry operator: synchronise both clocks with NTP. Client: wait for the difference and send the \
                 same token again.",
            )
            .evidence(
                std::iter::once(&cell.id)
                    .chain(later.map(|(c, _)| &c.id))
                    .chain(case.answer(TOKEN).map(|(id, _)| id))
                    .chain(refused.iter().map(|(c, _)| &c.id)),
            ),
        )
    },
};

/// A fresh token, and 401 again.
pub(crate) const AFTER_FRESH_TOKEN: Rule = Rule {
    id: "401-after-fresh-token",
    layer: Layer::Authentication,
    under: &["realm-private-or-foreign-host"],
    examine: |case| {
        let (id, answer) = turned_away(case).filter(|(_, a)| a.status == 401 && sent_token(case, a))?;
        let error = error(case, &id.0);
        if asked(case)?.1.status != 200
            || error.as_deref() == Some("insufficient_scope")
            || skew(case).is_some()
        {
            return None;
        }
        let ping = case.answer("GET ping accept=none").filter(|(_, a)| sent_token(case, a));
        let (confidence, words) = match ping {
            Some((id, a)) if a.status == 200 => (
                Confidence::Certain,
                format!(
                    " The token as such is accepted: {}. What it lacks is the right to this repository.",
                    quote(id, a)
                ),
            ),
            Some((id, a)) if a.status == 401 => (
                Confidence::Likely,
                format!(
                    " It is not accepted anywhere: {}. Registry and token server do not agree.",
                    quote(id, a)
                ),
            ),
            _ => (Confidence::Likely, String::new()),
        };
        let named = error.map_or(String::new(), |e| format!(", error=\"{e}\""));
        // A token for an anonymous client that the ping accepts is as good as it can be: the repository is private.
        let private = anonymous(case) && ping.is_some_and(|(_, a)| a.status == 200);
        let found = if private {
            Finding::new(self::AFTER_FRESH_TOKEN.id, Severity::Broken, Confidence::Likely, Whose::Credentials)
                .title("Anonymous pull denied: 401 with a token that was just issued")
                .remedy(
                    "Client: log in (docker login, podman login), or pass --username and --password-stdin; check the \
                     repository's name. Registry operator: answer 403 when only a right is missing.",
                )
        } else {
            Finding::new(self::AFTER_FRESH_TOKEN.id, Severity::Broken, confidence, Whose::Registry).remedy(
                "Client: log in as a user who may pull; do not request another token. Registry operator: \
                 compare service, issuer and signing key of registry and token server, and answer 403 when only \
                 a right is missing.",
            )
        };
        Some(
            found
                .explain(format!(
                    "{}{named}, with a fresh token.{words}{}",
                    quote(id, answer),
                    masked(case, answer)
                ))
                .evidence(
                    std::iter::once(id)
                        .chain(ping.map(|(id, _)| id))
                        .chain(case.answer(TOKEN).map(|(id, _)| id))
                        .chain(alike(case, 401)),
                ),
        )
    },
};

/// Private, or not there: nobody is told which.
pub(crate) const MASKED: Rule = Rule {
    id: "private-masked",
    layer: Layer::Authentication,
    under: &[
        "token-200-but-empty-access",
        "token-endpoint-denies",
        "401-after-fresh-token",
        "token-clock-skew",
    ],
    examine: |case| {
        let (id, answer) = turned_away(case)?;
        let (absent_id, absent) = same_as_absent(case, answer)?;
        let ping = case.answer("GET ping accept=none").filter(|(_, a)| a.status == 200);
        // Who is let in nowhere learns nothing by comparison.
        if ping.is_none() && !any_token(case) {
            return None;
        }
        Some(
            Finding::new("private-masked", Severity::Broken, Confidence::Certain, Whose::Credentials)
                .explain(format!(
                    "{}{}, and of a repository that surely does not exist: {}.",
                    quote(id, answer),
                    said(answer),
                    quote(absent_id, absent)
                ))
                .remedy(
                    "Check every component of the repository name, then log in as a user who may pull. For a public \
                     image, try once without stored credentials.",
                )
                .evidence(
                    [id, absent_id]
                        .into_iter()
                        .chain(ping.map(|(id, _)| id))
                        .chain(alike(case, answer.status)),
                ),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};
    use crate::diagnosis::{Severity, Whose};

    const IDS: [&str; 5] = [
        "token-200-but-empty-access",
        "token-endpoint-denies",
        "token-clock-skew",
        "401-after-fresh-token",
        "private-masked",
    ];

    #[test]
    fn each_fires_on_its_quirk_and_stands_above_the_plain_fact() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
            let report = probe(&[id], "lab/oci");
            let top = &report.findings[0];
            assert_eq!((top.id, top.severity), (id, Severity::Broken));
            assert!(top.children.iter().any(|c| c.id == "not-authorized"), "{id}");
        }
        // No credentials were given, so that none can be wrong.
        let private = probe(&["401-after-fresh-token"], "lab/oci");
        let first = &private.findings[0];
        assert!(first.whose == Whose::Credentials && first.remedy.starts_with("Client: log in"), "{first:?}");
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
        // Nobody is let in anywhere with Basic and no credentials: that alone is the plain fact.
        for quirk in ["bearer-auth", "basic-auth"] {
            let report = probe(&[quirk], "lab/oci");
            assert!(IDS.iter().all(|id| find(&report, id).is_none()), "{quirk}");
        }
    }
}
