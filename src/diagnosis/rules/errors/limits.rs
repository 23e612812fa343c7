//! Limits, and how they are told.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::retry::{Quota, quota};
use crate::plan::Endpoint;
use crate::report::{Answer, CellView};

type Seen<'a> = (&'a CellView, &'a Answer);

/// Every cell that was answered 429 in the end.
fn limited<'a>(case: &Case<'a>) -> Vec<Seen<'a>> {
    case.evidence.answers(|_| true).filter(|(_, a)| a.status == 429).collect()
}

/// Whether the answer says when to come back.
fn says_when(case: &Case<'_>, cell: &CellView) -> bool {
    case.evidence.response(&cell.id.0).is_some_and(|r| r.header("retry-after").is_some())
}

/// The quota that manifest answers tell of, the least that remained first.
fn metered<'a>(case: &Case<'a>) -> Option<(Seen<'a>, Quota)> {
    let evidence = case.evidence;
    let told = evidence.answers(|c| c.endpoint == Endpoint::Manifests).filter_map(|(cell, answer)| {
        let quota = quota(&evidence.response(&cell.id.0)?.headers)?;
        (quota.limit.is_some() && quota.remaining.is_some()).then_some(((cell, answer), quota))
    });
    told.min_by_key(|(_, quota)| quota.remaining)
}

/// `retry-after: 880.092µs, allowed: 44000/minute` in a message: the pause, and the rate.
fn in_message(message: &str) -> Option<(&str, &str)> {
    let (_, rest) = message.split_once("retry-after: ")?;
    let (pause, rest) = rest.split_once(", allowed: ")?;
    let number = pause.trim_end_matches(|c: char| !c.is_ascii_digit());
    let duration = !number.is_empty() && number.len() < pause.len() && pause.len() < 32;
    let allowed = rest.split_whitespace().next().unwrap_or_default().trim_end_matches(['"', '.', ',']);
    (duration && allowed.contains('/')).then_some((pause, allowed))
}

/// Pulls are counted, and told.
pub(crate) const METERED: Rule = Rule {
    id: "hub-ratelimit",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let ((cell, answer), quota) = metered(case)?;
        let (limit, left) = (quota.limit?, quota.remaining?);
        let window = quota.window_seconds.map_or(String::new(), |w| format!(" in {w} s"));
        let refused = limited(case);
        let severity = if left == 0 { Severity::Warning } else { Severity::Note };
        Some(
            Finding::new("hub-ratelimit", severity, Confidence::Certain, Whose::Registry)
                .title(format!("Pulls are metered: {left} of {limit} left"))
                .explain(format!(
                    "{}, with RateLimit-Limit {limit}{window} and RateLimit-Remaining {left}.{}",
                    quote(&cell.id, answer),
                    if left == 0 { " The next pull is answered 429." } else { "" }
                ))
                .remedy(
                    "Client: use HEAD where the digest is enough (free on Docker Hub), log in for your own quota, \
                     or pull through a cache.",
                )
                .evidence(std::iter::once(&cell.id).chain(refused.iter().map(|(c, _)| &c.id))),
        )
    },
};

/// The pause, in prose.
pub(crate) const IN_MESSAGE: Rule = Rule {
    id: "ghcr-retry-after-in-message",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let told = |a: &Answer| a.error_message.as_deref().and_then(in_message).is_some();
        let all = limited(case);
        let (cell, answer) = *all.iter().find(|(c, a)| told(a) && !says_when(case, c))?;
        let message = answer.error_message.as_deref()?;
        let (pause, allowed) = in_message(message)?;
        Some(
            Finding::new("ghcr-retry-after-in-message", Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("429 without Retry-After: the message says {allowed}, retry after {pause}"))
                .explain(format!("{}: \"{message}\", without a Retry-After header.", quote(&cell.id, answer)))
                .remedy(
                    "Client: wait a second and retry with fewer parallel requests, or parse the pause from the \
                     message. Registry operator: send Retry-After.",
                )
                .evidence(std::iter::once(&cell.id).chain(all.iter().map(|(c, _)| &c.id))),
        )
    },
};

