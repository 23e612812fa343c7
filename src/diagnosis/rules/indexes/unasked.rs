//! An index for a client that did not ask for one.

use super::{Held, by_tag, held, names};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Method;
use crate::oci::document::BodyKind;
use crate::paths::name;
use crate::plan::CellId;
use crate::report::{Answer, CellView};

/// The index, and where it came without having been named in Accept: single-image requests first.
struct Unasked<'a> {
    held: Held<'a>,
    cells: Vec<(&'a CellView, &'a Answer)>,
}

fn unasked<'a>(case: &Case<'a>) -> Option<Unasked<'a>> {
    let held = held(case)?;
    let mut cells: Vec<_> = by_tag(case)
        .filter(|(c, a)| c.method == Method::Get && a.status == 200 && a.kind.is_index())
        .filter(|(c, _)| !names(case, &c.accept, held.media_type()))
        .collect();
    cells.sort_by_key(|(c, _)| match c.accept.as_str() {
        "docker-manifest" => 0,
        "oci-manifest" => 1,
        "any" => 2,
        "none" => 3,
        _ => 4,
    });
    (!cells.is_empty()).then_some(Unasked { held, cells })
}

/// The child by digest: refused unless its type is named, though the index was not.
fn child_refused<'a>(case: &Case<'a>) -> Option<[(&'a CellId, &'a Answer); 2]> {
    let named = case.answer("GET manifests/manifest accept=oci-manifest")?;
    let refused = ["docker-manifest", "none"]
        .into_iter()
        .filter_map(|accept| case.answer(&format!("GET manifests/manifest accept={accept}")))
        .find(|(_, a)| a.status == 404)?;
    (named.1.status == 200 && named.1.kind == BodyKind::OciManifest).then_some([refused, named])
}

fn is_v3(case: &Case<'_>, seen: &Unasked<'_>) -> bool {
    let single = matches!(seen.cells[0].0.accept.as_str(), "docker-manifest" | "oci-manifest");
    seen.held.seen.1.kind == BodyKind::OciIndex && single && child_refused(case).is_some()
}

fn finding(id: &'static str, seen: &Unasked<'_>, explanation: String) -> Finding {
    Finding::new(id, Severity::Note, Confidence::Certain, Whose::Request)
        .title(format!("{} returned although Accept does not list it", name(seen.held.seen.1.kind)))
        .explain(explanation)
        .remedy(
            "Accept an index in any case: look for manifests[], choose the entry of your platform and GET it by \
             digest. List both index types in Accept.",
        )
}

/// Whatever is accepted, the index comes.
pub(crate) const RETURNED: Rule = Rule {
    id: "index-returned-unasked",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let seen = unasked(case)?;
        if is_v3(case, &seen) {
            return None;
        }
        let (cell, answer) = seen.cells[0];
        let explanation = format!(
            "{}: {} Accept values that do not name its type were answered with the index behind the tag.",
            quote(&cell.id, answer),
            seen.cells.len()
        );
        let control = seen.held.seen.0;
        Some(
            finding(self::RETURNED.id, &seen, explanation)
                .evidence([&cell.id, control].into_iter().chain(seen.cells.iter().map(|(c, _)| &c.id))),
        )
    },
};

/// The index always, its manifests only to those who name their type.
pub(crate) const V3: Rule = Rule {
    id: "distribution-v3-oci-index-unasked",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let seen = unasked(case)?;
        if !is_v3(case, &seen) {
            return None;
        }
        let [(refused_id, refused), (named_id, named)] = child_refused(case)?;
        let (cell, answer) = seen.cells[0];
        let explanation = format!(
            "{}, though Accept does not name an index; and yet {} by digest, while {}.",
            quote(&cell.id, answer),
            quote(refused_id, refused),
            quote(named_id, named)
        );
        Some(finding(self::V3.id, &seen, explanation).evidence(
            [&cell.id, refused_id, named_id].into_iter().chain(seen.cells.iter().map(|(c, _)| &c.id)),
        ))
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn a_registry_that_ignores_accept() {
        // The faithful registry does so.
        assert_fires("index-returned-unasked", &[], "lab/index");
        assert_fires("index-returned-unasked", &[], "lab/docker-list");
        for image in ["lab/docker", "lab/oci"] {
            assert!(find(&probe(&[], image), "index-returned-unasked").is_none());
        }
    }

    #[test]
    fn an_index_unasked_and_its_manifests_not() {
        let quirk = "distribution-v3-oci-index-unasked";
        assert_fires(quirk, &[quirk], "lab/index");
        assert!(find(&probe(&[quirk], "lab/index"), "index-returned-unasked").is_none());
        assert_silent(quirk);
    }
}
