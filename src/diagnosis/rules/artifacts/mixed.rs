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
    about: "the manifest is of one family of media types, its config or layers are of the other",
    page: "Docker and OCI have each a media type for manifests, configs and layers, with the same content. A manifest of one \
           family over a config or layers of the other comes from a tool that converted the one and not the other. Most \
           clients read it; stricter registries refuse it when it is pushed or copied, and a client that goes by the \
           config's type looks for the wrong one. Read it all the same; build or convert the image again.",
    references: &[
        "OCI image spec 1.1, \"Image Manifest Property Descriptions\"",
        "https://github.com/pulp/pulp_container/issues/1240",
        "regclient/regclient, commit 025ad16",
    ],
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
            (0, _) => format!("{layers} of its {all} layers"),
            (_, 0) => "its config".to_owned(),
            _ => format!("its config and {layers} of its {all} layers"),
        };
        let strange = if family == Family::Oci { Family::Docker } else { Family::Oci };
        let (whole, parts) = (family.name(), strange.name());
        Some(
            Finding::new(RULE.id, Severity::Note, Confidence::Certain, Whose::Image)
                .title(format!("the manifest is {whole}, and {what} have {parts} media types"))
                .explain(format!(
                    "{}; {what} are named by {parts} media types. Stricter registries and clients refuse the mixture.",
                    quote(held.seen.0, held.seen.1)
                ))
                .remedy("Build or convert the image again, into one family. Clients: read it; the content is the same.")
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
