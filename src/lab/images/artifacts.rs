//! What is no image: a Helm chart, an artifact with the empty config, an SBOM and a signature
//! that refer to an image.

use bytes::Bytes;

use super::layer::{file, layer};
use super::model::{Descriptor, Manifest, to_json};
use super::recipe::{Family, hello, index, labels};
use super::{ImageKind, LabImage};
use crate::oci::digest::Digest;
use crate::oci::media_type;

/// The content of the empty descriptor.
fn empty() -> Bytes {
    Bytes::from_static(b"{}")
}

/// A Helm chart, as `helm push` lays it out: no `mediaType` field, a config of its own type.
pub(super) fn helm() -> LabImage {
    const CHART: &str = "apiVersion: v2\nname: helm\nversion: 0.1.0\ndescription: a chart of the lab\n";
    let config = Bytes::from_static(
        b"{\"name\":\"helm\",\"version\":\"0.1.0\",\"description\":\"a chart of the lab\",\"apiVersion\":\"v2\"}",
    );
    let chart = layer(&[file("helm/Chart.yaml", 0o644, CHART)]).gzip;
    let manifest = to_json(&Manifest {
        schema_version: 2,
        media_type: None,
        artifact_type: None,
        config: Descriptor::of("application/vnd.cncf.helm.config.v1+json", &config),
        layers: vec![Descriptor::of("application/vnd.cncf.helm.chart.content.v1.tar+gzip", &chart)],
        subject: None,
        annotations: labels(&[
            ("org.opencontainers.image.title", "helm"),
            ("org.opencontainers.image.version", "0.1.0"),
        ]),
    });
    LabImage {
        repository: "lab/helm",
        tag: "0.1.0",
        about: "a Helm chart: an OCI manifest whose config is no image config",
        kind: ImageKind::HelmChart,
        manifests: vec![(Some("0.1.0".to_owned()), media_type::OCI_MANIFEST, manifest)],
        blobs: vec![config, chart],
        fallback: None,
    }
}

/// An artifact with `artifactType` and the empty config (image-spec 1.1).
pub(super) fn artifact() -> LabImage {
    let payload = Bytes::from_static(b"some notes, in plain text\n");
    let manifest = empty_config(
        "application/vnd.example.notes.v1",
        vec![Descriptor {
            annotations: labels(&[("org.opencontainers.image.title", "notes.txt")]),
            ..Descriptor::of("text/plain", &payload)
        }],
        None,
    );
    LabImage {
        repository: "lab/artifact",
        tag: "v1",
        about: "an OCI artifact: artifactType, and the empty config",
        kind: ImageKind::Artifact,
        manifests: vec![(Some("v1".to_owned()), media_type::OCI_MANIFEST, manifest)],
        blobs: vec![empty(), payload],
        fallback: None,
    }
}

/// An image, and an SBOM and a signature whose `subject` it is.
pub(super) fn referred() -> LabImage {
    const SBOM: &str = "application/spdx+json";
    const SIGNATURE: &str = "application/vnd.example.signature.v1+json";
    let image = hello(Family::Oci, "amd64", None);
    let subject = Digest::sha256(&image.manifest);
    let sbom =
        Bytes::from_static(b"{\"spdxVersion\":\"SPDX-2.3\",\"name\":\"lab/artifact\",\"packages\":[]}");
    let signature =
        Bytes::from(format!("{{\"critical\":{{\"image\":\"{subject}\"}},\"signature\":\"none\"}}"));
    let referrer = |artifact_type: &str, blob: &Bytes| {
        empty_config(
            artifact_type,
            vec![Descriptor::of(artifact_type, blob)],
            Some(Descriptor::of(media_type::OCI_MANIFEST, &image.manifest)),
        )
    };
    let referrers = [(SBOM, referrer(SBOM, &sbom)), (SIGNATURE, referrer(SIGNATURE, &signature))];
    let entries = referrers.iter().map(|(artifact_type, bytes)| Descriptor {
        artifact_type: Some((*artifact_type).to_owned()),
        annotations: labels(&[("org.opencontainers.image.created", "2024-02-29T12:00:00Z")]),
        ..Descriptor::of(media_type::OCI_MANIFEST, bytes)
    });
    let fallback = index(Family::Oci, entries.collect());
    let mut manifests = vec![(Some("base".to_owned()), image.media_type, image.manifest.clone())];
    manifests.extend(referrers.into_iter().map(|(_, bytes)| (None, media_type::OCI_MANIFEST, bytes)));
    let mut blobs = image.blobs();
    blobs.extend([empty(), sbom, signature]);
    LabImage {
        repository: "lab/artifact",
        tag: "base",
        about: "an OCI manifest that an SBOM and a signature refer to",
        kind: ImageKind::Referred,
        manifests,
        blobs,
        fallback: Some((subject.as_str().replace(':', "-"), media_type::OCI_INDEX, fallback)),
    }
}

fn empty_config(artifact_type: &str, layers: Vec<Descriptor>, subject: Option<Descriptor>) -> Bytes {
    let annotations = if subject.is_some() {
        labels(&[("org.opencontainers.image.created", "2024-02-29T12:00:00Z")])
    } else {
        labels(&[])
    };
    to_json(&Manifest {
        schema_version: 2,
        media_type: Some(media_type::OCI_MANIFEST.to_owned()),
        artifact_type: Some(artifact_type.to_owned()),
        config: Descriptor::of(media_type::OCI_EMPTY, &empty()),
        layers,
        subject,
        annotations,
    })
}