/// A rate that was exceeded, or a list that may not be paged so fast.
pub(crate) const RATE: Rule = Rule {
    id: "ecr-quay-429",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        if metered(case).is_some() || IN_MESSAGE.examine_quietly(case) {
            return None;
        }
        let all: Vec<_> = limited(case).into_iter().filter(|(c, _)| !says_when(case, c)).collect();
        let (cell, answer) = *all.first()?;
        let rate = |a: &Answer| {
            a.error_code.as_deref().is_some_and(|c| c.eq_ignore_ascii_case("toomanyrequests"))
                && a.error_message
                    .as_deref()
                    .is_some_and(|m| m.to_ascii_lowercase().contains("rate exceeded"))
        };
        let served = case.answer("GET manifests/tag accept=all").filter(|(_, a)| a.status == 200);
        let tags_only = all.iter().all(|(c, _)| c.endpoint == Endpoint::Tags) && served.is_some();
        if !tags_only && !all.iter().any(|(_, a)| rate(a)) {
            return None;
        }
        let what = if tags_only { "tags/list rate limit" } else { "Request rate limit" };
        let confidence = if tags_only { Confidence::Certain } else { Confidence::Likely };
        Some(
            Finding::new("ecr-quay-429", Severity::Note, confidence, Whose::Registry)
                .title(format!("{what}: 429 without Retry-After"))
                .explain(format!(
                    "{}{}, without Retry-After.{}",
                    quote(&cell.id, answer),
                    answer.error_message.as_ref().map_or(String::new(), |m| format!(": \"{m}\"")),
                    served.map_or(String::new(), |(id, a)| format!(" {}.", quote(id, a)))
                ))
                .remedy(
                    "Client: back off exponentially, request larger pages and send fewer requests at once (--rate). \
                     Registry operator: send Retry-After.",
                )
                .evidence(
                    std::iter::once(&cell.id)
                        .chain(served.map(|(id, _)| id))
                        .chain(all.iter().map(|(c, _)| &c.id)),
                ),
        )
    },
};

/// 429, and no more.
pub(crate) const NO_RETRY_AFTER: Rule = Rule {
    id: "429-without-retry-after",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        if metered(case).is_some() || IN_MESSAGE.examine_quietly(case) || RATE.examine_quietly(case) {
            return None;
        }
        let all = limited(case);
        let (cell, answer) = *all.first()?;
        if all.iter().any(|(c, _)| says_when(case, c)) {
            return None;
        }
        Some(
            Finding::new("429-without-retry-after", Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, without Retry-After, and so with all {} that were answered 429.",
                    quote(&cell.id, answer),
                    all.len()
                ))
                .remedy(
                    "Client: back off exponentially and send less (--rate, --suite quick). Registry operator: send \
                     Retry-After.",
                )
                .evidence(all.iter().map(|(c, _)| &c.id)),
        )
    },
};

impl Rule {
    /// Whether this rule would speak: the more particular one goes first.
    fn examine_quietly(&self, case: &Case<'_>) -> bool {
        (self.examine)(case).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe, probe_lab};
    use crate::lab::LabOptions;

    #[test]
    fn pulls_are_metered() {
        assert_fires("hub-ratelimit", &["hub-ratelimit"], "lab/oci");
        let report = probe_lab(LabOptions { quota: Some(0), ..LabOptions::default() }, "lab/oci");
        assert_eq!(find(&report, "hub-ratelimit").unwrap().severity, Severity::Warning);
    }

    #[test]
    fn each_fires_alone_with_the_plain_fact_below_it() {
        let ids = ["ghcr-retry-after-in-message", "ecr-quay-429", "429-without-retry-after"];
        for id in ids {
            let report = probe(&[id], "lab/oci");
            let top = report.findings.iter().find(|f| f.id == id);
            let top = top.unwrap_or_else(|| panic!("{id} is not among {:?}", report.findings));
            assert!(top.children.iter().any(|c| c.id == "rate-limited"), "{id}");
            for other in ids.into_iter().chain(["hub-ratelimit"]).filter(|other| *other != id) {
                assert!(find(&report, other).is_none(), "{other} beside {id}");
            }
        }
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        for id in ["hub-ratelimit", "ghcr-retry-after-in-message", "ecr-quay-429", "429-without-retry-after"]
        {
            assert_silent(id);
        }
    }

    #[test]
    fn durations_in_prose() {
        let text = "retry-after: 880.092µs, allowed: 44000/minute";
        assert_eq!(in_message(text), Some(("880.092µs", "44000/minute")));
        assert_eq!(in_message("retry-after: soon, allowed: some"), None);
    }
}
