//! What single threads report: behaviours that the catalogue tells under another id, or under none.

use super::asked::{by_tag, named, stored, unknown};
use super::instead::Instead;
use super::no_accept_yields_schema1::converted;
use super::sketch::Sketch;
use crate::lab::auth::bearer;
use crate::lab::content::Store;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route, Site};
use crate::lab::storage::signed_url;
use crate::oci::digest::Digest;
use crate::oci::document::parse_document;
use crate::oci::media_type::{DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, SCHEMA1, SCHEMA1_SIGNED, base};

/// A Docker manifest that is asked for by tag, as schema 1.
fn as_schema1(request: &LabRequest, store: &Store) -> Option<Reply> {
    let Route::Manifest { repository, reference: Reference::Tag(tag) } = &request.route else { return None };
    let stored = by_tag(request, store).filter(|stored| stored.media_type == DOCKER_MANIFEST)?;
    converted(store.repository(repository)?, repository, tag, stored)
}

pub(super) const JOINED_SCHEMA1: Instead = Instead {
    id: "joined-accept-yields-schema1",
    about: "an Accept line with commas counts for nothing, and who names nothing gets schema 1 \
            (multi-line-accept-first-only)",
    seen_at: &["Harbor 1.1.1", "containerd/containerd#5632"],
    before: |request, store| {
        let wanted = &by_tag(request, store)?.media_type;
        let lines = request.lines("accept");
        let served = lines.iter().any(|line| !line.contains(',') && base(line) == *wanted);
        if served { None } else { as_schema1(request, store) }
    },
};

pub(super) const SCHEMA1_PREFERRED: Instead = Instead {
    id: "schema1-preferred",
    about: "who names schema 1 among the types gets schema 1, whatever else is named (no-accept-yields-schema1)",
    seen_at: &["old versions of distribution", "google/go-containerregistry#754", "aquasecurity/trivy#591"],
    before: |request, store| {
        let lists_it = named(request, SCHEMA1) || named(request, SCHEMA1_SIGNED);
        if lists_it || !named(request, DOCKER_MANIFEST) { as_schema1(request, store) } else { None }
    },
};

pub(super) const STORED_DIGEST: Instead = Instead {
    id: "converted-with-stored-digest",
    about: "a manifest that is converted to schema 1 comes with the digest of the one that is stored \
            (digest-mismatch)",
    seen_at: &["distribution 2.3.0", "distribution/distribution#1444"],
    before: |request, store| {
        let held = by_tag(request, store)?;
        if named(request, &held.media_type) {
            return None;
        }
        let mut reply = as_schema1(request, store)?;
        reply.set("Docker-Content-Digest", held.digest.as_str());
        reply.set("ETag", format!("\"{}\"", held.digest));
        Some(reply)
    },
};

fn is_manifest(request: &LabRequest) -> bool {
    request.site == Site::Registry && matches!(request.route, Route::Manifest { .. })
}

pub(super) const HEAD_ZERO: Sketch = Sketch {
    id: "head-length-zero",
    about: "HEAD of a manifest announces a Content-Length of 0 (head-get-length-differ)",
    seen_at: &["yusing/godoxy#169", "getnora-io/nora#337", "harrisonwang/wharf#11"],
    after: |request, reply| {
        if is_manifest(request) && request.is_head() && reply.is_success() {
            reply.set("Content-Length", "0");
        }
    },
    ..Sketch::NONE
};

pub(super) const HEAD_403: Sketch = Sketch {
    id: "head-403",
    about: "HEAD of a manifest is 403, GET is served (head-405)",
    seen_at: &["registry.centos.org", "containerd/containerd#6684"],
    admit: |request| {
        (is_manifest(request) && request.is_head())
            .then(|| Reply::content(403, "text/html", "<html><body><h1>403 Forbidden</h1></body></html>"))
    },
    ..Sketch::NONE
};

