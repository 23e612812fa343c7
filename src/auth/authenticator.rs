//! Answers a registry's challenges, with one token request per scope however many cells wait for it.

mod learned;
mod trust;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::TokenTransport;
use super::fetch::Fetch;
use super::scrub::Scrub;
use super::secret::{Found, Secret, bearer};
use super::token::{Failure, Grant, TokenSpec, clip};
use crate::exchange::{Hop, Method, Outcome, Request};
use crate::recording::Access;
use crate::report::TokenHint;
use learned::{BearerWay, Learned, Refusal, Way};

pub use learned::BearerChallenge;
use trust::Trust;
pub use trust::{Resource, Trial};

/// A token this young that is refused is refused for good: another one would fare no better.
const JUST_GRANTED: Duration = Duration::from_secs(10);

/// Renewals of a token that the registry refuses although it is not new.
const RENEWALS: u32 = 3;

/// How often, and after how long, a token endpoint that was overloaded or unreachable is asked again.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(5);

type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// How one registry is identified to, for one run.
pub struct Authenticator {
    found: Found,
    registry: Option<Url>,
    user_agent: String,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    learned: Learned,
    slots: HashMap<String, Arc<tokio::sync::Mutex<Slot>>>,
    hops: Vec<Hop>,
    scrub: Scrub,
    granted: bool,
    trust: Trust,
}

/// One scope's token, behind the lock that makes its waiters wait.
#[derive(Default)]
struct Slot {
    token: Option<Held>,
    renewals: u32,
    failed: Option<(Failure, Instant)>,
    attempts: u32,
}

struct Held {
    header: SecretString,
    fetched: Instant,
    renew_at: Instant,
}

/// What to do after a 401.
pub enum Challenged {
    /// Send the request again with this `Authorization`, and hand the trial back with its answer
    /// ([`Authenticator::answered`]).
    Retry(SecretString, Trial),
    /// The 401 is the answer; why, in one sentence.
    GiveUp(String),
}

impl Authenticator {
    /// For a registry by its origin, `https://host:port`.
    pub fn new(found: Found, registry_origin: String, user_agent: String) -> Authenticator {
        let state = State {
            learned: Learned::default(),
            slots: HashMap::new(),
            hops: Vec::new(),
            scrub: Scrub::new(&found.secret),
            granted: false,
            trust: Trust::default(),
        };
        Authenticator {
            found,
            registry: Url::parse(&registry_origin).ok(),
            user_agent,
            clock: Arc::new(Instant::now),
            state: Mutex::new(state),
        }
    }

    #[cfg(test)]
    fn with_clock(mut self, clock: Clock) -> Authenticator {
        self.clock = clock;
        self
    }

    /// The `Authorization` for a request to this repository, once a challenge was seen; before that nothing is
    /// sent, as there are registries that refuse credentials they did not ask for. The user's own secret goes out
    /// unasked only where it was accepted before.
    pub async fn authorization(
        &self,
        repository: &str,
        resource: Resource,
        transport: &dyn TokenTransport,
    ) -> Option<SecretString> {
        let way = {
            let state = self.state();
            let way = state.learned.way(repository)?;
            if !matches!(way, Way::Bearer(_)) && !state.trust.accepts(resource) {
                return None;
            }
            way
        };
        match self.answer(repository, resource, &way, None, None, transport).await {
            Challenged::Retry(header, _) => Some(header),
            Challenged::GiveUp(_) => None,
        }
    }

    /// A 401 came with these `WWW-Authenticate` lines; `sent` is the `Authorization` it refused, if any.
    pub async fn challenged(
        &self,
        repository: &str,
        resource: Resource,
        lines: &[String],
        sent: Option<&SecretString>,
        transport: &dyn TokenTransport,
    ) -> Challenged {
        let met = {
            let mut state = self.state();
            let mut scrub = state.scrub.clone();
            sent.into_iter().for_each(|header| scrub.add_header(header));
            lines.iter().for_each(|line| state.learned.record(scrub.apply_secrets(line)));
            state.learned.learn(repository, lines, sent.is_some(), &self.found, self.registry.as_ref())
        };
        match met {
            Ok((way, refusal)) => {
                self.answer(repository, resource, &way, sent, refusal.as_ref(), transport).await
            }
            Err(why) => Challenged::GiveUp(why),
        }
    }

    /// What a request with this `Authorization` was answered, `None` where nothing came back.
    pub fn answered(&self, resource: Resource, sent: &SecretString, status: Option<u16>) {
        let own = match &self.found.secret {
            Secret::RegistryToken(token) => Some(bearer(token)),
            secret => secret.basic_header(),
        };
        if own.is_some_and(|own| own.expose_secret() == sent.expose_secret()) {
            self.state().trust.answered(resource, status);
        }
    }

    /// Whether the user's secret was refused, and is not sent again: why, in one sentence.
    pub fn refused_secret(&self) -> Option<String> {
        self.state().trust.is_refused().then(|| self.not_again())
    }

