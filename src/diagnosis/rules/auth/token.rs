//! What the token endpoint takes, and what it gives.

use super::{ANONYMOUS, NORMAL, TOKEN, anonymous, bearer, granted};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::error_body::{ErrorBody, ErrorShape};

/// The token under one name only.
pub(crate) const FIELD_NAME: Rule = Rule {
    id: "token-field-name",
    layer: Layer::Authentication,
    about: "the token comes under one of its two names only: token, or access_token",
    page: "The answer of a token endpoint holds the token as token, as access_token (the name that OAuth2 gives it), or as \
           both. Clients should read either. Those that know token alone (Singularity before 2.5, sregistry, Watchtower, \
           the dependency proxy of GitLab) get nowhere where there is only the other.",
    references: &[
        "CNCF distribution, token authentication specification",
        "https://github.com/google/go-containerregistry/pull/54",
    ],
    under: &[],
    examine: |case| {
        let ((id, answer), json) = granted(case)?;
        let has = |name: &str| json.get(name).and_then(|v| v.as_str()).is_some_and(|t| !t.is_empty());
        let (is, lacks) = match (has("token"), has("access_token")) {
            (true, false) => ("token", "access_token"),
            (false, true) => ("access_token", "token"),
            _ => return None,
        };
        Some(
            Finding::new("token-field-name", Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("the token comes as {is}, and not as {lacks}"))
                .explain(format!("{}: the answer has {is}, and no {lacks}.", quote(id, answer)))
                .remedy("Read token, and access_token where there is none. On the server: send both.")
                .evidence([id]),
        )
    },
};

/// POST is not there.
pub(crate) const NO_POST: Rule = Rule {
    id: "oauth-post-unsupported",
    layer: Layer::Authentication,
    about: "the token endpoint answers GET, and not the OAuth2 POST",
    page: "There are two ways to ask for a token: GET with the scope in the query, and the POST of OAuth2, which is needed \
           for identity tokens (docker login with a browser or a helper). Many token endpoints have the first only. Clients \
           that try POST first fall back to GET on 404, 405, 401 or 400; those that do not, fail.",
    references: &[
        "CNCF distribution, OAuth2 token authentication",
        "containerd, remotes/docker/authorizer.go",
        "https://github.com/go-gitea/gitea/issues/31861",
    ],
    under: &[],
    examine: |case| {
        let (get_id, get) = case.answer(TOKEN).filter(|(_, a)| a.status == 200)?;
        let (id, post) = case.answer("POST token accept=none")?;
        let body = case.evidence.body(&id.0).unwrap_or_default();
        let oauth = ErrorBody::parse(body).is_some_and(|e| e.shape == ErrorShape::OAuth);
        // Without credentials an OAuth2 server refuses too, with 400 or 401: that is no lack of POST.
        let confidence = match post.status {
            404 | 405 | 501 => Confidence::Certain,
            _ if post.error_code.as_deref() == Some("UNSUPPORTED") => Confidence::Certain,
            400 | 401 if !anonymous(case) && !oauth => Confidence::Likely,
            _ => return None,
        };
        Some(
            Finding::new("oauth-post-unsupported", Severity::Note, confidence, Whose::Registry)
                .title("the token endpoint has no OAuth2 POST")
                .explain(format!("{}, while {}.", quote(id, post), quote(get_id, get)))
                .remedy(
                    "Ask by GET, with service and scope in the query and user name and password as Basic credentials; use a \
                     password or an access token in place of an identity token.",
                )
                .evidence([id, get_id]),
        )
    },
};

