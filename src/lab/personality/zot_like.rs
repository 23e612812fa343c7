use super::Personality;

/// A registry like zot: no table of it was recorded, so this is no more than what its code is known to do. The lab
/// without quirks does most of that already: Accept is not looked at (`accept-ignored-entirely`, `wildcard-honoured`,
/// `index-returned-unasked`), a malformed digest is 400 DIGEST_INVALID (`malformed-digest-handling`), an absent
/// repository is NAME_UNKNOWN at manifests too (`name-vs-manifest-unknown`), and there are referrers.
pub(super) const ZOT_LIKE: Personality = Personality {
    id: "zot-like",
    about: "like zot: Accept is not looked at, referrers are there, lists are lenient",
    after: &["zot's code, for: accept-ignored-entirely, blob-config-octet-stream, last-unknown-404, \
         referrers-missing-repo-200, malformed-digest-handling, name-vs-manifest-unknown"],
    quirks: &["zot-endpoints"],
};
