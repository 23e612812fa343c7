//! A web server that answers in the registry's place.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Method;
use crate::oci::document::BodyKind;
use crate::plan::{CellId, Endpoint, Repository, Subject};
use crate::report::{Answer, CellView};

const PING: &str = "GET ping accept=none";
const NORMAL: &str = "GET manifests/tag accept=all";
/// Things that are surely not there, each in another way.
const NOWHERE: [&str; 3] = [
    "GET manifests/tag accept=all repository=absent",
    "GET manifests/absent-tag accept=all",
    "GET manifests/absent-digest accept=all",
];

/// Whether a cell asks for what is surely not there.
fn is_nowhere(case: &Case<'_>, cell: &CellView) -> bool {
    matches!(cell.subject, Some(Subject::AbsentTag | Subject::AbsentDigest))
        || case.evidence.plan(&cell.id).is_some_and(|p| p.vary.repository == Repository::Absent)
}

/// Where a redirect led in the end.
fn led_to(case: &Case<'_>, answer: &Answer) -> Option<String> {
    let exchange = case.evidence.exchange(&answer.exchange).filter(|_| answer.redirects > 0)?;
    let url = &exchange.last().request.url;
    Some(url.split('?').next().unwrap_or_default().to_owned())
}

/// 200 for anything.
pub(crate) const EVERYTHING_200: Rule = Rule {
    id: "everything-200",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let asked: Vec<_> =
            NOWHERE.into_iter().filter_map(|id| case.answer(id)).filter(|(_, a)| a.status != 429).collect();
        if asked.len() < 2 || asked.iter().any(|(_, a)| a.status != 200) {
            return None;
        }
        let (id, answer) = asked[0];
        let works = case.main_path_works();
        let control = case.answer(if works { NORMAL } else { PING });
        let page = answer.kind;
        let same = asked.iter().all(|(_, a)| a.body_digest == answer.body_digest);
        let found = case
            .evidence
            .answers(|c| c.endpoint != Endpoint::Token)
            .filter(|(c, a)| a.status == 200 && (is_nowhere(case, c) || (!works && a.kind == page)))
            .map(|(c, _)| &c.id);
        let redirected =
            led_to(case, answer).map_or(String::new(), |url| format!(" It was redirected to {url}."));
        let (severity, whose, title, remedy) = if works {
            (
                Severity::Warning,
                Whose::Proxy,
                "200 for repositories, tags and digests that do not exist",
                "Proxy operator: leave the 404 of the registry unchanged under /v2/ (nginx: no error_page, \
                 proxy_intercept_errors off). Client: check that the body is a manifest.",
            )
        } else {
            (
                Severity::Broken,
                Whose::Request,
                "Not a registry: every request is answered 200",
                "Client: check the host and port of the image reference. Proxy operator: map /v2/ to the registry, \
                 before any catch-all page and before any login page.",
            )
        };
        Some(
            Finding::new(
                self::EVERYTHING_200.id,
                severity,
                if asked.len() == NOWHERE.len() { Confidence::Certain } else { Confidence::Likely },
                whose,
            )
            .title(title)
            .explain(format!(
                "{}, and that repository does not exist; so with {} things in all that are surely not there{}.{redirected}{}",
                quote(id, answer),
                asked.len(),
                if same { ", with the same body each time" } else { "" },
                control.map_or(String::new(), |(id, a)| format!(" For comparison: {}.", quote(id, a)))
            ))
            .remedy(remedy)
            .evidence(
                std::iter::once(id)
                    .chain(control.map(|(id, _)| id))
                    .chain(asked.iter().map(|(id, _)| *id))
                    .chain(found),
            ),
        )
    },
};

/// What Artifactory says of a path in which it finds no repository of its own.
const UNMAPPED: &str = "Unsupported docker v2 repository request for";

/// Answers to requests for manifests that only a web server would give.
fn foreign<'a>(case: &Case<'a>) -> Option<Vec<(&'a CellId, &'a Answer)>> {
    let page = |a: &Answer| a.status == 404 && matches!(a.kind, BodyKind::Html | BodyKind::Text);
    let manifests: Vec<_> = case
        .plain(|c| c.endpoint == Endpoint::Manifests && c.method == Method::Get)
        .filter(|(_, a)| a.status != 429)
        .map(|(c, a)| (&c.id, a))
        .collect();
    (manifests.len() > 1 && manifests.iter().all(|(_, a)| page(a))).then_some(manifests)
}

