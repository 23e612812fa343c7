//! What stands before a registry, and answers in its place or changes what it says.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::sketch::Sketch;
use crate::lab::request::LabRequest;
use crate::lab::respond::{Body, Reply};
use crate::lab::route::{Route, Site};

fn page(status: u16, title: &str) -> Reply {
    let text = format!(
        "<!doctype html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    );
    Reply::content(status, "text/html; charset=utf-8", text)
}

fn at_registry(request: &LabRequest) -> bool {
    request.site == Site::Registry
}

pub(super) const EVERYTHING_200: Sketch = Sketch {
    id: "everything-200",
    about: "every path is the same web page, with status 200",
    seen_at: &["parked domains", "single-page applications", "containers/image, docker_image_dest.go"],
    admit: |_| Some(page(200, "Welcome")),
    after: anonymous,
};

pub(super) const MISSING_200: Sketch = Sketch {
    id: "everything-200-for-missing",
    about: "what does not exist is a web page with status 200 (everything-200)",
    seen_at: &["nginx with error_page 404 =200"],
    after: |request, reply| {
        if at_registry(request) && reply.status == 404 {
            *reply = page(200, "Welcome");
        }
    },
    ..Sketch::NONE
};

pub(super) const NOT_MAPPED: Sketch = Sketch {
    id: "not-mapped-html-404",
    about: "a web server that has nothing at /v2/",
    seen_at: &["Artifactory", "jfrog/charts#629", "jfrog/charts#455"],
    admit: |_| Some(page(404, "404 Not Found")),
    after: anonymous,
};

pub(super) const ARTIFACTORY: Sketch = Sketch {
    id: "not-mapped-artifactory",
    about: "a path without a repository's key in it (not-mapped-html-404)",
    seen_at: &["Artifactory", "jfrog/artifactory-docker-examples#135"],
    admit: |request| {
        at_registry(request).then(|| {
            let message = "Unsupported docker v2 repository request for 'null'";
            Reply::json(400, &json!({"errors": [{"status": 400, "message": message}]}))
        })
    },
    ..Sketch::NONE
};

/// Takes away what only a registry says.
fn anonymous(_: &LabRequest, reply: &mut Reply) {
    reply.remove("Docker-Distribution-API-Version");
}

/// Compresses JSON, as nginx does: the length goes, the entity tag turns weak, the digest stays.
fn gzip(request: &LabRequest, reply: &mut Reply) {
    let json = reply.header("content-type").is_some_and(|t| t.contains("json"));
    let Some(bytes) = reply.bytes().cloned().filter(|_| at_registry(request) && json && reply.is_success())
    else {
        return;
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let Ok(coded) = encoder.write_all(&bytes).and_then(|()| encoder.finish()) else { return };
    reply.remove("Content-Length");
    reply.set("Content-Encoding", "gzip");
    reply.set("Vary", "Accept-Encoding");
    if let Some(etag) = reply.header("etag").map(|e| format!("W/{}", e.trim_start_matches("W/"))) {
        reply.set("ETag", etag);
    }
    reply.body = Body::Chunked(coded.into());
}

pub(super) const GZIPS: Sketch = Sketch {
    id: "proxy-gzips",
    about: "JSON is compressed where Accept-Encoding names gzip",
    seen_at: &["nginx with gzip on", "Cloudflare", "Apache's mod_deflate", "oras-project/oras-go#1177"],
    after: |request, reply| {
        if request.header("accept-encoding").is_some_and(|v| v.contains("gzip")) {
            gzip(request, reply);
        }
    },
    ..Sketch::NONE
};

pub(super) const GZIPS_ALWAYS: Sketch = Sketch {
    id: "proxy-gzips-always",
    about: "JSON is compressed, whatever Accept-Encoding says (proxy-gzips)",
    seen_at: &["files stored compressed behind a static host"],
    after: gzip,
    ..Sketch::NONE
};

fn says(request: &LabRequest, name: &str) -> bool {
    request.header("user-agent").is_some_and(|agent| agent.starts_with(name))
}

pub(super) const AGENT_BLOCKED: Sketch = Sketch {
    id: "user-agent-blocked",
    about: "a firewall refuses this tool by its User-Agent, with a web page",
    seen_at: &["registry.k8s.io", "docker-registry.wikimedia.org", "kubernetes/registry.k8s.io#286"],
    admit: |request| says(request, "regprobe").then(|| page(403, "Just a moment...")),
    ..Sketch::NONE
};

pub(super) const DOCKER_BLOCKED: Sketch = Sketch {
    id: "user-agent-blocked-docker",
    about: "a firewall refuses engines by their User-Agent (user-agent-blocked)",
    seen_at: &["getwud/wud#685"],
    admit: |request| says(request, "docker/").then(|| page(403, "Forbidden")),
    ..Sketch::NONE
};

pub(super) const GEO_BLOCKED: Sketch = Sketch {
    id: "geo-blocked",
    about: "blobs are not given to addresses of this place",
    seen_at: &["Quay, errors.py, BlobDownloadGeoBlocked"],
    admit: |request| {
        matches!(request.route, Route::Blob { .. }).then(|| {
            let message = "The region from which you are pulling has been geo-ip blocked";
            Reply::error(403, "DENIED", message, None)
        })
    },
    ..Sketch::NONE
};

pub(super) const GEO_PAGE: Sketch = Sketch {
    id: "geo-blocked-page",
    about: "a content network refuses this place, with a page (geo-blocked)",
    seen_at: &["Docker Hub behind Cloudflare", "hpcng/singularity#1091"],
    admit: |_| Some(page(403, "The owner of this website has used Cloudflare to restrict access")),
    after: anonymous,
};

pub(super) const COOKIES: Sketch = Sketch {
    id: "set-cookie-csrf",
    about: "every answer sets a session cookie",
    seen_at: &["Harbor", "GitHub", "goharbor/harbor#19201"],
    after: |request, reply| {
        if at_registry(request) {
            reply.headers.push(("Set-Cookie".to_owned(), "sid=1f2e3d; Path=/; HttpOnly".to_owned()));
        }
    },
    ..Sketch::NONE
};

pub(super) const NO_API_VERSION: Sketch = Sketch {
    id: "api-version-header-missing",
    about: "no Docker-Distribution-API-Version",
    seen_at: &["cloudflare/serverless-registry, router.ts", "static hosts"],
    after: anonymous,
    ..Sketch::NONE
};

pub(super) const NO_SLASH: Sketch = Sketch {
    id: "ping-no-slash",
    about: "/v2 is 404",
    seen_at: &["GHCR", "Nexus", "argoproj-labs/argocd-image-updater#278"],
    after: |request, reply| {
        if request.route == Route::PingWithoutSlash {
            *reply = page(404, "404 Not Found");
        }
    },
    ..Sketch::NONE
};

pub(super) const WRONG_PORT: Sketch = Sketch {
    id: "ping-no-slash-wrong-port",
    about: "/v2 is redirected to an inner port (ping-no-slash)",
    seen_at: &["Harbor behind nginx", "deckhouse/deckhouse#7049"],
    after: |request, reply| {
        if request.route == Route::PingWithoutSlash {
            *reply = Reply::redirect(301, "http://127.0.0.1:9/v2/");
        }
    },
    ..Sketch::NONE
};
