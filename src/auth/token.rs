//! Token requests, built, and their answers, read (distribution's token and OAuth2 specifications).

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::RawToken;
use super::realm::Realm;
use super::secret::{bearer, is_sendable};
use crate::exchange::{BodyPolicy, Method, Request};

/// Whom we say we are where OAuth2 wants a client.
const CLIENT_ID: &str = "regprobe";

/// What the token specification prescribes where `expires_in` is missing.
const DEFAULT_LIFETIME: u64 = 60;

/// `:`, `/` and `,` are legal in a query, and a scope is easier to read with them.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b'/')
    .remove(b',');

/// What is asked of a token endpoint.
#[derive(Debug, Clone)]
pub(crate) struct TokenSpec {
    pub(crate) realm: Realm,
    pub(crate) service: Option<String>,
    pub(crate) scopes: Vec<String>,
}

/// What an OAuth2 request trades for a token.
pub(crate) enum Grant<'a> {
    Refresh(&'a SecretString),
    Password(&'a str, &'a SecretString),
    Anonymous,
}

impl TokenSpec {
    /// The scopes to ask for: the challenge's where it names this repository and its `pull`, else our own.
    /// Registries are known to send placeholders (`repository:user/image:pull`) and none at all.
    pub(crate) fn scopes(challenged: Option<&str>, repository: &str) -> Vec<String> {
        if repository.is_empty() {
            return Vec::new();
        }
        let fits = |scope: &&str| {
            scope
                .strip_prefix("repository:")
                .and_then(|rest| rest.rsplit_once(':'))
                .is_some_and(|(name, actions)| name == repository && actions.split(',').any(|a| a == "pull"))
        };
        let all: Vec<&str> = challenged.unwrap_or_default().split_whitespace().collect();
        // Some token servers read the first scope only, so that ours stands first.
        match all.iter().position(fits) {
            Some(ours) => {
                let others = all.iter().enumerate().filter(|(i, _)| *i != ours).map(|(_, scope)| *scope);
                std::iter::once(all[ours]).chain(others).map(str::to_owned).collect()
            }
            None => vec![format!("repository:{repository}:pull")],
        }
    }

    /// The realm, its own query kept, with service and scopes unless one of them is to be left out.
    ///
    /// `more` is put before them as it is.
    pub(crate) fn url(&self, omit: Option<&str>, more: Option<&str>) -> String {
        let mut pairs = Vec::new();
        if let Some(service) = self.service.as_deref().filter(|_| omit != Some("service")) {
            pairs.push(("service", service));
        }
        if omit != Some("scope") {
            pairs.extend(self.scopes.iter().map(|scope| ("scope", scope.as_str())));
        }
        let mut added = encode(&pairs);
        if let Some(more) = more {
            added =
                [more, added.as_str()].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("&");
        }
        let query = match self.realm.url.query() {
            Some(own) if !own.is_empty() && !added.is_empty() => format!("{own}&{added}"),
            Some(own) if added.is_empty() => own.to_owned(),
            _ => added,
        };
        let mut url = self.realm.url.clone();
        url.set_query((!query.is_empty()).then_some(&query));
        url.into()
    }

    /// The request of the token specification.
    pub(crate) fn get(
        &self,
        method: Method,
        authorization: Option<&SecretString>,
        user_agent: &str,
        omit: Option<&str>,
        more: Option<&str>,
    ) -> Request {
        let mut headers = vec![
            ("user-agent".to_owned(), user_agent.to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
        ];
        if let Some(value) = authorization.filter(|_| self.realm.credentials) {
            headers.push(("authorization".to_owned(), value.expose_secret().to_owned()));
        }
        Request { method, url: self.url(omit, more), headers, form: None, version: None, body: POLICY }
    }

    /// The request of the OAuth2 specification.
    pub(crate) fn post(&self, grant: &Grant<'_>, user_agent: &str, omit: Option<&str>) -> Request {
        let scope = self.scopes.join(" ");
        let mut pairs = Vec::new();
        match grant {
            Grant::Refresh(token) if self.realm.credentials => {
                pairs.push(("grant_type", "refresh_token"));
                pairs.push(("refresh_token", token.expose_secret()));
            }
            Grant::Password(username, password) if self.realm.credentials => {
                pairs.push(("grant_type", "password"));
                pairs.push(("username", *username));
                pairs.push(("password", password.expose_secret()));
            }
            _ => pairs.push(("grant_type", "password")),
        }
        if let Some(service) = self.service.as_deref().filter(|_| omit != Some("service")) {
            pairs.push(("service", service));
        }
        pairs.push(("client_id", CLIENT_ID));
        if !scope.is_empty() && omit != Some("scope") {
            pairs.push(("scope", &scope));
        }
        let headers = vec![
            ("user-agent".to_owned(), user_agent.to_owned()),
            ("accept".to_owned(), "application/json".to_owned()),
            ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ];
        Request {
            method: Method::Post,
            url: self.realm.url.to_string(),
            headers,
            form: Some(encode(&pairs)),
            version: None,
            body: POLICY,
        }
    }
}

/// Tokens are a few kilobytes; nothing of the body is recorded in the end (`scrub`).
const POLICY: BodyPolicy = BodyPolicy { read_limit: 1 << 20, keep_limit: 1 << 20 };

fn encode(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, QUERY));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// A granted token.
pub(crate) struct Token {
    /// The `Authorization` value.
    pub(crate) header: SecretString,
    /// How long it is good for.
    pub(crate) lifetime: Duration,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The status, where there was one.
    pub(crate) status: Option<u16>,
    /// For a person; a stranger's words in it are not yet escaped.
    pub(crate) text: String,
}

