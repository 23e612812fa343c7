//! A run's facts, complete: every exchange, plus what is needed to judge them. The only durable artefact.

pub mod pseudonyms;

use std::time::SystemTime;

use chrono::{DateTime, SubsecRound, Utc};

use crate::exchange::{Exchange, ExchangeId};
use crate::oci::digest::Digest;
use crate::plan::{Cell, CellId, Subject};
use crate::target::Target;

/// In place of a suite's id: what was asked is what a client asked.
pub const CLIENT: &str = "record";

/// The time of the system's clock, whatever that says: the year 1969 is a wrong clock and no reason to end.
pub(crate) fn now() -> DateTime<Utc> {
    at(SystemTime::now())
}

fn at(time: SystemTime) -> DateTime<Utc> {
    DateTime::from(time)
}

/// Everything one run against one target saw.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The version of regprobe that recorded.
    pub tool_version: String,
    /// When the run started.
    pub created: DateTime<Utc>,
    /// What was asked for.
    pub target: Target,
    /// Scheme and authority that answered, or the last that was tried: `https://registry-1.docker.io`.
    pub base_url: String,
    /// The suite's id.
    pub suite: String,
    /// The OCI distribution spec that its answers are held to.
    pub spec: crate::oracle::Spec,
    /// The plan, and what became of each of its cells, in the plan's order.
    pub cells: Vec<CellRecord>,
    /// Every exchange, in the order of the plan; those that belong to no cell first.
    pub exchanges: Vec<Exchange>,
    /// What the roles turned out to be.
    pub subjects: Subjects,
    /// How we identified ourselves.
    pub access: Access,
    /// Pulls that a registry which meters them has counted, by our own count: manifest GETs answered 200.
    pub pulls: u64,
    /// Things about this run a reader must know: TLS not verified, interrupted, another platform taken.
    pub notes: Vec<RunNote>,
    /// Wall time in milliseconds.
    pub wall_ms: f64,
}

impl Recording {
    /// Takes from all times what a report does not keep, so that a recording and the report read back are the same.
    pub fn round_times(&mut self) {
        let round = |ms: f64| (ms * 1000.0).round() / 1000.0;
        self.created = self.created.trunc_subsecs(3);
        self.wall_ms = round(self.wall_ms);
        for hop in self.exchanges.iter_mut().flat_map(|exchange| &mut exchange.hops) {
            let timing = &mut hop.timing;
            timing.start = round(timing.start);
            timing.total = round(timing.total);
            for part in [&mut timing.dns, &mut timing.connect, &mut timing.first_byte] {
                *part = part.map(round);
            }
        }
    }
}

/// A cell and its fate.
#[derive(Debug, Clone, PartialEq)]
pub struct CellRecord {
    /// Its id.
    pub id: CellId,
    /// The cell.
    pub cell: Cell,
    /// What became of it.
    pub state: CellState,
}

/// What became of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellState {
    /// A response head arrived; status and body are in the exchange.
    Answered(ExchangeId),
    /// No response head arrived; the exchange says why.
    Failed(ExchangeId),
    /// Never sent.
    NotTried(NotTried),
}

/// Why a cell was never sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTried {
    /// The digest it needs was never learned; the text says why.
    NotLearned(String),
    /// It makes no sense for this target: no digest in the reference, no token endpoint, no TLS.
    NotApplicable(String),
    /// It would have spent more of a metered quota than allowed.
    Budget(String),
    /// The registry said 429 and meant it.
    RateLimited(String),
    /// The run ended first: deadline or interrupt.
    Cancelled(String),
    /// The registry could not be reached at all.
    Unreachable(String),
    /// The first answers agree, and nothing more is to be learned.
    Settled(String),
    /// The user's credentials were refused, and are not sent again.
    CredentialsRefused(String),
}

