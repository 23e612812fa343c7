//! Recorded answers by request.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::answer::{self, TOKEN};
use super::key::{Auth, Key};
use super::origins::Origins;
use crate::exchange::{ExchangeId, Method, Outcome, Purpose};
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::plan::{Cell, Credentials, Endpoint};
use crate::recording::{CellState, Recording};

/// The answers to one and the same request, in the order of the recording: asked again, the next one is given.
struct Answers {
    replies: Vec<Reply>,
    next: AtomicUsize,
}

impl Answers {
    fn give(&self) -> Option<Reply> {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.replies.len().max(1);
        self.replies.get(at).cloned()
    }

    fn status(&self) -> Option<u16> {
        self.replies.first().map(|r| r.status)
    }
}

/// Recorded answers by request.
pub(super) struct Index {
    answers: HashMap<Key, Answers>,
    /// In the order of the recording.
    order: Vec<Key>,
    /// Paths of token endpoints.
    tokens: BTreeSet<String>,
    /// What was read and not kept: layers.
    unkept: HashSet<Key>,
}

impl Index {
    /// Of recordings of one registry. What several of them asked is answered to each in turn.
    pub(super) fn new(recordings: &[Recording], registry: SocketAddr, second: SocketAddr) -> Index {
        let origins = Origins::new(recordings, registry, second);
        let mut index = Index {
            answers: HashMap::new(),
            order: Vec::new(),
            tokens: BTreeSet::new(),
            unkept: HashSet::new(),
        };
        recordings.iter().for_each(|recording| index.take(recording, &origins));
        index
    }

    fn take(&mut self, recording: &Recording, origins: &Origins) {
        let cells: HashMap<&ExchangeId, &Cell> = recording
            .cells
            .iter()
            .filter_map(|record| match &record.state {
                CellState::Answered(id) | CellState::Failed(id) => Some((id, &record.cell)),
                CellState::NotTried(_) => None,
            })
            .collect();
        let sample = sample(recording, &cells);
        for exchange in recording.exchanges.iter().filter(|e| e.purpose != Purpose::Scheme) {
            let cell = cells.get(&exchange.id).copied();
            let credentials = cell.map_or(Credentials::Normal, |c| c.vary.token);
            let is_token =
                exchange.purpose == Purpose::Token || cell.is_some_and(|c| c.endpoint == Endpoint::Token);
            for hop in &exchange.hops {
                let site = origins.site(&hop.request.url);
                let key = Key::recorded(&hop.request, site, credentials, &recording.target.registry);
                if is_token {
                    self.tokens.insert(key.path.clone());
                }
                if let Outcome::Answered(r) = &hop.outcome
                    && r.body.kept.is_empty()
                    && r.body.size > 0
                {
                    self.unkept.insert(key.clone());
                }
                let token = token(&hop.outcome, is_token, &sample);
                let head = hop.request.method == Method::Head;
                let reply = answer::reply(&hop.outcome, head, token.as_deref(), origins);
                self.add(key, reply);
            }
        }
    }

    fn add(&mut self, key: Key, reply: Reply) {
        match self.answers.get_mut(&key) {
            Some(answers) => answers.replies.push(reply),
            None => {
                self.order.push(key.clone());
                self.answers.insert(key, Answers { replies: vec![reply], next: AtomicUsize::new(0) });
            }
        }
    }

    /// Whether the answer has a body of which only its length and its digest are recorded.
    pub(super) fn is_unkept(&self, request: &LabRequest) -> bool {
        let key = Key::asked(request);
        let bare = |key: Key| self.unkept.contains(&key) || self.unkept.contains(&key.with(Auth::None));
        key.plainer().is_some_and(bare) || bare(key)
    }

    /// What the recording answers. A client may say of itself what the recorded one did not: which encodings it would
    /// take, and at the ping, which types. Those change nothing that it would be wrong to give.
    pub(super) fn find(&self, request: &LabRequest) -> Option<Reply> {
        let key = Key::asked(request);
        self.exactly(&key).or_else(|| self.exactly(&key.plainer()?))
    }