impl Failure {
    /// Where both ways failed the first answer is the telling one: that was the right way to ask.
    pub(crate) fn after(self, first: &str, method: &str) -> Failure {
        Failure { text: format!("{first}; asked by {method} instead, it {}", self.text), ..self }
    }

    /// Whether asking again later may help.
    pub(crate) fn is_transient(&self) -> bool {
        self.status.is_none_or(|s| s == 429 || s >= 500)
    }
}

/// Reads an answer of the token endpoint.
pub(crate) fn read(answer: &RawToken) -> Result<Token, Failure> {
    let failure = |text: String| Failure { status: Some(answer.status), text };
    let json = crate::oci::json::parse(&answer.body).filter(Value::is_object);
    if !(200..300).contains(&answer.status) {
        let words = json.as_ref().and_then(error_words).unwrap_or_default();
        return Err(failure(format!("answered {}{words}", answer.status)));
    }
    let Some(json) = json else {
        let kind = answer.header("content-type").unwrap_or("nothing said of its type");
        let start = String::from_utf8_lossy(&answer.body[..answer.body.len().min(100)]).trim().to_owned();
        let what = if start.starts_with('<') || kind.contains("html") {
            "an HTML page, as a log-in page or a proxy sends"
        } else if start.is_empty() {
            "no body"
        } else {
            "a body that is not a JSON object"
        };
        return Err(failure(format!("answered {} with {what} ({})", answer.status, clip(kind))));
    };
    // Old servers send one name, OAuth2 servers the other, most both.
    let token = ["token", "access_token"]
        .iter()
        .find_map(|name| json.get(*name).and_then(Value::as_str).filter(|t| !t.is_empty()));
    let Some(token) = token else {
        return Err(failure(format!("answered {} without a token", answer.status)));
    };
    if !is_sendable(token) {
        return Err(failure(format!("answered {} with a token that no header can carry", answer.status)));
    }
    Ok(Token { header: bearer(&token.into()), lifetime: lifetime(&json) })
}

/// `issued_at` is not looked at: it is by the server's clock, and ours started when the token came.
fn lifetime(json: &Value) -> Duration {
    let seconds = match json.get("expires_in") {
        Some(Value::String(text)) => text.trim().parse::<f64>().ok(),
        Some(value) => value.as_f64(),
        None => None,
    };
    match seconds {
        Some(s) if s >= 1.0 => Duration::from_secs(s.min(86_400.0) as u64),
        _ => Duration::from_secs(DEFAULT_LIFETIME),
    }
}

/// The error's code and message, by the distribution spec, by OAuth2, or by OpenShift.
fn error_words(json: &Value) -> Option<String> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(clip);
    let first = json.get("errors").and_then(|e| e.get(0));
    let (code, message) = match first {
        Some(error) => (text(error, "code"), text(error, "message")),
        None => (
            text(json, "error").or_else(|| text(json, "code")),
            text(json, "error_description")
                .or_else(|| text(json, "message"))
                .or_else(|| text(json, "details")),
        ),
    };
    match (code, message) {
        (None, None) => None,
        (Some(code), None) => Some(format!(" {code}")),
        (None, Some(message)) => Some(format!(": {message}")),
        (Some(code), Some(message)) => Some(format!(" {code}: {message}")),
    }
}

/// A stranger's words, at a length a person reads.
pub(crate) fn clip(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('\u{2026}');
    }
    short
}

#[cfg(test)]
mod tests;
