//! What the lab holds: repositories, their tags, manifests and blobs.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use serde::Deserialize;

use super::images::model::{Descriptor, Index, to_json};
use super::images::{LabImage, images};
use super::route::Reference;
use super::schema1;
use crate::oci::digest::Digest;
use crate::oci::media_type;

/// A manifest as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The media type it was pushed with.
    pub media_type: String,
    /// Its digest: of the bytes, or of schema 1 of the signed payload.
    pub digest: Digest,
    /// The bytes.
    pub bytes: Bytes,
}

/// One repository.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    /// Tags, in order.
    pub tags: BTreeMap<String, Digest>,
    /// Manifests by digest.
    pub manifests: BTreeMap<Digest, Stored>,
    /// Blobs by digest.
    pub blobs: BTreeMap<Digest, Bytes>,
}

/// All repositories. Content is looked up per repository: there is no cross-repository reading.
#[derive(Debug, Clone, Default)]
pub struct Store {
    repositories: BTreeMap<String, Repository>,
}

impl Store {
    /// The images of the lab, made once per process.
    pub fn standard() -> Arc<Store> {
        static STORE: LazyLock<Arc<Store>> = LazyLock::new(|| Arc::new(Store::of(&images())));
        Arc::clone(&STORE)
    }

    /// A store that holds these images.
    pub fn of(images: &[LabImage]) -> Store {
        let mut store = Store::default();
        for image in images {
            for blob in &image.blobs {
                store.put_blob(image.repository, blob.clone());
            }
            for (tag, media_type, bytes) in &image.manifests {
                store.put_manifest(image.repository, tag.as_deref(), media_type, bytes.clone());
            }
        }
        store
    }

    /// Adds a blob.
    pub fn put_blob(&mut self, repository: &str, bytes: Bytes) -> Digest {
        let digest = Digest::sha256(&bytes);
        self.entry(repository).blobs.insert(digest.clone(), bytes);
        digest
    }

    /// Adds a manifest, by tag or by digest alone.
    pub fn put_manifest(
        &mut self,
        repository: &str,
        tag: Option<&str>,
        media_type: &str,
        bytes: Bytes,
    ) -> Digest {
        let payload = (media_type == media_type::SCHEMA1_SIGNED).then(|| schema1::payload(&bytes)).flatten();
        let digest = Digest::sha256(payload.as_ref().unwrap_or(&bytes));
        let home = self.entry(repository);
        if let Some(tag) = tag {
            home.tags.insert(tag.to_owned(), digest.clone());
        }
        let stored = Stored { media_type: media_type.to_owned(), digest: digest.clone(), bytes };
        home.manifests.insert(digest.clone(), stored);
        digest
    }

    fn entry(&mut self, repository: &str) -> &mut Repository {
        self.repositories.entry(repository.to_owned()).or_default()
    }

    /// The names of all repositories, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.repositories.keys().map(String::as_str)
    }

    /// One repository.
    pub fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories.get(name)
    }

    /// A manifest by tag or digest.
    pub fn manifest(&self, repository: &str, reference: &Reference) -> Option<&Stored> {
        let home = self.repositories.get(repository)?;
        match reference {
            Reference::Tag(tag) => home.manifests.get(home.tags.get(tag)?),
            Reference::Digest(digest) => home.manifests.get(digest),
            Reference::Malformed(_) => None,
        }
    }

    /// A blob by digest.
    pub fn blob(&self, repository: &str, digest: &Digest) -> Option<&Bytes> {
        self.repositories.get(repository)?.blobs.get(digest)
    }

    /// The image index of all manifests whose `subject` is this digest, of one artifact type if
    /// one is given; empty if there are none (distribution-spec, "Listing Referrers").
    pub fn referrers(&self, repository: &str, subject: &Digest, artifact_type: Option<&str>) -> Bytes {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Referring {
            subject: Named,
            artifact_type: Option<String>,
            config: Option<Named>,
            #[serde(default)]
            annotations: BTreeMap<String, String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Named {
            media_type: String,
            digest: String,
        }
        let home = self.repositories.get(repository);
        let stored = home.into_iter().flat_map(|home| home.manifests.values());
        let manifests = stored.filter_map(|stored| {
            let document: Referring = serde_json::from_slice(&stored.bytes).ok()?;
            let found = document.artifact_type.or(document.config.map(|config| config.media_type));
            let wanted = artifact_type.is_none() || artifact_type == found.as_deref();
            (document.subject.digest == subject.as_str() && wanted).then(|| Descriptor {
                artifact_type: found,
                annotations: document.annotations,
                ..Descriptor::of(&stored.media_type, &stored.bytes)
            })
        });
        to_json(&Index {
            schema_version: 2,
            media_type: media_type::OCI_INDEX.to_owned(),
            manifests: manifests.collect(),
        })
    }
}
