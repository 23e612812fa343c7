//! Schema 1: made for those who do not say what they take, signed anew each time, and gone from newer registries.

use super::seen::{Held, Seen, also, get, own};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::oci::media_type::SCHEMA1;
use crate::plan::Subject;

/// The oldest format, for whoever does not ask for another.
pub(crate) const NO_ACCEPT: Rule = Rule {
    id: "no-accept-yields-schema1",
    layer: Layer::Negotiation,
    about: "without the manifest types in Accept, the registry converts to schema 1",
    page: "Registries that were written when schema 1 was all there was still make such a manifest, on the fly, for every \
           request by tag that does not name the stored type: no Accept, */*, application/json, an image config's type. \
           It comes with 200 and looks like success, but it has neither config.digest nor layer sizes, its body is \
           signed anew each time, and it cannot be fetched by its digest. CNCF distribution 2.x, Docker Hub for Docker \
           images, and Quay have been seen to do so. Send every manifest type, on every request.",
    references: &[
        "https://github.com/opencontainers/distribution-spec/blob/main/content-negotiation.md",
        "https://github.com/cue-labs/oci/issues/22",
        "CNCF distribution 2.8, registry/handlers/manifests.go",
    ],
    under: &[],
    examine: |case| {
        let held = Held::of(case, Subject::Tag).filter(|h| h.kind != BodyKind::Schema1)?;
        let made = |seen: &Seen<'_>| seen.1.status == 200 && seen.1.kind == BodyKind::Schema1;
        if let Some(finding) = preferred(case, &held) {
            return Some(finding);
        }
        let (id, answer) =
            ["none", "any", "json"].into_iter().filter_map(|accept| held.get(accept)).find(made)?;
        Some(
            Finding::new(NO_ACCEPT.id, Severity::Note, Confidence::Certain, Whose::Request)
                .title("who does not name the manifest types gets a schema 1 manifest")
                .explain(format!(
                    "{}, while {}. The registry converts what it stores to the oldest format for clients that do not \
                     say that they know a newer one.",
                    quote(id, answer),
                    quote(held.control.0, held.control.1)
                ))
                .remedy(
                    "Send every manifest type in Accept, on every request, by tag above all; treat a 200 of schema 1 as \
                     \"ask again\", not as the image.",
                )
                .evidence([id, held.control.0].into_iter().chain(also(case, |cell, answer| {
                    cell.subject == Some(Subject::Tag)
                        && answer.status == 200
                        && answer.kind == BodyKind::Schema1
                }))),
        )
    },
};

/// Schema 1 comes to whoever lists it, whatever else is listed: to send every type is the wrong advice then.
fn preferred(case: &Case<'_>, held: &Held<'_>) -> Option<Finding> {
    let schema1 =
        |accept: &str| held.get(accept).filter(|(_, a)| a.status == 200 && a.kind == BodyKind::Schema1);
    let ((id, answer), (lines_id, _)) = (schema1("all")?, schema1("all-lines")?);
    let listed = |accept: &str| {
        case.evidence.axis.lines(accept).unwrap_or_default().iter().any(|line| line.contains(SCHEMA1))
    };
    let without = held.get(own(held.kind)?).filter(|(_, a)| held.gives(a))?;
    if !listed("all") {
        return None;
    }
    Some(
        Finding::new(NO_ACCEPT.id, Severity::Warning, Confidence::Certain, Whose::Registry)
            .title("who lists schema 1 among the types gets schema 1, though a newer manifest is there")
            .explain(format!(
                "{}, and so it is with one type a line; while {}. Of the types that Accept names, the registry takes the \
                 oldest.",
                quote(id, answer),
                quote(without.0, without.1)
            ))
            .remedy(
                "Leave the schema 1 types out of Accept, and name all others. Whoever runs the registry: a version of \
                 today sends what is stored.",
            )
            .evidence([id, without.0, lines_id].into_iter().chain(also(case, |cell, answer| {
                cell.subject == Some(Subject::Tag) && answer.status == 200 && answer.kind == BodyKind::Schema1
            }))),
    )
}

