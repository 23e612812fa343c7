//! Reading a body: every byte hashed, the first ones kept, never more than the cap or than the run has room for.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256, Sha512};
use tokio::time::{Instant, timeout_at};

use super::BoxError;
use super::budget::{Budget, SMALL};
use crate::exchange::{Body, BodyEnd, BodyPolicy, TransportError};
use crate::oci::digest::Digest;

/// What is left of a body for which the run has no room.
const START: usize = 256;

/// How reading was ended by something else than the body.
pub(super) enum BodyFault {
    /// The time of the hop ran out.
    Timeout,
    /// The library's error.
    Error(BoxError),
}

/// Reads a body to its end, its cap, its fault or the deadline; true where the run had no room for all of it.
pub(super) async fn read<B>(
    body: B,
    policy: BodyPolicy,
    budget: &Budget,
    deadline: Instant,
    name_fault: impl FnOnce(BodyFault) -> TransportError,
) -> (Body, bool)
where
    B: hyper::body::Body<Data = Bytes, Error = BoxError>,
{
    let mut body = std::pin::pin!(body);
    let mut taken = Taken::new(policy);
    // Many large bodies at once are what fills the memory, long before any is kept.
    let mut large = None;
    let mut no_room = false;
    let end = loop {
        if body.is_end_stream() {
            break BodyEnd::Complete;
        }
        match timeout_at(deadline, body.frame()).await {
            Err(_) => break BodyEnd::Broken(name_fault(BodyFault::Timeout)),
            Ok(None) => break BodyEnd::Complete,
            Ok(Some(Err(error))) => break BodyEnd::Broken(name_fault(BodyFault::Error(error))),
            Ok(Some(Ok(frame))) => {
                // Trailers hold nothing that is asked for.
                let Ok(data) = frame.into_data() else { continue };
                let more = budget.receive(data.len());
                if large.is_none() && taken.keeps() && taken.size + data.len() as u64 > SMALL {
                    match timeout_at(deadline, budget.large.acquire()).await {
                        Ok(Ok(permit)) => large = Some(permit),
                        Ok(Err(_)) | Err(_) => break BodyEnd::Broken(name_fault(BodyFault::Timeout)),
                    }
                    taken.make_room();
                }
                if large.is_some() && taken.keeps() && !budget.may_keep(taken.size) {
                    taken.keep_no_more();
                    no_room = true;
                    large = None;
                }
                if taken.take(data) || !more {
                    break BodyEnd::Capped;
                }
            }
        }
    };
    (taken.finish(end), no_room)
}

/// A body of which nothing may be known.
pub(super) fn withheld(end: BodyEnd) -> Body {
    Taken::new(BodyPolicy { read_limit: 0, keep_limit: 0 }).finish(end)
}

/// A body on its way: what was seen of it.
pub(super) struct Taken {
    policy: BodyPolicy,
    size: u64,
    sha256: Sha256,
    sha512: Sha512,
    first: Bytes,
    more: BytesMut,
}

impl Taken {
    pub(super) fn new(policy: BodyPolicy) -> Taken {
        Taken {
            policy,
            size: 0,
            sha256: Sha256::new(),
            sha512: Sha512::new(),
            first: Bytes::new(),
            more: BytesMut::new(),
        }
    }

    /// Takes what fits under the cap; true where something did not.
    pub(super) fn take(&mut self, mut data: Bytes) -> bool {
        let room = self.policy.read_limit.saturating_sub(self.size);
        let over = data.len() as u64 > room;
        if over {
            data.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        }
        self.sha256.update(&data);
        self.sha512.update(&data);
        let keep = self.policy.keep_limit.saturating_sub(self.size).min(data.len() as u64);
        self.size += data.len() as u64;
        data.truncate(usize::try_from(keep).unwrap_or(usize::MAX));
        self.keep(data);
        over
    }

    /// Whether what comes next is kept.
    fn keeps(&self) -> bool {
        self.size < self.policy.keep_limit
    }

    /// Leaves it at what is kept already, a start of it: there is no room for the whole.
    fn keep_no_more(&mut self) {
        self.policy.keep_limit = 0;
        self.more.truncate(START);
        self.more = BytesMut::from(&self.more[..]);
        if self.more.is_empty() {
            self.first = Bytes::copy_from_slice(&self.first[..self.first.len().min(START)]);
        }
    }

    /// Makes room for all that may come, so that it is not moved from one place to the next on the way.
    fn make_room(&mut self) {
        let keep = usize::try_from(self.policy.keep_limit.min(self.policy.read_limit)).unwrap_or_default();
        let mut more = BytesMut::with_capacity(keep);
        more.extend_from_slice(if self.more.is_empty() { &self.first[..] } else { &self.more[..] });
        self.more = more;
    }

    /// Bytes seen so far.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// A body of one chunk, as most are, is not copied.
    fn keep(&mut self, data: Bytes) {
        if data.is_empty() {
            return;
        }
        if self.first.is_empty() {
            self.first = data;
        } else {
            if self.more.is_empty() {
                self.more.extend_from_slice(&self.first);
            }
            self.more.extend_from_slice(&data);
        }
    }

    pub(super) fn finish(self, end: BodyEnd) -> Body {
        Body {
            size: self.size,
            sha256: Digest::from_sha256(self.sha256.finalize()),
            sha512: Digest::from_sha512(self.sha512.finalize()),
            end,
            kept: if self.more.is_empty() { self.first } else { self.more.freeze() },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn read_chunks(chunks: &'static [&'static str], read_limit: u64, keep_limit: u64) -> Body {
        let frames = chunks
            .iter()
            .map(|c| Ok::<_, BoxError>(hyper::body::Frame::data(Bytes::from_static(c.as_bytes()))));
        let body = http_body_util::StreamBody::new(futures::stream::iter(frames.collect::<Vec<_>>()));
        let deadline = Instant::now() + Duration::from_secs(60);
        let policy = BodyPolicy { read_limit, keep_limit };
        read(body, policy, &Budget::new(), deadline, |_| unreachable!()).await.0
    }

    #[tokio::test]
    async fn all_is_hashed_and_the_first_bytes_are_kept() {
        let body = read_chunks(&["ab", "cd", "", "ef"], 100, 3).await;
        assert_eq!((body.size, &body.end, &body.kept[..]), (6, &BodyEnd::Complete, &b"abc"[..]));
        assert_eq!(body.sha256, Digest::sha256(b"abcdef"));
        assert_eq!(body.sha512, Digest::sha512(b"abcdef"));
    }

    #[tokio::test]
    async fn reading_stops_at_the_cap_and_not_before() {
        let body = read_chunks(&["abc", "def"], 6, 100).await;
        assert_eq!((body.size, &body.end, &body.kept[..]), (6, &BodyEnd::Complete, &b"abcdef"[..]));
        let body = read_chunks(&["abc", "def"], 5, 100).await;
        assert_eq!((body.size, &body.end, &body.kept[..]), (5, &BodyEnd::Capped, &b"abcde"[..]));
        assert_eq!(body.sha256, Digest::sha256(b"abcde"));
    }

    #[tokio::test]
    async fn an_empty_body() {
        let body = read_chunks(&[], 5, 5).await;
        assert_eq!((body.size, &body.sha256), (0, &Digest::sha256(b"")));
        assert_eq!(body, withheld(BodyEnd::Complete));
    }
}
