//! A cache that shows whether it had a blob.

use crate::diagnosis::rule::{Case, Layer, Rule};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{Method, Response};
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::Did;

/// Answers to GET of one blob, in the order in which they were sent.
fn in_time<'a>(case: &Case<'a>, subject: Subject) -> Vec<(&'a CellId, &'a Response)> {
    let evidence = case.evidence;
    let mut all: Vec<(f64, &CellId, &Response)> = evidence
        .cells
        .iter()
        .filter(|c| c.method == Method::Get && c.endpoint == Endpoint::Blobs && c.subject == Some(subject))
        .filter_map(|c| {
            let Did::Answer(answer) = &c.did else { return None };
            let exchange = evidence.exchange(&answer.exchange)?;
            let start = exchange.hops.first()?.timing.start;
            Some((start, &c.id, exchange.response().filter(|r| r.status == 200)?))
        })
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    all.into_iter().map(|(_, id, response)| (id, response)).collect()
}

/// An entity tag without quotes around it.
fn bare(response: &Response) -> bool {
    response.header("etag").is_some_and(|tag| !tag.trim_start_matches("W/").starts_with('"'))
}

/// The first answer differs from all later ones.
pub(crate) const COLD: Rule = Rule {
    id: "etag-unquoted-cold",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        [Subject::Config, Subject::Layer].into_iter().find_map(|subject| {
            let all = in_time(case, subject);
            // Those that were under way at the same time may all have been the first.
            let (cold_id, cold) = all.iter().copied().find(|(_, r)| bare(r))?;
            let (warm_id, warm) = all.iter().copied().rfind(|(_, r)| !bare(r) && r.header("etag").is_some())?;
            let offered = |r: &Response| r.header("accept-ranges").is_some();
            let ranges = if !offered(cold) && offered(warm) { ", and Accept-Ranges" } else { "" };
            let tag = |r: &Response| r.header("etag").unwrap_or_default().to_owned();
            Some(
                Finding::new(COLD.id, Severity::Note, Confidence::Certain, Whose::Proxy)
                    .explain(format!(
                        "{cold_id} came with ETag: {}; later, {warm_id} with ETag: {}{ranges}. The first went through to the \
                         upstream, the second came from the cache.",
                        tag(cold),
                        tag(warm)
                    ))
                    .remedy(
                        "Verify blobs by digest; send a second request before you rely on ETag or ranges.",
                    )
                    .evidence([cold_id, warm_id]),
            )
        })
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of};

    #[test]
    fn fires_on_a_cold_cache() {
        assert_fires("etag-unquoted-cold", &["etag-unquoted-cold"], "lab/oci");
    }

    #[test]
    fn silent_where_every_answer_is_alike() {
        assert_none_of(&["etag-unquoted-cold"]);
    }
}
