//! Two families of media types in one manifest.

use super::held;
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::Descriptor;
use crate::oci::media_type;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Docker,
    Oci,
}

impl Family {
    fn of(media_type: &str) -> Option<Family> {
        let base = media_type::base(media_type);
        match base.as_str() {
            media_type::DOCKER_MANIFEST | media_type::DOCKER_CONFIG => Some(Family::Docker),
            media_type::OCI_MANIFEST | media_type::OCI_CONFIG => Some(Family::Oci),
            _ if base.starts_with(media_type::DOCKER_LAYERS) => Some(Family::Docker),
            _ if base.starts_with(media_type::OCI_LAYERS) => Some(Family::Oci),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Family::Docker => "Docker",
            Family::Oci => "OCI",
        }
    }
}

/// Docker's types in an OCI manifest, or the reverse.
pub(crate) const RULE: Rule = Rule {
    id: "mixed-docker-oci-types",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        // Its own word first; where it has none, what it was served as.
        let own = held.document.media_type.as_deref().and_then(Family::of);
        let served = || held.seen.1.content_type.as_deref().and_then(Family::of);
        let family = own.or_else(served)?;
        let other = |d: &&Descriptor| {
            d.media_type.as_deref().and_then(Family::of).is_some_and(|found| found != family)
        };
        let config = held.document.config.iter().filter(other).count();
        let layers = held.document.layers.iter().filter(other).count();
        let all = held.document.layers.len();
        let what = match (config, layers) {
            (0, 0) => return None,
            (0, _) => format!("{layers} of {all} layers"),
            (_, 0) => "config".to_owned(),
            _ => format!("config and {layers} of {all} layers"),
        };
        let strange = if family == Family::Oci { Family::Docker } else { Family::Oci };
        let (whole, parts) = (family.name(), strange.name());
        Some(
            Finding::new(RULE.id, Severity::Note, Confidence::Certain, Whose::Image)
                .title(format!("Manifest of type {whole}: {what} with {parts} media types"))
                .explain(format!(
                    "{}; {what} are named by {parts} media types. Stricter registries and clients refuse the mixture.",
                    quote(held.seen.0, held.seen.1)
                ))
                .remedy(
                    "Image publisher: rebuild or convert the image to one family (skopeo copy --format oci). \
                     Client: read both families; the content is the same.",
                )
                .evidence([held.seen.0]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};
    use crate::report::Outcome;

    const ID: &str = "mixed-docker-oci-types";

    #[test]
    fn an_image_alone_does_it() {
        assert_fires(ID, &[], "lab/mixed");
        let report = probe(&[], "lab/mixed");
        assert_eq!((find(&report, ID).unwrap().severity, report.outcome), (Severity::Note, Outcome::Works));
    }

    #[test]
    fn silent_on_one_family_and_on_artifacts() {
        assert_silent(ID);
        for image in ["lab/helm:0.1.0", "lab/artifact:v1", "lab/oci-no-media-type", "lab/foreign"] {
            assert!(find(&probe(&[], image), ID).is_none(), "{image}");
        }
        assert!(find(&probe(&["ct-application-json"], "lab/docker"), ID).is_none());
    }
}