    /// What the recording answers to the request with the most of these types in its Accept, and no other: what it was
    /// given, this client can read as well. Lists of tags and of referrers have one form: any Accept will do. With the
    /// Accept that was recorded, for the message.
    pub(super) fn nearest(&self, request: &LabRequest) -> Option<(Reply, String)> {
        let asked = Key::asked(request);
        let asked = asked.plainer().unwrap_or(asked);
        let wanted = asked.types();
        let like = |other: &&Key| {
            let bare = Key { accept: asked.accept.clone(), ..(*other).clone() };
            bare == asked || bare == asked.with(Auth::None)
        };
        let within = self.order.iter().filter(like).filter_map(|other| {
            let types = other.types();
            (!types.is_empty() && types.is_subset(&wanted)).then_some((types.len(), other))
        });
        // The first of the widest: one line is how most clients ask.
        let widest =
            within.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, key)| key);
        let best = widest.or_else(|| {
            let mut lists = self.order.iter().filter(like).filter(|other| other.is_list());
            let first = lists.clone().next();
            lists.find(|other| self.answers.get(other).and_then(Answers::status) == Some(200)).or(first)
        })?;
        let accept = match best.accept.join(", ") {
            none if none.is_empty() => "no Accept".to_owned(),
            lines => format!("Accept: {lines}"),
        };
        Some((self.answers.get(best)?.give()?, accept))
    }

    fn exactly(&self, key: &Key) -> Option<Reply> {
        if let Some(answers) = self.answers.get(key) {
            return answers.give();
        }
        if self.tokens.contains(&key.path) {
            return self.grant(key);
        }
        match key.auth {
            // Which requests go out before the first challenge is a matter of timing: each would have got one.
            Auth::None => self.challenge(key),
            // And which go out with a token although none is needed.
            Auth::Basic | Auth::Bearer => {
                let open = self.answers.get(&key.with(Auth::None))?;
                (open.status() != Some(401)).then(|| open.give()).flatten()
            }
            Auth::JunkBasic | Auth::JunkBearer => None,
        }
    }

    /// The token endpoint's answer, whoever asks: credentials were not recorded.
    fn grant(&self, key: &Key) -> Option<Reply> {
        let same = |other: &&Key| other.path == key.path && other.method == key.method;
        let exact = self.order.iter().filter(same).find(|other| other.query == key.query);
        self.answers.get(exact?)?.give()
    }

    fn challenge(&self, key: &Key) -> Option<Reply> {
        let known =
            [Auth::Basic, Auth::Bearer].iter().any(|auth| self.answers.contains_key(&key.with(*auth)));
        let alike = |other: &&Key| {
            other.auth == Auth::None && other.site == key.site && other.repository() == key.repository()
        };
        let mut challenges = self
            .order
            .iter()
            .filter(alike)
            .filter_map(|other| Some((other, self.answers.get(other)?)))
            .filter(|(_, answers)| answers.status() == Some(401));
        if !known {
            return None;
        }
        let same = challenges.clone().find(|(other, _)| other.method == key.method);
        same.or_else(|| challenges.next())?.1.replies.first().cloned()
    }
}

/// A token answer as the cells have it, its tokens struck: which fields there are is a fact.
fn sample(recording: &Recording, cells: &HashMap<&ExchangeId, &Cell>) -> Option<String> {
    let granted = recording.exchanges.iter().filter(|e| {
        cells.get(&e.id).is_some_and(|c| c.endpoint == Endpoint::Token && c.method == Method::Get)
    });
    granted.filter_map(|e| e.response()).find(|r| r.status == 200 && !r.body.kept.is_empty()).and_then(|r| {
        let text = std::str::from_utf8(&r.body.kept).ok()?;
        text.contains("<redacted>").then(|| text.replace("<redacted>", TOKEN))
    })
}

/// The body of a token answer, with a token of ours.
fn token(outcome: &Outcome, is_token: bool, sample: &Option<String>) -> Option<String> {
    let Outcome::Answered(response) = outcome else { return None };
    if !is_token || response.status != 200 {
        return None;
    }
    if response.body.kept.is_empty() {
        let plain = format!("{{\"token\":\"{TOKEN}\",\"access_token\":\"{TOKEN}\",\"expires_in\":300}}");
        return Some(sample.clone().unwrap_or(plain));
    }
    let text = std::str::from_utf8(&response.body.kept).ok()?;
    text.contains("<redacted>").then(|| text.replace("<redacted>", TOKEN))
}
