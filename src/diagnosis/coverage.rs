//! What a run could have shown, and what it could not: nothing untested is called fine.

use crate::diagnosis::catalogue::not_probed;
use crate::diagnosis::rule::{Case, Rule};
use crate::exchange::Purpose;
use crate::oci::document::BodyKind;
use crate::report::Did;

/// Which entries of the catalogue a run exercised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Those whose question was asked and answered, sorted.
    pub exercised: Vec<&'static str>,
    /// Those that were not, sorted, with the reason.
    pub not_exercised: Vec<(&'static str, String)>,
}

/// What must be so before a rule has anything to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// One of these behind the reference.
    Holds(&'static [BodyKind], &'static str),
    /// The registry asks who is there.
    Challenge,
    /// It sends to a token endpoint.
    TokenEndpoint,
    /// A blob or manifest was sent from elsewhere.
    Redirect,
    /// TLS.
    Tls,
    /// The limit of a quota was met.
    Limit,
    /// A manifest was read.
    Manifest,
    /// A manifest names other places for a layer.
    Urls,
}

const INDEXES: &[BodyKind] = &[BodyKind::OciIndex, BodyKind::DockerList];
const OCI: &[BodyKind] = &[BodyKind::OciIndex, BodyKind::OciManifest];
const LISTS: &[BodyKind] = &[BodyKind::DockerList];
const DOCKER: &[BodyKind] = &[BodyKind::DockerManifest, BodyKind::DockerList, BodyKind::Schema1];
const SCHEMA1: &[BodyKind] = &[BodyKind::Schema1];

/// Where a rule's cells alone do not tell: what else it needs.
const NEEDS: &[(Need, &[&str])] = &[
    (
        Need::Holds(LISTS, "no manifest list behind this reference"),
        &[
            "list-collapsed-to-amd64",
            "no-amd64-in-list-404",
            "wrong-dcd-for-collapsed-list",
            "list-child-not-accepted-400",
        ],
    ),
    (
        Need::Holds(INDEXES, "neither an index nor a manifest list behind this reference"),
        &[
            "index-returned-unasked",
            "oci-index-vs-docker-list-both-needed",
            "attestation-unknown-unknown",
            "attestation-as-oci-artifact",
            "index-entry-without-platform-or-nested",
        ],
    ),
    (
        Need::Holds(OCI, "neither an OCI index nor an OCI manifest behind this reference"),
        &["oci-not-in-accept-404"],
    ),
    (
        Need::Holds(&[BodyKind::OciIndex], "no OCI index behind this reference"),
        &["distribution-v3-oci-index-unasked"],
    ),
    (
        Need::Holds(DOCKER, "no Docker image behind this reference"),
        &["no-accept-yields-schema1", "schema1-body-never-matches-digest", "converted-digest-not-fetchable"],
    ),
    (
        Need::Holds(SCHEMA1, "no stored schema 1 manifest behind this reference"),
        &["schema1-variant-mismatch", "schema1-removed"],
    ),
    (
        Need::Challenge,
        &[
            "challenge-missing-on-resource",
            "challenge-malformed-or-odd",
            "multiple-challenges",
            "head-anonymous-always-401",
            "404-before-auth",
            "not-authorized",
            "credentials-refused",
            "private-masked",
        ],
    ),
    (
        Need::TokenEndpoint,
        &[
            "challenge-missing-service",
            "challenge-missing-or-placeholder-scope",
            "challenge-changes-after-expiry",
            "challenge-changes-with-authorization",
            "basic-on-bearer-registry",
            "realm-http-or-double-slash",
            "realm-private-or-foreign-host",
            "token-field-name",
            "oauth-post-unsupported",
            "offline-token-param-breaks",
            "scope-first-only",
            "bad-extra-scope-400",
            "catalog-scope-403",
            "metadata-read-scope",
            "token-per-repository",
            "token-200-but-empty-access",
            "token-endpoint-denies",
            "token-endpoint-redirects-to-login",
            "401-after-fresh-token",
            "creds-required-on-first-token-call",
            "token-endpoint-requires-service",
            "anonymous-literal-token",
            "token-expiry-default-60s",
            "token-clock-skew",
            "anonymous-token-needed-even-if-public",
        ],
    ),
    (
        Need::Redirect,
        &[
            "blob-redirect-strip-auth-s3",
            "blob-redirect-strip-auth-azure",
            "redirect-to-subdomain-keeps-auth",
            "presigned-for-get-only",
            "signed-url-must-be-byte-exact",
            "redirect-status-variants",
            "redirect-target-unreachable",
        ],
    ),
    (Need::Tls, &["http2-misdirected-421", "http2-stream-reset-or-426", "alpn-none"]),
    (
        Need::Limit,
        &["rate-limited", "429-without-retry-after", "ghcr-retry-after-in-message", "ecr-quay-429"],
    ),
    (
        Need::Manifest,
        &[
            "non-image-config",
            "empty-config",
            "zstd-estargz-layers",
            "mixed-docker-oci-types",
            "manifest-size-limit",
        ],
    ),
    (Need::Urls, &["foreign-layer-404", "non-http-urls"]),
];

