//! What is in an index beside platforms.

use super::{Held, held};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::Descriptor;
use crate::oci::media_type;

/// What BuildKit calls an attestation that is an OCI artifact.
const ATTESTATION: &str = "application/vnd.docker.attestation.manifest.v1+json";

fn is_artifact(entry: &Descriptor) -> bool {
    entry.artifact_type.as_deref().map(media_type::base).is_some_and(|t| t == ATTESTATION)
}

/// How many entries there are, and how many are of a kind.
fn count(held: &Held<'_>, kind: impl Fn(&Descriptor) -> bool) -> (usize, usize) {
    (held.document.manifests.iter().filter(|d| kind(d)).count(), held.document.manifests.len())
}

/// Entries that are no images.
pub(crate) const ATTESTED: Rule = Rule {
    id: "attestation-unknown-unknown",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        let (attestations, all) = count(&held, |d| d.is_attestation() && !is_artifact(d));
        if attestations == 0 {
            return None;
        }
        let annotated = |d: &Descriptor| d.annotations.contains_key("vnd.docker.reference.type");
        let sure = count(&held, |d| d.is_attestation() && annotated(d)).0 > 0;
        let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
        Some(
            Finding::new(self::ATTESTED.id, Severity::Note, confidence, Whose::Image)
                .title(format!("{attestations} of the index's {all} entries are attestations, not images"))
                .explain(format!(
                    "{}. Entries for unknown/unknown hold BuildKit's attestations; they cannot be run, and the others \
                     are the platforms.",
                    quote(held.seen.0, held.seen.1)
                ))
                .remedy(
                    "Skip entries for unknown/unknown, or annotated vnd.docker.reference.type: \
                     attestation-manifest; build with --provenance=false to omit them.",
                )
                .evidence([held.seen.0]),
        )
    },
};

/// The same as OCI artifacts.
pub(crate) const AS_ARTIFACT: Rule = Rule {
    id: "attestation-as-oci-artifact",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        let (artifacts, all) = count(&held, is_artifact);
        if artifacts == 0 {
            return None;
        }
        Some(
            Finding::new(self::AS_ARTIFACT.id, Severity::Note, Confidence::Certain, Whose::Image)
                .title(format!("{artifacts} of the index's {all} entries are attestations, as OCI artifacts"))
                .explain(format!(
                    "{}. Entries whose artifactType is {ATTESTATION} hold BuildKit's attestations: no image, and the \
                     empty config.",
                    quote(held.seen.0, held.seen.1)
                ))
                .remedy("Skip entries with an artifactType; choose among those with a known platform.")
                .evidence([held.seen.0]),
        )
    },
};

/// Entries that one cannot choose by platform.
pub(crate) const ODD: Rule = Rule {
    id: "index-entry-without-platform-or-nested",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        let nested = |d: &Descriptor| {
            let base = d.media_type.as_deref().map(media_type::base);
            matches!(base.as_deref(), Some(media_type::OCI_INDEX | media_type::DOCKER_LIST))
        };
        let bare =
            |d: &Descriptor| d.platform.is_none() && !nested(d) && !d.is_attestation() && !is_artifact(d);
        let ((nested, all), (bare, _)) = (count(&held, nested), count(&held, bare));
        let what = match (bare, nested) {
            (0, 0) => return None,
            (bare, 0) => format!("{bare} of the index's {all} entries have no platform"),
            (0, nested) => format!("{nested} of the index's {all} entries are indexes"),
            _ => format!("Of the index's {all} entries {bare} have no platform and {nested} are indexes"),
        };
        Some(
            Finding::new(self::ODD.id, Severity::Note, Confidence::Certain, Whose::Image)
                .title(what)
                .explain(format!(
                    "{}. Clients that read the platform of each entry, or take each for a manifest, fail on it.",
                    quote(held.seen.0, held.seen.1)
                ))
                .remedy(
                    "Client: skip entries without a platform, follow a nested index to a bounded depth. When \
                     pushing: give each entry its platform.",
                )
                .evidence([held.seen.0]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn attestations() {
        // The image alone does it.
        assert_fires("attestation-unknown-unknown", &[], "lab/attested");
        assert!(find(&probe(&[], "lab/attested"), "index-entry-without-platform-or-nested").is_none());
        assert_silent("attestation-unknown-unknown");
    }

    #[test]
    fn attestations_as_artifacts() {
        let quirk = "attestation-as-oci-artifact";
        assert_fires(quirk, &[quirk], "lab/attested");
        assert!(find(&probe(&[quirk], "lab/attested"), "attestation-unknown-unknown").is_none());
        assert!(find(&probe(&[], "lab/attested"), quirk).is_none());
        assert_silent(quirk);
    }

    #[test]
    fn entries_without_a_platform() {
        let quirk = "index-entry-without-platform-or-nested";
        assert_fires(quirk, &[quirk], "lab/index");
        assert_silent(quirk);
    }
}
