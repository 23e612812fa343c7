//! Lists of tags as registries really give them, and the list of repositories that they do not.

use serde_json::{Value, json};

use super::instead::Instead;
use super::sketch::Sketch;
use crate::lab::content::Store;
use crate::lab::request::LabRequest;
use crate::lab::respond::{Body, Reply};
use crate::lab::route::{Reference, Route};

fn is_tags(request: &LabRequest) -> bool {
    matches!(request.route, Route::Tags { .. })
}

/// Whether more than 1000 are asked for.
fn over_1000(request: &LabRequest) -> bool {
    let n = request.parameter("n").and_then(|n| n.parse::<u64>().ok());
    is_tags(request) && n.is_some_and(|n| n > 1000)
}

/// Changes a list of tags that is given; headers are kept.
fn change(request: &LabRequest, reply: &mut Reply, how: impl Fn(&mut Value)) {
    if !is_tags(request) || !reply.is_success() {
        return;
    }
    let Some(mut list) = reply.bytes().and_then(|b| serde_json::from_slice::<Value>(b).ok()) else { return };
    how(&mut list);
    reply.body = Body::Bytes(list.to_string().into());
}

/// How many tags a list has.
fn length(reply: &Reply) -> Option<usize> {
    let list: Value = serde_json::from_slice(reply.bytes()?).ok()?;
    Some(list.get("tags")?.as_array()?.len())
}

/// The tags of the repository that is asked for.
fn held(request: &LabRequest, store: &Store) -> Option<(String, Vec<String>)> {
    let Route::Tags { repository } = &request.route else { return None };
    let home = store.repository(repository).filter(|_| request.is_read())?;
    Some((repository.clone(), home.tags.keys().cloned().collect()))
}

pub(super) const OVER_1000: Sketch = Sketch {
    id: "n-over-1000-rejected",
    about: "more than 1000 tags at once are refused",
    seen_at: &["Amazon ECR", "google/go-containerregistry#681", "google/go-containerregistry#1091"],
    admit: |request| {
        let message = "Invalid parameter at 'maxResults' failed to satisfy constraint: at most 1000";
        over_1000(request).then(|| Reply::error(405, "UNSUPPORTED", message, None))
    },
    ..Sketch::NONE
};

