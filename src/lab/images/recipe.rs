//! From a recipe (steps, platform, family of media types) to config, layers and manifest.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::layer::{File, file, layer};
use super::model::{
    ContainerConfig, Descriptor, History, ImageConfig, Index, Manifest, Platform, RootFs, to_json,
};
use crate::oci::digest::Digest;
use crate::oci::media_type;

/// Which media types an image is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Docker, schema 2.
    Docker,
    /// OCI.
    Oci,
    /// OCI, with the manifest's `mediaType` left out, as image-spec 1.0 tools wrote it.
    OciWithoutMediaType,
}

impl Family {
    /// The media type of a manifest.
    pub(crate) fn manifest(self) -> &'static str {
        if self == Family::Docker { media_type::DOCKER_MANIFEST } else { media_type::OCI_MANIFEST }
    }

    /// The media type of an index.
    pub(crate) fn index(self) -> &'static str {
        if self == Family::Docker { media_type::DOCKER_LIST } else { media_type::OCI_INDEX }
    }

    fn config(self) -> &'static str {
        if self == Family::Docker { media_type::DOCKER_CONFIG } else { media_type::OCI_CONFIG }
    }

    fn layer(self) -> &'static str {
        if self == Family::Docker { media_type::DOCKER_LAYER } else { media_type::OCI_LAYER }
    }
}

/// One step of a build: a command, and the files it added, if it added any.
pub(crate) struct Step {
    pub(crate) created_by: String,
    pub(crate) files: Vec<File>,
}

/// What an image is made from.
pub(crate) struct Recipe {
    pub(crate) family: Family,
    pub(crate) architecture: &'static str,
    pub(crate) variant: Option<&'static str>,
    pub(crate) created: &'static str,
    pub(crate) author: Option<&'static str>,
    pub(crate) config: ContainerConfig,
    pub(crate) steps: Vec<Step>,
}

/// An image, made.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    pub(crate) manifest: Bytes,
    pub(crate) media_type: &'static str,
    pub(crate) config: Bytes,
    pub(crate) layers: Vec<Bytes>,
    pub(crate) platform: Platform,
}

impl Recipe {
    /// Makes the image.
    pub(crate) fn build(self) -> Built {
        let layers: Vec<_> =
            self.steps.iter().filter(|step| !step.files.is_empty()).map(|step| layer(&step.files)).collect();
        let history = self.steps.iter().map(|step| History {
            created: self.created.to_owned(),
            created_by: step.created_by.clone(),
            empty_layer: step.files.is_empty(),
        });
        let config = to_json(&ImageConfig {
            created: self.created.to_owned(),
            author: self.author.map(str::to_owned),
            architecture: self.architecture.to_owned(),
            variant: self.variant.map(str::to_owned),
            os: "linux".to_owned(),
            config: self.config,
            rootfs: RootFs {
                kind: "layers".to_owned(),
                diff_ids: layers.iter().map(|l| Digest::sha256(&l.tar).to_string()).collect(),
            },
            history: history.collect(),
        });
        let layers: Vec<Bytes> = layers.into_iter().map(|l| l.gzip).collect();
        let family = self.family;
        let manifest = to_json(&Manifest {
            schema_version: 2,
            media_type: (family != Family::OciWithoutMediaType).then(|| family.manifest().to_owned()),
            artifact_type: None,
            config: Descriptor::of(family.config(), &config),
            layers: layers.iter().map(|bytes| Descriptor::of(family.layer(), bytes)).collect(),
            subject: None,
            annotations: BTreeMap::new(),
        });
        let platform = Platform {
            architecture: self.architecture.to_owned(),
            os: "linux".to_owned(),
            variant: self.variant.map(str::to_owned),
        };
        Built { manifest, media_type: family.manifest(), config, layers, platform }
    }
}

impl Built {
    /// This image as an entry of an index.
    pub(crate) fn entry(&self) -> Descriptor {
        Descriptor {
            platform: Some(self.platform.clone()),
            ..Descriptor::of(self.media_type, &self.manifest)
        }
    }

    /// Config and layers.
    pub(crate) fn blobs(&self) -> Vec<Bytes> {
        std::iter::once(&self.config).chain(&self.layers).cloned().collect()
    }
}

/// An index over entries.
pub(crate) fn index(family: Family, manifests: Vec<Descriptor>) -> Bytes {
    to_json(&Index { schema_version: 2, media_type: family.index().to_owned(), manifests })
}

/// The small program image that most of the lab's shapes hold, for one platform.
pub(crate) fn hello(family: Family, architecture: &'static str, variant: Option<&'static str>) -> Built {
    let name = variant.map_or_else(|| architecture.to_owned(), |v| format!("{architecture}/{v}"));
    let program = format!("#!/bin/sh\necho \"hello from linux/{name}, {} $*\"\n", words(family));
    Recipe {
        family,
        architecture,
        variant,
        created: "2024-02-29T12:00:00Z",
        author: None,
        config: ContainerConfig {
            user: "1000:1000".to_owned(),
            env: strings(&[
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "LAB_GREETING=hello",
            ]),
            entrypoint: strings(&["/usr/local/bin/hello"]),
            cmd: strings(&["--once"]),
            working_dir: "/srv/hello".to_owned(),
            labels: labels(&[
                ("org.opencontainers.image.title", "hello"),
                ("org.opencontainers.image.version", "1.0"),
            ]),
        },
        steps: vec![
            Step {
                created_by: "/bin/sh -c #(nop) ADD file:rootfs in /".to_owned(),
                files: vec![
                    file("etc/", 0o755, ""),
                    file("etc/os-release", 0o644, "ID=lab\nNAME=\"regprobe lab\"\nVERSION_ID=1\n"),
                    file("etc/passwd", 0o644, "root:x:0:0::/:/bin/sh\nhello:x:1000:1000::/:/bin/sh\n"),
                ],
            },
            Step { created_by: "/bin/sh -c #(nop)  ENV LAB_GREETING=hello".to_owned(), files: Vec::new() },
            Step {
                created_by: "/bin/sh -c #(nop) COPY file:hello in /usr/local/bin/hello".to_owned(),
                files: vec![file("usr/local/bin/hello", 0o755, program)],
            },
            Step {
                created_by: "/bin/sh -c #(nop)  ENTRYPOINT [\"/usr/local/bin/hello\"]".to_owned(),
                files: Vec::new(),
            },
            Step {
                created_by: "/bin/sh -c mkdir -p /srv/hello && date -d @0 > /srv/hello/built".to_owned(),
                files: vec![
                    file("srv/hello/", 0o755, ""),
                    file("srv/hello/built", 0o644, "Thu Jan  1 00:00:00 UTC 1970\n"),
                ],
            },
        ],
    }
    .build()
}

fn words(family: Family) -> &'static str {
    match family {
        Family::Docker => "docker",
        Family::Oci => "oci",
        Family::OciWithoutMediaType => "oci without mediaType",
    }
}

/// Owned strings from constants.
pub(crate) fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// Labels or annotations from constants.
pub(crate) fn labels(list: &[(&str, &str)]) -> BTreeMap<String, String> {
    list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
