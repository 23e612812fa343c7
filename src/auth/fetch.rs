//! Getting one token: which requests, in which order. Each of them becomes a recorded hop.

use secrecy::SecretString;

use super::realm;
use super::secret::Secret;
use super::token::{self, Failure, Grant, Token, TokenSpec};
use super::{RawToken, TokenTransport};
use crate::exchange::{Hop, Method, Outcome, Request};

/// Token endpoints move; longer chains are loops.
const REDIRECTS: usize = 3;

/// All that one fetch needs.
pub(crate) struct Fetch<'a> {
    pub(crate) spec: &'a TokenSpec,
    pub(crate) secret: &'a Secret,
    pub(crate) registry: Option<&'a url::Url>,
    pub(crate) user_agent: &'a str,
    pub(crate) transport: &'a dyn TokenTransport,
    /// Takes every hop.
    pub(crate) record: &'a (dyn Fn(Hop) + Send + Sync),
}

impl Fetch<'_> {
    /// GET first, as every client of the token specification does. An identity token has only the OAuth2
    /// request, which many servers do not have: then GET with it as a password.
    pub(crate) async fn token(&self) -> Result<Token, Failure> {
        if !self.spec.realm.credentials {
            return self.get(None).await;
        }
        match self.secret {
            Secret::IdentityToken(token) => match self.post(&Grant::Refresh(token)).await {
                Err(Failure { status: Some(400 | 401 | 404 | 405), text }) => {
                    let basic = super::secret::basic("", token);
                    self.get(Some(&basic)).await.map_err(|second| second.after(&text, "GET"))
                }
                other => other,
            },
            Secret::Basic { username, password } => {
                match self.get(self.secret.basic_header().as_ref()).await {
                    Err(Failure { status: Some(404 | 405), text }) => {
                        let grant = Grant::Password(username, password);
                        self.post(&grant).await.map_err(|second| second.after(&text, "POST"))
                    }
                    other => other,
                }
            }
            Secret::RegistryToken(_) | Secret::None => self.get(None).await,
        }
    }

    async fn get(&self, authorization: Option<&SecretString>) -> Result<Token, Failure> {
        token::read(&self.send(self.spec.get(Method::Get, authorization, self.user_agent, None, None)).await?)
    }

    async fn post(&self, grant: &Grant<'_>) -> Result<Token, Failure> {
        token::read(&self.send(self.spec.post(grant, self.user_agent, None)).await?)
    }

    /// Sends, and follows redirects of a GET by the rules for realms: on the word of whoever named the URL, and
    /// without credentials once the origin has changed.
    async fn send(&self, mut request: Request) -> Result<RawToken, Failure> {
        let mut from = self.registry.map(url::Url::to_string);
        for _ in 0..=REDIRECTS {
            let (hop, answer) = match &from {
                Some(from) => self.transport.fetch_for(&request, from).await,
                None => self.transport.fetch(&request).await,
            };
            let failed = match &hop.outcome {
                Outcome::Failed(error) => error.to_string(),
                Outcome::Answered(_) => "the answer broke off".to_owned(),
            };
            (self.record)(hop);
            let Some(answer) = answer else {
                return Err(Failure { status: None, text: format!("could not be asked: {failed}") });
            };
            let location = match answer.status {
                301 | 302 | 303 | 307 | 308 if request.method == Method::Get => answer.header("location"),
                _ => None,
            };
            let Some(location) = location else {
                return Ok(answer);
            };
            from = Some(request.url.clone());
            redirect(&mut request, location, answer.status)?;
        }
        Err(Failure { status: Some(508), text: format!("redirected more than {REDIRECTS} times") })
    }
}

fn redirect(request: &mut Request, location: &str, status: u16) -> Result<(), Failure> {
    let refused = |why| Failure { status: Some(status), text: format!("redirected, and {why}") };
    let from = url::Url::parse(&request.url).map_err(|_| refused("its own URL is invalid".to_owned()))?;
    let to = realm::resolve(location, Some(&from))
        .map_err(|why| refused(why.replace("the realm", "the new address")))?;
    if to.url.origin() != from.origin() || !to.credentials {
        request.headers.retain(|(name, _)| name != "authorization");
    }
    request.url = to.url.into();
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use bytes::Bytes;
    use futures::FutureExt as _;
    use futures::future::BoxFuture;

    use super::*;
    use crate::exchange::{FailureKind, Header, Phase, SentRequest, Timing, TransportError};

    /// Redirects the first request, and notes on whose word each was sent.
    #[derive(Default)]
    struct Moves(Mutex<Vec<(String, String)>>);

    impl TokenTransport for Moves {
        fn fetch<'a>(&'a self, _: &'a Request) -> BoxFuture<'a, (Hop, Option<RawToken>)> {
            unreachable!("the registry is known")
        }

        fn fetch_for<'a>(
            &'a self,
            request: &'a Request,
            from: &'a str,
        ) -> BoxFuture<'a, (Hop, Option<RawToken>)> {
            let mut asked = self.0.lock().unwrap();
            asked.push((from.to_owned(), request.url.clone()));
            let moved = asked.len() == 1;
            let sent = SentRequest { method: request.method, url: request.url.clone(), headers: Vec::new() };
            let (kind, phase) = (FailureKind::RedirectRefused, Phase::Send);
            let outcome = Outcome::Failed(TransportError { kind, phase, message: "not sent".to_owned() });
            let headers = vec![Header { name: "location".to_owned(), value: "http://10.0.0.1/t".to_owned() }];
            let answer = moved.then(|| RawToken { status: 307, headers, body: Bytes::new() });
            async move { (Hop { request: sent, outcome, timing: Timing::default() }, answer) }.boxed()
        }
    }

    #[tokio::test]
    async fn each_request_is_sent_on_the_word_of_who_named_it() {
        let registry = url::Url::parse("https://registry.example").unwrap();
        let realm = realm::resolve("https://auth.example/token", Some(&registry)).unwrap();
        let moves = Moves::default();
        let recorded = Mutex::new(0);
        let fetch = Fetch {
            spec: &TokenSpec { realm, service: None, scopes: Vec::new() },
            secret: &Secret::None,
            registry: Some(&registry),
            user_agent: "x",
            transport: &moves,
            record: &|_| *recorded.lock().unwrap() += 1,
        };
        assert!(fetch.token().await.is_err());
        let asked = moves.0.lock().unwrap().clone();
        let asked: Vec<_> = asked.iter().map(|(from, url)| (from.as_str(), url.as_str())).collect();
        assert_eq!(
            asked,
            [
                ("https://registry.example/", "https://auth.example/token"),
                ("https://auth.example/token", "http://10.0.0.1/t")
            ]
        );
        // What was refused is recorded, too.
        assert_eq!(*recorded.lock().unwrap(), 2);
    }
}
