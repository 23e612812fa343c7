//! What an error means, where it does not mean what it says.

use super::{Refusal, refusals};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::{Endpoint, Subject};
use serde_json::Value;

const NORMAL: &str = "GET manifests/tag accept=all";
const ABSENT_TAG: &str = "GET manifests/absent-tag accept=all";
const ELSEWHERE: &str = "GET manifests/tag accept=all repository=absent";

/// No repository, in two ways.
pub(crate) const NAME_OR_MANIFEST: Rule = Rule {
    id: "name-vs-manifest-unknown",
    layer: Layer::Existence,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(ELSEWHERE)?;
        let (tags_id, tags) = case.answer("GET tags accept=json repository=absent")?;
        let codes = (answer.error_code.as_deref(), tags.error_code.as_deref());
        if codes != (Some("MANIFEST_UNKNOWN"), Some("NAME_UNKNOWN")) || answer.status != 404 {
            return None;
        }
        Some(
            Finding::new("name-vs-manifest-unknown", Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, while {}: the same repository.",
                    quote(id, answer),
                    quote(tags_id, tags)
                ))
                .remedy("Request tags/list as well, to distinguish a wrong tag from a wrong repository name.")
                .evidence([id, tags_id]),
        )
    },
};

/// 403 for what is missing.
pub(crate) const FORBIDDEN: Rule = Rule {
    id: "403-for-missing-tag",
    layer: Layer::Existence,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(ABSENT_TAG).filter(|(_, a)| a.status == 403)?;
        let (there_id, there) = case.answer(NORMAL).filter(|(_, a)| a.status == 200)?;
        let missing =
            |s| matches!(s, Some(Subject::AbsentTag | Subject::AbsentDigest | Subject::FallbackTag));
        let more = case
            .evidence
            .answers(move |c| c.endpoint == Endpoint::Manifests && missing(c.subject))
            .filter(|(_, a)| a.status == 403);
        let message = answer.error_message.as_ref().map_or(String::new(), |m| format!(": \"{m}\""));
        Some(
            Finding::new("403-for-missing-tag", Severity::Warning, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}{message}, while {} with the same credentials.",
                    quote(id, answer),
                    quote(there_id, there)
                ))
                .remedy(
                    "Client: treat 403 as \"not found\" when another tag of the repository is readable. Registry \
                     operator: answer 404.",
                )
                .evidence([id, there_id].into_iter().chain(more.map(|(c, _)| &c.id))),
        )
    },
};

/// 412: a policy.
pub(crate) const POLICY: Rule = Rule {
    id: "policy-412",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let withheld: Vec<_> =
            case.plain(|c| c.endpoint == Endpoint::Manifests).filter(|(_, a)| a.status == 412).collect();
        let (cell, answer) = withheld.iter().find(|(c, _)| c.id.0 == NORMAL).or(withheld.first()).copied()?;
        let control = case.answer(ABSENT_TAG).filter(|(_, a)| a.status == 404);
        let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
        let message = answer.error_message.as_ref().map_or(String::new(), |m| format!(": \"{m}\""));
        let words = control.map_or(String::new(), |(id, a)| {
            format!(" It is there: what is not is answered otherwise ({}).", quote(id, a))
        });
        Some(
            Finding::new(
                "policy-412",
                severity,
                if control.is_some() { Confidence::Certain } else { Confidence::Likely },
                Whose::Image,
            )
            .explain(format!("{}{message}.{words}", quote(&cell.id, answer)))
            .remedy(
                "Ask the project's administrator to scan or sign the image, extend the CVE allowlist, or change the \
                 policy. The client is not at fault.",
            )
            .evidence(
                std::iter::once(&cell.id)
                    .chain(control.map(|(id, _)| id))
                    .chain(withheld.iter().map(|(c, _)| &c.id)),
            ),
        )
    },
};

