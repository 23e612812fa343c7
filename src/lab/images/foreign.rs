//! Images that are out of the ordinary in what their descriptors say: layers that are elsewhere, layers in zstd,
//! two families of media types in one manifest.

use std::io::Read;

use bytes::Bytes;

use super::layer::zstd_stored;
use super::model::{Descriptor, ImageConfig, Manifest, to_json};
use super::recipe::{Built, Family, hello, labels, strings};
use super::{ImageKind, LabImage};
use crate::oci::media_type;

/// Windows base layers were not to be passed on: the manifest says where they are, and the registry has none.
pub(super) fn windows() -> LabImage {
    foreign(
        "latest",
        "a Docker manifest whose base layer is foreign: to be had from its own URL, not from the registry",
        &["https://layers.example.com/windows/base.tar.gz"],
    )
}

/// The same, with URLs that no client will follow beside one that it may.
pub(super) fn odd_urls() -> LabImage {
    foreign(
        "odd-urls",
        "the same, with URLs of other schemes beside",
        &[
            "ftp://layers.example.com/base.tar.gz",
            "file:///srv/base.tar.gz",
            "https://layers.example.com/b.tgz",
        ],
    )
}

fn foreign(tag: &'static str, about: &'static str, urls: &[&str]) -> LabImage {
    let image = hello(Family::Docker, "amd64", None);
    let config = windows_config(&image);
    let mut layers: Vec<Descriptor> =
        image.layers.iter().map(|layer| Descriptor::of(media_type::DOCKER_LAYER, layer)).collect();
    if let Some(base) = layers.first_mut() {
        base.media_type = media_type::DOCKER_FOREIGN_LAYER.to_owned();
        base.urls = strings(urls);
    }
    let here = image.layers.iter().skip(1).cloned();
    LabImage {
        repository: "lab/foreign",
        tag,
        about,
        kind: ImageKind::ForeignLayer,
        manifests: vec![(
            Some(tag.to_owned()),
            media_type::DOCKER_MANIFEST,
            manifest(media_type::DOCKER_MANIFEST, Descriptor::of(media_type::DOCKER_CONFIG, &config), layers),
        )],
        blobs: std::iter::once(config.clone()).chain(here).collect(),
        fallback: None,
    }
}

fn windows_config(image: &Built) -> Bytes {
    match serde_json::from_slice::<ImageConfig>(&image.config) {
        Ok(config) => to_json(&ImageConfig { os: "windows".to_owned(), ..config }),
        Err(_) => image.config.clone(),
    }
}

/// One layer in zstd, one annotated as eStargz annotates (its table of contents is left out).
pub(super) fn zstd() -> LabImage {
    let image = hello(Family::Oci, "amd64", None);
    let mut blobs = vec![image.config.clone()];
    let mut layers = Vec::new();
    for (at, gzip) in image.layers.iter().enumerate() {
        let mut tar = Vec::new();
        let unpacked = flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut tar).is_ok();
        let (kind, bytes) = match at {
            0 if unpacked => ("application/vnd.oci.image.layer.v1.tar+zstd", zstd_stored(&tar)),
            _ => (media_type::OCI_LAYER, gzip.clone()),
        };
        let toc = "sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a";
        let annotations = match at {
            1 => labels(&[("containerd.io/snapshot/stargz/toc.digest", toc)]),
            _ => labels(&[]),
        };
        layers.push(Descriptor { annotations, ..Descriptor::of(kind, &bytes) });
        blobs.push(bytes);
    }
    let config = Descriptor::of(media_type::OCI_CONFIG, &image.config);
    LabImage {
        repository: "lab/zstd",
        tag: "latest",
        about: "an OCI manifest with one layer in zstd and one annotated as eStargz, linux/amd64",
        kind: ImageKind::ZstdLayers,
        manifests: vec![(
            Some("latest".to_owned()),
            media_type::OCI_MANIFEST,
            manifest(media_type::OCI_MANIFEST, config, layers),
        )],
        blobs,
        fallback: None,
    }
}

/// An OCI manifest over a config and layers that call themselves Docker's.
pub(super) fn mixed() -> LabImage {
    let image = hello(Family::Oci, "amd64", None);
    let layers = image.layers.iter().map(|layer| Descriptor::of(media_type::DOCKER_LAYER, layer)).collect();
    let config = Descriptor::of(media_type::DOCKER_CONFIG, &image.config);
    LabImage {
        repository: "lab/mixed",
        tag: "latest",
        about: "an OCI manifest whose config and layers have Docker's media types, linux/amd64",
        kind: ImageKind::MixedTypes,
        manifests: vec![(
            Some("latest".to_owned()),
            media_type::OCI_MANIFEST,
            manifest(media_type::OCI_MANIFEST, config, layers),
        )],
        blobs: image.blobs(),
        fallback: None,
    }
}

fn manifest(kind: &str, config: Descriptor, layers: Vec<Descriptor>) -> Bytes {
    to_json(&Manifest {
        schema_version: 2,
        media_type: Some(kind.to_owned()),
        artifact_type: None,
        config,
        layers,
        subject: None,
        annotations: labels(&[]),
    })
}
