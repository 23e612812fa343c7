//! Which scheme the registry speaks: the reference's own, else https, and on loopback http after it. Recorded.

use crate::exchange::{FailureKind, Hop, Outcome, Purpose};
use crate::plan::concrete::{Concrete, Context, concrete};
use crate::recording::Subjects;
use crate::runner::{Job, is_ping};
use crate::transport::Transport;

/// What came of the first contact.
pub(super) struct Resolved {
    /// Scheme and authority that answered, or the last that was tried.
    pub(super) base_url: String,
    /// The attempts on other schemes, and, where nothing answered, all of them.
    pub(super) failed: Vec<(Purpose, Vec<Hop>)>,
    /// The ping's cell, its request and its answer; `None` when nobody answered.
    pub(super) ping: Option<(usize, Concrete, Vec<Hop>)>,
}

/// Pings each candidate scheme until one speaks HTTP. The ping goes out bare; a challenge is met by the cells.
pub(super) async fn resolve(job: &Job<'_>, transport: &Transport) -> Resolved {
    let ping = job.cells.iter().position(is_ping);
    let mut failed = Vec::new();
    let candidates = job.target.candidates();
    let mut base_url = String::new();
    for (position, scheme) in candidates.iter().enumerate() {
        base_url = job.target.base_url(*scheme);
        let subjects = Subjects::default();
        let context = Context {
            target: job.target,
            base_url: &base_url,
            subjects: &subjects,
            accept: &[],
            user_agent: &job.settings.user_agent,
            extra_headers: &job.settings.extra_headers,
        };
        let Some(index) = ping else { break };
        let Ok(Some(ready)) = concrete(&job.cells[index], &context) else { break };
        let hops = transport.exchange(&ready.request, crate::exchange::Redirects::Follow).await;
        let last = position + 1 == candidates.len();
        match hops.last().map(|hop| &hop.outcome) {
            Some(Outcome::Failed(error)) if last || !may_be_plain(error.kind) => {
                if super::is_fatal(error.kind, error.phase) {
                    failed.push((Purpose::Scheme, hops));
                    return Resolved { base_url, failed, ping: None };
                }
                return Resolved { base_url, failed, ping: Some((index, ready, hops)) };
            }
            Some(Outcome::Failed(_)) => failed.push((Purpose::Scheme, hops)),
            _ => return Resolved { base_url, failed, ping: Some((index, ready, hops)) },
        }
    }
    Resolved { base_url, failed, ping: None }
}

/// Failures after which the other scheme is worth a try. A certificate that is not trusted is none:
/// where TLS is spoken, nobody is moved to plain text.
fn may_be_plain(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::PlainHttpOnTls
            | FailureKind::Tls
            | FailureKind::Refused
            | FailureKind::Reset
            | FailureKind::Closed
            | FailureKind::Malformed
    )
}
