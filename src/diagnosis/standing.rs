//! Findings that stand behind others, whatever they are seen on.

/// Findings about the form of an answer, or true of a registry that does all that the specs say: they are seen on
/// answers that something else is wrong with, and account for none of it.
pub const ASIDE: &[&str] = &[
    "blob-config-octet-stream",
    "config-is-a-blob",
    "error-bare-object",
    "error-charset",
    "error-code-status-instead-of-code",
    "error-detail-shape",
    "error-details-legacy",
    "error-empty-or-plain",
    "error-nonstandard-code",
    "head-hides-error-body",
    "request-digest-header-ignored",
    "wildcard-honoured",
];

/// What is so at nearly every registry, or at nearly every one of its kind: it stands after what sets this one apart.
pub const USUAL: &[&str] = &[
    "304-without-digest",
    "accept-ignored-entirely",
    "anonymous-token-needed-even-if-public",
    "basic-on-bearer-registry",
    "blob-config-octet-stream",
    "blob-scoped-to-repo-404",
    "catalog-disabled",
    "config-digest-at-manifests-404",
    "digest-ignores-accept",
    "head-hides-error-body",
    "index-returned-unasked",
    "manifest-digest-at-blobs-404",
    "name-vs-manifest-unknown",
    "referrers-404-use-fallback",
    "request-digest-header-ignored",
    "uppercase-name-404-plain",
    "wildcard-honoured",
];

/// What one run happens to see and the next may not: between two recordings it is no regression, whatever its severity.
pub const PASSING: &[&str] = &["intermittent-5xx"];