/// Whether a rule that found nothing had anything to look at; the reason why not. `stopped_at` is the cell without
/// an answer that the rule asked for last.
pub(super) fn not_exercised(case: &Case<'_>, rule: &Rule, stopped_at: Option<&str>) -> Option<String> {
    let facts_below = [
        "host-not-found",
        "connection-refused",
        "plain-http-registry",
        "timed-out",
        "tls-untrusted",
        "client-certificate-required",
    ];
    if !case.evidence.reached() && !facts_below.contains(&rule.id) {
        return Some("nothing was answered".to_owned());
    }
    let needs = NEEDS.iter().filter(|(_, ids)| ids.contains(&rule.id)).map(|(need, _)| *need);
    if let Some(why) = needs.filter_map(|need| unmet(case, need)).next() {
        return Some(why.to_owned());
    }
    stopped_at.map(|id| no_answer(case, id))
}

fn no_answer(case: &Case<'_>, id: &str) -> String {
    match case.evidence.cell(id).map(|cell| &cell.did) {
        None => format!("`{id}` is not in the suite {}", case.evidence.recording.suite),
        Some(Did::NotTried(why)) => format!("`{id}` was not sent: {}", why.reason()),
        Some(Did::Failed { error, .. }) => format!("`{id}` was not answered: {}", error.message),
        Some(Did::Answer(answer)) => format!("`{id}` was answered {}", answer.status),
    }
}

fn unmet(case: &Case<'_>, need: Need) -> Option<&'static str> {
    let evidence = case.evidence;
    let recording = evidence.recording;
    let (met, why) = match need {
        Need::Holds(kinds, why) => (evidence.held().is_some_and(|kind| kinds.contains(&kind)), why),
        Need::Challenge => (!recording.access.challenges.is_empty(), "the registry asks nobody who they are"),
        Need::TokenEndpoint => (
            recording.access.challenges.iter().any(|line| line.to_ascii_lowercase().contains("bearer")),
            "the registry sends nobody to a token endpoint",
        ),
        Need::Redirect => (
            evidence.exchanges(Purpose::Cell).any(|e| {
                e.hops.iter().any(|hop| match &hop.outcome {
                    crate::exchange::Outcome::Answered(r) => {
                        (300..400).contains(&r.status) && r.header("location").is_some() && r.status != 304
                    }
                    crate::exchange::Outcome::Failed(_) => false,
                })
            }),
            "nothing was served from elsewhere",
        ),
        Need::Tls => (recording.base_url.starts_with("https:"), "there is no TLS here"),
        Need::Limit => {
            let limited = |e: &crate::exchange::Exchange| e.response().is_some_and(|r| r.status == 429);
            (recording.exchanges.iter().any(limited), "no limit was met")
        }
        Need::Manifest => (recording.subjects.manifest.is_some(), "no manifest was read"),
        Need::Urls => {
            let named = |(cell, _): &(&crate::report::CellView, _)| {
                evidence.body(&cell.id.0).is_some_and(|b| b.windows(6).any(|w| w == b"\"urls\""))
            };
            let mut manifests =
                evidence.answers(|_| true).filter(|(_, a)| a.status == 200 && a.kind.is_manifest());
            (manifests.any(|m| named(&m)), "no layer of this image is kept elsewhere")
        }
    };
    (!met).then_some(why)
}

/// What no run can exercise.
pub(super) fn never() -> impl Iterator<Item = (&'static str, String)> {
    super::catalogue::CATALOGUE
        .iter()
        .flat_map(|(_, ids)| ids.iter())
        .filter_map(|id| Some((*id, format!("not probed: {}", not_probed(id)?))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::rules::RULES;
    use crate::diagnosis::testing::probe;

    #[test]
    fn needs_name_rules() {
        for (_, ids) in NEEDS {
            for id in *ids {
                let known = RULES.iter().any(|rule| rule.id == *id) || not_probed(id).is_some();
                assert!(known, "{id} is no rule");
            }
        }
    }

    #[test]
    fn one_tag_shows_what_lies_behind_it() {
        let report = probe(&[], "lab/oci");
        let why = |id: &str| {
            report.coverage.not_exercised.iter().find(|(known, _)| *known == id).map(|(_, why)| why.as_str())
        };
        assert_eq!(why("list-collapsed-to-amd64"), Some("no manifest list behind this reference"));
        assert_eq!(why("token-field-name"), Some("the registry sends nobody to a token endpoint"));
        assert!(report.coverage.exercised.contains(&"oci-not-in-accept-404"));
        assert!(report.coverage.exercised.contains(&"head-405"));
        let list = probe(&[], "lab/docker-list");
        assert!(list.coverage.exercised.contains(&"list-collapsed-to-amd64"));
        assert!(!list.coverage.exercised.contains(&"oci-not-in-accept-404"));
        assert_eq!(
            report.coverage.exercised.len() + report.coverage.not_exercised.len(),
            list.coverage.exercised.len() + list.coverage.not_exercised.len()
        );
    }

    #[test]
    fn what_is_found_was_exercised() {
        for (quirk, image) in
            [("head-405", "lab/oci"), ("bearer-auth", "lab/docker"), ("gcr-2018", "lab/docker")]
        {
            let report = probe(&[quirk], image);
            for finding in crate::diagnosis::testing::all(&report) {
                assert!(report.coverage.exercised.contains(&finding.id), "{}", finding.id);
            }
        }
    }
}