/// The digest is that of the signed payload.
pub(crate) const BODY_AND_DIGEST: Rule = Rule {
    id: "schema1-body-never-matches-digest",
    layer: Layer::Negotiation,
    about: "a signed schema 1 body does not hash to its Docker-Content-Digest: signatures are left out of the digest",
    page: "The digest of a signed schema 1 manifest is that of its payload, the document without its signatures. Who \
           hashes the body gets something else, and where the manifest is made on the fly it is signed with each \
           answer, so that two bodies are never the same. Nothing is damaged: cut the signatures out before hashing \
           (formatLength and formatTail in the protected header say where), or ask for schema 2 or OCI.",
    references: &[
        "Docker, \"Image Manifest V 2, Schema 1\", signed manifests",
        "https://github.com/distribution/distribution/issues/3718",
    ],
    under: &["no-accept-yields-schema1"],
    examine: |case| {
        let differs = |seen: &Seen<'_>| {
            let (_, a) = seen;
            a.status == 200
                && a.kind == BodyKind::Schema1
                && a.bytes_match == Some(true)
                && a.docker_content_digest.as_deref() != a.body_digest.as_ref().map(|d| d.as_str())
                && a.docker_content_digest.is_some()
        };
        let asked = ["none", "any", "json", "all", "schema1-signed"];
        let (id, answer) =
            asked.into_iter().filter_map(|accept| get(case, Subject::Tag, accept)).find(differs)?;
        let again = case.answer(&format!("{id} again=2"));
        let anew = again.filter(|(_, b)| {
            b.docker_content_digest == answer.docker_content_digest && b.body_digest != answer.body_digest
        });
        let twice = anew.map_or("", |_| " Asked again, the digest is the same and the body is another.");
        Some(
            Finding::new(BODY_AND_DIGEST.id, Severity::Note, Confidence::Certain, Whose::Request)
                .title("a signed schema 1 body does not hash to its digest, and is not meant to")
                .explain(format!(
                    "{}: announced is {}, the body hashes to {}, and its payload without the signatures to what is \
                     announced.{twice}",
                    quote(id, answer),
                    answer.docker_content_digest.as_deref().unwrap_or_default(),
                    answer.body_digest.as_ref().map_or("", |d| d.as_str()),
                ))
                .remedy(
                    "Cut the signatures out before hashing; better, ask for schema 2 or OCI, whose bodies hash to their \
                     digests.",
                )
                .evidence(
                    std::iter::once(id)
                        .chain(again.map(|(id, _)| id))
                        .chain(also(case, move |cell, a| differs(&(&cell.id, a)))),
                ),
        )
    },
};

/// No schema 1 any more: neither made, nor read.
pub(crate) const REMOVED: Rule = Rule {
    id: "schema1-removed",
    // A manifest that the registry cannot read any more looks like a failing service: here is where that is looked for.
    layer: Layer::Routing,
    about: "schema 1 is gone: an image stored in it is answered 500, and no other is converted to it",
    page: "CNCF distribution 3.0 and others have thrown out schema 1. A Docker image is no longer converted for clients \
           that ask for it: they get what is stored, with 200, and cannot read it. An image that was pushed as schema 1 \
           and kept over the upgrade cannot be read at all: 500 for every Accept. Such an image has to be pulled with \
           an old registry and an old client, and pushed again.",
    references: &[
        "CNCF distribution 3.0, manifest/ (schema1 removed)",
        "https://github.com/docker/cli/pull/4938",
        "containerd 2.1, commit d9c889568",
    ],
    under: &["accept-ignored-entirely"],
    examine: |case| unreadable(case).or_else(|| not_made(case)),
};

/// Stored as schema 1, by a registry that does not know it any more.
fn unreadable(case: &Case<'_>) -> Option<Finding> {
    const WORDS: &str = "unrecognized manifest schema version 1";
    let (id, answer) = get(case, Subject::Tag, "all")?;
    let (absent_id, absent) = get(case, Subject::AbsentTag, "all")?;
    let said = case.evidence.body(&id.0).map(String::from_utf8_lossy)?.contains(WORDS);
    if answer.status != 500 || absent.status != 404 || !said {
        return None;
    }
    let failing = also(case, |cell, a| cell.subject == Some(Subject::Tag) && a.status == 500);
    Some(
        Finding::new(REMOVED.id, Severity::Broken, Confidence::Likely, Whose::Image)
            .title("the image is stored as schema 1, which this registry cannot read any more")
            .explain(format!(
                "{}, and its body says \"{WORDS}\"; a tag that is not there is answered otherwise: {}.",
                quote(id, answer),
                quote(absent_id, absent)
            ))
            .remedy(
                "Push the image again in schema 2 or OCI: rebuild it, or copy it out with the registry it was pushed to \
                 and a client that still reads schema 1 (skopeo does). Retrying does not help.",
            )
            .evidence([id, absent_id].into_iter().chain(failing)),
    )
}

/// Asked for schema 1, answered with what is stored.
fn not_made(case: &Case<'_>) -> Option<Finding> {
    let held = Held::of(case, Subject::Tag)
        .filter(|h| matches!(h.kind, BodyKind::DockerManifest | BodyKind::DockerList))?;
    let (id, answer) = held.get("schema1-signed")?;
    let unsigned = held.get("schema1")?;
    if !held.gives(answer) || !held.gives(unsigned.1) {
        return None;
    }
    Some(
        Finding::new(REMOVED.id, Severity::Note, Confidence::Certain, Whose::Request)
            .title("who asks for schema 1 gets what is stored, with 200")
            .explain(format!(
                "{}, and {}: this registry does not convert to schema 1. Clients that know nothing newer take the 200 \
                 and fail on the body.",
                quote(id, answer),
                quote(unsigned.0, unsigned.1)
            ))
            .remedy("Look at the Content-Type that comes, not at the one that was asked for; ask for schema 2 and OCI.")
            .evidence([id, unsigned.0, held.control.0]),
    )
}

