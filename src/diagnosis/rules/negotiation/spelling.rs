//! The same Accept, spelt otherwise: with qualities, in capitals, over several lines, or not at all.

use super::seen::{Held, Seen, also, turned_down};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::Subject;

/// One spelling that does not get what another does.
struct Twins<'a> {
    held: Held<'a>,
    fails: Seen<'a>,
    works: Seen<'a>,
}

/// The first of some pairs, spelling and plain twin, of which only the twin gets what is there.
fn twins<'a>(case: &'a Case<'a>, pairs: &[(&str, &str)]) -> Option<Twins<'a>> {
    let subjects = [Subject::Tag, Subject::Index, Subject::Manifest];
    subjects.into_iter().filter_map(|subject| Held::of(case, subject)).find_map(|held| {
        pairs.iter().find_map(|(spelling, plain)| {
            let fails = held.get(spelling).filter(|(_, a)| held.unlike(a))?;
            let works = held.get(plain).filter(|(_, a)| held.gives(a))?;
            Some(Twins { held, fails, works })
        })
    })
}

/// Ids of cells of those Accept values that are turned down, or given something else than is there.
fn failing<'a>(
    case: &'a Case<'a>,
    accepts: &'static [&'static str],
) -> impl Iterator<Item = &'a crate::plan::CellId> + 'a {
    let held = Held::reference(case);
    also(case, move |cell, a| {
        accepts.contains(&cell.accept.as_str())
            && (turned_down(a)
                || cell.subject == Some(Subject::Tag) && held.is_some_and(|held| held.unlike(a)))
    })
}

/// `;q=` makes a type unknown.
pub(crate) const Q_VALUES: Rule = Rule {
    id: "q-values-break-match",
    layer: Layer::Negotiation,
    under: &["gcr-accept-mismatch-message"],
    examine: |case| {
        let found = twins(case, &[("q-values", "all"), ("docker-manifest-q", "docker-manifest")])?;
        let ((id, answer), (plain_id, plain)) = (found.fails, found.works);
        Some(
            Finding::new(Q_VALUES.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, while {}: the same types, and only the quality values differ.",
                    quote(id, answer),
                    quote(plain_id, plain)
                ))
                .remedy("Client: send the media types without q-values (;q=).")
                .evidence(
                    [id, plain_id].into_iter().chain(failing(case, &["q-values", "docker-manifest-q"])),
                ),
        )
    },
};

/// Capitals make a type unknown.
pub(crate) const CASE: Rule = Rule {
    id: "accept-case-sensitive",
    layer: Layer::Negotiation,
    under: &["gcr-accept-mismatch-message"],
    examine: |case| {
        let found = twins(case, &[("all-upper-case", "all"), ("upper-case", "docker-manifest")])?;
        let ((id, answer), (plain_id, plain)) = (found.fails, found.works);
        let unlike = move |answer: &crate::report::Answer| found.held.withheld(answer);
        let others = also(case, move |cell, a| {
            cell.accept == "all-upper-case" && unlike(a)
                || cell.accept == "upper-case" && found.held.named_by("docker-manifest") && unlike(a)
        });
        Some(
            Finding::new(CASE.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, while {}: the same types, and only the case differs. Media types have none.",
                    quote(id, answer),
                    quote(plain_id, plain)
                ))
                .remedy("Client: write media types in lower case. Registry operator: compare without regard to case.")
                .evidence([id, plain_id].into_iter().chain(others)),
        )
    },
};

