//! One cell, from its request to its final answer: credentials, one challenge, every attempt kept.

use secrecy::{ExposeSecret, SecretString};

use crate::auth::{Authenticator, Challenged, Resource};
use crate::exchange::{Hop, Outcome, Purpose, Request, Response};
use crate::oci::document::BodyKind;
use crate::plan::concrete::Concrete;
use crate::plan::{Cell, Credentials, Endpoint};
use crate::transport::Transport;

/// Every attempt of one cell; the last is the one that counts.
#[derive(Debug)]
pub(super) struct Sent {
    /// Why each was made, and its hops.
    pub(super) attempts: Vec<(Purpose, Vec<Hop>)>,
}

impl Sent {
    /// The final hop of the final attempt.
    pub(super) fn last(&self) -> Option<&Hop> {
        self.attempts.last().and_then(|(_, hops)| hops.last())
    }

    /// The final answer.
    pub(super) fn response(&self) -> Option<&Response> {
        match self.last().map(|hop| &hop.outcome) {
            Some(Outcome::Answered(response)) => Some(response),
            _ => None,
        }
    }
}

/// Sends a cell. A 401 is met once: with a token for this repository, if one is to be had.
pub(super) async fn send(
    cell: &Cell,
    concrete: Concrete,
    transport: &Transport,
    auth: &Authenticator,
) -> Sent {
    let Concrete { request, repository } = concrete;
    if cell.vary.token != Credentials::Normal {
        return Sent { attempts: ask(cell, &request, transport).await };
    }
    let first = auth.authorization(&repository, resource(cell), transport).await;
    let mut attempts = ask(cell, &with(&request, first.as_ref()), transport).await;
    let hops = attempts.pop().map(|(_, hops)| hops).unwrap_or_default();
    if let Some(sent) = &first {
        auth.answered(resource(cell), sent, status(&hops));
    }
    let ready = Concrete { request, repository };
    let sent = meet(cell, &ready, hops, first.as_ref(), transport, auth).await;
    attempts.extend(sent.attempts);
    Sent { attempts }
}

/// Sends a cell's request: one attempt, or two where an earlier answer had spoilt the connection of the first.
async fn ask(cell: &Cell, request: &Request, transport: &Transport) -> Vec<(Purpose, Vec<Hop>)> {
    let attempts = transport.attempts(request, cell.vary.redirects).await;
    let last = attempts.len().saturating_sub(1);
    let purpose = |at| if at == last { Purpose::Cell } else { Purpose::Faulted };
    attempts.into_iter().enumerate().map(|(at, hops)| (purpose(at), hops)).collect()
}

/// Meets a challenge, if these hops end in one and something is to be had for it.
pub(super) async fn meet(
    cell: &Cell,
    ready: &Concrete,
    hops: Vec<Hop>,
    sent: Option<&SecretString>,
    transport: &Transport,
    auth: &Authenticator,
) -> Sent {
    let Some(lines) = challenge(&hops) else { return Sent { attempts: vec![(Purpose::Cell, hops)] } };
    match auth.challenged(&ready.repository, resource(cell), &lines, sent, transport).await {
        Challenged::GiveUp(_) => Sent { attempts: vec![(Purpose::Cell, hops)] },
        Challenged::Retry(header, trial) => {
            let mut attempts = vec![(Purpose::Challenged, hops)];
            attempts.extend(ask(cell, &with(&ready.request, Some(&header)), transport).await);
            auth.answered(resource(cell), &header, attempts.last().and_then(|(_, hops)| status(hops)));
            // Others who want to send the same secret have waited for what was just learned.
            drop(trial);
            Sent { attempts }
        }
    }
}

fn resource(cell: &Cell) -> Resource {
    match cell.endpoint {
        Endpoint::Ping | Endpoint::Catalog | Endpoint::Token => Resource::Registry,
        Endpoint::Manifests | Endpoint::Blobs | Endpoint::Tags | Endpoint::Referrers => Resource::Repository,
    }
}

/// What the registry itself answered: a host that it redirects to was not shown the credentials.
fn status(hops: &[Hop]) -> Option<u16> {
    match &hops.first()?.outcome {
        Outcome::Answered(response) => Some(response.status),
        Outcome::Failed(_) => None,
    }
}

/// Asks the token endpoint, as a cell. The token itself is struck from what is kept.
pub(super) async fn send_token(request: &Request, base_url: &str, transport: &Transport) -> Sent {
    let (mut hop, raw) = transport.fetch(request, Some(base_url)).await;
    if let (Outcome::Answered(response), Some(raw)) = (&mut hop.outcome, raw) {
        let struck = strike(&raw.body);
        response.body.size = struck.len() as u64;
        response.body.sha256 = crate::oci::digest::Digest::sha256(&struck);
        response.body.sha512 = crate::oci::digest::Digest::sha512(&struck);
        response.body.kept = struck.into();
    }
    Sent { attempts: vec![(Purpose::Cell, vec![hop])] }
}

/// Bytes of a token endpoint's answer that are kept, tokens struck.
const MAX_STRUCK: usize = 16 << 10;

/// Replaces every string that could be a token. What is no JSON is kept only if it cannot hold one.
fn strike(body: &[u8]) -> Vec<u8> {
    use crate::oci::document::classify;
    let Some(mut value) = crate::oci::json::parse(body) else {
        return match classify(body, None) {
            BodyKind::Html if body.len() <= MAX_STRUCK => body.to_vec(),
            BodyKind::Empty => Vec::new(),
            _ => b"<redacted: not JSON>".to_vec(),
        };
    };
    if let Some(fields) = value.as_object_mut() {
        for (name, field) in fields {
            // OpenShift grants everyone the token `anonymous`: a word, no secret, and what a finding is about.
            let word = field.as_str() == Some("anonymous");
            if field.is_string() && name.contains("token") && name != "token_type" && !word {
                *field = serde_json::Value::String("<redacted>".to_owned());
            }
        }
    }
    let struck = serde_json::to_vec(&value).unwrap_or_default();
    // A token is long, and what is left of its answer is not.
    if struck.len() > MAX_STRUCK { b"<redacted: too long>".to_vec() } else { struck }
}

fn with(request: &Request, authorization: Option<&SecretString>) -> Request {
    let mut request = request.clone();
    if let Some(secret) = authorization {
        request.headers.push(("authorization".to_owned(), secret.expose_secret().to_owned()));
    }
    request
}

/// The challenge lines, where the registry itself (and no host it redirected to) answered 401.
fn challenge(hops: &[Hop]) -> Option<Vec<String>> {
    let [Hop { outcome: Outcome::Answered(response), .. }] = hops else { return None };
    (response.status == 401).then(|| response.header_all("www-authenticate").map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_struck_and_the_rest_is_kept() {
        let body =
            br#"{"token":"a","access_token":"b","refresh_token":"c","expires_in":300,"token_type":"Bearer"}"#;
        assert_eq!(
            String::from_utf8(strike(body)).unwrap(),
            r#"{"access_token":"<redacted>","expires_in":300,"refresh_token":"<redacted>","token":"<redacted>","token_type":"Bearer"}"#
        );
        assert_eq!(strike(br#"{"token":"anonymous"}"#), br#"{"token":"anonymous"}"#);
        assert_eq!(strike(b"eyJhbGciOi"), b"<redacted: not JSON>");
    }
}
