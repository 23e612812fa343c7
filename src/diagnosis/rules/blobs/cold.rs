//! A cache that has to be woken.

use std::collections::HashSet;

use super::Seen;
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Method;
use crate::plan::{Endpoint, Subject};

/// An answer with the time at which its request went out, and at which it was over.
struct Timed<'a> {
    seen: Seen<'a>,
    start: f64,
    end: f64,
}

/// The answers to one method for one blob, asked for without Accept, whole, in the order of asking. What else differs
/// (the coding accepted, whether redirects are followed) does not decide whether the blob is there.
fn asked<'a>(case: &Case<'a>, method: Method, subject: Subject) -> Vec<Timed<'a>> {
    let mut all: Vec<Timed<'a>> = super::blobs(case)
        .filter(|(id, _)| {
            case.evidence.plan(id).is_some_and(|cell| {
                cell.method == method
                    && cell.subject == Some(subject)
                    && cell.accept == "none"
                    && cell.vary.range.is_none()
                    && cell.endpoint == Endpoint::Blobs
            })
        })
        .filter_map(|seen| {
            let hops = &super::exchange(case, seen)?.hops;
            let (first, last) = (hops.first()?, hops.last()?);
            Some(Timed { seen, start: first.timing.start, end: last.timing.start + last.timing.total })
        })
        .collect();
    all.sort_by(|a, b| a.start.total_cmp(&b.start));
    all
}

/// The last 404 and the first success after it, where the blob was missing first and is there from then on.
fn woken<'a>(case: &Case<'a>, method: Method, subject: Subject) -> Option<[Seen<'a>; 2]> {
    let all = asked(case, method, subject);
    let there = |t: &&Timed<'_>| matches!(t.seen.1.status, 200..=399);
    let missing = all.iter().rfind(|t| t.seen.1.status == 404)?;
    let first = all.iter().find(|t| there(t) && t.start >= missing.start)?;
    // From then on it is there, more than once: otherwise what differs may be what decides.
    let later = all.iter().filter(|t| t.start >= missing.start && there(t)).count();
    let earlier = all.iter().any(|t| there(&t) && t.end <= missing.start);
    (later >= 2 && !earlier).then_some([missing.seen, first.seen])
}

/// Not there, then there.
pub(crate) const RULE: Rule = Rule {
    id: "blob-404-until-manifest-pulled",
    layer: Layer::Existence,
    under: &[],
    examine: |case| {
        let kinds = [
            (Method::Get, Subject::Config),
            (Method::Head, Subject::Layer),
            (Method::Get, Subject::Layer),
            (Method::Head, Subject::Config),
        ];
        let found: Vec<_> = kinds.into_iter().filter_map(|(m, s)| woken(case, m, s)).collect();
        let [missing, there] = *found.first()?;
        let severity = if case.main_path_works() { Severity::Note } else { Severity::Warning };
        // Those 404s that lie before the first success of their blob.
        let pairs: HashSet<_> = found.iter().flatten().map(|(id, _)| *id).collect();
        let mut more: Vec<_> =
            super::blobs(case).filter(|(_, a)| a.status == 404).map(|(id, _)| id).collect();
        more.extend(pairs);
        more.sort();
        Some(
            Finding::new(self::RULE.id, severity, Confidence::Likely, Whose::Registry)
                .explain(format!(
                    "{}; asked again, {}. The manifest that names it had been pulled before.",
                    quote(missing.0, missing.1),
                    quote(there.0, there.1)
                ))
                .remedy(
                    "Client: pull the manifest before its blobs, and repeat a 404 once after a pause. Registry \
                     operator: let the cache wait for its upstream instead of answering 404.",
                )
                .evidence([missing.0, there.0].into_iter().chain(more)),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{all, assert_fires, assert_silent, find, probe};

    #[test]
    fn fires_on_a_cold_cache() {
        assert_fires("blob-404-until-manifest-pulled", &["blob-404-until-manifest-pulled"], "lab/oci");
    }

    #[test]
    fn silent_where_the_method_or_the_accept_value_decides() {
        assert_silent("blob-404-until-manifest-pulled");
        for quirk in ["head-blob-401-get-307", "blob-redirect-strip-auth-s3", "head-404-get-200"] {
            let report = probe(&[quirk], "lab/oci");
            assert!(find(&report, "blob-404-until-manifest-pulled").is_none(), "{:?}", all(&report));
        }
    }
}
