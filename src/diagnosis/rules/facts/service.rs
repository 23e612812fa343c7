//! Somebody is there, and it is no registry, or not willing.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::plan::Endpoint;
use crate::recording::NotTried;
use crate::report::Did;

/// 429.
pub(crate) const RATE_LIMITED: Rule = Rule {
    id: "rate-limited",
    layer: Layer::Routing,
    under: &["hub-ratelimit", "ghcr-retry-after-in-message", "ecr-quay-429", "429-without-retry-after"],
    examine: |case| {
        let limited: Vec<_> = case.evidence.answers(|_| true).filter(|(_, a)| a.status == 429).collect();
        let (first, answer) = limited.first()?;
        let left = case
            .evidence
            .cells
            .iter()
            .filter(|c| matches!(c.did, Did::NotTried(NotTried::RateLimited(_))))
            .count();
        let after = case.evidence.response(&first.id.0).and_then(|r| r.header("retry-after"));
        let html = if answer.kind == BodyKind::Html {
            " The body is a web page: a proxy before the registry is what limits."
        } else {
            ""
        };
        Some(
            Finding::new("rate-limited", Severity::Warning, Confidence::Certain, Whose::Registry)
                .title(format!("{} requests were answered 429", limited.len()))
                .explain(format!(
                    "{}, {}. {left} cells were not asked for that reason.{html}",
                    quote(&first.id, answer),
                    match after {
                        Some(after) => format!("with Retry-After: {after}"),
                        None => "without a Retry-After".to_owned(),
                    }
                ))
                .remedy(
                    "Wait and run again, log in (limits are often per user), or send less: --suite quick, --rate \
                     REQUESTS_PER_SECOND, --max-pulls N.",
                )
                .evidence(limited.iter().map(|(cell, _)| &cell.id)),
        )
    },
};

/// No sign of a registry.
pub(crate) const NOT_A_REGISTRY: Rule = Rule {
    id: "not-a-registry",
    layer: Layer::Routing,
    under: &[
        "everything-200",
        "not-mapped-html-404",
        "user-agent-blocked",
        "geo-blocked",
        "http2-misdirected-421",
        "http2-stream-reset-or-426",
        "client-certificate-required",
    ],
    examine: |case| {
        if case.main_path_works() {
            return None;
        }
        let answers: Vec<_> = case
            .plain(|c| {
                matches!(c.endpoint, Endpoint::Ping | Endpoint::Manifests) && c.method.as_str() == "GET"
            })
            .collect();
        let foreign = |kind| {
            matches!(
                kind,
                BodyKind::Html | BodyKind::Text | BodyKind::Empty | BodyKind::Other | BodyKind::Json
            )
        };
        // 407 is what a proxy on the way says, whatever lies behind it.
        let silent = |status: u16| !matches!(status, 407 | 429) && status < 500;
        let challenged = case.evidence.recording.access.challenges.iter().any(|c| {
            let c = c.to_ascii_lowercase();
            c.starts_with("bearer") || c.starts_with("basic")
        });
        let versioned =
            case.evidence.recording.exchanges.iter().filter_map(|e| e.response()).any(|r| {
                r.header("docker-distribution-api-version").is_some_and(|v| v.starts_with("registry/"))
            });
        if answers.len() < 2
            || challenged
            || versioned
            || !answers.iter().all(|(_, a)| foreign(a.kind) && silent(a.status))
        {
            return None;
        }
        let (cell, answer) =
            answers.iter().find(|(c, _)| c.endpoint == Endpoint::Ping).unwrap_or(&answers[0]);
        let text = case.evidence.body(&cell.id.0).map(String::from_utf8_lossy).unwrap_or_default();
        let tls = text.contains("HTTP request to an HTTPS server")
            || text.contains("plain HTTP request was sent to HTTPS port");
        let (title, remedy) = if tls {
            (
                "Plain HTTP sent to a TLS port".to_owned(),
                "Omit --plain-http, or write https:// before the reference.",
            )
        } else {
            (
                format!("Not a registry: {}", case.evidence.recording.base_url),
                "Check host and port. Proxy operator: route /v2/ at the root of the host to the registry.",
            )
        };
        Some(
            Finding::new("not-a-registry", Severity::Broken, Confidence::Likely, Whose::Request)
                .title(title)
                .explain(format!(
                    "{}: {} answers were looked at, and none is a manifest, an error in a registry's form or a challenge.",
                    quote(&cell.id, answer),
                    answers.len()
                ))
                .remedy(remedy)
                .evidence(std::iter::once(&cell.id).chain(answers.iter().map(|(c, _)| &c.id))),
        )
    },
};

/// 5xx for what was asked rightly.
pub(crate) const SERVER_ERROR: Rule = Rule {
    id: "server-error",
    layer: Layer::Routing,
    under: &["schema1-removed", "upstream-error-wrapped"],
    examine: |case| {
        if case.main_path_works() {
            return None;
        }
        let fails = |(_, answer): &(_, &crate::report::Answer)| (500..600).contains(&answer.status);
        let later = || case.breaks().filter_map(|id| case.answer(&id.0)).find(fails);
        let (id, answer) = ask(case).filter(fails).or_else(later)?;
        let proxy = matches!(answer.status, 502..=504);
        let whose = if proxy { Whose::Proxy } else { Whose::Registry };
        let failing = case.evidence.answers(|_| true).filter(|(_, a)| a.status == answer.status);
        let served = ask(case)
            .filter(|(_, a)| a.status == 200)
            .map_or(String::new(), |(id, a)| format!(", while {}: what names it is served", quote(id, a)));
        Some(
            Finding::new("server-error", Severity::Broken, Confidence::Likely, whose)
                .title(format!("{} on an ordinary request", answer.status))
                .explain(format!(
                    "{}{}{served}.",
                    quote(id, answer),
                    answer.error_message.as_ref().map_or(String::new(), |m| format!(", saying \"{m}\""))
                ))
                .remedy(if proxy {
                    "Proxy operator: check the backend: it is down, or not at the address that the proxy uses."
                } else {
                    "Registry operator: read the registry's log for this time; unreadable storage is the usual cause."
                })
                .evidence(std::iter::once(id).chain(failing.map(|(cell, _)| &cell.id))),
        )
    },
};

/// The most ordinary request there is: the reference, with every type accepted.
pub(super) fn ask<'a>(case: &Case<'a>) -> Option<(&'a crate::plan::CellId, &'a crate::report::Answer)> {
    ["GET manifests/digest accept=all", "GET manifests/tag accept=all"]
        .into_iter()
        .find_map(|id| case.answer(id))
}
