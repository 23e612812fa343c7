//! The same content by tag and by digest: Accept may matter to one and not to the other.

use super::seen::{Held, Seen, also, get};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::plan::Subject;

/// Accept values, those that clients send first.
const NARROW: [&str; 10] = [
    "docker-manifest",
    "oci-manifest",
    "docker-list",
    "oci-index",
    "schema1-signed",
    "docker-config",
    "oci-config",
    "json",
    "none",
    "any",
];

/// The tag, the same content by digest, and the answers of both to the same Accept values.
struct Both<'a> {
    tag: Held<'a>,
    digest: Subject,
    pairs: Vec<(Seen<'a>, Seen<'a>)>,
}

fn both<'a>(case: &'a Case<'a>, accepts: impl Iterator<Item = &'a str>) -> Option<Both<'a>> {
    let tag = Held::of(case, Subject::Tag)?;
    let digest = if tag.kind.is_index() { Subject::Index } else { Subject::Manifest };
    let pairs = accepts.filter_map(|accept| Some((tag.get(accept)?, get(case, digest, accept)?))).collect();
    Some(Both { tag, digest, pairs })
}

/// Turned down by tag, served by digest.
pub(crate) const TAG_404: Rule = Rule {
    id: "tag-404-digest-200-by-accept",
    layer: Layer::Negotiation,
    under: &["gcr-accept-mismatch-message", "no-amd64-in-list-404"],
    examine: |case| {
        let both = both(case, NARROW.into_iter())?;
        let (by_tag, by_digest) = *both
            .pairs
            .iter()
            .find(|(tag, digest)| matches!(tag.1.status, 404 | 406) && both.tag.gives(digest.1))?;
        let (tag, kind) = (both.tag, both.digest);
        let others = also(case, move |cell, a| {
            let twin = || get(case, kind, &cell.accept).is_none_or(|(_, b)| tag.gives(b));
            cell.subject == Some(Subject::Tag) && matches!(a.status, 404 | 406) && twin()
        });
        Some(
            Finding::new(TAG_404.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("With a narrow Accept the tag is {}, its digest is 200", by_tag.1.status))
                .explain(format!(
                    "{}, while {}, and with the type named {}. The tag exists: only its type was not accepted.",
                    quote(by_tag.0, by_tag.1),
                    quote(by_digest.0, by_digest.1),
                    quote(both.tag.control.0, both.tag.control.1)
                ))
                .remedy("Client: send every manifest type in Accept when requesting by tag, or request the digest.")
                .evidence([by_tag.0, by_digest.0, both.tag.control.0].into_iter().chain(others)),
        )
    },
};

/// Accept matters by tag, and not by digest.
pub(crate) const DIGEST_IGNORES: Rule = Rule {
    id: "digest-ignores-accept",
    layer: Layer::Negotiation,
    under: &[
        "gcr-accept-mismatch-message",
        "tag-404-digest-200-by-accept",
        "no-accept-yields-schema1",
        "list-child-not-accepted-400",
        "no-amd64-in-list-404",
        "list-collapsed-to-amd64",
    ],
    examine: |case| {
        let crossed = case.evidence.axis.crossed().iter().map(String::as_str);
        let both = both(case, crossed)?;
        if both.pairs.len() < 3 || !both.pairs.iter().all(|(_, digest)| both.tag.gives(digest.1)) {
            return None;
        }
        let matters =
            |seen: &Seen<'_>| matches!(seen.1.status, 200 | 400 | 404 | 406 | 415) && !both.tag.gives(seen.1);
        let (by_tag, by_digest) = *both.pairs.iter().find(|(tag, _)| matters(tag))?;
        Some(
            Finding::new(DIGEST_IGNORES.id, Severity::Note, Confidence::Certain, Whose::Request)
                .explain(format!(
                    "{}, while {}; {} values of Accept were tried by digest, and all got the same.",
                    quote(by_tag.0, by_tag.1),
                    quote(by_digest.0, by_digest.1),
                    both.pairs.len()
                ))
                .remedy("Client: read the type from Content-Type or the body of the answer, not from the request.")
                .evidence(
                    [by_tag.0, by_digest.0]
                        .into_iter()
                        .chain(both.pairs.iter().map(|(_, (id, _))| *id)),
                ),
        )
    },
};

/// The tag is looked up by one program, the digest served by another.
pub(crate) const HARBOR: Rule = Rule {
    id: "harbor-tag-acts-like-digest",
    layer: Layer::Negotiation,
    under: &["accept-ignored-entirely"],
    examine: |case| {
        let both = both(case, NARROW.into_iter())?;
        let same = |(tag, digest): &(Seen<'_>, Seen<'_>)| {
            both.tag.gives(tag.1)
                && both.tag.gives(digest.1)
                && tag.1.content_type == digest.1.content_type
                && tag.1.body_digest == digest.1.body_digest
        };
        let docker = matches!(both.tag.kind, BodyKind::DockerList | BodyKind::DockerManifest);
        if !docker || both.pairs.len() < 4 || !both.pairs.iter().all(same) {
            return None;
        }
        let (manifest_id, manifest) = get(case, Subject::AbsentTag, "all")?;
        let (blob_id, blob) = case.answer("GET blobs/absent-digest accept=none")?;
        let code = |answer: &'_ crate::report::Answer| answer.error_code.clone();
        if manifest.status != 404
            || code(manifest).as_deref() != Some("NOT_FOUND")
            || blob.status != 404
            || code(blob).as_deref() != Some("BLOB_UNKNOWN")
        {
            return None;
        }
        let (by_tag, by_digest) = both.pairs.iter().find(|(tag, _)| tag.0.0.ends_with("=none"))?;
        Some(
            Finding::new(HARBOR.id, Severity::Note, Confidence::Possible, Whose::Registry)
                .explain(format!(
                    "{}, just as {}; a missing manifest and a missing blob are answered in two vocabularies: {}, {}. \
                     Harbor does so.",
                    quote(by_tag.0, by_tag.1),
                    quote(by_digest.0, by_digest.1),
                    quote(manifest_id, manifest),
                    quote(blob_id, blob)
                ))
                .remedy("Change nothing: no Accept value gets a converted manifest.")
                .evidence([by_tag.0, by_digest.0, manifest_id, blob_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn only_the_tag_looks_at_accept() {
        for image in ["lab/index", "lab/docker"] {
            assert_fires("tag-404-digest-200-by-accept", &["tag-404-digest-200-by-accept"], image);
        }
        // That OCI must be named is not the cause where the digest is served without.
        let report = probe(&["tag-404-digest-200-by-accept"], "lab/oci");
        assert!(find(&report, "oci-not-in-accept-404").is_none());
        assert_silent("tag-404-digest-200-by-accept");
    }

    #[test]
    fn the_digest_does_not() {
        assert_fires("digest-ignores-accept", &["no-accept-yields-schema1"], "lab/docker");
        assert_silent("digest-ignores-accept");
        let report = probe(&["oci-not-in-accept-404"], "lab/oci");
        assert!(find(&report, "digest-ignores-accept").is_none());
    }

    #[test]
    fn a_front_end_that_looks_tags_up() {
        assert_fires("harbor-tag-acts-like-digest", &["harbor-tag-acts-like-digest"], "lab/docker-list");
        assert_silent("harbor-tag-acts-like-digest");
    }
}
