use super::Personality;

/// CNCF distribution 3. Of 3.0.0 and 3.1.1 not one recorded cell differs; where they differ in what the tables do not
/// hold (the tags past the end, the detail of a bad `n`), this is 3.1.1.
pub(super) const DISTRIBUTION_3: Personality = Personality {
    id: "distribution-3",
    about: "CNCF distribution 3.0 and 3.1 (registry:3)",
    after: &["recorded tables of 3.0.0 and 3.1.1", "answers of 3.1.1 looked at one by one"],
    quirks: &[
        "distribution-router",
        "schema1-removed",
        // A list without linux/amd64 is 404 before anything is said of the child that would have to stand in.
        "no-amd64-in-list-404",
        "list-child-not-accepted-400",
        "list-collapsed-to-amd64",
        "distribution-v3-oci-index-unasked",
        "malformed-digest-handling",
        "distribution-3-tags",
        "distribution-304",
        "distribution-3-errors",
    ],
};
