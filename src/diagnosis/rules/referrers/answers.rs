//! What the referrers API answers, and what is under the fallback tag.

use super::{FALLBACK, FILTER, FILTERED, PLAIN, UNKNOWN, answered, fallback_words, object};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::oci::media_type;

/// 200, and not called an index.
pub(crate) const WRONG_TYPE: Rule = Rule {
    id: "referrers-200-wrong-type",
    layer: Layer::Optional,
    under: &["everything-200"],
    examine: |case| {
        let wrong =
            |given: Option<&str>| given.map(media_type::base).as_deref() != Some(media_type::OCI_INDEX);
        let all = answered(case, &[PLAIN, FILTERED, UNKNOWN], |a| {
            a.status == 200 && wrong(a.content_type.as_deref())
        });
        let (id, answer) = *all.first().filter(|(id, _)| id.0 == PLAIN)?;
        let what = match answer.kind {
            BodyKind::Html => "The body is a web page.",
            BodyKind::OciIndex => "The body is an index all the same.",
            _ => "",
        };
        Some(
            Finding::new("referrers-200-wrong-type", Severity::Warning, Confidence::Certain, Whose::Registry)
                .title(match &answer.content_type {
                    Some(given) => format!("Referrers API answers 200 with Content-Type {given}"),
                    None => "Referrers API answers 200 without a Content-Type".to_owned(),
                })
                .explain(format!(
                    "{}; the type that clients look for is {}. {what}{}",
                    quote(id, answer),
                    media_type::OCI_INDEX,
                    fallback_words(case)
                ))
                .remedy(
                    "Registry operator: send Content-Type: application/vnd.oci.image.index.v1+json, or 404 without \
                     a referrers API. Client: read the fallback tag.",
                )
                .evidence(all.iter().map(|(id, _)| *id).chain(case.answer(FALLBACK).map(|(id, _)| id))),
        )
    },
};

/// `{}`
pub(crate) const EMPTY_OBJECT: Rule = Rule {
    id: "referrers-empty-object",
    layer: Layer::Optional,
    under: &["referrers-200-wrong-type", "everything-200"],
    examine: |case| {
        let without = |id: &str| {
            object(case, id).is_some_and(|o| !o.get("manifests").is_some_and(serde_json::Value::is_array))
        };
        let mut all = answered(case, &[UNKNOWN, PLAIN, FILTERED], |a| a.status == 200);
        all.retain(|(id, _)| without(&id.0));
        let (id, answer) = *all.first()?;
        let bare = object(case, &id.0).is_some_and(|o| o.is_empty());
        let how = if bare { "the body is {}" } else { "the body has no list of manifests" };
        let control = answered(case, &[PLAIN, UNKNOWN], |a| a.kind == BodyKind::OciIndex);
        let control = control.into_iter().find(|(id, _)| !without(&id.0));
        Some(
            Finding::new("referrers-empty-object", Severity::Note, Confidence::Certain, Whose::Registry)
                .title("Referrers API returns an object without manifests, not an empty index")
                .explain(format!(
                    "{}: {how}.{}",
                    quote(id, answer),
                    control.map_or(String::new(), |(id, a)| format!(" {}.", quote(id, a)))
                ))
                .remedy(
                    "Client: treat an object without manifests as an empty list. Registry operator: return an image \
                     index with an empty manifests list.",
                )
                .evidence(all.iter().map(|(id, _)| *id).chain(control.map(|(id, _)| id))),
        )
    },
};

