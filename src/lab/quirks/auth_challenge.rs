//! Challenges as registries really send them. Each brings token authentication with it.

use serde_json::Value;

use super::sketch::Sketch;
use crate::lab::auth::{basic, bearer, unauthorized};
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::{Route, Site};

/// [`bearer`], with its challenge rewritten.
fn rewritten(request: &LabRequest, rewrite: impl Fn(&str) -> String) -> Option<Reply> {
    let mut reply = bearer(request)?;
    if request.route != Route::Token
        && let Some(challenge) = reply.header("www-authenticate").map(rewrite)
    {
        reply.set("WWW-Authenticate", challenge);
    }
    Some(reply)
}

fn is_ping(request: &LabRequest) -> bool {
    matches!(request.route, Route::Ping | Route::PingWithoutSlash)
}

pub(super) const MISSING_ON_RESOURCE: Sketch = Sketch {
    id: "challenge-missing-on-resource",
    about: "only /v2/ has a challenge; every other 401 comes without one",
    seen_at: &["gcr.io, 2017", "Keppel before 2025", "containers/image#211", "sapcc/keppel#522"],
    admit: |request| {
        let mut reply = bearer(request)?;
        if !is_ping(request) {
            reply.remove("WWW-Authenticate");
        }
        Some(reply)
    },
    ..Sketch::NONE
};

pub(super) const OPEN_PING: Sketch = Sketch {
    id: "ping-200-resource-401",
    about: "/v2/ lets anyone in; everything else wants a token",
    seen_at: &["zot", "Artifactory", "project-zot/zot#3868", "containers/podman#4254"],
    admit: |request| if is_ping(request) { None } else { bearer(request) },
    ..Sketch::NONE
};

pub(super) const CLOSED_PING: Sketch = Sketch {
    id: "ping-401-resource-200",
    about: "/v2/ wants a token; everything else lets anyone in",
    seen_at: &["Nexus", "sonatype/nexus-public#217"],
    admit: |request| {
        if is_ping(request) || request.route == Route::Token { bearer(request) } else { None }
    },
    ..Sketch::NONE
};

pub(super) const CHALLENGE_WITH_200: Sketch = Sketch {
    id: "ping-200-with-challenge",
    about: "/v2/ is answered 200, with a Basic challenge",
    seen_at: &["zot, CheckVersionSupport"],
    after: |request, reply| {
        if is_ping(request) && reply.is_success() {
            reply.set("WWW-Authenticate", "basic realm=zot");
        }
    },
    ..Sketch::NONE
};

pub(super) const BY_USER_AGENT: Sketch = Sketch {
    id: "ping-varies-by-user-agent",
    about: "/v2/ wants Basic of docker engines, and nothing of others",
    seen_at: &["zot, authn.go", "project-zot/zot#3868", "project-zot/zot#3992"],
    admit: |request| {
        let engine = request.header("user-agent").is_some_and(|agent| agent.starts_with("docker/"));
        let asked = is_ping(request) && engine && basic(request) != Some(true);
        asked.then(|| unauthorized("Basic realm=\"lab\""))
    },
    ..Sketch::NONE
};

pub(super) const MALFORMED: Sketch = Sketch {
    id: "challenge-malformed-or-odd",
    about: "challenges have semicolons for commas",
    seen_at: &["Nexus", "OpenShift", "devcontainers/cli#884", "camallo/dkregistry-rs#210"],
    admit: |request| rewritten(request, |challenge| challenge.replace("\",", "\";")),
    ..Sketch::NONE
};

pub(super) const MULTIPLE: Sketch = Sketch {
    id: "multiple-challenges",
    about: "every 401 offers Bearer on one line and Basic on another",
    seen_at: &["Gitea, ReqContainerAccess", "google/go-containerregistry#1075"],
    admit: |request| {
        let reply = bearer(request)?;
        Some(if request.route == Route::Token {
            reply
        } else {
            reply.with("WWW-Authenticate", "Basic realm=\"lab\"")
        })
    },
    ..Sketch::NONE
};

pub(super) const NO_SERVICE: Sketch = Sketch {
    id: "challenge-missing-service",
    about: "challenges name no service",
    seen_at: &["nvcr.io", "Gitea", "hpc/charliecloud#897"],
    admit: |request| rewritten(request, |challenge| challenge.replace(",service=\"lab\"", "")),
    ..Sketch::NONE
};

pub(super) const SCOPE: Sketch = Sketch {
    id: "challenge-missing-or-placeholder-scope",
    about: "the challenge of /v2/ has a placeholder for a scope, and its scope is refused",
    seen_at: &["GHCR", "oras-project/oras#1128"],
    admit: |request| {
        let placeholder = "repository:user/image:pull";
        if request.route == Route::Token && request.parameters("scope").iter().any(|s| s == placeholder) {
            return Some(Reply::error(403, "DENIED", "requested access to the resource is denied", None));
        }
        rewritten(request, |challenge| {
            if is_ping(request) {
                format!("{challenge},scope=\"{placeholder}\"")
            } else {
                challenge.to_owned()
            }
        })
    },
    ..Sketch::NONE
};

