//! Every behaviour the catalogue knows, by group, and why some are not probed.

/// A group of behaviours and their ids; the ids of the rules, where there is one.
pub type Group = (&'static str, &'static [&'static str]);

/// The catalogue.
pub const CATALOGUE: &[Group] = &[
    (
        "endpoints",
        &[
            "config-is-a-blob",
            "config-digest-at-manifests-500",
            "config-digest-at-manifests-404",
            "cache-missing-digest-500",
            "cache-hides-upstream-failure-as-404",
            "manifest-digest-at-blobs-404",
            "blob-scoped-to-repo-404",
            "request-digest-header-ignored",
        ],
    ),
    (
        "negotiation",
        &[
            "no-accept-yields-schema1",
            "schema1-body-never-matches-digest",
            "converted-digest-not-fetchable",
            "wildcard-not-understood",
            "wildcard-honoured",
            "accept-ignored-entirely",
            "oci-not-in-accept-404",
            "gcr-accept-mismatch-message",
            "schema1-variant-mismatch",
            "q-values-break-match",
            "accept-case-sensitive",
            "multi-line-accept-first-only",
            "not-acceptable-406",
            "referrers-406",
            "tag-404-digest-200-by-accept",
            "digest-ignores-accept",
            "harbor-tag-acts-like-digest",
            "ct-application-json",
            "ct-text-plain",
            "ct-text-html",
            "ct-charset-suffix",
            "manifest-without-mediatype",
            "schema1-removed",
            "list-child-not-accepted-400",
            "empty-accept-404-some",
        ],
    ),
    (
        "indexes",
        &[
            "distribution-v3-oci-index-unasked",
            "index-returned-unasked",
            "list-collapsed-to-amd64",
            "no-amd64-in-list-404",
            "wrong-dcd-for-collapsed-list",
            "oci-index-vs-docker-list-both-needed",
            "attestation-unknown-unknown",
            "attestation-as-oci-artifact",
            "index-entry-without-platform-or-nested",
        ],
    ),
    (
        "digests",
        &[
            "dcd-missing-on-get",
            "dcd-missing-everywhere",
            "dcd-bare-hex",
            "dcd-empty-string",
            "dcd-unreliable-for-tags",
            "dcd-head-get-differ",
            "sha512-unsupported",
            "malformed-digest-handling",
            "etag-weak",
            "etag-unquoted-cold",
            "304-without-digest",
            "manifest-rewritten-by-proxy",
        ],
    ),
    (
        "head",
        &[
            "head-404-get-200",
            "head-405",
            "head-anonymous-always-401",
            "head-blob-401-get-307",
            "head-no-content-length",
            "head-no-content-type",
            "head-hides-error-body",
            "head-passes-get-blocked",
            "head-get-length-differ",
        ],
    ),
    (
        "blobs",
        &[
            "blob-redirect-strip-auth-s3",
            "blob-redirect-strip-auth-azure",
            "redirect-to-subdomain-keeps-auth",
            "presigned-for-get-only",
            "signed-url-must-be-byte-exact",
            "redirect-status-variants",
            "redirect-on-manifest-cross-host",
            "redirect-plan-impossible-with-auth",
            "token-endpoint-redirects-to-login",
            "blob-config-octet-stream",
            "blob-content-encoding",
            "cloudflare-edge-drops-length",
            "range-ignored-200",
            "multirange-unsupported",
            "blob-range-400",
            "multipart-boundary-invalid",
            "blob-404-until-manifest-pulled",
        ],
    ),
    (
        "challenges",
        &[
            "challenge-missing-on-resource",
            "ping-200-resource-401",
            "ping-401-resource-200",
            "ping-200-with-challenge",
            "ping-varies-by-user-agent",
            "challenge-malformed-or-odd",
            "multiple-challenges",
            "challenge-missing-service",
            "challenge-missing-or-placeholder-scope",
            "challenge-changes-after-expiry",
            "challenge-changes-with-authorization",
            "basic-challenge-not-honoured",
            "preemptive-basic-400",
            "pat-as-bearer-403",
            "basic-on-bearer-registry",
            "realm-http-or-double-slash",
            "realm-private-or-foreign-host",
            "multiple-authorization-headers-rejected",
            "404-before-auth",
        ],
    ),
    (
        "tokens",
        &[
            "token-field-name",
            "oauth-post-unsupported",
            "offline-token-param-breaks",
            "scope-first-only",
            "bad-extra-scope-400",
            "catalog-scope-403",
            "delete-scope-poisons-token",
            "metadata-read-scope",
            "token-per-repository",
            "token-200-but-empty-access",
            "token-endpoint-denies",
            "401-after-fresh-token",
            "creds-required-on-first-token-call",
            "token-endpoint-requires-service",
            "anonymous-literal-token",
            "nexus-bearer-realm-off",
            "token-expiry-default-60s",
            "token-clock-skew",
            "anonymous-token-needed-even-if-public",
            "private-masked",
        ],
    ),
    (
        "transport",
        &[
            "ping-no-slash",
            "api-version-header-missing",
            "everything-200",
            "not-mapped-html-404",
            "path-slash-merging-and-escapes",
            "proxy-strips-accept",
            "proxy-gzips",
            "http2-misdirected-421",
            "http2-stream-reset-or-426",
            "alpn-none",
            "plain-http-registry",
            "user-agent-blocked",
            "geo-blocked",
            "set-cookie-csrf",
        ],
    ),
    (
        "errors",
        &[
            "error-code-status-instead-of-code",
            "error-detail-shape",
            "error-details-legacy",
            "error-bare-object",
            "error-empty-or-plain",
            "error-nonstandard-code",
            "name-vs-manifest-unknown",
            "403-for-missing-tag",
            "policy-412",
            "policy-403-xray",
            "upstream-error-wrapped",
            "error-charset",
        ],
    ),
    ("limits", &["hub-ratelimit", "ghcr-retry-after-in-message", "ecr-quay-429", "429-without-retry-after"]),
    (
        "tags",
        &[
            "n-over-1000-rejected",
            "n-ignored",
            "n-too-big-400",
            "tags-null-or-empty-past-end",
            "link-without-brackets",
            "link-absolute-or-foreign",
            "link-on-exact-page",
            "last-unknown-404",
            "tags-null-or-garbage",
            "tags-404-when-empty",
            "tags-unsorted",
            "tags-nonstandard-body",
            "catalog-disabled",
        ],
    ),
    (
        "referrers",
        &[
            "referrers-404-use-fallback",
            "referrers-401",
            "referrers-200-wrong-type",
            "referrers-empty-object",
            "referrers-filter-not-applied",
            "referrers-missing-repo-200",
            "fallback-artifacttype-wrong",
        ],
    ),
    (
        "names",
        &[
            "library-prefix",
            "docker-io-host-alias",
            "ns-query-400",
            "name-shape",
            "uppercase-name-404-plain",
            "no-pull-by-digest",
            "mirror-stale-tag",
            "proxy-is-readonly-405",
        ],
    ),
    (
        "artifacts",
        &[
            "foreign-layer-404",
            "non-http-urls",
            "non-image-config",
            "empty-config",
            "zstd-estargz-layers",
            "mixed-docker-oci-types",
            "manifest-size-limit",
        ],
    ),
    (
        "writes",
        &[
            "quay-mount-without-from",
            "hub-cross-mount",
            "gitlab-mount-401",
            "ecr-chunk-201",
            "ecr-put-no-location",
            "single-post-fallback",
            "port-443-dropped-in-location",
            "delete-by-tag-unsupported",
            "serverless-delete-content-length-none",
            "zot-415-docker-types",
            "quay-415-unknown-type",
            "openshift-acceptschema2-false",
            "ecr-unsupported-invalid-json",
            "sha512-push",
        ],
    ),
];

/// Plain facts that are no quirk, with ids of their own.
pub const FACTS: &[&str] = &[
    "client-certificate-required",
    "connection-broken",
    "connection-refused",
    "content-type-mismatch",
    "credentials-refused",
    "digest-mismatch",
    "digest-not-found",
    "host-not-found",
    "not-a-registry",
    "not-authorized",
    "platform-not-found",
    "rate-limited",
    "redirect-target-unreachable",
    "repository-not-found",
    "server-error",
    "tag-not-found",
    "timed-out",
    "tls-untrusted",
];

/// Behaviours that the catalogue does not know.
pub const OWN: &[&str] = &["intermittent-5xx", "type-not-in-accept-404"];

const WRITE: &str = "only a push, a mount or a delete shows it, and regprobe never writes";

/// What is not probed, and why.
pub const NOT_PROBED: &[(&str, &str)] = &[
    (
        "creds-required-on-first-token-call",
        "an anonymous token request that is refused is told as token-endpoint-denies; that a later one would be granted needs the flow of another client",
    ),
    ("delete-scope-poisons-token", "regprobe never asks for the right to delete"),
    ("mirror-stale-tag", "a stale tag looks like a right one to whoever cannot see the upstream"),
    ("multiple-authorization-headers-rejected", "credentials would have to be sent twice in one request"),
    (
        "nexus-bearer-realm-off",
        "the answers are those of any registry that wants Basic; only the name in the realm differs",
    ),
    (
        "path-slash-merging-and-escapes",
        "two spellings of one path in a request are a matter of the client's URL, and no client writes them",
    ),
    ("proxy-is-readonly-405", WRITE),
    ("scope-first-only", "what a token grants stands in the token, and tokens are never recorded"),
    (
        "sha512-unsupported",
        "the sha512 of a manifest is answered 404 by every registry that knows it by its sha256 alone, and the spec allows that",
    ),
    ("token-per-repository", "a second repository that may be read would have to be known"),
];

/// Why an entry of the catalogue is not probed; `None` where it is, or is none.
pub fn not_probed(id: &str) -> Option<&'static str> {
    if CATALOGUE.iter().any(|(group, ids)| *group == "writes" && ids.contains(&id)) {
        return Some(WRITE);
    }
    NOT_PROBED.iter().find(|(known, _)| *known == id).map(|(_, why)| *why)
}

/// The group of an entry.
pub fn group(id: &str) -> Option<&'static str> {
    CATALOGUE.iter().find(|(_, ids)| ids.contains(&id)).map(|(group, _)| *group)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::diagnosis::rules::RULES;
    use crate::diagnosis::standing::{ASIDE, PASSING, USUAL};

    /// A rule on the form of errors that is not told apart would account for what it only stands beside.
    #[test]
    fn rules_on_errors_are_about_their_form_or_their_cause() {
        const CAUSES: [&str; 5] = [
            "name-vs-manifest-unknown",
            "403-for-missing-tag",
            "policy-412",
            "policy-403-xray",
            "upstream-error-wrapped",
        ];
        let ruled = RULES.iter().map(|rule| rule.id).filter(|id| group(id) == Some("errors"));
        let (form, causes): (Vec<_>, Vec<_>) = ruled.partition(|id| ASIDE.contains(id));
        assert_eq!(form.len(), 7, "{form:?}");
        assert!(causes.iter().all(|id| CAUSES.contains(id)), "{causes:?}");
    }

    #[test]
    fn every_entry_has_a_rule_or_a_reason() {
        let rules: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
        assert_eq!(rules.len(), RULES.len(), "two rules share an id");
        let entries: Vec<&str> = CATALOGUE.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
        let known: BTreeSet<&str> = entries.iter().chain(FACTS).chain(OWN).copied().collect();
        assert_eq!(known.len(), entries.len() + FACTS.len() + OWN.len(), "an id stands twice");
        let gaps: Vec<&str> =
            entries.iter().copied().filter(|id| !rules.contains(id) && not_probed(id).is_none()).collect();
        assert!(gaps.is_empty(), "neither a rule nor a reason: {gaps:?}");
        let both: Vec<&str> =
            entries.iter().copied().filter(|id| rules.contains(id) && not_probed(id).is_some()).collect();
        assert!(both.is_empty(), "a rule, and a reason why there is none: {both:?}");
        let strangers: Vec<&&str> = rules.iter().filter(|id| !known.contains(**id)).collect();
        assert!(strangers.is_empty(), "rules that the catalogue does not know: {strangers:?}");
        let gone: Vec<&&str> = FACTS
            .iter()
            .chain(ASIDE)
            .chain(USUAL)
            .chain(PASSING)
            .filter(|id| !rules.contains(**id))
            .collect();
        assert!(gone.is_empty(), "facts without a rule: {gone:?}");
    }
}
