//! Two names for one manifest: the header's, and its own.

use super::content_type::labelled;
use super::seen::own;
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::media_type as mt;
use crate::report::{Answer, CellView};

/// The types that manifests and indexes have.
const TYPES: [&str; 4] = [mt::DOCKER_MANIFEST, mt::DOCKER_LIST, mt::OCI_MANIFEST, mt::OCI_INDEX];

/// Content-Type says one manifest type, `mediaType` in the body another.
pub(crate) const RULE: Rule = Rule {
    id: "content-type-mismatch",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let two = |cell: &CellView, label: &str| -> Option<String> {
            let own = case.evidence.document(&cell.id.0)?.media_type.clone()?;
            let both = TYPES.contains(&mt::base(label).as_str()) && TYPES.contains(&own.as_str());
            (both && mt::base(label) != own).then_some(own)
        };
        let found: Vec<(&CellView, &Answer, &str, String)> =
            labelled(case).filter_map(|(cell, a, label)| Some((cell, a, label, two(cell, label)?))).collect();
        // A client that named another type alone, and is told that it got it, is a case of its own.
        let ordinary = |cell: &CellView, a: &Answer| {
            matches!(cell.accept.as_str(), "all" | "all-lines") || Some(cell.accept.as_str()) == own(a.kind)
        };
        let first = found.iter().find(|(cell, a, ..)| ordinary(cell, a));
        let severity = if first.is_some() { Severity::Warning } else { Severity::Note };
        let (cell, answer, label, own) = first.or(found.first())?;
        Some(
            Finding::new(RULE.id, severity, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, with Content-Type: {label}, and in the body mediaType is {own}. {} answers are like that.",
                    quote(&cell.id, answer),
                    found.len()
                ))
                .remedy(
                    "Registry or proxy operator: send the body's mediaType as Content-Type. Client: use mediaType \
                     from the body, or refuse.",
                )
                .evidence(std::iter::once(&cell.id).chain(found.iter().map(|(cell, ..)| &cell.id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn two_names() {
        assert_fires(RULE.id, &["ct-docker-for-oci"], "lab/oci");
    }

    #[test]
    fn one_name() {
        assert_silent(RULE.id);
        for (quirk, image) in [
            ("ct-application-json", "lab/oci"),
            ("ct-charset-suffix", "lab/index"),
            ("no-accept-yields-schema1", "lab/docker"),
            ("list-collapsed-to-amd64", "lab/docker-list"),
            ("ct-docker-for-oci", "lab/docker"),
        ] {
            assert!(find(&probe(&[quirk], image), RULE.id).is_none(), "{quirk}");
        }
        assert!(find(&probe(&[], "lab/oci-no-media-type"), RULE.id).is_none());
    }
}