/// Several lines and one are read differently.
pub(crate) const MULTI_LINE: Rule = Rule {
    id: "multi-line-accept-first-only",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let found = twins(case, &[("all-lines", "all"), ("all", "all-lines")])?;
        let ((id, answer), (other_id, other)) = (found.fails, found.works);
        let lines = id.0.ends_with("all-lines");
        let first = found
            .held
            .get("docker-manifest")
            .filter(|(_, a)| lines && (a.status, a.kind) == (answer.status, answer.kind));
        let alone = first.map_or(String::new(), |(id, a)| {
            format!(" It is what the first line alone gets: {}.", quote(id, a))
        });
        let (title, remedy, same): (_, _, &'static [&'static str]) = if lines {
            (
                "Several Accept lines are not read as one list",
                "Registry or proxy operator: join all Accept lines, then split at commas. Client: send all types in \
                 one line. podman, skopeo, CRI-O and docker cannot do that.",
                &["all-lines"],
            )
        } else {
            (
                "One joined Accept line is not split at commas",
                "Registry or proxy operator: split Accept at commas. Client: send one line for each type. \
                 containerd, crane, Helm and oras cannot do that.",
                &["all", "docker-only", "oci-only", "q-values"],
            )
        };
        Some(
            Finding::new(MULTI_LINE.id, Severity::Warning, Confidence::Certain, Whose::Registry)
                .title(title)
                .explain(format!(
                    "{}, while {}: the same types in the same order.{alone}",
                    quote(id, answer),
                    quote(other_id, other)
                ))
                .remedy(remedy)
                .evidence(
                    [id, other_id].into_iter().chain(first.map(|(id, _)| id)).chain(failing(case, same)),
                ),
        )
    },
};

/// No Accept, no manifest.
pub(crate) const EMPTY: Rule = Rule {
    id: "empty-accept-404-some",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let subjects = [Subject::Tag, Subject::Index, Subject::Manifest];
        let (held, (id, answer), explicit) =
            subjects.into_iter().filter_map(|subject| Held::of(case, subject)).find_map(|held| {
                let none = held.get("none").filter(|(_, a)| turned_down(a))?;
                // A registry that wants the exact type has another habit: here it is enough to say anything.
                let other = ["any", "app-any", "json", "docker-config"]
                    .into_iter()
                    .filter_map(|accept| held.get(accept))
                    .find(|(_, a)| held.gives(a))?;
                Some((held, none, other))
            })?;
        Some(
            Finding::new(EMPTY.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("{} without an Accept header, 200 with any value", answer.status))
                .explain(format!(
                    "{}, while {} and {}: no Accept at all is taken for \"nothing will do\".",
                    quote(id, answer),
                    quote(explicit.0, explicit.1),
                    quote(held.control.0, held.control.1)
                ))
                .remedy(
                    "Client: send an Accept header with every manifest type. Registry operator: treat a missing \
                     Accept as */*.",
                )
                .evidence([id, explicit.0, held.control.0].into_iter().chain(failing(case, &["none"]))),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn quality_values() {
        for image in ["lab/docker", "lab/index"] {
            assert_fires("q-values-break-match", &["q-values-break-match"], image);
        }
        assert_silent("q-values-break-match");
    }

    #[test]
    fn capitals() {
        for image in ["lab/docker", "lab/oci"] {
            assert_fires("accept-case-sensitive", &["accept-case-sensitive"], image);
        }
        assert_silent("accept-case-sensitive");
    }

    #[test]
    fn several_lines() {
        for image in ["lab/index", "lab/docker-list", "lab/oci"] {
            assert_fires("multi-line-accept-first-only", &["multi-line-accept-first-only"], image);
        }
        // A Docker manifest is what the first line names: nothing is to be seen.
        let report = probe(&["multi-line-accept-first-only"], "lab/docker");
        assert!(find(&report, "multi-line-accept-first-only").is_none());
        assert_silent("multi-line-accept-first-only");
    }

    #[test]
    fn one_line_taken_for_one_type() {
        assert_fires("multi-line-accept-first-only", &["joined-accept-one-value"], "lab/docker");
        let report = probe(&["joined-accept-one-value"], "lab/index");
        let finding = find(&report, "multi-line-accept-first-only").unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.title.contains("joined Accept line"));
    }

    #[test]
    fn no_accept_no_manifest() {
        assert_fires("empty-accept-404-some", &["empty-accept-404-some"], "lab/docker-list");
        assert_silent("empty-accept-404-some");
        let report = probe(&["gcr-2018"], "lab/docker");
        assert!(find(&report, "empty-accept-404-some").is_none());
    }
}
