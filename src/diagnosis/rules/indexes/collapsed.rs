//! One platform's manifest in place of the index.

use super::{Held, by_tag, held, names};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Method;
use crate::oci::document::Descriptor;
use crate::oci::error_body::ErrorBody;
use crate::paths::name;
use crate::plan::CellId;
use crate::report::{Answer, CellView};

/// An answer with an entry of the index in place of the index.
struct Child<'a> {
    cell: &'a CellView,
    answer: &'a Answer,
    entry: Descriptor,
}

/// Where the tag gave one of the index's own manifests, the plainest request first.
fn children<'a>(case: &Case<'a>, held: &Held<'_>) -> Vec<Child<'a>> {
    let mut children: Vec<Child<'a>> = by_tag(case)
        .filter(|(c, a)| c.method == Method::Get && a.status == 200 && a.kind.is_manifest())
        .filter_map(|(cell, answer)| {
            let named = |d: &&Descriptor| d.digest.is_some() && d.digest == answer.body_digest;
            let entry = held.document.manifests.iter().find(named)?.clone();
            Some(Child { cell, answer, entry })
        })
        .collect();
    children.sort_by_key(|child| !matches!(child.cell.accept.as_str(), "docker-manifest" | "oci-manifest"));
    children
}

fn platform(entry: &Descriptor) -> String {
    entry.platform.as_ref().map_or("an entry without platform".to_owned(), ToString::to_string)
}

/// The digest header names the index, the bytes are one entry of it.
fn wrongly_named<'a>(case: &Case<'a>, held: &Held<'_>) -> Vec<Child<'a>> {
    let index = case.evidence.recording.subjects.index.as_ref().map(|d| d.as_str());
    let mut children = children(case, held);
    children.retain(|child| index.is_some() && child.answer.docker_content_digest.as_deref() == index);
    children
}

/// Cells whose bytes do not match the digest header because of `wrong-dcd-for-collapsed-list`.
pub(in crate::diagnosis::rules) fn mismatches<'a>(case: &Case<'a>) -> Vec<&'a CellId> {
    let Some(held) = held(case) else { return Vec::new() };
    wrongly_named(case, &held).iter().map(|child| &child.cell.id).collect()
}

/// One tag, two digests.
pub(crate) const LIST: Rule = Rule {
    id: "list-collapsed-to-amd64",
    layer: Layer::Negotiation,
    under: &["wrong-dcd-for-collapsed-list"],
    examine: |case| {
        let held = held(case)?;
        let children = children(case, &held);
        let first = children.first()?;
        Some(
            Finding::new(self::LIST.id, Severity::Note, Confidence::Certain, Whose::Request)
                .title(format!(
                    "Tag holds {}; clients that do not list its type get the {} manifest",
                    name(held.seen.1.kind),
                    platform(&first.entry)
                ))
                .explain(format!(
                    "{}, which is the entry for {} of what came here: {}. One tag has two digests.",
                    quote(&first.cell.id, first.answer),
                    platform(&first.entry),
                    quote(held.seen.0, held.seen.1)
                ))
                .remedy(format!(
                    "List {} in Accept and choose the platform yourself; do not compare digests received with \
                     different Accept headers.",
                    held.media_type()
                ))
                .evidence(
                    [&first.cell.id, held.seen.0].into_iter().chain(children.iter().map(|c| &c.cell.id)),
                ),
        )
    },
};

/// The child's bytes under the list's name.
pub(crate) const WRONG_DIGEST: Rule = Rule {
    id: "wrong-dcd-for-collapsed-list",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        let children = wrongly_named(case, &held);
        let first = children.first()?;
        let digest = first.answer.body_digest.as_ref().map_or(String::new(), ToString::to_string);
        Some(
            Finding::new(self::WRONG_DIGEST.id, Severity::Warning, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}: the bytes are the entry for {} ({digest}), the header says {}, which is the digest of the list \
                     itself: {}.",
                    quote(&first.cell.id, first.answer),
                    platform(&first.entry),
                    first.answer.docker_content_digest.as_deref().unwrap_or_default(),
                    quote(held.seen.0, held.seen.1)
                ))
                .remedy(format!(
                    "Client: list {} in Accept, or hash the body. Registry operator: announce the digest of the \
                     body that is sent.",
                    held.media_type()
                ))
                .evidence(
                    [&first.cell.id, held.seen.0].into_iter().chain(children.iter().map(|c| &c.cell.id)),
                ),
        )
    },
};

