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
    about: "the index holds BuildKit's attestations, with the platform unknown/unknown",
    page: "BuildKit from 0.11 on, and docker buildx from 0.10, push a provenance attestation beside each image, as one \
           more entry of an index, for the platform unknown/unknown and annotated vnd.docker.reference.type: \
           attestation-manifest. So even an image for one platform is an index. A client that takes the first entry, or \
           every entry, gets a document whose layers are in-toto statements. Skip such entries. Building with \
           --provenance=false leaves them out.",
    references: &[
        "https://github.com/docker/buildx/issues/1509",
        "https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md",
    ],
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
                    "Skip entries for unknown/unknown, or annotated vnd.docker.reference.type: attestation-manifest. Who \
                     builds the image can leave them out with --provenance=false.",
                )
                .evidence([held.seen.0]),
        )
    },
};

/// The same as OCI artifacts.
pub(crate) const AS_ARTIFACT: Rule = Rule {
    id: "attestation-as-oci-artifact",
    layer: Layer::Content,
    about: "the index holds BuildKit's attestations as OCI artifacts, with an artifactType",
    page: "With oci-artifact=true BuildKit writes its attestations as OCI artifacts: the entry of the index has the \
           artifactType of Docker's attestations, its manifest has a subject and the empty config. A client that tells \
           attestations by their platform alone, or reads every entry's config as an image's, trips over them. Skip \
           entries with an artifactType.",
    references: &[
        "https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md",
        "OCI image spec 1.1, \"Guidelines for artifact usage\"",
    ],
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
                .remedy("Skip entries that have an artifactType; choose among those with a platform you know.")
                .evidence([held.seen.0]),
        )
    },
};

/// Entries that one cannot choose by platform.
pub(crate) const ODD: Rule = Rule {
    id: "index-entry-without-platform-or-nested",
    layer: Layer::Content,
    about: "an entry of the index has no platform, or is itself an index",
    page: "The platform of an entry is optional, and an index may name another index. Signatures, artifacts and build \
           caches are pushed so. A client that reads the platform of every entry fails at the first that has none \
           (Singularity 2 does), and one that takes every entry for a manifest finds no config. Pass over entries without \
           a platform when choosing one, and follow nested indexes to a bounded depth.",
    references: &["OCI image spec 1.1, \"OCI Image Index Specification\""],
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
            (0, nested) => format!("{nested} of the index's {all} entries are indexes themselves"),
            _ => format!(
                "of the index's {all} entries {bare} have no platform and {nested} are indexes themselves"
            ),
        };
        Some(
            Finding::new(self::ODD.id, Severity::Note, Confidence::Certain, Whose::Image)
                .title(what)
                .explain(format!(
                    "{}. Clients that read the platform of each entry, or take each for a manifest, fail on it.",
                    quote(held.seen.0, held.seen.1)
                ))
                .remedy(
                    "When choosing, pass over entries without a platform; follow an entry that is an index, to a bounded \
                     depth. Who pushes the image can give each entry its platform.",
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
