//! Redirects as registries really send them.

use super::sketch::Sketch;
use crate::lab::auth::{bearer, unauthorized};
use crate::lab::content::Store;
use crate::lab::context::Context;
use crate::lab::quirk::Quirk;
use crate::lab::registry;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Route, Site};
use crate::lab::storage::{error, shared_url, signed_url};
use crate::oci::digest::Digest;

/// Turns the answer that gives a blob into a redirect to where it is.
fn elsewhere(
    request: &LabRequest,
    reply: &mut Reply,
    status: u16,
    url: impl Fn(&Context, &str, &Digest) -> String,
) {
    let Route::Blob { repository, digest: Ok(digest) } = &request.route else { return };
    if request.site == Site::Registry && matches!(reply.status, 200 | 206) {
        *reply = Reply::redirect(status, &url(&request.lab, repository, digest))
            .with("Docker-Distribution-Api-Version", "registry/2.0");
    }
}

pub(super) const AZURE: Sketch = Sketch {
    id: "blob-redirect-strip-auth-azure",
    about: "blobs are redirected to a URL with a shared access signature, where Authorization is refused",
    seen_at: &[
        "Azure Container Registry",
        "distribution on Azure storage",
        "Azure/acr#217",
        "spring-cloud/spring-cloud-dataflow#4412",
    ],
    admit: |request| {
        (request.site == Site::Storage && request.header("authorization").is_some()).then(|| {
            error(
                400,
                "InvalidAuthenticationInfo",
                "Authentication information is not given in the correct format. Check the value of \
                 Authorization header.",
            )
        })
    },
    after: |request, reply| elsewhere(request, reply, 307, shared_url),
};

pub(super) const SUBDOMAIN: Sketch = Sketch {
    id: "redirect-to-subdomain-keeps-auth",
    about: "blobs are redirected to a subdomain of the registry's own name, where Authorization is refused",
    seen_at: &["moby/moby#50065"],
    admit: |request| {
        (request.site == Site::Storage && request.header("authorization").is_some())
            .then(|| error(400, "InvalidArgument", "Only one auth mechanism allowed"))
    },
    after: |request, reply| {
        elsewhere(request, reply, 307, |lab, repository, digest| {
            let url = signed_url(lab, repository, digest);
            let host = request.header("host").unwrap_or_default();
            let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
            // An address has no subdomains: asked by address, the storage is where it is.
            if host.is_empty() || host.starts_with('[') || host.parse::<std::net::IpAddr>().is_ok() {
                return url;
            }
            let subdomain = format!("http://storage.{host}:{}", lab.storage.port());
            url.replacen(&format!("http://{}", lab.storage), &subdomain, 1)
        });
    },
};

pub(super) const GET_ONLY: Sketch = Sketch {
    id: "presigned-for-get-only",
    about: "blobs are redirected to a URL that is signed for GET, to HEAD as well",
    seen_at: &[
        "S3 and what speaks like it",
        "distribution/distribution#2055",
        "pulp_container, redirects.py",
    ],
    admit: |request| {
        (request.site == Site::Storage && request.is_head()).then(|| {
            error(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        })
    },
    after: |request, reply| elsewhere(request, reply, 307, signed_url),
};

pub(super) const BYTE_EXACT: Sketch = Sketch {
    id: "signed-url-must-be-byte-exact",
    about: "signed URLs are rewritten on their way, and refused",
    seen_at: &["pulp_container (aiohttp rewriting URLs)", "zot, notes on signed URLs"],
    after: |request, reply| {
        elsewhere(request, reply, 307, |lab, repository, digest| {
            signed_url(lab, repository, digest).replace("%2F", "/")
        });
    },
    ..Sketch::NONE
};

pub(super) const STATUS: Sketch = Sketch {
    id: "redirect-status-variants",
    about: "blobs are redirected with 302",
    seen_at: &["Pulp, redirects.py", "distribution, zot, ECR and ACR (307)"],
    after: |request, reply| elsewhere(request, reply, 302, signed_url),
    ..Sketch::NONE
};

pub(super) const LOGIN: Sketch = Sketch {
    id: "token-endpoint-redirects-to-login",
    about: "the token endpoint is redirected to a page to sign in at",
    seen_at: &["k8s.gcr.io, 2024", "containers/image#2454"],
    admit: |request| {
        if request.route == Route::Token {
            return Some(Reply::redirect(302, "/signin?continue=token"));
        }
        if request.path == "/signin" {
            let page = "<!doctype html><html><head><title>Sign in</title></head><body>Sign in</body></html>";
            return Some(Reply::content(200, "text/html; charset=utf-8", page));
        }
        bearer(request)
    },
    ..Sketch::NONE
};

/// A registry of which all or part has moved to another host.
pub(super) struct Moved {
    id: &'static str,
    about: &'static str,
    seen_at: &'static [&'static str],
    /// Whether the new place has everything, and wants a token of its own.
    closed: bool,
}

pub(super) const MANIFEST: Moved = Moved {
    id: "redirect-on-manifest-cross-host",
    about: "manifests are redirected to another registry",
    seen_at: &["registry.k8s.io", "gcr.io to pkg.dev", "kubernetes/registry.k8s.io#116"],
    closed: false,
};

pub(super) const IMPOSSIBLE: Moved = Moved {
    id: "redirect-plan-impossible-with-auth",
    about: "everything is redirected to another registry, which wants a token",
    seen_at: &["domains moved to ghcr.io", "tektoncd/plumbing#2340"],
    closed: true,
};

impl Quirk for Moved {
    fn id(&self) -> &'static str {
        self.id
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn seen_at(&self) -> &'static [&'static str] {
        self.seen_at
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        if request.site == Site::Registry {
            let moves = self.closed || matches!(request.route, Route::Manifest { .. });
            return moves.then(|| {
                let query = if request.query.is_empty() { "" } else { "?" };
                let to = format!("http://{}{}{query}{}", request.lab.storage, request.path, request.query);
                Reply::redirect(307, &to)
            });
        }
        if request.path != "/v2" && !request.path.starts_with("/v2/") {
            return None;
        }
        if self.closed && request.header("authorization").is_none() {
            let realm = format!("http://{}/token", request.lab.storage);
            return Some(unauthorized(&format!("Bearer realm=\"{realm}\",service=\"elsewhere\"")));
        }
        let route = Route::parse(Site::Registry, &request.path);
        Some(registry::answer(&LabRequest { route, ..request.clone() }, store))
    }
}
