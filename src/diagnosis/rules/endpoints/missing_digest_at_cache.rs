//! Pull-through caches, and what they say of things they do not hold.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::error_body::ErrorBody;
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::Answer;

/// What caches write when it was their upstream that failed; compared in lower case.
const UPSTREAM_FAILED: &[&str] = &[
    "connection refused",
    "connection reset",
    "no such host",
    "server misbehaving",
    "network is unreachable",
    "no route to host",
    "i/o timeout",
    "context deadline exceeded",
    "timed out",
    "tls: ",
    "x509: ",
    "unexpected eof",
    "unauthorized",
    "toomanyrequests",
    "too many requests",
    "bad gateway",
    "service unavailable",
    "gateway time",
    "unexpected http status",
    "unexpected status code",
];

/// A digest that is nowhere, answered 5xx, and a tag that is nowhere, answered 404.
struct Seen<'a> {
    digest: (&'a CellId, &'a Answer),
    tag: (&'a CellId, &'a Answer),
    /// The image's manifest by its digest: that what is there is served.
    there: Option<(&'a CellId, &'a Answer)>,
    /// What the 5xx says beyond its code.
    said: Option<String>,
    cells: Vec<&'a CellId>,
}

fn seen<'a>(case: &Case<'a>) -> Option<Seen<'a>> {
    let digest = case.answer("GET manifests/absent-digest accept=all")?;
    let tag = case.answer("GET manifests/absent-tag accept=all")?;
    let there = case.answer("GET manifests/manifest accept=all");
    let fails = |answer: &Answer| (500..600).contains(&answer.status);
    if !fails(digest.1) || tag.1.status != 404 || there.is_some_and(|(_, a)| fails(a)) {
        return None;
    }
    let nowhere = case.plain(|c| {
        c.endpoint == Endpoint::Manifests
            && matches!(c.subject, Some(Subject::AbsentDigest | Subject::Config | Subject::Layer))
    });
    let cells = nowhere.filter(|(_, a)| fails(a)).map(|(c, _)| &c.id).collect();
    Some(Seen { digest, tag, there, said: said(case, digest.0), cells })
}

/// The detail of an error, or else its message, or else its text, cut to what a line holds.
fn said(case: &Case<'_>, id: &CellId) -> Option<String> {
    let body = case.evidence.body(&id.0)?;
    let text = match ErrorBody::parse(body) {
        Some(errors) => {
            let first = errors.entries.into_iter().next()?;
            match first.detail {
                Some(serde_json::Value::String(text)) => text,
                Some(detail) => detail.to_string(),
                None => first.message?,
            }
        }
        None => String::from_utf8_lossy(body).into_owned(),
    };
    let text: String = text.trim().chars().take(200).collect();
    (!text.is_empty()).then_some(text)
}

fn upstream_failed(said: Option<&String>) -> bool {
    said.is_some_and(|text| {
        let text = text.to_lowercase();
        UPSTREAM_FAILED.iter().any(|words| text.contains(words))
    })
}

/// 500 where 404 is meant.
pub(crate) const MISSING_DIGEST: Rule = Rule {
    id: "cache-missing-digest-500",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let seen = seen(case)?;
        if seen.digest.1.status != 500 || upstream_failed(seen.said.as_ref()) {
            return None;
        }
        let served = seen.there.is_some_and(|(_, a)| a.status == 200);
        let confidence = if served { Confidence::Certain } else { Confidence::Likely };
        let said = seen.said.as_ref().map_or(String::new(), |said| format!(", saying \"{said}\""));
        Some(
            Finding::new(self::MISSING_DIGEST.id, Severity::Note, confidence, Whose::Registry)
                .explain(format!(
                    "{}{said}, while {}. The digest is simply not there: pull-through caches pass on their upstream's \
                     \"not found\" in this way.",
                    quote(seen.digest.0, seen.digest.1),
                    quote(seen.tag.0, seen.tag.1)
                ))
                .remedy(
                    "Client: treat this 500 as \"not found\" and do not retry it; request the digest from the \
                     upstream to confirm. Registry operator: answer 404 MANIFEST_UNKNOWN.",
                )
                .evidence([seen.digest.0, seen.tag.0].into_iter().chain(seen.cells)),
        )
    },
};

/// 404 where "I cannot tell" is meant.
pub(crate) const HIDDEN_FAILURE: Rule = Rule {
    id: "cache-hides-upstream-failure-as-404",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let seen = seen(case)?;
        if !upstream_failed(seen.said.as_ref()) {
            return None;
        }
        let works = case.main_path_works();
        let severity = if works { Severity::Warning } else { Severity::Broken };
        let served = seen.there.is_some_and(|(_, a)| a.status == 200);
        let confidence = if served { Confidence::Certain } else { Confidence::Likely };
        let mine = if works {
            "This image was in the cache, and may be out of date."
        } else {
            "So a 404 for this image does not mean that it does not exist."
        };
        let asked = case.answer("GET manifests/tag accept=all").filter(|(_, a)| a.status == 404);
        Some(
            Finding::new(self::HIDDEN_FAILURE.id, severity, confidence, Whose::Proxy)
                .explain(format!(
                    "{}, saying \"{}\", while {}: the cache hides the failure of its upstream where it is asked for tags. \
                     {mine}",
                    quote(seen.digest.0, seen.digest.1),
                    seen.said.as_deref().unwrap_or_default(),
                    quote(seen.tag.0, seen.tag.1)
                ))
                .remedy(
                    "Registry operator: repair the connection of the cache to its upstream (address, network, \
                     credentials, limits). Client: pull from the upstream until then.",
                )
                .evidence(
                    [seen.digest.0, seen.tag.0].into_iter().chain(asked.map(|(id, _)| id)).chain(seen.cells),
                ),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn a_cache_that_lacks_a_digest() {
        assert_fires("cache-missing-digest-500", &["cache-missing-digest-500"], "lab/oci");
        let report = probe(&["cache-missing-digest-500"], "lab/docker");
        assert!(find(&report, "cache-hides-upstream-failure-as-404").is_none());
        assert!(find(&report, "config-digest-at-manifests-500").is_none());
        assert_silent("cache-missing-digest-500");
    }

    #[test]
    fn a_cache_without_its_upstream() {
        let quirk = "cache-hides-upstream-failure-as-404";
        assert_fires(quirk, &[quirk], "lab/oci");
        assert!(find(&probe(&[quirk], "lab/oci"), "cache-missing-digest-500").is_none());
        let uncached = probe(&[quirk], "lab/oci:not-there");
        assert!(find(&uncached, quirk).is_some() && find(&uncached, "tag-not-found").is_none());
        assert_silent(quirk);
    }
}