pub(super) const AFTER_EXPIRY: Sketch = Sketch {
    id: "challenge-changes-after-expiry",
    about: "a token that is not valid is sent to another realm, where there is nothing",
    seen_at: &["nvcr.io, 2026", "NVIDIA/nvidia-container-toolkit#1945"],
    admit: |request| {
        rewritten(request, |challenge| {
            if challenge.contains("invalid_token") {
                challenge.replace("/token\"", "/expired\"")
            } else {
                challenge.to_owned()
            }
        })
    },
    ..Sketch::NONE
};

pub(super) const WITH_AUTHORIZATION: Sketch = Sketch {
    id: "challenge-changes-with-authorization",
    about: "a refused Authorization is answered with a Basic challenge",
    seen_at: &["Harbor, v2auth/auth.go"],
    admit: |request| {
        rewritten(request, |challenge| match request.header("authorization") {
            Some(_) => "Basic realm=\"harbor\"".to_owned(),
            None => challenge.to_owned(),
        })
    },
    ..Sketch::NONE
};

pub(super) const PREEMPTIVE_BASIC: Sketch = Sketch {
    id: "preemptive-basic-400",
    about: "Basic credentials are answered 400",
    seen_at: &["ECR Public", "SgtSilvio/gradle-oci#143"],
    admit: |request| {
        if request.site == Site::Registry && request.route != Route::Token && basic(request).is_some() {
            return Some(Reply::error(400, "DENIED", "Your Authorization Token is invalid.", None));
        }
        bearer(request)
    },
    ..Sketch::NONE
};

pub(super) const ODD_URL: Sketch = Sketch {
    id: "realm-http-or-double-slash",
    about: "the realm has a slash too many",
    seen_at: &["Harbor behind a TLS proxy", "goharbor/harbor#3114"],
    admit: |request| {
        if request.path == "//token" {
            return bearer(&LabRequest { route: Route::Token, ..request.clone() });
        }
        rewritten(request, |challenge| challenge.replace("/token\"", "//token\""))
    },
    ..Sketch::NONE
};

pub(super) const FOREIGN: Sketch = Sketch {
    id: "realm-private-or-foreign-host",
    about: "the realm is on another host, where nobody listens",
    seen_at: &["distribution, realmAllowed", "google/go-containerregistry, validateRealmURL"],
    admit: |request| {
        let here = format!("http://{}/token", request.lab.registry);
        rewritten(request, |challenge| challenge.replace(&here, "http://127.0.0.2:9/token"))
    },
    ..Sketch::NONE
};

pub(super) const BEFORE_AUTH: Sketch = Sketch {
    id: "404-before-auth",
    about: "there are no referrers, and the router says so before a token is asked for",
    seen_at: &["distribution with htpasswd or token authentication"],
    admit: |request| match request.route {
        Route::Referrers { .. } => {
            Some(Reply::content(404, "text/plain; charset=utf-8", "404 page not found\n"))
        }
        _ => bearer(request),
    },
    ..Sketch::NONE
};

/// The token endpoint's answer, changed.
fn grant(request: &LabRequest, reply: &mut Reply, change: impl Fn(&mut serde_json::Map<String, Value>)) {
    if request.route != Route::Token || !reply.is_success() {
        return;
    }
    let parsed = reply.bytes().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
    if let Some(Value::Object(mut fields)) = parsed {
        change(&mut fields);
        *reply = Reply::json(200, &fields);
    }
}

/// Whether a token of the lab came with the request that is good for it.
fn has_token(request: &LabRequest) -> bool {
    request.route != Route::Token && bearer(request).is_none()
}

pub(super) const FIELD_NAME: Sketch = Sketch {
    id: "token-field-name",
    about: "the token comes as access_token alone",
    seen_at: &["google/go-containerregistry#54", "krustlet/krustlet#255"],
    admit: bearer,
    after: |request, reply| {
        grant(request, reply, |fields| {
            fields.remove("token");
        });
    },
};

pub(super) const NO_POST: Sketch = Sketch {
    id: "oauth-post-unsupported",
    about: "the token endpoint knows no POST",
    seen_at: &["GCR, 2017", "Gitea", "containerd, authorizer.go", "go-gitea/gitea#31861"],
    admit: |request| {
        if request.route == Route::Token && request.method == http::Method::POST {
            return Some(Reply::content(404, "text/plain", "404 page not found"));
        }
        bearer(request)
    },
    ..Sketch::NONE
};

