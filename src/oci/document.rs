//! What a body turns out to be, judged from its bytes first and its `Content-Type` second.
//!
//! Lenient on purpose: a document that a strict decoder refuses is still evidence.

use std::collections::BTreeMap;

use crate::oci::digest::Digest;

pub use super::choose::{choose, first_image, platforms};
pub use super::classify::{classify, telling};
pub use super::document_parse::parse_document;
pub use super::image_config::{parse_config, schema1_metadata};

/// What kind of thing a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BodyKind {
    /// OCI image index.
    OciIndex,
    /// Docker manifest list.
    DockerList,
    /// OCI image manifest (an artifact manifest included).
    OciManifest,
    /// Docker manifest, schema 2.
    DockerManifest,
    /// Docker manifest, schema 1, signed or not.
    Schema1,
    /// An image config, Docker's or OCI's.
    Config,
    /// An error body: the spec's envelope, or one of the shapes seen in its place.
    Error,
    /// `tags/list`.
    Tags,
    /// A token answer.
    Token,
    /// Some other JSON.
    Json,
    /// HTML.
    Html,
    /// Some other text.
    Text,
    /// Nothing at all.
    Empty,
    /// Anything else: a layer, a cut-off body.
    Other,
}

impl BodyKind {
    /// Every kind.
    pub const ALL: [BodyKind; 14] = [
        BodyKind::OciIndex,
        BodyKind::DockerList,
        BodyKind::OciManifest,
        BodyKind::DockerManifest,
        BodyKind::Schema1,
        BodyKind::Config,
        BodyKind::Error,
        BodyKind::Tags,
        BodyKind::Token,
        BodyKind::Json,
        BodyKind::Html,
        BodyKind::Text,
        BodyKind::Empty,
        BodyKind::Other,
    ];

    /// As in reports, paths and signatures.
    pub fn as_str(self) -> &'static str {
        match self {
            BodyKind::OciIndex => "oci-index",
            BodyKind::DockerList => "docker-list",
            BodyKind::OciManifest => "oci-manifest",
            BodyKind::DockerManifest => "docker-manifest",
            BodyKind::Schema1 => "schema1",
            BodyKind::Config => "config",
            BodyKind::Error => "error",
            BodyKind::Tags => "tags",
            BodyKind::Token => "token",
            BodyKind::Json => "json",
            BodyKind::Html => "html",
            BodyKind::Text => "text",
            BodyKind::Empty => "empty",
            BodyKind::Other => "other",
        }
    }

    /// The inverse of [`BodyKind::as_str`].
    pub fn parse(text: &str) -> Option<BodyKind> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }

    /// An index or a manifest list.
    pub fn is_index(self) -> bool {
        matches!(self, BodyKind::OciIndex | BodyKind::DockerList)
    }

    /// One image's manifest, of a schema that names a config.
    pub fn is_manifest(self) -> bool {
        matches!(self, BodyKind::OciManifest | BodyKind::DockerManifest)
    }
}

/// A descriptor as written: every field optional, because in the wild every field is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Descriptor {
    /// `mediaType`
    pub media_type: Option<String>,
    /// `digest`, where it is well-formed.
    pub digest: Option<Digest>,
    /// `size` in bytes.
    pub size: Option<u64>,
    /// `platform`
    pub platform: Option<Platform>,
    /// `artifactType`
    pub artifact_type: Option<String>,
    /// `urls`
    pub urls: Vec<String>,
    /// `annotations`
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    /// BuildKit's attestation manifests: `unknown/unknown`, or annotated as such. Never an image to run.
    pub fn is_attestation(&self) -> bool {
        self.annotations.get("vnd.docker.reference.type").is_some_and(|t| t == "attestation-manifest")
            || self.platform.as_ref().is_some_and(|p| p.os == "unknown" && p.architecture == "unknown")
    }
}

/// `os/architecture[/variant]`
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Platform {
    /// `linux`
    pub os: String,
    /// `amd64`
    pub architecture: String,
    /// `v7`
    pub variant: Option<String>,
    /// `os.version`, which Windows images need.
    pub os_version: Option<String>,
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if let Some(variant) = &self.variant {
            write!(f, "/{variant}")?;
        }
        Ok(())
    }
}

/// What a manifest, index or schema 1 manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is.
    pub kind: BodyKind,
    /// Its own `mediaType` field.
    pub media_type: Option<String>,
    /// `artifactType`
    pub artifact_type: Option<String>,
    /// `manifests[]`
    pub manifests: Vec<Descriptor>,
    /// `config`
    pub config: Option<Descriptor>,
    /// `layers[]`; of schema 1, `fsLayers[]`, turned so that the base comes first.
    pub layers: Vec<Descriptor>,
    /// `subject`
    pub subject: Option<Descriptor>,
    /// `annotations`
    pub annotations: BTreeMap<String, String>,
    /// Of schema 1: `history[].v1Compatibility`, newest first, as written.
    pub v1_history: Vec<String>,
    /// Entries of `manifests`, `layers` and `history` beyond the first [`MAX_ENTRIES`], which were not looked at.
    pub further: usize,
}

/// Entries of an index, or layers of a manifest, that are looked at: the largest seen have some 300, and container
/// runtimes stop at 127 layers.
pub const MAX_ENTRIES: usize = 1024;

/// What a person came for: the image's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImageMetadata {
    /// `os/architecture[/variant]` as the config says.
    pub platform: Option<Platform>,
    /// `created`, as written.
    pub created: Option<String>,
    /// `config.Env`
    pub env: Vec<String>,
    /// `config.Entrypoint`
    pub entrypoint: Vec<String>,
    /// `config.Cmd`
    pub cmd: Vec<String>,
    /// `config.WorkingDir`
    pub working_dir: Option<String>,
    /// `config.User`
    pub user: Option<String>,
    /// `config.Labels`
    pub labels: BTreeMap<String, String>,
    /// Layers, base first.
    pub layers: Vec<Descriptor>,
    /// Of an index: the platforms it offers, attestations left out.
    pub platforms: Vec<Platform>,
    /// Where the config is no image config: its media type, or the artifact's.
    pub artifact_type: Option<String>,
    /// Entries of `Env`, `Entrypoint`, `Cmd`, `Labels`, and layers, which were not looked at.
    pub further: usize,
}
