//! Images in OCI media types: manifests and indexes.

use super::model::{ContainerConfig, Descriptor, History, ImageConfig, Manifest, Platform, RootFs, to_json};
use super::recipe::{Built, Family, hello, index, labels};
use super::{ImageKind, LabImage};
use crate::oci::digest::Digest;
use crate::oci::media_type;

/// One platform behind the tag.
pub(super) fn single() -> LabImage {
    manifest("lab/oci", "an OCI manifest, linux/amd64", ImageKind::OciManifest, Family::Oci)
}

/// The same, with a manifest that does not say what it is.
pub(super) fn without_media_type() -> LabImage {
    manifest(
        "lab/oci-no-media-type",
        "an OCI manifest without the mediaType field, linux/amd64",
        ImageKind::OciManifestWithoutMediaType,
        Family::OciWithoutMediaType,
    )
}

fn manifest(repository: &'static str, about: &'static str, kind: ImageKind, family: Family) -> LabImage {
    let image = hello(family, "amd64", None);
    LabImage {
        repository,
        tag: "latest",
        about,
        kind,
        manifests: vec![(Some("latest".to_owned()), image.media_type, image.manifest.clone())],
        blobs: image.blobs(),
        fallback: None,
    }
}

/// Three platforms behind the tag.
pub(super) fn multi() -> LabImage {
    let children = [
        hello(Family::Oci, "amd64", None),
        hello(Family::Oci, "arm64", None),
        hello(Family::Oci, "arm", Some("v7")),
    ];
    let bytes = index(Family::Oci, children.iter().map(Built::entry).collect());
    let mut manifests: Vec<_> = children.iter().map(|c| (None, c.media_type, c.manifest.clone())).collect();
    manifests.push((Some("latest".to_owned()), media_type::OCI_INDEX, bytes));
    LabImage {
        repository: "lab/index",
        tag: "latest",
        about: "an OCI index: linux/amd64, linux/arm64, linux/arm/v7",
        kind: ImageKind::OciIndex,
        manifests,
        blobs: children.iter().flat_map(Built::blobs).collect(),
        fallback: None,
    }
}

/// What BuildKit pushes by default: one platform, an attestation beside it, and therefore an index.
pub(super) fn attested() -> LabImage {
    const PREDICATE: &str = "https://slsa.dev/provenance/v0.2";
    let image = hello(Family::Oci, "amd64", None);
    let subject = Digest::sha256(&image.manifest);
    let statement = bytes::Bytes::from(format!(
        "{{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"predicateType\":\"{PREDICATE}\",\
         \"subject\":[{{\"name\":\"pkg:docker/lab/attested@latest\",\"digest\":{{\"sha256\":\"{}\"}}}}],\
         \"predicate\":{{\"builder\":{{\"id\":\"\"}},\"buildType\":\"https://mobyproject.org/buildkit@v1\"}}}}",
        subject.encoded()
    ));
    let unknown = Platform { architecture: "unknown".to_owned(), os: "unknown".to_owned(), variant: None };
    let config = to_json(&ImageConfig {
        created: "2024-02-29T12:00:00Z".to_owned(),
        author: None,
        architecture: unknown.architecture.clone(),
        variant: None,
        os: unknown.os.clone(),
        config: ContainerConfig::default(),
        rootfs: RootFs { kind: "layers".to_owned(), diff_ids: vec![Digest::sha256(&statement).to_string()] },
        history: Vec::<History>::new(),
    });
    let attestation = to_json(&Manifest {
        schema_version: 2,
        media_type: Some(media_type::OCI_MANIFEST.to_owned()),
        artifact_type: None,
        config: Descriptor::of(media_type::OCI_CONFIG, &config),
        layers: vec![Descriptor {
            annotations: labels(&[("in-toto.io/predicate-type", PREDICATE)]),
            ..Descriptor::of("application/vnd.in-toto+json", &statement)
        }],
        subject: None,
        annotations: labels(&[]),
    });
    let entry = Descriptor {
        platform: Some(unknown),
        annotations: labels(&[
            ("vnd.docker.reference.digest", subject.as_str()),
            ("vnd.docker.reference.type", "attestation-manifest"),
        ]),
        ..Descriptor::of(media_type::OCI_MANIFEST, &attestation)
    };
    let bytes = index(Family::Oci, vec![image.entry(), entry]);
    let mut blobs = image.blobs();
    blobs.extend([config, statement]);
    LabImage {
        repository: "lab/attested",
        tag: "latest",
        about: "an OCI index as BuildKit pushes it: linux/amd64 and an attestation, unknown/unknown",
        kind: ImageKind::AttestedIndex,
        manifests: vec![
            (None, media_type::OCI_MANIFEST, image.manifest),
            (None, media_type::OCI_MANIFEST, attestation),
            (Some("latest".to_owned()), media_type::OCI_INDEX, bytes),
        ],
        blobs,
        fallback: None,
    }
}
