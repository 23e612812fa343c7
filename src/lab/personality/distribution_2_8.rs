use super::Personality;

/// CNCF distribution 2.8. Of 2.8.2 and 2.8.3 not one recorded cell differs.
pub(super) const DISTRIBUTION_2_8: Personality = Personality {
    id: "distribution-2.8",
    about: "CNCF distribution 2.8 (docker-registry, registry:2)",
    after: &["recorded tables of 2.8.2 and 2.8.3", "answers of 2.8.2 looked at one by one"],
    quirks: &[
        "distribution-router",
        "accept-letter-case-matters",
        // What is behind the tag, and whether Accept names it. A list without linux/amd64 is looked at first: there is
        // nothing to collapse to, and nothing to convert.
        "no-amd64-in-list-404",
        "no-accept-yields-schema1",
        "list-collapsed-to-amd64",
        "oci-not-in-accept-404",
        "config-digest-at-manifests-500",
        "malformed-digest-handling",
        "distribution-2-tags",
        "distribution-304",
        "distribution-2-errors",
        "json-charset-utf-8",
    ],
};