/// What an error says of the registry behind: a status, or a failure to reach it.
fn upstream(detail: &Value) -> Option<String> {
    match detail {
        Value::Object(fields) => fields.iter().find_map(|(key, value)| match value {
            Value::String(text) if key.eq_ignore_ascii_case("status") => status_line(text),
            Value::String(text) => network(text),
            Value::Object(_) => upstream(value),
            _ => None,
        }),
        Value::String(text) => network(text),
        _ => None,
    }
}

/// `429 Too Many Requests`
fn status_line(text: &str) -> Option<String> {
    let (number, reason) = text.split_once(' ').unwrap_or((text, ""));
    let status: u16 = number.parse().ok().filter(|n| (400..600).contains(n))?;
    Some(format!("{status} {reason}").trim().to_owned())
}

/// Texts of Go's network errors.
fn network(text: &str) -> Option<String> {
    ["dial tcp", "no such host", "connection refused", "i/o timeout", "unexpected status", "TLS handshake"]
        .iter()
        .any(|sign| text.contains(sign))
        .then(|| text.chars().take(160).collect())
}

/// An error of the registry behind, in the clothes of this one.
pub(crate) const UPSTREAM: Rule = Rule {
    id: "upstream-error-wrapped",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let told = |r: &Refusal<'_>| {
            let entries = r.body.as_ref()?.entries.iter();
            entries.filter_map(|e| e.detail.as_ref()).find_map(upstream)
        };
        let all: Vec<_> =
            refusals(case).into_iter().filter(|r| r.answer.status >= 500 && told(r).is_some()).collect();
        // What the paths break at may be something else, beside it.
        let breaks = |r: &&Refusal<'_>| case.breaks().any(|id| *id == r.cell.id);
        let broken = if case.main_path_works() { None } else { all.iter().find(breaks) };
        let first = all.iter().find(|r| r.cell.id.0 == NORMAL).or(broken).or(all.first())?;
        let behind = told(first)?;
        let ping = case.answer("GET ping accept=none").filter(|(_, a)| a.status < 500);
        let severity = if broken.is_some() { Severity::Broken } else { Severity::Note };
        let words =
            ping.map_or(String::new(), |(id, a)| format!(" The cache itself is up: {}.", quote(id, a)));
        Some(
            Finding::new(
                "upstream-error-wrapped",
                severity,
                if ping.is_some() { Confidence::Certain } else { Confidence::Likely },
                Whose::Proxy,
            )
            .title(format!("The cache returns an error of its upstream: {behind}"))
            .explain(format!(
                "{}, and its detail says: {behind}.{words} {} answers say so.",
                quote(&first.cell.id, first.answer),
                all.len()
            ))
            .remedy(
                "Proxy operator: check the upstream's limits, the cache's credentials for it, and the route to it. \
                 Client: wait as after a 429.",
            )
            .evidence(
                std::iter::once(&first.cell.id)
                    .chain(ping.map(|(id, _)| id))
                    .chain(all.iter().map(|r| &r.cell.id)),
            ),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, probe};

    const IDS: [&str; 4] =
        ["name-vs-manifest-unknown", "403-for-missing-tag", "policy-412", "upstream-error-wrapped"];

    #[test]
    fn each_fires_on_its_quirk() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
        }
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_none_of(&IDS);
    }

    #[test]
    fn the_cause_stands_above_the_plain_fact() {
        let report = probe(&["upstream-error-wrapped"], "lab/oci");
        let top = &report.findings[0];
        assert_eq!((top.id, top.severity), ("upstream-error-wrapped", Severity::Broken));
        assert!(top.children.iter().any(|c| c.id == "server-error"));
    }

    #[test]
    fn what_details_say_of_an_upstream() {
        let told = |value: Value| upstream(&value);
        let json = serde_json::json!({"Status": "429 Too Many Requests", "StatusCode": 429});
        assert_eq!(told(json).as_deref(), Some("429 Too Many Requests"));
        assert!(told(serde_json::json!({"Op": "dial", "Err": "dial tcp: lookup x: no such host"})).is_some());
        for none in [serde_json::json!({}), serde_json::json!({"Tag": "x"}), serde_json::json!({"Offset": 1})]
        {
            assert_eq!(told(none), None);
        }
    }
}