/// Without service there is no token.
pub(crate) const WANTS_SERVICE: Rule = Rule {
    id: "token-endpoint-requires-service",
    layer: Layer::Authentication,
    about: "the token endpoint refuses a request without service",
    page: "The same token request, once with the service that the challenge names and once without: the second is refused. \
           Clients that leave the parameter out, or lose it because they misread the challenge, get no token here.",
    references: &[
        "CNCF distribution, token authentication specification",
        "pulp_container, token_authentication",
    ],
    under: &[],
    examine: |case| {
        let (with_id, with) = case.answer(TOKEN).filter(|(_, a)| a.status == 200)?;
        let (id, without) = case.answer("GET token accept=none omit=service")?;
        let named = bearer(case, ANONYMOUS).is_some_and(|c| c.service().is_some_and(|s| !s.is_empty()));
        if !(400..500).contains(&without.status) || without.status == 429 || !named {
            return None;
        }
        Some(
            Finding::new(
                "token-endpoint-requires-service",
                Severity::Note,
                Confidence::Certain,
                Whose::Request,
            )
            .title("the token endpoint wants the service parameter")
            .explain(format!("{}{}; {}.", quote(id, without), super::said(without), quote(with_id, with)))
            .remedy("Send service as the challenge has it, letter by letter.")
            .evidence([id, with_id]),
        )
    },
};

/// A word for a token.
pub(crate) const LITERAL: Rule = Rule {
    id: "anonymous-literal-token",
    layer: Layer::Authentication,
    about: "the token endpoint gives the anonymous the word \"anonymous\" for a token",
    page: "Whoever asks without credentials is given the same token, the word anonymous, and always with 200: that a token \
           was granted says nothing about what it is good for. What may be pulled is decided by the registry, when the \
           token is used.",
    references: &["openshift/image-registry, pkg/dockerregistry/server/token.go"],
    under: &[],
    examine: |case| {
        let ((id, answer), json) = granted(case)?;
        let word = |name: &str| json.get(name).and_then(|v| v.as_str()) == Some("anonymous");
        if !word("token") && !word("access_token") {
            return None;
        }
        let used = case.answer(NORMAL);
        let then = used.map_or(String::new(), |(id, a)| format!(" With it: {}.", quote(id, a)));
        Some(
            Finding::new("anonymous-literal-token", Severity::Note, Confidence::Certain, Whose::Registry)
                .title("the anonymous are given the word \"anonymous\" for a token")
                .explain(format!("{}: the token is \"anonymous\".{then}", quote(id, answer)))
                .remedy("Do not take the token for a right: go by what the registry answers to it.")
                .evidence(std::iter::once(id).chain(used.map(|(id, _)| id))),
        )
    },
};

/// No lifetime, or a short one.
pub(crate) const EXPIRY: Rule = Rule {
    id: "token-expiry-default-60s",
    layer: Layer::Authentication,
    about: "the token's lifetime is not told, or is less than a minute",
    page: "A token whose answer has no expires_in is good for 60 seconds, says the specification, and it says that none \
           should live less than that. A long pull then needs several tokens: a client that keeps the first is refused \
           half-way, and one that cannot renew it fails on large layers.",
    references: &["CNCF distribution, token authentication specification (expires_in)"],
    under: &[],
    examine: |case| {
        let ((id, answer), json) = granted(case)?;
        let lifetime = match json.get("expires_in") {
            None | Some(serde_json::Value::Null) => None,
            Some(serde_json::Value::String(text)) => Some(text.trim().parse::<f64>().ok()?),
            Some(value) => Some(value.as_f64()?),
        };
        let title = match lifetime {
            None => "the token's lifetime is not told: it counts as 60 seconds".to_owned(),
            Some(seconds) if seconds < 60.0 => format!("tokens live {seconds} seconds"),
            Some(_) => return None,
        };
        let why = lifetime.map_or("has no expires_in".to_owned(), |s| format!("has expires_in {s}"));
        Some(
            Finding::new("token-expiry-default-60s", Severity::Note, Confidence::Certain, Whose::Registry)
                .title(title)
                .explain(format!("{}: the answer {why}.", quote(id, answer)))
                .remedy("Get a new token before a minute is over, and when one is refused. On the server: send expires_in, 60 \
                         or more.")
                .evidence([id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 5] = [
        "token-field-name",
        "oauth-post-unsupported",
        "token-endpoint-requires-service",
        "anonymous-literal-token",
        "token-expiry-default-60s",
    ];

    #[test]
    fn each_fires_on_its_quirk() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
        }
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
        let report = probe(&["bearer-auth"], "lab/oci");
        assert!(IDS.iter().all(|id| find(&report, id).is_none()));
    }
}
