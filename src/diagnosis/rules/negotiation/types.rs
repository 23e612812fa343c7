//! Types that must be named, or the answer is an error.

use super::seen::{Held, Seen, also, existing, get, own};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::plan::Subject;

const SUBJECTS: [Subject; 3] = [Subject::Tag, Subject::Index, Subject::Manifest];

fn is_oci(kind: BodyKind) -> bool {
    matches!(kind, BodyKind::OciManifest | BodyKind::OciIndex)
}

/// The same content by digest: an index's own digest, or the manifest's.
fn by_digest(held: &Held<'_>) -> Subject {
    if held.kind.is_index() { Subject::Index } else { Subject::Manifest }
}

/// OCI content is for those who say that they know it.
pub(crate) const OCI: Rule = Rule {
    id: "oci-not-in-accept-404",
    layer: Layer::Negotiation,
    under: &["gcr-accept-mismatch-message"],
    examine: |case| {
        let all: Vec<Held<'_>> = SUBJECTS.into_iter().filter_map(|s| Held::of(case, s)).collect();
        let (held, (id, answer), (own_id, named)) =
            all.iter().filter(|held| is_oci(held.kind)).find_map(|held| {
                let narrow = held.get("docker-manifest").filter(|(_, a)| a.status == 404)?;
                let named = held.get(own(held.kind)?).filter(|(_, a)| held.gives(a)).unwrap_or(held.control);
                Some((*held, narrow, named))
            })?;
        let digest = match held.subject {
            Subject::Tag => get(case, by_digest(&held), "docker-manifest"),
            _ => Some((id, answer)),
        };
        // Served by digest all the same: then only the way by tag looks at Accept, which is another habit.
        if digest.is_some_and(|(_, a)| a.status == 200) {
            return None;
        }
        let sure = digest.is_some_and(|(_, a)| a.status == 404);
        let said =
            answer.error_message.as_deref().filter(|m| m.starts_with("OCI ") && m.contains("found, but"));
        let said = said.map_or(String::new(), |m| format!(" (\"{m}\")"));
        let what = crate::paths::name(held.kind);
        let others = also(case, move |cell, a| {
            a.status == 404
                && all
                    .iter()
                    .any(|h| Some(h.subject) == cell.subject && is_oci(h.kind) && !h.named_by(&cell.accept))
        });
        Some(
            Finding::new(
                OCI.id,
                Severity::Note,
                if sure { Confidence::Certain } else { Confidence::Likely },
                Whose::Request,
            )
            .title(format!("404 for {what} unless Accept lists its media type"))
            .explain(format!(
                "{}{said}, while {}.{}",
                quote(id, answer),
                quote(own_id, named),
                if sure && held.subject == Subject::Tag { " By digest it is the same." } else { "" }
            ))
            .remedy(
                "Add application/vnd.oci.image.manifest.v1+json and application/vnd.oci.image.index.v1+json, both, to \
                 the Docker types in Accept.",
            )
            .evidence([id, own_id].into_iter().chain(digest.map(|(id, _)| id)).chain(others)),
        )
    },
};

/// A manifest list, and a client that can read neither it nor its children.
pub(crate) const LIST_CHILD: Rule = Rule {
    id: "list-child-not-accepted-400",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let held = Held::of(case, Subject::Tag).filter(|h| h.kind == BodyKind::DockerList)?;
        let (id, answer) = ["none", "oci-only", "oci-manifest", "oci-index", "any", "json"]
            .into_iter()
            .filter_map(|accept| held.get(accept))
            .find(|(_, a)| a.status == 400)?;
        let accept = id.0.rsplit('=').next().unwrap_or_default();
        let digest = get(case, Subject::Index, accept).filter(|(_, a)| held.gives(a));
        let child = held.get("docker-manifest").filter(|(_, a)| a.status == 200);
        let elsewhere = [child, digest].into_iter().flatten();
        let words: Vec<String> = elsewhere.clone().map(|(id, a)| quote(id, a)).collect();
        let words =
            if words.is_empty() { String::new() } else { format!("; besides, {}", words.join(" and ")) };
        let others = also(case, |cell, a| cell.subject == Some(Subject::Tag) && a.status == 400);
        Some(
            Finding::new(
                LIST_CHILD.id,
                Severity::Note,
                if digest.is_some() { Confidence::Certain } else { Confidence::Likely },
                Whose::Request,
            )
            .explain(format!(
                "{}, while {}{words}. By tag, the registry would give a child of the list, and finds that the client \
                 does not take that either.",
                quote(id, answer),
                quote(held.control.0, held.control.1)
            ))
            .remedy(
                "Add application/vnd.docker.distribution.manifest.list.v2+json and \
                 application/vnd.docker.distribution.manifest.v2+json to Accept; OCI types alone are not enough.",
            )
            .evidence([id, held.control.0].into_iter().chain(elsewhere.map(|(id, _)| id)).chain(others)),
        )
    },
};

