//! A registry of one image, of which each part can be replaced.

use regprobe::oci::digest::Digest;

use crate::server::{Act, Asked, Reply};

pub(crate) const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(crate) const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const CONFIG_TYPE: &str = "application/vnd.docker.container.image.v1+json";
pub(crate) const LAYER_TYPE: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

pub(crate) fn digest(bytes: &[u8]) -> String {
    Digest::sha256(bytes).to_string()
}

/// A digest of nothing that exists.
pub(crate) fn made_up(number: usize) -> String {
    format!("sha256:{number:064x}")
}

/// What a tag, digests and the list of tags are answered with.
#[derive(Clone)]
pub(crate) struct Image {
    pub(crate) index: Option<Vec<u8>>,
    pub(crate) manifest: Vec<u8>,
    pub(crate) manifest_type: String,
    pub(crate) config: Vec<u8>,
    pub(crate) layer: Vec<u8>,
    pub(crate) tags: Vec<u8>,
    /// Put on every answer.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

impl Image {
    /// As any registry has it.
    pub(crate) fn plain() -> Image {
        Image::of_config(
            r#"{"architecture":"amd64","os":"linux","config":{"Env":["A=b"]},"rootfs":{"type":"layers","diff_ids":[]}}"#,
        )
    }

    /// With this config, and a manifest that names it.
    pub(crate) fn of_config(config: impl Into<Vec<u8>>) -> Image {
        let (config, layer) = (config.into(), b"layer".to_vec());
        let manifest = manifest_of(&config, &descriptor(LAYER_TYPE, &layer));
        Image::of_manifest(manifest).config(config)
    }

    /// With this manifest.
    pub(crate) fn of_manifest(manifest: impl Into<Vec<u8>>) -> Image {
        Image {
            index: None,
            manifest: manifest.into(),
            manifest_type: DOCKER.to_owned(),
            config: b"{}".to_vec(),
            layer: b"layer".to_vec(),
            tags: br#"{"name":"a/b","tags":["c"]}"#.to_vec(),
            headers: Vec::new(),
        }
    }

    fn config(mut self, config: Vec<u8>) -> Image {
        self.config = config;
        self
    }

    pub(crate) fn under(mut self, index: impl Into<Vec<u8>>) -> Image {
        self.index = Some(index.into());
        self
    }

    pub(crate) fn typed(mut self, manifest_type: &str) -> Image {
        self.manifest_type = manifest_type.to_owned();
        self
    }

    pub(crate) fn tags(mut self, tags: impl Into<Vec<u8>>) -> Image {
        self.tags = tags.into();
        self
    }

    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Image {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Answers as an honest registry does.
    pub(crate) fn reply(&self, asked: &Asked) -> Reply {
        let path = asked.path.split('?').next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        let reply = if asked.is_ping() {
            Reply::json("{}")
        } else if path.ends_with("/tags/list") {
            Reply::json(self.tags.clone())
        } else if path.contains("/manifests/") {
            let tagged = self.index.as_deref().map(|index| (INDEX, index));
            let manifest = (self.manifest_type.as_str(), self.manifest.as_slice());
            let tagged = tagged.unwrap_or(manifest);
            [
                (last == "c", tagged),
                (last == digest(tagged.1), tagged),
                (last == digest(manifest.1), manifest),
            ]
            .into_iter()
            .find_map(|(asked_for, (kind, body))| {
                asked_for.then(|| Reply::ok(kind, body).with("docker-content-digest", digest(body)))
            })
            .unwrap_or_else(Reply::not_found)
        } else {
            [&self.config, &self.layer]
                .into_iter()
                .find(|blob| last == digest(blob))
                .map_or_else(Reply::not_found, |blob| Reply::ok("application/octet-stream", blob.clone()))
        };
        self.headers.iter().fold(reply, |reply, (name, value)| reply.with(name, value))
    }

    pub(crate) fn act(&self, asked: &Asked) -> Act {
        self.reply(asked).act()
    }
}

/// A descriptor of these bytes, as JSON.
pub(crate) fn descriptor(media_type: &str, bytes: &[u8]) -> String {
    format!(r#"{{"mediaType":"{media_type}","digest":"{}","size":{}}}"#, digest(bytes), bytes.len())
}

/// A Docker manifest of this config and these layers (JSON, comma-separated).
pub(crate) fn manifest_of(config: &[u8], layers: &str) -> String {
    let config = descriptor(CONFIG_TYPE, config);
    format!(r#"{{"schemaVersion":2,"mediaType":"{DOCKER}","config":{config},"layers":[{layers}]}}"#)
}

/// An OCI index of these entries (JSON, comma-separated).
pub(crate) fn index_of(entries: &str) -> String {
    format!(r#"{{"schemaVersion":2,"mediaType":"{INDEX}","manifests":[{entries}]}}"#)
}

/// An index entry for linux/amd64.
pub(crate) fn entry(manifest: &[u8]) -> String {
    format!(
        r#"{{"mediaType":"{DOCKER}","digest":"{}","size":{},"platform":{{"architecture":"amd64","os":"linux"}}}}"#,
        digest(manifest),
        manifest.len()
    )
}