impl NotTried {
    /// The class, as in reports: `not-learned`, `budget`, ...
    pub fn class(&self) -> &'static str {
        match self {
            NotTried::NotLearned(_) => "not-learned",
            NotTried::NotApplicable(_) => "not-applicable",
            NotTried::Budget(_) => "budget",
            NotTried::RateLimited(_) => "rate-limited",
            NotTried::Cancelled(_) => "cancelled",
            NotTried::Unreachable(_) => "unreachable",
            NotTried::Settled(_) => "settled",
            NotTried::CredentialsRefused(_) => "credentials-refused",
        }
    }

    /// The reason, for a person.
    pub fn reason(&self) -> &str {
        match self {
            NotTried::NotLearned(r)
            | NotTried::NotApplicable(r)
            | NotTried::Budget(r)
            | NotTried::RateLimited(r)
            | NotTried::Cancelled(r)
            | NotTried::Unreachable(r)
            | NotTried::Settled(r)
            | NotTried::CredentialsRefused(r) => r,
        }
    }

    /// The inverse of [`NotTried::class`] and [`NotTried::reason`].
    pub fn from_parts(class: &str, reason: String) -> Option<NotTried> {
        Some(match class {
            "not-learned" => NotTried::NotLearned(reason),
            "not-applicable" => NotTried::NotApplicable(reason),
            "budget" => NotTried::Budget(reason),
            "rate-limited" => NotTried::RateLimited(reason),
            "cancelled" => NotTried::Cancelled(reason),
            "unreachable" => NotTried::Unreachable(reason),
            "settled" => NotTried::Settled(reason),
            "credentials-refused" => NotTried::CredentialsRefused(reason),
            _ => return None,
        })
    }
}

/// The roles, made concrete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subjects {
    /// The index or manifest list behind the reference.
    pub index: Option<Digest>,
    /// The platform's manifest.
    pub manifest: Option<Digest>,
    /// Its config.
    pub config: Option<Digest>,
    /// Its first layer.
    pub layer: Option<Digest>,
    /// What a schema 1 answer announces that was made from something else.
    pub converted: Option<Digest>,
    /// The platform that was taken, where an index offered a choice.
    pub platform: Option<crate::oci::document::Platform>,
}

impl Subjects {
    /// The digest a subject stands for, where it is one that has to be learned.
    pub fn digest(&self, subject: Subject) -> Option<&Digest> {
        match subject {
            Subject::Index => self.index.as_ref(),
            Subject::Manifest => self.manifest.as_ref(),
            Subject::Config => self.config.as_ref(),
            Subject::Layer => self.layer.as_ref(),
            Subject::Converted => self.converted.as_ref(),
            _ => None,
        }
    }

    /// The role a digest plays here, if any. That of a conversion plays none: it names nothing that is stored.
    pub fn role(&self, digest: &str) -> Option<Subject> {
        [Subject::Index, Subject::Manifest, Subject::Config, Subject::Layer]
            .into_iter()
            .find(|s| self.digest(*s).is_some_and(|d| d.as_str() == digest))
    }
}

/// How we identified ourselves, without any secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// `none`, `basic`, `bearer`, or the scheme that was asked for and not known.
    pub scheme: String,
    /// Where credentials came from: `anonymous`, `--username`, `~/.docker/config.json`, `helper docker-credential-pass`.
    pub source: String,
    /// Every `WWW-Authenticate` line that was met, verbatim, once each.
    pub challenges: Vec<String>,
    /// What went wrong on the way to a token, in one sentence.
    pub problem: Option<String>,
}

/// Something about the run itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunNote {
    /// `insecure-tls`, `interrupted`, `deadline`, `other-platform`, `budget`, `throttled`, `settled`, `plain-http`, `proxy`,
    /// `reference`, `cut` (what was not kept or not looked at), `received` (the run ended because too much came).
    pub id: String,
    /// For a person.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_before_1970_is_a_date() {
        let created = at(SystemTime::UNIX_EPOCH - Duration::from_millis(1_500));
        assert_eq!(created.trunc_subsecs(3).to_rfc3339(), "1969-12-31T23:59:58.500+00:00");
    }
}
