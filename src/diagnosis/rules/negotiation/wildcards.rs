//! Media ranges, and Accept that nobody reads.

use super::seen::{Held, also, existing, turned_down};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::plan::Subject;

/// `*/*` is taken for a media type that nothing has.
pub(crate) const NOT_UNDERSTOOD: Rule = Rule {
    id: "wildcard-not-understood",
    layer: Layer::Negotiation,
    under: &[
        "gcr-accept-mismatch-message",
        "oci-not-in-accept-404",
        "no-accept-yields-schema1",
        "list-child-not-accepted-400",
        "no-amd64-in-list-404",
    ],
    examine: |case| {
        let (held, (id, answer)) = [Subject::Tag, Subject::Index, Subject::Manifest]
            .into_iter()
            .filter_map(|subject| Held::of(case, subject))
            .find_map(|held| Some((held, held.get("any").filter(|(_, a)| held.withheld(a))?)))?;
        let what = match answer.status {
            200 => "gets schema 1 instead of the stored manifest".to_owned(),
            status => format!("gets {status} for an existing manifest"),
        };
        let same = also(case, |cell, a| {
            matches!(cell.accept.as_str(), "any" | "app-any")
                && (turned_down(a) || a.kind == BodyKind::Schema1)
        });
        Some(
            Finding::new(NOT_UNDERSTOOD.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("`Accept: */*` {what}"))
                .explain(format!(
                    "{}, while {}: the wildcard is compared as if it were a media type.",
                    quote(id, answer),
                    quote(held.control.0, held.control.1)
                ))
                .remedy(
                    "Client: list every manifest type in Accept; */* may stand at the end, but is not enough alone. \
                     With curl: one -H 'Accept: ...' that lists them all.",
                )
                .evidence([id, held.control.0].into_iter().chain(same)),
        )
    },
};

/// `*/*` gets what is stored.
pub(crate) const HONOURED: Rule = Rule {
    id: "wildcard-honoured",
    layer: Layer::Negotiation,
    under: &["accept-ignored-entirely"],
    examine: |case| {
        let held = Held::reference(case)?;
        let (id, answer) = held.get("any")?;
        if !held.gives(answer) || answer.body_digest != held.control.1.body_digest {
            return None;
        }
        let range = held.get("app-any").filter(|(_, a)| held.gives(a));
        Some(
            Finding::new(HONOURED.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, the same bytes as {}. Nothing is wrong with that.",
                    quote(id, answer),
                    quote(held.control.0, held.control.1)
                ))
                .remedy("Change nothing; a client that sends */* must be ready for an index.")
                .evidence([id, held.control.0].into_iter().chain(range.map(|(id, _)| id))),
        )
    },
};

/// The same bytes, whatever is accepted.
pub(crate) const IGNORED: Rule = Rule {
    id: "accept-ignored-entirely",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        const ASKED: [&str; 8] = [
            "docker-config",
            "schema1-signed",
            "none",
            "json",
            "docker-manifest",
            "docker-list",
            "oci-manifest",
            "oci-index",
        ];
        let held = Held::reference(case)?;
        let asked: Vec<_> = ASKED.iter().map(|accept| held.get(accept)).collect::<Option<_>>()?;
        let bytes = &held.control.1.body_digest;
        let alike = asked.iter().all(|(_, a)| held.gives(a) && a.body_digest == *bytes);
        // What depends on Accept anywhere is not ignored.
        let anywhere = case.plain(existing).any(|(c, a)| c.method.as_str() == "GET" && turned_down(a));
        if !alike || anywhere {
            return None;
        }
        let (id, answer) = asked[0];
        Some(
            Finding::new(IGNORED.id, Severity::Note, Confidence::Certain, Whose::Request)
                .explain(format!(
                    "{}, the same bytes as {}, and as for {} other values of Accept. RFC 9110 allows that.",
                    quote(id, answer),
                    quote(held.control.0, held.control.1),
                    asked.len() - 1
                ))
                .remedy("Change nothing. Client: read Content-Type, or mediaType in the body, of the answer.")
                .evidence([id, held.control.0].into_iter().chain(asked.iter().map(|(id, _)| *id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn a_wildcard_that_is_not_understood() {
        for image in ["lab/docker", "lab/index"] {
            assert_fires("wildcard-not-understood", &["wildcard-not-understood"], image);
        }
        assert_silent("wildcard-not-understood");
    }

    #[test]
    fn it_hangs_under_what_causes_it() {
        for (quirk, image) in [
            ("no-accept-yields-schema1", "lab/docker"),
            ("gcr-2018", "lab/oci"),
            ("oci-not-in-accept-404", "lab/index"),
        ] {
            let report = probe(&[quirk], image);
            assert!(find(&report, "wildcard-not-understood").is_some(), "{quirk}");
            assert!(report.findings.iter().all(|f| f.id != "wildcard-not-understood"), "{quirk}");
        }
    }

    #[test]
    fn a_faithful_registry_honours_wildcards_and_reads_no_accept() {
        for image in ["lab/docker", "lab/docker-list", "lab/oci", "lab/index"] {
            let report = probe(&[], image);
            let ignored = find(&report, "accept-ignored-entirely").unwrap();
            assert!(ignored.children.iter().any(|c| c.id == "wildcard-honoured"), "{image}");
            assert!(report.findings.iter().all(|f| f.severity == Severity::Note), "{image}");
        }
    }

    #[test]
    fn silent_where_accept_matters() {
        let report = probe(&["wildcard-not-understood"], "lab/oci");
        assert!(find(&report, "wildcard-honoured").is_none());
        assert!(find(&report, "accept-ignored-entirely").is_none());
        let report = probe(&["not-acceptable-406"], "lab/oci");
        assert!(find(&report, "wildcard-honoured").is_some());
        assert!(find(&report, "accept-ignored-entirely").is_none());
    }
}