/// Signed and unsigned are two types to a registry that compares letters.
pub(crate) const VARIANT: Rule = Rule {
    id: "schema1-variant-mismatch",
    layer: Layer::Negotiation,
    about: "a schema 1 image is served under one of its two media types only, signed or unsigned",
    page: "Schema 1 has two media types: v1+prettyjws for the signed form, v1+json for the unsigned, and clients use them \
           loosely. A registry that compares Accept with the stored type letter by letter answers 404 to the other one. \
           gcr.io has been seen to do so. Send both.",
    references: &[
        "https://github.com/appc/docker2aci/issues/255",
        "https://github.com/fluxcd/flux/issues/838",
        "https://github.com/heroku/docker-registry-client/issues/56",
    ],
    under: &["gcr-accept-mismatch-message"],
    examine: |case| {
        let held = Held::of(case, Subject::Tag).filter(|h| h.kind == BodyKind::Schema1)?;
        let (signed, unsigned) = (held.get("schema1-signed")?, held.get("schema1")?);
        let (refused, served) = match (held.gives(signed.1), held.gives(unsigned.1)) {
            (true, false) => (unsigned, signed),
            (false, true) => (signed, unsigned),
            _ => return None,
        };
        if !matches!(refused.1.status, 404 | 406) {
            return None;
        }
        Some(
            Finding::new(VARIANT.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title("this schema 1 image is served under one of the two schema 1 types only")
                .explain(format!(
                    "{}, while {}; signed and unsigned are told apart letter by letter.",
                    quote(refused.0, refused.1),
                    quote(served.0, served.1)
                ))
                .remedy("Send both schema 1 types in Accept, v1+prettyjws and v1+json.")
                .evidence([refused.0, served.0].into_iter().chain(also(case, {
                    let accept = if refused.0.0.ends_with("signed") { "schema1-signed" } else { "schema1" };
                    move |cell, a| cell.accept == accept && matches!(a.status, 404 | 406)
                }))),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn schema1_for_whoever_lists_it() {
        let report = probe(&["schema1-preferred"], "lab/docker");
        let finding = find(&report, "no-accept-yields-schema1").unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.remedy.starts_with("Leave the schema 1 types out"));
        // Where only the joined line is not read, nothing is preferred.
        for other in ["no-accept-yields-schema1", "joined-accept-yields-schema1"] {
            let report = probe(&[other], "lab/docker");
            assert!(
                find(&report, "no-accept-yields-schema1").unwrap().title.starts_with("who does not name")
            );
        }
    }

    #[test]
    fn schema1_is_made_for_who_says_nothing() {
        assert_fires("no-accept-yields-schema1", &["no-accept-yields-schema1"], "lab/docker");
        assert_silent("no-accept-yields-schema1");
        assert!(find(&probe(&[], "lab/schema1"), "no-accept-yields-schema1").is_none());
    }

    #[test]
    fn a_body_that_is_signed_anew() {
        let report = probe(&["no-accept-yields-schema1"], "lab/docker-list");
        let finding = find(&report, "schema1-body-never-matches-digest").unwrap();
        assert!(finding.explanation.contains("the body is another"), "{}", finding.explanation);
        assert!(report.findings.iter().all(|f| f.severity == Severity::Note));
        assert_silent("schema1-body-never-matches-digest");
    }

    #[test]
    fn a_stored_schema1_that_nobody_reads_any_more() {
        assert_fires("schema1-removed", &["schema1-removed"], "lab/schema1");
        let report = probe(&["schema1-removed"], "lab/schema1");
        assert_eq!(report.findings[0].severity, Severity::Broken);
    }

    #[test]
    fn no_conversion_to_schema1() {
        assert_fires("schema1-removed", &[], "lab/docker");
        for (quirks, image) in [(&["no-accept-yields-schema1"][..], "lab/docker"), (&[], "lab/oci")] {
            assert!(find(&probe(quirks, image), "schema1-removed").is_none(), "{image}");
        }
    }

    #[test]
    fn signed_is_not_unsigned() {
        assert_fires("schema1-variant-mismatch", &["schema1-variant-mismatch"], "lab/schema1");
        assert_silent("schema1-variant-mismatch");
        assert!(find(&probe(&[], "lab/schema1"), "schema1-variant-mismatch").is_none());
    }
}
