//! What the token endpoint takes, and what it gives.

use super::{ANONYMOUS, NORMAL, TOKEN, anonymous, bearer, granted};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::error_body::{ErrorBody, ErrorShape};

/// The token under one name only.
pub(crate) const FIELD_NAME: Rule = Rule {
    id: "token-field-name",
    layer: Layer::Authentication,
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
                .title(format!("Token response has {is} but not {lacks}"))
                .explain(format!("{}: the answer has {is}, and no {lacks}.", quote(id, answer)))
                .remedy("Client: read token, and access_token if it is missing. Registry operator: send both fields.")
                .evidence([id]),
        )
    },
};

/// POST is not there.
pub(crate) const NO_POST: Rule = Rule {
    id: "oauth-post-unsupported",
    layer: Layer::Authentication,
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
                .explain(format!("{}, while {}.", quote(id, post), quote(get_id, get)))
                .remedy(
                    "Use GET with service and scope in the query and Basic credentials; use a password or an access \
                     token instead of an identity token.",
                )
                .evidence([id, get_id]),
        )
    },
};

/// Without service there is no token.
pub(crate) const WANTS_SERVICE: Rule = Rule {
    id: "token-endpoint-requires-service",
    layer: Layer::Authentication,
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
            .explain(format!("{}{}; {}.", quote(id, without), super::said(without), quote(with_id, with)))
            .remedy("Copy service from the challenge into the token request, unchanged.")
            .evidence([id, with_id]),
        )
    },
};

/// A word for a token.
pub(crate) const LITERAL: Rule = Rule {
    id: "anonymous-literal-token",
    layer: Layer::Authentication,
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
                .explain(format!("{}: the token is \"anonymous\".{then}", quote(id, answer)))
                .remedy("Judge by how the registry answers the token; log in when it is 401.")
                .evidence(std::iter::once(id).chain(used.map(|(id, _)| id))),
        )
    },
};

/// No lifetime, or a short one.
pub(crate) const EXPIRY: Rule = Rule {
    id: "token-expiry-default-60s",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let ((id, answer), json) = granted(case)?;
        let lifetime = match json.get("expires_in") {
            None | Some(serde_json::Value::Null) => None,
            Some(serde_json::Value::String(text)) => Some(text.trim().parse::<f64>().ok()?),
            Some(value) => Some(value.as_f64()?),
        };
        let title = match lifetime {
            None => "Token lifetime missing: 60 seconds apply".to_owned(),
            Some(seconds) if seconds < 60.0 => format!("Token lifetime of {seconds} seconds, below 60"),
            Some(_) => return None,
        };
        let why = lifetime.map_or("has no expires_in".to_owned(), |s| format!("has expires_in {s}"));
        Some(
            Finding::new("token-expiry-default-60s", Severity::Note, Confidence::Certain, Whose::Registry)
                .title(title)
                .explain(format!("{}: the answer {why}.", quote(id, answer)))
                .remedy(
                    "Client: renew the token before a minute has passed, and whenever one is refused. Registry \
                     operator: send expires_in with 60 or more.",
                )
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
