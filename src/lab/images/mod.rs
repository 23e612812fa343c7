//! The images of the lab: one of each shape that registries treat differently.
//!
//! Their bytes are the same on every machine and in every run (the signature of the schema 1
//! manifest alone is fresh in each process). They can be pushed to a real registry as they are.

mod artifacts;
mod docker;
mod foreign;
mod layer;
pub(crate) mod model;
mod oci;
pub(crate) mod recipe;

use std::sync::LazyLock;

use bytes::Bytes;

/// One image of the lab, ready to be served or to be pushed.
#[derive(Debug, Clone)]
pub struct LabImage {
    /// `lab/index`
    pub repository: &'static str,
    /// The tag to probe; [`LabImage::manifests`] may give the same manifest other tags too.
    pub tag: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Its shape.
    pub kind: ImageKind,
    /// Tag (`None`: pushed by digest), media type, bytes; children before the index that names
    /// them, a subject before what refers to it.
    pub manifests: Vec<(Option<String>, &'static str, Bytes)>,
    /// Every blob that the manifests name; to be pushed before them.
    pub blobs: Vec<Bytes>,
    /// For registries without the referrers API, which the lab is not: the index of referrers that
    /// a client then pushes under the referrers tag (`sha256-<hex>`).
    pub fallback: Option<(String, &'static str, Bytes)>,
}

/// The shapes that registries and clients treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImageKind {
    /// Docker manifest, schema 2.
    DockerManifest,
    /// Docker manifest list.
    DockerList,
    /// Docker manifest list without linux/amd64.
    DockerListWithoutAmd64,
    /// OCI manifest.
    OciManifest,
    /// OCI manifest without the `mediaType` field.
    OciManifestWithoutMediaType,
    /// OCI index.
    OciIndex,
    /// OCI index with a BuildKit attestation.
    AttestedIndex,
    /// Docker manifest, schema 1, signed. Registries of today refuse it.
    Schema1,
    /// Helm chart.
    HelmChart,
    /// OCI artifact with the empty config.
    Artifact,
    /// OCI manifest with referrers.
    Referred,
    /// Docker manifest with a layer that is not in the registry.
    ForeignLayer,
    /// OCI manifest with a layer in zstd.
    ZstdLayers,
    /// OCI manifest with config and layers of Docker's types.
    MixedTypes,
}

/// Every image of the lab, in an order in which they can be pushed.
pub fn images() -> Vec<LabImage> {
    static IMAGES: LazyLock<Vec<LabImage>> = LazyLock::new(|| {
        let mut images = vec![
            docker::deepvariant(),
            artifacts::artifact(),
            artifacts::referred(),
            oci::attested(),
            docker::single(),
            docker::list(),
            foreign::windows(),
            foreign::odd_urls(),
            artifacts::helm(),
            oci::multi(),
            docker::list_without_amd64(),
            foreign::mixed(),
            oci::single(),
            oci::without_media_type(),
            foreign::zstd(),
        ];
        images.extend(docker::schema1());
        images
    });
    IMAGES.clone()
}
