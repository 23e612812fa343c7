//! How far the user's own secret is trusted: one try, and at most one more, until it was accepted once.
//!
//! Directories lock an account after a handful of failed logins, so a wrong password must not go out with every cell
//! of a matrix. A granted token is not counted here: refusing it locks nobody out.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// A secret that was refused so often is not sent again in this run: the first try and one confirmation.
const REFUSALS: u8 = 2;

/// Where a request goes, as far as credentials are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// `/v2/` and what belongs to no repository. A registry may accept anything there.
    Registry,
    /// Something in a repository.
    Repository,
}

/// What is known of the secret of one run.
#[derive(Debug, Default)]
pub(super) struct Trust {
    /// Held by whoever tries the secret while nothing is known of it.
    gate: Arc<Mutex<()>>,
    /// Accepted at `/v2/`: that says nothing about a repository.
    registry: bool,
    repository: bool,
    refusals: u8,
}

/// The right to send the secret once. While the secret is untested only one exists at a time.
#[derive(Debug)]
pub struct Trial {
    _gate: Option<OwnedMutexGuard<()>>,
}

impl Trust {
    /// Whether the secret was accepted where a request like this went.
    pub(super) fn accepts(&self, resource: Resource) -> bool {
        self.repository || (resource == Resource::Registry && self.registry)
    }

    /// Whether the secret was refused so often that it is not sent again.
    pub(super) fn is_refused(&self) -> bool {
        !self.repository && self.refusals >= REFUSALS
    }

    /// What to wait for before the secret may be tried.
    pub(super) fn gate(&self) -> Arc<Mutex<()>> {
        Arc::clone(&self.gate)
    }

    /// An answer to the secret came. A limit or a broken server says nothing about it.
    pub(super) fn answered(&mut self, resource: Resource, status: Option<u16>) {
        match (status, resource) {
            (Some(401 | 403), _) if !self.accepts(resource) => self.refused(1),
            (None | Some(401 | 403 | 407 | 429 | 500..), _) => {}
            (Some(_), Resource::Registry) => self.registry = true,
            (Some(_), Resource::Repository) => self.repository = true,
        }
    }

    /// The secret was refused in one go, so many times.
    pub(super) fn refused(&mut self, times: u8) {
        if !self.repository {
            self.refusals = self.refusals.saturating_add(times);
        }
    }
}

impl Trial {
    pub(super) fn free() -> Trial {
        Trial { _gate: None }
    }

    pub(super) async fn after(gate: Arc<Mutex<()>>) -> Trial {
        Trial { _gate: Some(gate.lock_owned().await) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use Resource::{Registry, Repository};

    #[test]
    fn the_second_refusal_is_the_last() {
        let mut trust = Trust::default();
        trust.answered(Registry, Some(401));
        assert!(!trust.is_refused());
        trust.answered(Repository, Some(403));
        assert!(trust.is_refused());
    }

    #[test]
    fn a_ping_that_accepts_anything_does_not_vouch_for_a_repository() {
        let mut trust = Trust::default();
        trust.answered(Registry, Some(200));
        assert!(trust.accepts(Registry) && !trust.accepts(Repository));
        trust.answered(Repository, Some(401));
        trust.answered(Repository, Some(401));
        assert!(trust.is_refused());
    }

    #[test]
    fn a_refused_repository_beside_an_accepted_one_is_no_refusal_of_the_secret() {
        let mut trust = Trust::default();
        trust.answered(Repository, Some(404));
        for _ in 0..9 {
            trust.answered(Repository, Some(401));
        }
        assert!(trust.accepts(Repository) && !trust.is_refused());
    }

    #[test]
    fn a_limit_or_a_fault_says_nothing() {
        let mut trust = Trust::default();
        for status in [None, Some(429), Some(503), Some(407)] {
            trust.answered(Repository, status);
        }
        assert!(!trust.accepts(Repository) && !trust.is_refused());
    }
}