    fn not_again(&self) -> String {
        format!("credentials refused: those from {} are not sent again in this run", self.found.source)
    }

    /// Every token request's hop since the last call, redacted, in order.
    pub fn take_exchanges(&self) -> Vec<Hop> {
        std::mem::take(&mut self.state().hops)
    }

    /// How we identified ourselves. A problem with a token for one repository counts only while none was
    /// granted for any: that of a repository which does not exist says nothing about the registry.
    pub fn access(&self) -> Access {
        let state = self.state();
        state.learned.access(&self.found.source, (!state.granted).then_some(None))
    }

    /// The same, with the problem that this repository had.
    pub fn access_for(&self, repository: &str) -> Access {
        self.state().learned.access(&self.found.source, Some(Some(repository)))
    }

    /// The registry's Bearer challenge, as it came to a request without credentials.
    pub fn bearer_challenge(&self) -> Option<BearerChallenge> {
        self.state().learned.bearer().map(|way| way.challenge.clone())
    }

    /// A token request for cells that probe the token endpoint itself: POST is the OAuth2 form, and `omit`
    /// leaves out `service` or `scope`; `more` is put before the rest of GET's query.
    ///
    /// # Errors
    ///
    /// Why there is none: no Bearer challenge is known, or the user's secret was not accepted so far.
    pub fn token_request(
        &self,
        method: Method,
        repository: &str,
        omit: Option<&str>,
        more: Option<&str>,
    ) -> Result<Request, String> {
        let none = || "the registry names no token endpoint".to_owned();
        let spec = self.bearer_way(repository).ok_or_else(none)?.spec(repository);
        if self.sends_secret(&spec) && !self.state().trust.accepts(Resource::Repository) {
            return Err(self.not_again());
        }
        Ok(match method {
            Method::Post => {
                let grant = match &self.found.secret {
                    Secret::IdentityToken(token) => Grant::Refresh(token),
                    Secret::Basic { username, password } => Grant::Password(username, password),
                    Secret::RegistryToken(_) | Secret::None => Grant::Anonymous,
                };
                spec.post(&grant, &self.user_agent, omit)
            }
            Method::Put | Method::Patch | Method::Delete => return Err(none()),
            Method::Get | Method::Head => {
                spec.get(method, self.found.secret.basic_header().as_ref(), &self.user_agent, omit, more)
            }
        })
    }

    /// How a person gets what we got, without the secret.
    pub fn token_hint(&self, repository: &str) -> Option<TokenHint> {
        match self.state().learned.way(repository)? {
            Way::Given => Some(TokenHint::Given),
            Way::Basic => Some(TokenHint::Basic),
            Way::Bearer(way) => {
                let spec = way.spec(repository);
                let with_credentials = self.found.secret.is_some() && spec.realm.credentials;
                Some(TokenHint::Bearer { url: spec.url(None, None), with_credentials })
            }
        }
    }

    /// Every secret of this run, for the last look at a file before it is written.
    pub fn secrets(&self) -> Vec<SecretString> {
        self.state().scrub.secrets()
    }

    fn bearer_way(&self, repository: &str) -> Option<BearerWay> {
        let state = self.state();
        match state.learned.way(repository) {
            Some(Way::Bearer(way)) => Some(way),
            _ => state.learned.bearer().cloned(),
        }
    }

    async fn answer(
        &self,
        repository: &str,
        resource: Resource,
        way: &Way,
        sent: Option<&SecretString>,
        refusal: Option<&Refusal>,
        transport: &dyn TokenTransport,
    ) -> Challenged {
        let header = match (way, &self.found.secret) {
            (Way::Bearer(way), _) => return self.token(repository, way, sent, refusal, transport).await,
            (Way::Given, Secret::RegistryToken(token)) => Some(bearer(token)),
            (Way::Basic, secret) => secret.basic_header(),
            (Way::Given, _) => None,
        };
        let Some(header) = header else {
            return Challenged::GiveUp("there are no credentials for what the registry asks".to_owned());
        };
        if sent.is_some_and(|s| s.expose_secret() == header.expose_secret()) {
            return self.refused(format!("the credentials from {} were refused", self.found.source), refusal);
        }
        match self.trial(resource).await {
            Some(trial) => Challenged::Retry(header, trial),
            None => Challenged::GiveUp(self.not_again()),
        }
    }

    /// The right to send the user's secret: at once where it was accepted, one at a time where that is not known,
    /// and not at all once it was refused.
    async fn trial(&self, resource: Resource) -> Option<Trial> {
        let gate = {
            let state = self.state();
            if state.trust.accepts(resource) {
                return Some(Trial::free());
            }
            state.trust.gate()
        };
        let trial = Trial::after(gate).await;
        // Whoever held the gate has learned something.
        let state = self.state();
        if state.trust.accepts(resource) {
            return Some(Trial::free());
        }
        (!state.trust.is_refused()).then_some(trial)
    }