pub(super) const TOO_BIG: Sketch = Sketch {
    id: "n-too-big-400",
    about: "more than 1000 tags at once are PAGINATION_NUMBER_INVALID",
    seen_at: &["distribution 3.1.0, commit c6f552e5d"],
    admit: |request| {
        over_1000(request).then(|| {
            let detail = Some(json!({"n": request.parameter("n")}));
            Reply::error(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested", detail)
        })
    },
    ..Sketch::NONE
};

pub(super) const IGNORED: Instead = Instead {
    id: "n-ignored",
    about: "all tags come at once, whatever n and last say",
    seen_at: &["distribution until 2.8", "GCR", "cue-labs/oci#53"],
    before: |request, store| {
        let (name, tags) = held(request, store)?;
        Some(Reply::json(200, &json!({"name": name, "tags": tags})))
    },
};

pub(super) const NULL_PAST: Sketch = Sketch {
    id: "tags-null-or-empty-past-end",
    about: "after the last tag, tags is null",
    seen_at: &["distribution 3.1.1"],
    after: |request, reply| {
        change(request, reply, |list| {
            if list["tags"] == json!([]) {
                list["tags"] = Value::Null;
            }
        });
    },
    ..Sketch::NONE
};

pub(super) const LAST_UNKNOWN: Instead = Instead {
    id: "last-unknown-404",
    about: "where last is no tag that exists, the list is 404",
    seen_at: &["zot, ListTags"],
    before: |request, store| {
        let (_, tags) = held(request, store)?;
        let last = request.parameter("last").filter(|last| !tags.contains(last))?;
        (!last.is_empty()).then(|| Reply::new(404))
    },
};

pub(super) const NO_BRACKETS: Sketch = Sketch {
    id: "link-without-brackets",
    about: "Link has a whole URL, without angle brackets",
    seen_at: &[
        "Cloudflare's serverless-registry, router.ts",
        "heroku/docker-registry-client#11",
        "project-zot/zot#2116",
    ],
    after: |request, reply| {
        if let Some(link) = reply.header("Link") {
            let path = link.trim_start_matches('<').split('>').next().unwrap_or_default();
            let whole = format!("http://{}{path}; rel=next", request.lab.registry);
            reply.set("Link", whole);
        }
    },
    ..Sketch::NONE
};

pub(super) const FOREIGN: Sketch = Sketch {
    id: "link-absolute-or-foreign",
    about: "Link has a whole URL, with the name that the registry has behind its proxy",
    seen_at: &["Pulp", "spack/spack#43136"],
    after: |_, reply| {
        if let Some(link) = reply.header("Link") {
            let link = link.replacen('<', "<http://internal:24817", 1);
            reply.set("Link", link);
        }
    },
    ..Sketch::NONE
};

pub(super) const EXACT: Sketch = Sketch {
    id: "link-on-exact-page",
    about: "a page that is full has a Link, though nothing follows",
    seen_at: &["Pulp, get_paginated_response"],
    after: |request, reply| {
        let n = request.parameter("n").and_then(|n| n.parse::<usize>().ok());
        let full = n.is_some_and(|n| n > 0 && length(reply) == Some(n));
        if is_tags(request) && full && reply.header("Link").is_none() {
            let link = format!("<{}?n={}&page=2>; rel=\"next\"", request.path, n.unwrap_or_default());
            reply.set("Link", link);
        }
    },
    ..Sketch::NONE
};

pub(super) const GARBAGE: Sketch = Sketch {
    id: "tags-null-or-garbage",
    about: "null and a digest stand among the tags",
    seen_at: &["Sonatype Nexus 3.58", "Artifactory", "containers/skopeo#2409", "containers/skopeo#2346"],
    after: |request, reply| {
        // A page holds no more than was asked for.
        if request.parameter("n").is_some() {
            return;
        }
        change(request, reply, |list| {
            if let Some(tags) = list["tags"].as_array_mut().filter(|tags| !tags.is_empty()) {
                tags.push(Value::Null);
                tags.push(Value::from(format!("sha256:{}", "0".repeat(64))));
            }
        });
    },
    ..Sketch::NONE
};

pub(super) const UNSORTED: Sketch = Sketch {
    id: "tags-unsorted",
    about: "tags come in the wrong order",
    seen_at: &["GHCR", "distribution 2.8", "spack/spack#43136"],
    after: |request, reply| {
        change(request, reply, |list| {
            if let Some(tags) = list["tags"].as_array_mut() {
                tags.reverse();
            }
        });
    },
    ..Sketch::NONE
};

pub(super) const BODY: Sketch = Sketch {
    id: "tags-nonstandard-body",
    about: "the list of tags has child and manifest beside them",
    seen_at: &["GCR", "regclient/regclient, types/tag/taglist.go"],
    after: |request, reply| {
        change(request, reply, |list| {
            list["child"] = json!([]);
            list["manifest"] = json!({});
        });
    },
    ..Sketch::NONE
};

pub(super) const EMPTY_404: Instead = Instead {
    id: "tags-404-when-empty",
    about: "all tags were removed: their list is NAME_UNKNOWN, and manifests are served by digest",
    seen_at: &["distribution", "distribution/distribution#4324"],
    before: |request, _| match &request.route {
        Route::Tags { .. } => {
            Some(Reply::error(404, "NAME_UNKNOWN", "repository name not known to registry", None))
        }
        Route::Manifest { reference: Reference::Tag(_), .. } => {
            Some(Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown", None))
        }
        _ => None,
    },
};

pub(super) const CATALOG: Sketch = Sketch {
    id: "catalog-disabled",
    about: "repositories are not listed",
    seen_at: &["Docker Hub", "GHCR", "oras-project/oras#1128"],
    admit: |request| {
        matches!(request.route, Route::Catalog)
            .then(|| Reply::error(404, "UNSUPPORTED", "the catalog is not offered", None))
    },
    ..Sketch::NONE
};
