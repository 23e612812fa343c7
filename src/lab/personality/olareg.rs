use super::Personality;

/// olareg, a small registry that takes `Accept` at its word.
pub(super) const OLAREG: Personality = Personality {
    id: "olareg",
    about: "olareg at commit 79de6b4: a real filter by Accept, errors in text/plain",
    after: &["recorded table of olareg at 79de6b4"],
    quirks: &["olareg-accept", "olareg-endpoints", "manifest-digest-at-blobs-200", "error-charset"],
};
