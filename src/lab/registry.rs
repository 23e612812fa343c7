//! The registry without quirks: the distribution spec 1.1, read only.
//!
//! `Accept` is not looked at: what is stored is what is served, which RFC 9110 (12.5.1) allows and
//! most registries of today do. Reading `Accept` in some other way is a quirk's business.

use serde::Serialize;
use serde_json::{Value, json};

use super::blob;
use super::content::{Repository, Store};
use super::request::LabRequest;
use super::respond::Reply;
use super::route::{Reference, Route, is_name};
use crate::oci::digest::Digest;
use crate::oci::media_type;

/// Answers a request to the registry.
pub fn answer(request: &LabRequest, store: &Store) -> Reply {
    if matches!(request.route, Route::Unknown | Route::Token | Route::Stored { .. }) {
        return Reply::error(404, "UNSUPPORTED", "there is no such endpoint", detail("path", &request.path));
    }
    if !request.is_read() {
        return Reply::error(405, "UNSUPPORTED", "this registry is read only", None)
            .with("Allow", "GET, HEAD");
    }
    let mut home = None;
    if let Some(name) = request.route.repository() {
        if !is_name(name) {
            return Reply::error(400, "NAME_INVALID", "invalid repository name", detail("name", name));
        }
        home = store.repository(name);
        if home.is_none() {
            let message = "repository name not known to registry";
            return Reply::error(404, "NAME_UNKNOWN", message, detail("name", name));
        }
    }
    match (&request.route, home) {
        (Route::PingWithoutSlash, _) => Reply::redirect(301, "/v2/"),
        (Route::Ping, _) => Reply::content(200, "application/json", "{}"),
        (Route::Catalog, _) => catalog(request, store),
        (Route::Manifest { repository, reference }, Some(_)) => {
            manifest(request, store, repository, reference)
        }
        (Route::Blob { digest: Ok(digest), .. }, Some(home)) => content(request, home, digest),
        (Route::Tags { repository }, Some(home)) => tags(request, repository, home),
        (Route::Referrers { repository, digest: Ok(digest) }, Some(_)) => {
            referrers(request, store, repository, digest)
        }
        (Route::Blob { digest: Err(text), .. } | Route::Referrers { digest: Err(text), .. }, _) => {
            malformed(text)
        }
        _ => Reply::error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry", None),
    }
}

fn manifest(request: &LabRequest, store: &Store, repository: &str, reference: &Reference) -> Reply {
    if let Reference::Malformed(text) = reference {
        return malformed(text);
    }
    let Some(stored) = store.manifest(repository, reference) else {
        let detail = detail("reference", reference.as_str());
        return Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown to registry", detail);
    };
    not_modified(request, &stored.digest).unwrap_or_else(|| {
        Reply::content(200, &stored.media_type, stored.bytes.clone())
            .with("Docker-Content-Digest", stored.digest.as_str())
            .with("ETag", format!("\"{}\"", stored.digest))
    })
}

fn content(request: &LabRequest, home: &Repository, digest: &Digest) -> Reply {
    let Some(bytes) = home.blobs.get(digest) else {
        let detail = detail("digest", digest.as_str());
        return Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry", detail);
    };
    not_modified(request, digest)
        .unwrap_or_else(|| blob::serve(request, bytes, digest, "application/octet-stream"))
}

/// `If-None-Match` (RFC 9110, 13.1.2): compared weakly, `*` matches whatever is there.
fn not_modified(request: &LabRequest, digest: &Digest) -> Option<Reply> {
    let etag = format!("\"{digest}\"");
    let lines = request.lines("if-none-match");
    let mut tags = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
        .then(|| Reply::new(304).with("Docker-Content-Digest", digest.as_str()).with("ETag", etag))
}

fn malformed(text: &str) -> Reply {
    Reply::error(400, "DIGEST_INVALID", "the digest is malformed", detail("digest", text))
}

fn tags(request: &LabRequest, repository: &str, home: &Repository) -> Reply {
    #[derive(Serialize)]
    struct Tags<'a> {
        name: &'a str,
        tags: &'a [&'a str],
    }
    page(request, home.tags.keys().map(String::as_str), |tags| json_of(&Tags { name: repository, tags }))
}

fn catalog(request: &LabRequest, store: &Store) -> Reply {
    #[derive(Serialize)]
    struct Catalog<'a> {
        repositories: &'a [&'a str],
    }
    page(request, store.names(), |repositories| json_of(&Catalog { repositories }))
}

fn json_of(value: &impl Serialize) -> Reply {
    Reply::json(200, value)
}

/// A page of a sorted list: at most `n` names after `last`, and a `Link` where more follow.
fn page<'a>(
    request: &LabRequest,
    names: impl Iterator<Item = &'a str>,
    render: impl Fn(&[&'a str]) -> Reply,
) -> Reply {
    let limit = match request.parameter("n").map(|n| (n.parse::<usize>(), n)) {
        None => usize::MAX,
        Some((Ok(n), _)) => n,
        Some((Err(_), n)) => {
            let message = "n is to be a number, and not a negative one";
            // Of the codes that the spec has, the one that fits: it has none for this.
            return Reply::error(400, "UNSUPPORTED", message, detail("n", &n));
        }
    };
    let last = request.parameter("last").unwrap_or_default();
    let rest: Vec<&str> = names.filter(|name| *name > last.as_str()).collect();
    let shown = &rest[..limit.min(rest.len())];
    let reply = render(shown);
    match shown.last() {
        Some(end) if shown.len() < rest.len() => {
            let end: String = url::form_urlencoded::byte_serialize(end.as_bytes()).collect();
            reply.with("Link", format!("<{}?last={end}&n={limit}>; rel=\"next\"", request.path))
        }
        _ => reply,
    }
}

fn referrers(request: &LabRequest, store: &Store, repository: &str, subject: &Digest) -> Reply {
    let wanted = request.parameter("artifactType");
    let index = store.referrers(repository, subject, wanted.as_deref());
    let reply = Reply::content(200, media_type::OCI_INDEX, index);
    if wanted.is_some() { reply.with("OCI-Filters-Applied", "artifactType") } else { reply }
}

fn detail(key: &str, value: &str) -> Option<Value> {
    Some(json!({ key: value }))
}
