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
        .title(format!("{} is served to clients that do not ask for one", name(seen.held.seen.1.kind)))
        .explain(explanation)
        .remedy(
            "Be ready for an index whatever was asked for: look at the body for manifests[], choose the entry of your \
             platform, and GET it by its digest. Name both index types in Accept.",
        )
}

/// Whatever is accepted, the index comes.
pub(crate) const RETURNED: Rule = Rule {
    id: "index-returned-unasked",
    layer: Layer::Negotiation,
    about: "an index or manifest list is served to a client that named single manifests only, or nothing",
    page: "Behind the tag is an index, and the registry gives it to a client whose Accept does not hold its type. That \
           is allowed: a registry may ignore Accept. A client that is made for single images then finds manifests[] and \
           no config, and fails or takes the wrong thing. Every client has to be ready for an index.",
    references: &[
        "RFC 9110, section 12.5.1",
        "https://github.com/kubernetes/k8s.io/issues/1834",
        "https://github.com/Joxit/docker-registry-ui/issues/227",
    ],
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
    about: "an OCI index is served unasked, while its OCI manifests are refused unless their type is named",
    page: "CNCF distribution 3.x serves an OCI index whatever Accept holds, where 2.8 answered 404: the check that was \
           meant for it no longer meets the type that indexes now have. OCI manifests are refused as before unless Accept \
           names them. So a client that only knows Docker's types gets the index, and then a 404 for what it names.",
    references: &["CNCF distribution, registry/handlers/manifests.go, commit e72294d07"],
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
