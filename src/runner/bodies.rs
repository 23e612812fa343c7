//! Hundreds of cells get the same few documents: one copy serves them all.

use std::collections::HashMap;

use bytes::Bytes;

use crate::exchange::{Hop, Outcome, Purpose};
use crate::oci::digest::Digest;

/// The bodies that are kept, each once.
#[derive(Debug, Default)]
pub(super) struct Bodies(HashMap<Digest, Bytes>);

impl Bodies {
    /// Lets equal bodies share their memory.
    pub(super) fn share(&mut self, attempts: &mut [(Purpose, Vec<Hop>)]) {
        for hop in attempts.iter_mut().flat_map(|(_, hops)| hops) {
            let Outcome::Answered(response) = &mut hop.outcome else { continue };
            let kept = &mut response.body.kept;
            if kept.is_empty() {
                continue;
            }
            match self.0.get(&response.body.sha256) {
                Some(known) if known == kept => *kept = known.clone(),
                _ => {
                    self.0.insert(response.body.sha256.clone(), kept.clone());
                }
            }
        }
    }
}