pub(super) const UNTYPED_PAGE: Sketch = Sketch {
    id: "everything-200-untyped",
    about: "every path is a web page that says Forbidden, with status 200 and no Content-Type (everything-200)",
    seen_at: &["a filter between, docker/cli#5304"],
    admit: |_| {
        let mut page = Reply::new(200);
        page.body = crate::lab::respond::Body::Bytes(
            "<html><head><title>Forbidden</title></head><body>Forbidden</body></html>".into(),
        );
        Some(page)
    },
    after: |_, reply| reply.remove("Docker-Distribution-API-Version"),
};

pub(super) const DOCKER_LABEL: Sketch = Sketch {
    id: "ct-docker-for-oci",
    about: "OCI manifests come with the media type of Docker's (content-type-mismatch)",
    seen_at: &["Nexus", "podman-container-tools/buildah#2266"],
    after: |request, reply| {
        let oci = reply.header("content-type").is_some_and(|t| base(t) == OCI_MANIFEST);
        if is_manifest(request) && oci && reply.is_success() {
            reply.set("Content-Type", DOCKER_MANIFEST);
        }
    },
    ..Sketch::NONE
};

pub(super) const BLOB_HEAD_404: Instead = Instead {
    id: "head-blob-404",
    about: "HEAD of a blob is 404, GET of it is served (head-404-get-200)",
    seen_at: &["a proxy cache that keeps nothing", "distribution/distribution#4747"],
    before: |request, store| {
        let Route::Blob { repository, digest: Ok(digest) } = &request.route else { return None };
        store.blob(repository, digest)?;
        request.is_head().then(|| Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry", None))
    },
};

pub(super) const MANIFEST_AT_BLOBS_HEAD: Instead = Instead {
    id: "manifest-digest-at-blobs-head-200",
    about: "HEAD of a manifest's digest at /blobs/ is 200, GET of it is 404 (manifest-digest-at-blobs-404)",
    seen_at: &["JFrog Artifactory", "containerd/containerd#7390"],
    before: |request, store| {
        let Route::Blob { repository, digest: Ok(digest) } = &request.route else { return None };
        let stored = store.repository(repository)?.manifests.get(digest).filter(|_| request.is_head())?;
        Some(Reply::content(200, "application/octet-stream", stored.bytes.clone()))
    },
};

pub(super) const CHILD_MISSING: Instead = Instead {
    id: "index-child-missing",
    about: "an index is served, and none of the manifests that it names (digest-not-found)",
    seen_at: &["an image of which only the index was pushed", "apple/container#1001"],
    before: |request, store| {
        let Route::Manifest { repository, reference: Reference::Digest(digest) } = &request.route else {
            return None;
        };
        let home = store.repository(repository).filter(|_| request.is_read())?;
        let names = |bytes: &[u8]| {
            let children = parse_document(bytes, None).map(|index| index.manifests).unwrap_or_default();
            children.iter().any(|child| child.digest.as_ref() == Some(digest))
        };
        home.manifests.values().any(|m| names(&m.bytes)).then(|| unknown("manifest unknown"))
    },
};

pub(super) const NEEDS_TAG: Instead = Instead {
    id: "digest-needs-tag",
    about: "a manifest is found by its digest only while a tag points at it (digest-not-found)",
    seen_at: &[
        "artifact-keeper/artifact-keeper#1681",
        "opencontainers/distribution-spec#412",
        "coreos/quay-docs#47",
    ],
    before: |request, store| {
        let Route::Manifest { repository, reference: Reference::Digest(digest) } = &request.route else {
            return None;
        };
        let home = store.repository(repository).filter(|_| request.is_read())?;
        let tagged = home.tags.values().any(|held| held == digest);
        (home.manifests.contains_key(digest) && !tagged).then(|| unknown("manifest unknown"))
    },
};

/// Whether a blob is asked for that some manifest of the repository has for its config.
fn is_config(request: &LabRequest, store: &Store) -> Option<Digest> {
    let Route::Blob { repository, digest: Ok(digest) } = &request.route else { return None };
    let home = store.repository(repository).filter(|_| request.is_read())?;
    let config = |bytes: &[u8]| parse_document(bytes, None).and_then(|d| d.config).and_then(|c| c.digest);
    home.manifests.values().find_map(|m| config(&m.bytes).filter(|config| config == digest))
}

pub(super) const CONFIG_MISSING: Instead = Instead {
    id: "config-blob-missing",
    about: "the manifest is served, its config is 404 at /blobs/, its layers are there (digest-not-found)",
    seen_at: &["a cache that lost it", "rpardini/docker-registry-proxy#147"],
    before: |request, store| {
        is_config(request, store).map(|_| Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry", None))
    },
};

pub(super) const PLAIN_STORAGE: Instead = Instead {
    id: "blob-redirect-plain-http",
    about: "blobs are redirected to an https URL, where plain HTTP is spoken (redirect-target-unreachable)",
    seen_at: &["a content network's host, by way of a proxy", "docker/for-linux#1338"],
    before: |request, store| {
        let Route::Blob { repository, digest: Ok(digest) } = &request.route else { return None };
        store.blob(repository, digest).filter(|_| request.is_read())?;
        let url = signed_url(&request.lab, repository, digest);
        Some(Reply::redirect(307, &url.replacen("http://", "https://", 1)))
    },
};

/// [`bearer`], with its challenges changed.
fn challenged(request: &LabRequest, change: fn(&mut Reply, String)) -> Option<Reply> {
    let mut reply = bearer(request)?;
    if request.route != Route::Token
        && let Some(challenge) = reply.header("www-authenticate").map(str::to_owned)
    {
        change(&mut reply, challenge);
    }
    Some(reply)
}

pub(super) const NEGOTIATE_FIRST: Sketch = Sketch {
    id: "multiple-challenges-negotiate",
    about: "every 401 offers Negotiate first, and Bearer on the next line (multiple-challenges)",
    seen_at: &["registries behind Kerberos", "podman-container-tools/skopeo#375"],
    admit: |request| {
        challenged(request, |reply, challenge| {
            reply.set("WWW-Authenticate", "Negotiate");
            reply.headers.push(("WWW-Authenticate".to_owned(), challenge));
        })
    },
    ..Sketch::NONE
};

pub(super) const ODD_SCHEME: Sketch = Sketch {
    id: "challenge-odd-scheme",
    about: "every 401 has an address for a challenge (challenge-malformed-or-odd)",
    seen_at: &["a proxy that wants OAuth", "podman-container-tools/skopeo#1300"],
    admit: |request| challenged(request, |reply, _| reply.set("WWW-Authenticate", "127.0.0.1")),
    ..Sketch::NONE
};

pub(super) const REFERRERS_PAGE: Sketch = Sketch {
    id: "referrers-200-page",
    about: "the referrers API is a web page, with status 200 (referrers-200-wrong-type)",
    seen_at: &["registries before a single-page application", "sigstore/sigstore-js#1187"],
    admit: |request| {
        matches!(request.route, Route::Referrers { .. })
            .then(|| Reply::content(200, "text/html", "<!doctype html><html><body>Registry</body></html>"))
    },
    ..Sketch::NONE
};

pub(super) const INDEX_BY_TAG_PICKY: Instead = Instead {
    id: "oci-index-not-in-accept-404",
    about: "an OCI index is 404 unless Accept names its type, manifests are served to anyone (oci-not-in-accept-404)",
    seen_at: &["ghcr.io", "cloudfoundry/dockerapplifecycle#13", "patrickbryant1/EvoBind#10"],
    before: |request, store| {
        let held = stored(request, store).filter(|held| held.media_type == OCI_INDEX)?;
        let message = "OCI index found, but Accept header does not support OCI indexes";
        (!named(request, &held.media_type)).then(|| unknown(message))
    },
};