    /// Whether a request for this token carries the user's secret.
    fn sends_secret(&self, spec: &TokenSpec) -> bool {
        spec.realm.credentials && matches!(self.found.secret, Secret::Basic { .. } | Secret::IdentityToken(_))
    }

    async fn token(
        &self,
        repository: &str,
        way: &BearerWay,
        sent: Option<&SecretString>,
        refusal: Option<&Refusal>,
        transport: &dyn TokenTransport,
    ) -> Challenged {
        let spec = way.spec(repository);
        let slot = {
            let key = format!("{}\n{:?}\n{}", spec.realm.url, spec.service, spec.scopes.join(" "));
            self.state().slots.entry(key).or_default().clone()
        };
        let mut slot = slot.lock().await;
        let now = (self.clock)();
        if let Some(held) = &slot.token {
            let refused = sent.is_some_and(|s| s.expose_secret() == held.header.expose_secret());
            let alive = now < held.renew_at;
            if alive && !refused {
                return Challenged::Retry(held.header.clone(), Trial::free());
            }
            if refused {
                let young = alive && now.duration_since(held.fetched) < JUST_GRANTED;
                if young || slot.renewals >= RENEWALS || refusal.is_some_and(Refusal::is_about_rights) {
                    return self.refused("a token was granted and refused again".to_owned(), refusal);
                }
                slot.renewals += 1;
            }
        }
        if let Some((failure, at)) = &slot.failed
            && (!failure.is_transient() || slot.attempts >= ATTEMPTS || now.duration_since(*at) < PAUSE)
        {
            return Challenged::GiveUp(failure.text.clone());
        }
        let sends_secret = self.sends_secret(&spec);
        let trial = if sends_secret {
            let Some(trial) = self.trial(Resource::Repository).await else {
                return Challenged::GiveUp(self.not_again());
            };
            Some(trial)
        } else {
            None
        };
        slot.attempts += 1;
        let fetched = self.fetch(&spec, transport).await;
        let mut state = self.state();
        drop(trial);
        match fetched {
            Ok(token) => {
                if sends_secret {
                    state.trust.answered(Resource::Repository, Some(200));
                }
                state.scrub.add_granted(&token.header);
                state.granted = true;
                state.learned.solved(repository);
                // Renewed a little early: the request that carries it takes its time, too.
                let margin = Duration::from_secs(10).min(token.lifetime / 10);
                let header = token.header.clone();
                slot.token = Some(Held {
                    header: token.header,
                    fetched: now,
                    renew_at: now + (token.lifetime - margin),
                });
                slot.failed = None;
                slot.attempts = 0;
                Challenged::Retry(header, Trial::free())
            }
            Err(failure) => {
                let text = self.blame(&spec.realm.url, &state.scrub.apply(&failure.text), failure.status);
                state.learned.problem(repository, text.clone());
                slot.token = None;
                slot.failed = Some((Failure { text: text.clone(), ..failure }, now));
                Challenged::GiveUp(text)
            }
        }
    }

    async fn fetch(
        &self,
        spec: &TokenSpec,
        transport: &dyn TokenTransport,
    ) -> Result<super::token::Token, Failure> {
        let record = |hop: Hop| {
            let mut state = self.state();
            if refuses_secret(&hop) {
                state.trust.refused(1);
            }
            let hop = state.scrub.hop(hop);
            state.hops.push(hop);
        };
        let fetch = Fetch {
            spec,
            secret: &self.found.secret,
            registry: self.registry.as_ref(),
            user_agent: &self.user_agent,
            transport,
            record: &record,
        };
        fetch.token().await
    }

    /// Gives up with the registry's own reason, where it gave one.
    fn refused(&self, why: String, refusal: Option<&Refusal>) -> Challenged {
        let quoted = refusal.map(|r| format!(": {}", self.state().scrub.apply(&r.to_string())));
        Challenged::GiveUp(why + &quoted.unwrap_or_default())
    }

    /// A refusal of credentials names their source: that is where the remedy is.
    fn blame(&self, realm: &Url, what: &str, status: Option<u16>) -> String {
        let with = match status {
            Some(401 | 403) if self.found.secret.is_some() => {
                format!(" (credentials: {})", self.found.source)
            }
            Some(401 | 403) => " (asked without credentials)".to_owned(),
            _ => String::new(),
        };
        format!("the token endpoint {} {what}{with}", clip(realm.as_str()))
    }

    /// No code that holds this lock can panic half-way; a poisoned one is as good as new.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a token endpoint refused the secret that this request carried.
fn refuses_secret(hop: &Hop) -> bool {
    let Outcome::Answered(response) = &hop.outcome else { return false };
    let request = &hop.request;
    match request.method {
        // OAuth2 says `invalid_grant` with 400 (RFC 6749, section 5.2).
        Method::Post => matches!(response.status, 400 | 401 | 403),
        _ => {
            matches!(response.status, 401 | 403) && request.headers.iter().any(|h| h.name == "authorization")
        }
    }
}

#[cfg(test)]
mod tests;
