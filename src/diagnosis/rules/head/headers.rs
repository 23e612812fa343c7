//! What HEAD leaves out.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::rules::pairs::{Pair, pairs};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::{CellId, Endpoint};

/// Pairs of manifests that are both served.
fn served<'a>(case: &Case<'a>) -> Vec<Pair<'a>> {
    let mut pairs = pairs(case, Endpoint::Manifests);
    pairs.retain(|p| p.head.1.status == 200 && p.get.1.status == 200);
    pairs
}

fn has(case: &Case<'_>, id: &CellId, header: &str) -> bool {
    case.evidence.response(&id.0).is_some_and(|r| r.header(header).is_some_and(|v| !v.trim().is_empty()))
}

/// No length.
pub(crate) const NO_LENGTH: Rule = Rule {
    id: "head-no-content-length",
    layer: Layer::Content,
    under: &["proxy-gzips"],
    examine: |case| {
        let plain: Vec<_> =
            served(case).into_iter().filter(|p| !has(case, p.head.0, "content-length")).collect();
        if let Some(first) = plain.first() {
            return Some(
                Finding::new(self::NO_LENGTH.id, Severity::Warning, Confidence::Certain, Whose::Registry)
                    .title("HEAD of a manifest has no Content-Length")
                    .explain(format!(
                        "{} comes without Content-Length, while {} has a body of {} bytes. Docker, Flux and oras resolve \
                         fail on that.",
                        quote(first.head.0, first.head.1),
                        quote(first.get.0, first.get.1),
                        case.evidence.response(&first.get.0.0).map_or(0, |r| r.body.size)
                    ))
                    .remedy(
                        "Client: use GET. Registry operator: send Content-Length with HEAD. Proxy operator: do not \
                         compress or chunk /v2/ answers.",
                    )
                    .evidence([first.head.0, first.get.0].into_iter().chain(plain.iter().map(|p| p.head.0))),
            );
        }
        let (id, answer) = case.answer("HEAD manifests/tag accept=all encoding=gzip")?;
        let (control_id, control) = case.answer("HEAD manifests/tag accept=all encoding=identity")?;
        let missing = answer.status == 200 && !has(case, id, "content-length");
        if !missing || control.status != 200 || !has(case, control_id, "content-length") {
            return None;
        }
        Some(
            Finding::new(self::NO_LENGTH.id, Severity::Note, Confidence::Certain, Whose::Proxy)
                .title("HEAD has no Content-Length where gzip is accepted")
                .explain(format!(
                    "{} comes without Content-Length, {} with it: what compresses on the way drops the length.",
                    quote(id, answer),
                    quote(control_id, control)
                ))
                .remedy(
                    "Client: send Accept-Encoding: identity with HEAD. Proxy operator: turn compression off for \
                     /v2/.",
                )
                .evidence([id, control_id]),
        )
    },
};

/// No type.
pub(crate) const NO_TYPE: Rule = Rule {
    id: "head-no-content-type",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let found: Vec<_> = served(case)
            .into_iter()
            .filter(|p| !has(case, p.head.0, "content-type") && has(case, p.get.0, "content-type"))
            .collect();
        let first = found.first()?;
        Some(
            Finding::new(self::NO_TYPE.id, Severity::Warning, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{} comes without Content-Type, while {} has {}. Docker and containerd go wrong on that.",
                    quote_head(first),
                    quote(first.get.0, first.get.1),
                    first.get.1.content_type.as_deref().unwrap_or_default()
                ))
                .remedy("Client: use GET. Registry operator: send the Content-Type of GET with HEAD.")
                .evidence([first.head.0, first.get.0].into_iter().chain(found.iter().map(|p| p.head.0))),
        )
    },
};

/// Without a type there is nothing to say of what came.
fn quote_head(pair: &Pair<'_>) -> String {
    format!("{} → {}", pair.head.0, pair.head.1.status)
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn no_length() {
        assert_fires("head-no-content-length", &["head-no-content-length"], "lab/oci");
        let report = probe(&["head-no-content-length"], "lab/oci");
        assert!(find(&report, "head-get-length-differ").is_none());
        assert_silent("head-no-content-length");
    }

    #[test]
    fn no_type() {
        assert_fires("head-no-content-type", &["head-no-content-type"], "lab/oci");
        assert_silent("head-no-content-type");
    }
}
