//! Authentication that quirks share: one user, and a token endpoint after distribution's token spec.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Method;
use serde::Serialize;

use super::request::LabRequest;
use super::respond::Reply;
use super::route::{Route, Site};
use crate::oci::digest::Digest;

/// The lab's one user.
pub const USER: &str = "lab";
/// The user's password.
pub const PASSWORD: &str = "lab";
/// The `service` of the lab's challenges.
pub const SERVICE: &str = "lab";

/// 401 in the spec's envelope, with a challenge.
pub fn unauthorized(challenge: &str) -> Reply {
    Reply::error(401, "UNAUTHORIZED", "authentication required", None).with("WWW-Authenticate", challenge)
}

/// Whether Basic credentials were sent, and whether they are the lab's.
pub fn basic(request: &LabRequest) -> Option<bool> {
    let (scheme, rest) = request.header("authorization")?.split_once(' ')?;
    let right = || STANDARD.decode(rest.trim()).is_ok_and(|v| v == format!("{USER}:{PASSWORD}").as_bytes());
    scheme.eq_ignore_ascii_case("basic").then(right)
}

/// Token authentication as a whole: the answer of the token endpoint, or a challenge to a request
/// that has no token for what it asks, or `None` for one that may come in.
pub fn bearer(request: &LabRequest) -> Option<Reply> {
    if request.site != Site::Registry {
        return None;
    }
    if request.route == Route::Token {
        return Some(grant(request));
    }
    let wanted = scope(&request.route);
    let error = match request.header("authorization").and_then(|value| value.split_once(' ')) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => match granted(token.trim()) {
            None => ",error=\"invalid_token\"",
            Some(scopes) if wanted.as_ref().is_none_or(|w| scopes.iter().any(|s| s == w)) => return None,
            Some(_) => ",error=\"insufficient_scope\"",
        },
        _ => "",
    };
    let scope = wanted.map(|scope| format!(",scope=\"{scope}\"")).unwrap_or_default();
    Some(unauthorized(&format!(
        "Bearer realm=\"http://{}/token\",service=\"{SERVICE}\"{scope}{error}",
        request.lab.registry
    )))
}

/// What a token must grant for a route; `None` where any token will do.
fn scope(route: &Route) -> Option<String> {
    match route {
        Route::Catalog => Some("registry:catalog:*".to_owned()),
        _ => route.repository().map(|name| format!("repository:{name}:pull")),
    }
}

/// The token endpoint: pulling for anyone, more for nobody.
fn grant(request: &LabRequest) -> Reply {
    #[derive(Serialize)]
    struct Grant {
        token: String,
        access_token: String,
        expires_in: u32,
        scope: String,
    }
    let (asked, refused) = match request.method {
        Method::GET => (request.parameters("scope"), basic(request) == Some(false)),
        Method::POST => {
            let field = |name: &str| request.form(name).into_iter().next().unwrap_or_default();
            let right = field("grant_type") == "password"
                && field("username") == USER
                && field("password") == PASSWORD;
            (request.form("scope"), !right)
        }
        _ => return Reply::new(405).with("Allow", "GET, POST"),
    };
    if refused {
        return unauthorized(&format!("Basic realm=\"{SERVICE}\""));
    }
    let granted: Vec<String> = asked.iter().flat_map(|scopes| scopes.split(' ')).filter_map(pull).collect();
    let scope = granted.join(" ");
    let token = format!("lab.{}.{}", URL_SAFE_NO_PAD.encode(&scope), seal(&scope));
    Reply::json(200, &Grant { access_token: token.clone(), token, expires_in: 300, scope })
}

/// What is granted of `repository:<name>:<actions>`.
fn pull(asked: &str) -> Option<String> {
    let (rest, actions) = asked.rsplit_once(':')?;
    let pulls = rest.starts_with("repository:") && actions.split(',').any(|a| a == "pull" || a == "*");
    pulls.then(|| format!("{rest}:pull"))
}

/// The scopes of a token that the lab gave out.
fn granted(token: &str) -> Option<Vec<String>> {
    let (scope, sealed) = token.strip_prefix("lab.")?.split_once('.')?;
    let scope = String::from_utf8(URL_SAFE_NO_PAD.decode(scope).ok()?).ok()?;
    (sealed == seal(&scope)).then(|| scope.split(' ').map(str::to_owned).collect())
}

/// No secret is kept by this: it only tells the lab's tokens from junk, the same in every run.
fn seal(scope: &str) -> String {
    Digest::sha256(format!("lab token {scope}").as_bytes()).encoded().get(..32).unwrap_or_default().to_owned()
}
