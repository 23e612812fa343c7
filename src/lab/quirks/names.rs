//! Registries that are particular about names, and about how they are told them.

use super::sketch::Sketch;
use crate::lab::content::Store;
use crate::lab::quirk::Quirk;
use crate::lab::registry;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Reference, Route, Site, is_name};

/// The repository that a request to the registry names.
fn repository(request: &LabRequest) -> Option<&str> {
    request.route.repository().filter(|_| request.site == Site::Registry)
}

/// Docker Hub, or a cache of it, whose official images are those of the lab.
pub(super) struct LibraryPrefix;

impl Quirk for LibraryPrefix {
    fn id(&self) -> &'static str {
        "library-prefix"
    }

    fn about(&self) -> &'static str {
        "the repository lab/<name> is library/<name>, and <name> alone is not there"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["Docker Hub and caches of it", "ciiiii/cloudflare-docker-proxy#17", "oras-project/oras#1151"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let rest = repository(request)?.strip_prefix("library/")?;
        let path = request.path.replacen(&format!("/library/{rest}"), &format!("/lab/{rest}"), 1);
        let route = Route::parse(Site::Registry, &path);
        Some(registry::answer(&LabRequest { path, route, ..request.clone() }, store))
    }
}

pub(super) const NS_REFUSED: Sketch = Sketch {
    id: "ns-query-400",
    about: "a manifest asked for with ns= in the query is 400",
    seen_at: &["registry.opensuse.org", "openSUSE/open-build-service#16186"],
    admit: |request| {
        repository(request)?;
        request.parameter("ns")?;
        Some(Reply::error(400, "UNSUPPORTED", "unknown parameter ns", None))
    },
    ..Sketch::NONE
};

pub(super) const NS_WANTED: Sketch = Sketch {
    id: "ns-query-wanted",
    about: "nothing is found without ns= in the query",
    seen_at: &["Spegel, as a mirror", "containerd/stargz-snapshotter#2363"],
    admit: |request| {
        repository(request)?;
        let told = request.parameter("ns").is_some();
        (!told).then(|| Reply::error(404, "MANIFEST_UNKNOWN", "could not find the upstream", None))
    },
    ..Sketch::NONE
};

pub(super) const SHAPE: Sketch = Sketch {
    id: "name-shape",
    about: "names of fewer than three components are invalid",
    seen_at: &[
        "Google Artifact Registry",
        "docker/build-push-action#171",
        "OpenShift, which wants exactly two: getNamespaceName",
    ],
    admit: |request| {
        let short = repository(request)?.split('/').count() < 3;
        short.then(|| Reply::error(400, "NAME_INVALID", "Missing image name.", None))
    },
    ..Sketch::NONE
};

pub(super) const UPPERCASE: Sketch = Sketch {
    id: "uppercase-name-404-plain",
    about: "a name against the grammar is 404 page not found, in plain text",
    seen_at: &["distribution 2.8 and 3.1, their router"],
    admit: |request| {
        let odd = !is_name(repository(request)?);
        odd.then(|| Reply::content(404, "text/plain; charset=utf-8", "404 page not found\n"))
    },
    ..Sketch::NONE
};

pub(super) const NO_DIGESTS: Sketch = Sketch {
    id: "no-pull-by-digest",
    about: "manifests are found by tag only",
    seen_at: &[
        "docker.pkg.github.com",
        "moby/moby#41687",
        "GitLab's dependency proxy, 2020",
        "containerd#3291",
    ],
    admit: |request| {
        let by_digest = matches!(&request.route, Route::Manifest { reference: Reference::Digest(_), .. });
        by_digest.then(|| Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown", None))
    },
    ..Sketch::NONE
};