/// Nothing at `/v2/`.
pub(crate) const NOT_MAPPED: Rule = Rule {
    id: "not-mapped-html-404",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        if case.main_path_works() || !case.evidence.recording.access.challenges.is_empty() {
            return None;
        }
        let said = |(_, a): &(&CellView, &Answer)| {
            matches!(a.status, 400 | 404) && a.error_message.as_deref().is_some_and(|m| m.contains(UNMAPPED))
        };
        let told: Vec<_> = case.evidence.answers(|c| c.endpoint != Endpoint::Token).filter(said).collect();
        let told = told.iter().find(|(c, _)| c.id.0 == NORMAL).map(|first| (*first, &told));
        if let Some(((cell, answer), all)) = told {
            let message = answer.error_message.as_deref().unwrap_or_default();
            let ping = case.answer(PING);
            return Some(
                finding("Artifactory finds no repository in this path", Confidence::Certain)
                    .explain(format!(
                        "{}: \"{message}\". The name of the repository that the path or the host should hold is not there.{}",
                        quote(&cell.id, answer),
                        ping.map_or(String::new(), |(id, a)| format!(" {}.", quote(id, a)))
                    ))
                    .evidence(
                        std::iter::once(&cell.id)
                            .chain(ping.map(|(id, _)| id))
                            .chain(all.iter().map(|(c, _)| &c.id)),
                    ),
            );
        }
        let (ping_id, ping) = case
            .answer(PING)
            .filter(|(_, a)| a.status == 404 && matches!(a.kind, BodyKind::Html | BodyKind::Text))?;
        let manifests = foreign(case)?;
        let (id, answer) = manifests.iter().find(|(id, _)| id.0 == NORMAL).or(manifests.first())?;
        let what = if ping.kind == BodyKind::Html { "a web page" } else { "plain text" };
        Some(
            finding("/v2/ is 404 from a web server: no registry is mapped there", Confidence::Likely)
                .explain(format!(
                    "{}, and {}: each time {what}, and never an error in a registry's form or a challenge.",
                    quote(ping_id, ping),
                    quote(id, answer)
                ))
                .evidence([ping_id, id].into_iter().chain(manifests.iter().map(|(id, _)| *id))),
        )
    },
};

fn finding(title: &str, confidence: Confidence) -> Finding {
    Finding::new(self::NOT_MAPPED.id, Severity::Broken, confidence, Whose::Proxy).title(title).remedy(
        "Client: use the host, port or path that the administrator of the registry gives you. Proxy operator: map \
         /v2/ at the root of the host to the registry. Artifactory: set up one access method, and put the \
         repository key where it belongs (host/key/image:tag, key.host/image:tag, or host:port/image:tag).",
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{all, assert_fires, assert_none_of, find, probe};
    use crate::diagnosis::{Confidence, Severity};

    const IDS: [&str; 2] = ["everything-200", "not-mapped-html-404"];

    #[test]
    fn each_speaks_for_the_plain_fact() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
            let report = probe(&[id], "lab/oci");
            let top = &report.findings[0];
            assert_eq!(
                (top.id, top.severity, report.findings.len()),
                (id, Severity::Broken, 1),
                "{:?}",
                all(&report)
            );
            assert!(top.children.iter().any(|c| c.id == "not-a-registry"), "{top:?}");
        }
    }

    #[test]
    fn a_page_for_what_is_missing() {
        let report = probe(&["everything-200-for-missing"], "lab/oci");
        let finding = find(&report, "everything-200").unwrap();
        assert_eq!((finding.severity, finding.confidence), (Severity::Warning, Confidence::Certain));
    }

    #[test]
    fn artifactory_says_so_itself() {
        let report = probe(&["not-mapped-artifactory"], "lab/oci");
        let top = &report.findings[0];
        assert_eq!(
            (top.id, top.confidence),
            ("not-mapped-html-404", Confidence::Certain),
            "{:?}",
            all(&report)
        );
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
        for quirk in ["bearer-auth", "error-empty-or-plain", "cache-hides-upstream-failure-as-404"] {
            let report = probe(&[quirk], "lab/oci");
            assert!(IDS.iter().all(|id| find(&report, id).is_none()), "{quirk}");
        }
    }
}