pub(super) const WANTS_SERVICE: Sketch = Sketch {
    id: "token-endpoint-requires-service",
    about: "the token endpoint refuses a request without service",
    seen_at: &["Pulp, BearerTokenView"],
    admit: |request| {
        let get = request.route == Route::Token && request.method == http::Method::GET;
        if get && request.parameter("service").is_none() {
            return Some(Reply::json(400, &serde_json::json!(["No service name provided."])));
        }
        bearer(request)
    },
    ..Sketch::NONE
};

pub(super) const LITERAL: Sketch = Sketch {
    id: "anonymous-literal-token",
    about: "the token of the anonymous is the word anonymous",
    seen_at: &["OpenShift's internal registry, token.go"],
    admit: |request| {
        let get = request.route == Route::Token && request.method == http::Method::GET;
        if get && request.header("authorization").is_none() {
            let token = serde_json::json!({
                "token": "anonymous", "access_token": "anonymous", "expires_in": 300
            });
            return Some(Reply::json(200, &token));
        }
        // The anonymous may pull, and no more.
        if request.header("authorization") == Some("Bearer anonymous") && request.route != Route::Catalog {
            return None;
        }
        bearer(request)
    },
    ..Sketch::NONE
};

pub(super) const EXPIRY: Sketch = Sketch {
    id: "token-expiry-default-60s",
    about: "tokens come without expires_in",
    seen_at: &["distribution, token.md", "containers/image, minimumTokenLifetimeSeconds"],
    admit: bearer,
    after: |request, reply| {
        grant(request, reply, |fields| {
            fields.remove("expires_in");
        });
    },
};

/// Refuses a good token with a challenge that has this error.
fn refuse(request: &LabRequest, error: &str) -> Option<Reply> {
    if !has_token(request) || is_ping(request) {
        return bearer(request);
    }
    let name = request.route.repository().unwrap_or_default();
    Some(unauthorized(&format!(
        "Bearer realm=\"http://{}/token\",service=\"lab\",scope=\"repository:{name}:pull\"{error}",
        request.lab.registry
    )))
}

pub(super) const EMPTY_ACCESS: Sketch = Sketch {
    id: "token-200-but-empty-access",
    about: "tokens are granted to anyone, and grant nothing",
    seen_at: &["Docker Hub", "docker-archive/docker-registry#1071", "oras-project/oras#1151"],
    admit: |request| refuse(request, ",error=\"insufficient_scope\""),
    ..Sketch::NONE
};

pub(super) const AFTER_FRESH_TOKEN: Sketch = Sketch {
    id: "401-after-fresh-token",
    about: "good tokens are answered 401, as if nothing had been sent",
    seen_at: &["cue-labs/oci, Test401ResponseWithJustAcquiredToken"],
    admit: |request| refuse(request, ""),
    ..Sketch::NONE
};

pub(super) const CLOCK_SKEW: Sketch = Sketch {
    id: "token-clock-skew",
    about: "the token server's clock is five minutes ahead, and its tokens are not valid yet",
    seen_at: &["Docker Hub, 2016", "docker/hub-feedback#647", "cesanta/docker_auth#59"],
    admit: |request| refuse(request, ",error=\"invalid_token\""),
    after: |request, reply| {
        if request.route == Route::Token {
            let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(300);
            reply.set("Date", httpdate::fmt_http_date(ahead));
        }
    },
};

pub(super) const DENIES: Sketch = Sketch {
    id: "token-endpoint-denies",
    about: "the token endpoint refuses any repository",
    seen_at: &["GHCR", "GitLab", "containers/podman#10342", "argoproj/argo-cd#26260"],
    admit: |request| {
        let scoped = request.route == Route::Token && request.parameter("scope").is_some();
        if scoped {
            let message = "permission denied on resource (or it may not exist)";
            return Some(Reply::error(403, "DENIED", message, None));
        }
        bearer(request)
    },
    ..Sketch::NONE
};

pub(super) const MASKED: Sketch = Sketch {
    id: "private-masked",
    about: "with a token, every repository is refused with 403, those that do not exist too",
    seen_at: &["GAR", "GitLab", "Artifactory", "docker/hub-feedback#728"],
    admit: |request| {
        bearer(request).or_else(|| {
            request.route.repository().filter(|_| request.site == Site::Registry)?;
            let message = "permission denied on resource (or it may not exist)";
            Some(Reply::error(403, "DENIED", message, None))
        })
    },
    ..Sketch::NONE
};

pub(super) const METADATA_READ: Sketch = Sketch {
    id: "metadata-read-scope",
    about: "a token that pulls does not list tags",
    seen_at: &["ACR", "argoproj-labs/argocd-image-updater#473", "Azure/acr#676"],
    admit: |request| {
        bearer(request).or_else(|| {
            let Route::Tags { repository } = &request.route else { return None };
            let detail = serde_json::json!([
                {"Type": "repository", "Name": repository, "Action": "metadata_read"}
            ]);
            Some(Reply::error(401, "UNAUTHORIZED", "authentication required", Some(detail)))
        })
    },
    ..Sketch::NONE
};
