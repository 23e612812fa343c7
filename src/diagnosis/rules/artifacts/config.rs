//! Configs that are no image configs.

use super::{Held, held, not_found};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::digest::Digest;
use crate::oci::document::{BodyKind, Descriptor};
use crate::oci::media_type;
use crate::plan::{CellId, Subject};
use crate::report::Answer;

/// The config as a blob.
const BLOB: &str = "GET blobs/config accept=none";

/// The empty descriptor of image-spec 1.1: by its type, or by the digest of `{}`.
fn is_empty(config: &Descriptor) -> bool {
    let named = config.media_type.as_deref().map(media_type::base).as_deref() == Some(media_type::OCI_EMPTY);
    named || config.digest.as_ref() == Some(&Digest::sha256(b"{}"))
}

fn says(config: &Descriptor) -> String {
    config.media_type.clone().filter(|t| !t.is_empty()).unwrap_or_else(|| "no media type".to_owned())
}

/// The empty config.
pub(crate) const EMPTY: Rule = Rule {
    id: "empty-config",
    layer: Layer::Existence,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        let config = held.document.config.as_ref().filter(|c| is_empty(c))?;
        lost(case, &held).or_else(|| {
            let blob = case.answer(BLOB).filter(|(_, a)| a.status == 200);
            let what = held.document.artifact_type.as_deref().filter(|t| !t.is_empty());
            Some(
                Finding::new(self::EMPTY.id, Severity::Note, Confidence::Certain, Whose::Image)
                    .title(match what {
                        Some(what) => format!("Artifact of type {what} with the empty config"),
                        None => "Artifact with the empty config and without artifactType".to_owned(),
                    })
                    .explain(format!(
                        "{}; its config is {}, the empty one.",
                        quote(held.seen.0, held.seen.1),
                        says(config)
                    ))
                    .remedy(
                        "Read artifactType and the layers' media types; do not parse the config as an image config.",
                    )
                    .evidence(std::iter::once(held.seen.0).chain(blob.map(|(id, _)| id))),
            )
        })
    },
};

/// The manifest names the empty blob, and it is not there.
fn lost(case: &Case<'_>, held: &Held<'_>) -> Option<Finding> {
    let (id, answer) = case.answer(BLOB).filter(|(_, a)| a.status == 404)?;
    // Where no blob is found at all, the empty one is no special case.
    let layer = case.answer("HEAD blobs/layer accept=none");
    let same = held.document.layers.iter().find_map(|l| l.digest.clone()) == Some(Digest::sha256(b"{}"));
    let (layer_id, there) = layer?;
    if there.status != 200 && !same {
        return None;
    }
    let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
    let all = not_found(case, Subject::Config).chain(not_found(case, Subject::Layer));
    Some(
        Finding::new(EMPTY.id, severity, Confidence::Certain, Whose::Registry)
            .title("404 for the empty config blob that the manifest names")
            .explain(format!(
                "{}, while {} and {}. The empty config is the two bytes {{}}.",
                quote(id, answer),
                quote(held.seen.0, held.seen.1),
                quote(layer_id, there)
            ))
            .remedy(
                "Client: do not request the blob {}; its content is known. Registry operator: serve it in this \
                 repository, or push it.",
            )
            .evidence([id, held.seen.0, layer_id].into_iter().chain(all.map(|(c, _)| &c.id))),
    )
}

/// A config of another kind.
pub(crate) const FOREIGN: Rule = Rule {
    id: "non-image-config",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        let config = held.document.config.as_ref().filter(|c| !is_empty(c))?;
        let blob = case.answer(BLOB).filter(|(_, a)| a.status == 200 && a.bytes_match == Some(true));
        let base = config.media_type.as_deref().map(media_type::base).unwrap_or_default();
        let declared = !matches!(
            base.as_str(),
            media_type::DOCKER_CONFIG
                | media_type::OCI_CONFIG
                | ""
                | "application/json"
                | "application/octet-stream"
        );
        // An image's type over something else, or no type at all: then the bytes have to say it.
        if !declared && !blob.is_some_and(|(_, a)| no_image(a)) {
            return None;
        }
        let (id, answer) = held.seen;
        Some(
            Finding::new(self::FOREIGN.id, Severity::Note, Confidence::Certain, Whose::Image)
                .title(format!("Not a container image: its config is {}", what(config, declared)))
                .explain(format!(
                    "{}, whose config is of type {}{}.",
                    quote(id, answer),
                    says(config),
                    blob.map_or(String::new(), |(id, a): (&CellId, &Answer)| format!("; {}", quote(id, a)))
                ))
                .remedy(
                    "Pull it with the tool that pushed it (helm, oras, cosign); docker pull cannot run it.",
                )
                .evidence(std::iter::once(id).chain(blob.map(|(id, _)| id))),
        )
    },
};

fn no_image(answer: &Answer) -> bool {
    !matches!(answer.kind, BodyKind::Config | BodyKind::Other)
}

fn what(config: &Descriptor, declared: bool) -> String {
    if declared { says(config) } else { format!("labelled {} but holds no image config", says(config)) }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};
    use crate::report::Outcome;

    const EMPTY: &str = "empty-config";
    const FOREIGN: &str = "non-image-config";

    #[test]
    fn images_alone_do_it() {
        for (id, other, image) in [(EMPTY, FOREIGN, "lab/artifact:v1"), (FOREIGN, EMPTY, "lab/helm:0.1.0")] {
            assert_fires(id, &[], image);
            let report = probe(&[], image);
            assert_eq!(find(&report, id).unwrap().severity, Severity::Note);
            assert!(find(&report, other).is_none());
            assert_eq!(report.outcome, Outcome::Works, "{image} is no broken image");
        }
    }

    #[test]
    fn the_empty_blob_is_missing() {
        assert_fires(EMPTY, &[EMPTY], "lab/artifact:v1");
        let report = probe(&[EMPTY], "lab/artifact:v1");
        assert_eq!(find(&report, EMPTY).unwrap().severity, Severity::Broken);
        assert!(find(&probe(&[EMPTY], "lab/oci"), EMPTY).is_none());
    }

    #[test]
    fn silent_on_images() {
        assert_none_of(&[EMPTY, FOREIGN]);
        assert!(find(&probe(&[], "lab/schema1"), FOREIGN).is_none());
    }
}
