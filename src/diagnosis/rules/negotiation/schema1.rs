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
                .explain(format!(
                    "{}, while {}. The registry converts what it stores to the oldest format for clients that do not \
                     say that they know a newer one.",
                    quote(id, answer),
                    quote(held.control.0, held.control.1)
                ))
                .remedy(
                    "Client: send every manifest type in Accept, in every request; treat a 200 with schema 1 as a \
                     wrong Accept.",
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
            .title("Schema 1 returned when Accept lists it, despite a newer manifest")
            .explain(format!(
                "{}, and so it is with one type a line; while {}. Of the types that Accept names, the registry takes the \
                 oldest.",
                quote(id, answer),
                quote(without.0, without.1)
            ))
            .remedy(
                "Client: leave the schema 1 types out of Accept and list all others. Registry operator: update to a \
                 version that sends what is stored.",
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
                .explain(format!(
                    "{}: announced is {}, the body hashes to {}, and its payload without the signatures to what is \
                     announced.{twice}",
                    quote(id, answer),
                    answer.docker_content_digest.as_deref().unwrap_or_default(),
                    answer.body_digest.as_ref().map_or("", |d| d.as_str()),
                ))
                .remedy(
                    "Client: request schema 2 or OCI; to verify schema 1, remove the signatures before hashing.",
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
            .title("500: the image is stored as schema 1, which the registry cannot read")
            .explain(format!(
                "{}, and its body says \"{WORDS}\"; a tag that is not there is answered otherwise: {}.",
                quote(id, answer),
                quote(absent_id, absent)
            ))
            .remedy(
                "Push the image again as schema 2 or OCI: rebuild it, or copy it with skopeo from a registry that \
                 still reads schema 1. A retry does not help.",
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
            .title("Stored manifest returned, with 200, to requests for schema 1")
            .explain(format!(
                "{}, and {}: this registry does not convert to schema 1. Clients that know nothing newer take the 200 \
                 and fail on the body.",
                quote(id, answer),
                quote(unsigned.0, unsigned.1)
            ))
            .remedy("Client: check the Content-Type of the answer; request schema 2 and OCI types.")
            .evidence([id, unsigned.0, held.control.0]),
    )
}

/// Signed and unsigned are two types to a registry that compares letters.
pub(crate) const VARIANT: Rule = Rule {
    id: "schema1-variant-mismatch",
    layer: Layer::Negotiation,
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
                .explain(format!(
                    "{}, while {}; signed and unsigned are told apart letter by letter.",
                    quote(refused.0, refused.1),
                    quote(served.0, served.1)
                ))
                .remedy("Client: send both schema 1 types in Accept, v1+prettyjws and v1+json.")
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
        assert!(finding.remedy.contains("leave the schema 1 types out of Accept"));
        // Where only the joined line is not read, nothing is preferred.
        for other in ["no-accept-yields-schema1", "joined-accept-yields-schema1"] {
            let report = probe(&[other], "lab/docker");
            assert!(
                find(&report, "no-accept-yields-schema1").unwrap().title.starts_with("Converted to schema 1")
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