/// Nothing to put in the list's place.
pub(crate) const NO_AMD64: Rule = Rule {
    id: "no-amd64-in-list-404",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        let amd64 = |d: &Descriptor| {
            d.platform.as_ref().is_some_and(|p| p.os == "linux" && p.architecture == "amd64")
        };
        if held.document.manifests.iter().any(amd64) {
            return None;
        }
        let (id, answer) = case.answer("GET manifests/tag accept=docker-manifest")?;
        if answer.status != 404 {
            return None;
        }
        // A registry that goes by the exact type refuses the digest as well, and then the platforms do not matter.
        let (by_digest_id, by_digest) = case.answer("GET manifests/index accept=docker-manifest")?;
        let (absent_id, absent) = case.answer("GET manifests/absent-tag accept=all")?;
        let bare = detail(case, id).is_none() && detail(case, absent_id).is_some();
        let confidence = match (by_digest.status == 200 && by_digest.kind.is_index(), bare) {
            (true, _) => Confidence::Certain,
            (false, true) if answer.error_message == absent.error_message => Confidence::Likely,
            _ => return None,
        };
        let refused = by_tag(case)
            .filter(|(c, a)| a.status == 404 && !names(case, &c.accept, held.media_type()))
            .map(|(c, _)| &c.id);
        let mut offered: Vec<String> =
            held.document.manifests.iter().filter(|d| !d.is_attestation()).map(platform).collect();
        offered.dedup();
        Some(
            Finding::new(self::NO_AMD64.id, Severity::Note, confidence, Whose::Request)
                .explain(format!(
                    "{}, while {}; by digest the list comes whatever is accepted: {}. It offers {}.",
                    quote(id, answer),
                    quote(held.seen.0, held.seen.1),
                    quote(by_digest_id, by_digest),
                    offered.join(", ")
                ))
                .remedy(format!(
                    "List {} in Accept, and choose among the platforms it offers.",
                    held.media_type()
                ))
                .evidence([id, held.seen.0, by_digest_id, absent_id].into_iter().chain(refused)),
        )
    },
};

fn detail(case: &Case<'_>, id: &CellId) -> Option<serde_json::Value> {
    let errors = ErrorBody::parse(case.evidence.body(&id.0)?)?;
    errors.entries.into_iter().next()?.detail
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{all, assert_fires, assert_silent, find, probe};

    #[test]
    fn a_list_that_shrinks() {
        let quirk = "list-collapsed-to-amd64";
        assert_fires(quirk, &[quirk], "lab/docker-list");
        assert!(find(&probe(&[quirk], "lab/docker"), quirk).is_none());
        assert_silent(quirk);
    }

    #[test]
    fn a_list_that_shrinks_and_keeps_its_name() {
        let quirk = "wrong-dcd-for-collapsed-list";
        assert_fires(quirk, &[quirk], "lab/docker-list");
        let report = probe(&[quirk], "lab/docker-list");
        let ids: Vec<&str> = all(&report).iter().map(|f| f.id).collect();
        assert!(!ids.contains(&"digest-mismatch") && !ids.contains(&"dcd-unreliable-for-tags"), "{ids:?}");
        assert!(find(&probe(&["list-collapsed-to-amd64"], "lab/docker-list"), quirk).is_none());
        assert_silent(quirk);
    }

    #[test]
    fn a_list_with_nothing_to_put_in_its_place() {
        let quirk = "no-amd64-in-list-404";
        // The list offers nothing for linux/amd64, which is broken in its own right; the collapse is told beside it.
        assert!(find(&probe(&[quirk], "lab/list-no-amd64"), quirk).is_some());
        assert!(find(&probe(&[quirk], "lab/docker-list"), quirk).is_none());
        assert!(find(&probe(&["gcr-2018"], "lab/list-no-amd64"), quirk).is_none());
        assert_silent(quirk);
    }
}