/// What is turned down with 406, and what is served in its place.
fn unacceptable<'a>(case: &'a Case<'a>) -> Option<(Seen<'a>, Seen<'a>, bool)> {
    let mut found: Option<(Seen<'a>, Seen<'a>, bool)> = None;
    for held in SUBJECTS.into_iter().filter_map(|subject| Held::of(case, subject)) {
        // Other spellings of the same list have findings of their own.
        let both = |one: &str, other: &str| held.get(one).zip(held.get(other));
        let spelt = both("all", "all-lines").is_some_and(|(a, b)| held.gives(a.1) != held.gives(b.1));
        for (cell, answer) in case.plain(existing) {
            let plain = match cell.accept.as_str() {
                "all" => !spelt,
                "none" | "any" | "app-any" | "all-lines" | "q-values" | "upper-case" => false,
                _ => true,
            };
            if cell.method.as_str() != "GET"
                || cell.subject != Some(held.subject)
                || answer.status != 406
                || !plain
            {
                continue;
            }
            let own = held.named_by(&cell.accept);
            if found.is_none() || own && !found.is_some_and(|f| f.2) {
                found = Some(((&cell.id, answer), held.control, own));
            }
        }
    }
    let tags = || {
        let refused = case.answer("GET tags accept=docker-manifest").filter(|(_, a)| a.status == 406)?;
        let listed = case.answer("GET tags accept=json").filter(|(_, a)| a.status == 200)?;
        Some((refused, listed, false))
    };
    found.or_else(tags)
}

/// 406, rather than something that was not asked for.
pub(crate) const NOT_ACCEPTABLE: Rule = Rule {
    id: "not-acceptable-406",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let ((id, answer), (works_id, works), own) = unacceptable(case)?;
        let tags = case.answer("GET tags accept=docker-manifest").filter(|(_, a)| a.status == 406);
        let at_tags = tags.is_some_and(|(tags, _)| tags == id);
        let (severity, whose, title) = match (own, at_tags) {
            (true, _) => {
                (Severity::Warning, Whose::Registry, "406 although Accept lists the manifest's own type")
            }
            (_, true) => (Severity::Note, Whose::Request, "406 at tags/list when Accept does not allow JSON"),
            _ => (Severity::Note, Whose::Request, "406 when Accept does not list the stored type"),
        };
        let others = also(case, |_, a| a.status == 406);
        Some(
            Finding::new(NOT_ACCEPTABLE.id, severity, Confidence::Certain, whose)
                .title(title)
                .explain(format!(
                    "{}, while {}; only Accept differs.",
                    quote(id, answer),
                    quote(works_id, works)
                ))
                .remedy(if own {
                    "Client: add application/json to Accept next to the manifest types. Registry operator: label \
                     manifests with their own media type."
                } else {
                    "Client: send every manifest type at /manifests/, and application/json or no Accept at \
                     /tags/list."
                })
                .evidence([id, works_id].into_iter().chain(tags.map(|(id, _)| id)).chain(others)),
        )
    },
};

/// 406 for referrers.
pub(crate) const REFERRERS: Rule = Rule {
    id: "referrers-406",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let asked = [
            "GET referrers/manifest accept=oci-index",
            "GET referrers/manifest accept=oci-index query=artifactType=application/vnd.example",
        ];
        let refused: Vec<_> =
            asked.iter().filter_map(|id| case.answer(id)).filter(|(_, a)| a.status == 406).collect();
        let (id, answer) = *refused.first()?;
        let held = Held::of(case, Subject::Manifest)?;
        let fallback = case.answer("GET manifests/fallback-tag accept=all");
        let fallback_words =
            fallback.map_or(String::new(), |(id, a)| format!(" The fallback tag: {}.", quote(id, a)));
        Some(
            Finding::new(REFERRERS.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, while the manifest itself is there: {}.{fallback_words}",
                    quote(id, answer),
                    quote(held.control.0, held.control.1)
                ))
                .remedy(
                    "Client: treat 406 as 404 and request the fallback tag sha256-<hex> at /manifests/. Registry \
                     operator: answer 404.",
                )
                .evidence(
                    [id, held.control.0]
                        .into_iter()
                        .chain(fallback.map(|(id, _)| id))
                        .chain(refused.iter().map(|(id, _)| *id)),
                ),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn oci_must_be_named() {
        for image in ["lab/oci", "lab/index"] {
            assert_fires("oci-not-in-accept-404", &["oci-not-in-accept-404"], image);
        }
        assert_silent("oci-not-in-accept-404");
        let report = probe(&["oci-not-in-accept-404"], "lab/docker");
        assert!(find(&report, "oci-not-in-accept-404").is_none());
    }

    #[test]
    fn the_gcr_message_explains_more() {
        let report = probe(&["gcr-2018"], "lab/index");
        assert_eq!(report.findings.iter().filter(|f| f.id == "oci-not-in-accept-404").count(), 0);
        assert!(find(&report, "oci-not-in-accept-404").is_some());
    }

    #[test]
    fn neither_the_list_nor_its_child() {
        assert_fires("list-child-not-accepted-400", &["list-child-not-accepted-400"], "lab/docker-list");
        assert_silent("list-child-not-accepted-400");
    }

    #[test]
    fn not_acceptable() {
        for image in ["lab/docker", "lab/index"] {
            assert_fires("not-acceptable-406", &["not-acceptable-406"], image);
        }
        assert_silent("not-acceptable-406");
    }

    /// What Artifactory once did: the engines' own types are not acceptable, because JSON is what it would send.
    #[test]
    fn a_label_that_nobody_accepts() {
        assert_fires("not-acceptable-406", &["not-acceptable-406-json"], "lab/docker");
        let report = probe(&["not-acceptable-406-json"], "lab/index");
        let finding = find(&report, "not-acceptable-406").unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.remedy.contains("application/json"));
    }

    #[test]
    fn referrers() {
        assert_fires("referrers-406", &["referrers-406"], "lab/oci");
        assert_silent("referrers-406");
    }
}
