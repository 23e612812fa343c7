//! The secrets that an exchange knows, and what finds them all.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::redaction::{Matcher, disguises, is_telling, is_telling_grant, plain_spellings, spellings};

/// Texts chosen by a server that are searched at most: more of them, or more bytes, and a registry could spend our
/// time and memory. What is not searched is struck by its place all the same.
const MOST_CHOSEN: usize = 256;
const MOST_CHOSEN_BYTES: usize = 256 * 1024;

/// Sets whose automaton is kept: neighbouring requests know the same secrets.
const RECENT: usize = 8;

/// Where a secret came from, which says how it is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The user's: a password, a header, a token given to us.
    Given,
    /// A server's: a token granted, or one that a client of ours got elsewhere.
    Granted,
    /// A redirect's: what it signs with.
    Signed,
}

/// A set of secrets by their text.
pub(super) type Secrets = BTreeMap<String, Origin>;

/// A set, and its automaton once it was needed.
#[derive(Default)]
pub(super) struct Known {
    secrets: Secrets,
    matcher: OnceLock<Matcher>,
}

impl Known {
    fn new(secrets: Secrets) -> Known {
        Known { secrets, matcher: OnceLock::new() }
    }

    pub(super) fn holds(&self, secrets: &Secrets) -> bool {
        let is = |(text, origin): (&String, &Origin)| {
            self.secrets.get(text).is_some_and(|known| *known == Origin::Given || *origin != Origin::Given)
        };
        secrets.iter().all(is)
    }

    /// Both sets, within the bounds.
    fn with(&self, more: Secrets) -> Secrets {
        let mut all = self.secrets.clone();
        let chosen = all.iter().filter(|(_, origin)| **origin != Origin::Given);
        let (mut count, mut bytes) = chosen.fold((0, 0), |(n, b), (text, _)| (n + 1, b + text.len()));
        for (text, origin) in more {
            if origin == Origin::Given {
                // What the user gave stays the user's, whoever says it again.
                all.insert(text, origin);
                continue;
            }
            let length = text.len();
            if let Entry::Vacant(free) = all.entry(text)
                && count < MOST_CHOSEN
                && bytes + length <= MOST_CHOSEN_BYTES
            {
                count += 1;
                bytes += length;
                free.insert(origin);
            }
        }
        all
    }

    /// The texts that are searched.
    pub(super) fn texts(&self, words: &[String]) -> impl Iterator<Item = &str> {
        let searched = |(text, origin): (&'_ String, &Origin)| match origin {
            Origin::Given => is_telling(text, words),
            Origin::Granted | Origin::Signed => is_telling_grant(text, words),
        };
        self.secrets.iter().filter(move |(t, o)| searched((t, o))).map(|(text, _)| text.as_str())
    }

    pub(super) fn matcher(&self, words: &[String]) -> &Matcher {
        self.matcher.get_or_init(|| {
            Matcher::new(self.secrets.iter().flat_map(|(secret, origin)| match origin {
                Origin::Given if is_telling(secret, words) => spellings(secret),
                Origin::Given => disguises(secret),
                Origin::Granted if is_telling_grant(secret, words) => spellings(secret),
                Origin::Signed if is_telling_grant(secret, words) => plain_spellings(secret),
                Origin::Granted | Origin::Signed => Default::default(),
            }))
        })
    }
}

/// What a whole run has learnt: a registry may say back in any answer what it was told in another.
#[derive(Default)]
pub(super) struct Session(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    known: Arc<Known>,
    recent: Vec<Arc<Known>>,
}

impl Session {
    /// Learns for good, and gives everything learnt, with what this exchange knows for itself.
    pub(super) fn learn(&self, lasting: Secrets, own: &Known, local: Secrets) -> Arc<Known> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !memory.known.holds(&lasting) {
            let all = memory.known.with(lasting);
            memory.known = memory.of(all);
        }
        let all = Known::new(memory.known.with(own.secrets.clone())).with(local);
        memory.of(all)
    }

    /// A set and more.
    pub(super) fn join(&self, own: &Arc<Known>, more: Secrets) -> Arc<Known> {
        if own.holds(&more) {
            return Arc::clone(own);
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner).of(own.with(more))
    }
}

impl Memory {
    fn of(&mut self, secrets: Secrets) -> Arc<Known> {
        let same = [&self.known].into_iter().chain(&self.recent).find(|known| known.secrets == secrets);
        if let Some(known) = same {
            return Arc::clone(known);
        }
        let known = Arc::new(Known::new(secrets));
        self.recent.insert(0, Arc::clone(&known));
        self.recent.truncate(RECENT);
        known
    }
}