/// The filter is optional.
pub(crate) const FILTER_IGNORED: Rule = Rule {
    id: "referrers-filter-not-applied",
    layer: Layer::Optional,
    under: &["referrers-empty-object", "referrers-200-wrong-type"],
    examine: |case| {
        let index = |a: &crate::report::Answer| a.status == 200 && a.kind == BodyKind::OciIndex;
        let (id, answer) = case.answer(FILTERED).filter(|(_, a)| a.status == 200)?;
        let plain = case.answer(PLAIN).filter(|(_, a)| index(a));
        if !index(answer) && plain.is_none() {
            return None;
        }
        let response = case.evidence.response(&id.0)?;
        let named = |v: &str| v.split(',').any(|one| one.trim().eq_ignore_ascii_case("artifactType"));
        if response.header_all("oci-filters-applied").any(named) {
            return None;
        }
        let entries = |id: &str| case.evidence.document(id).map(|d| d.manifests.clone());
        let filtered = entries(FILTERED).unwrap_or_default();
        let others = filtered.iter().filter(|d| d.artifact_type.as_deref() != Some(FILTER)).count();
        let unfiltered = plain.and_then(|_| entries(PLAIN)).map_or(0, |all| all.len());
        let said = match response.header("oci-filters-applied") {
            Some(value) => format!("OCI-Filters-Applied is {value}, where artifactType belongs"),
            None => "there is no OCI-Filters-Applied".to_owned(),
        };
        let (confidence, title, seen) = if others > 0 {
            let seen = format!(" {others} of the entries are of other types.");
            (Confidence::Certain, "Referrers filter artifactType is not applied", seen)
        } else if unfiltered > 0 {
            let seen =
                format!(" The list is filtered all the same: without the query it has {unfiltered} entries.");
            (Confidence::Certain, "Referrers are filtered by artifactType without OCI-Filters-Applied", seen)
        } else {
            let seen = " Nothing refers to this manifest, so that what the filter does is not to be seen."
                .to_owned();
            (Confidence::Likely, "Referrers filter artifactType is not announced", seen)
        };
        Some(
            Finding::new("referrers-filter-not-applied", Severity::Note, confidence, Whose::Registry)
                .title(title)
                .explain(format!("{}: {said}.{seen}", quote(id, answer)))
                .remedy(
                    "Filter the list by artifactType yourself, unless OCI-Filters-Applied names artifactType.",
                )
                .evidence([id].into_iter().chain(plain.map(|(id, _)| id))),
        )
    },
};

/// The type of the empty config, where that of the artifact belongs.
pub(crate) const FALLBACK_TYPE: Rule = Rule {
    id: "fallback-artifacttype-wrong",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let (id, answer) =
            case.answer(FALLBACK).filter(|(_, a)| a.status == 200 && a.kind == BodyKind::OciIndex)?;
        let entries = &case.evidence.document(&id.0)?.manifests;
        let wrong =
            entries.iter().filter(|d| d.artifact_type.as_deref() == Some(media_type::OCI_EMPTY)).count();
        if wrong == 0 {
            return None;
        }
        let all = entries.len();
        let api = case.answer(PLAIN);
        Some(
            Finding::new("fallback-artifacttype-wrong", Severity::Note, Confidence::Likely, Whose::Image)
                .explain(format!(
                    "{}: of {all} entries {wrong} have artifactType {}, which is the type of an empty config and of no \
                     artifact. The list was written by who pushed them.",
                    quote(id, answer),
                    media_type::OCI_EMPTY
                ))
                .remedy(
                    "Client: fetch each listed manifest and use its own artifactType. Image publisher: push the \
                     referrers again with a client that writes the right type.",
                )
                .evidence([id].into_iter().chain(api.map(|(id, _)| id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};
    use crate::diagnosis::{Confidence, Severity};

    const IDS: [&str; 4] = [
        "referrers-200-wrong-type",
        "referrers-empty-object",
        "referrers-filter-not-applied",
        "fallback-artifacttype-wrong",
    ];

    #[test]
    fn an_index_that_is_not_called_so() {
        assert_fires("referrers-200-wrong-type", &["referrers-200-wrong-type"], "lab/oci");
        let report = probe(&["referrers-200-wrong-type"], "lab/oci");
        assert_eq!(find(&report, "referrers-200-wrong-type").unwrap().severity, Severity::Warning);
        assert!(find(&report, "referrers-empty-object").is_none());
    }

    #[test]
    fn an_object_without_a_list() {
        assert_fires("referrers-empty-object", &["referrers-empty-object"], "lab/oci");
        let report = probe(&["referrers-empty-object"], "lab/oci");
        assert!(
            report.findings.iter().all(|f| f.id != "referrers-filter-not-applied"),
            "one cause, one finding"
        );
    }

    #[test]
    fn what_refers_to_an_image_tells_whether_it_was_filtered() {
        let quirks = ["referrers-filter-not-applied", "fallback-artifacttype-wrong"];
        for id in quirks {
            assert_fires(id, &quirks, "lab/artifact:base");
        }
        let report = probe(&quirks, "lab/artifact:base");
        assert_eq!(find(&report, "referrers-filter-not-applied").unwrap().confidence, Confidence::Certain);
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_none_of(&IDS);
        let report = probe(&[], "lab/artifact:base");
        assert!(IDS.into_iter().all(|id| find(&report, id).is_none()));
    }
}
