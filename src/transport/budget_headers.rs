//! How much is kept of the header lines of one answer.

use crate::exchange::Header;
use crate::oci::json::{cut, written};

/// Lines kept of one answer: registries behind three proxies send forty.
pub(super) const LINES: usize = 100;
/// Bytes kept of one answer, as a report writes them.
pub(super) const BYTES: usize = 16 << 10;
/// The same once a run has kept much.
const TIGHT: usize = 2 << 10;
/// Bytes kept of one value.
const VALUE: usize = 4 << 10;
/// What a line takes in a report besides its name and value.
const LINE: usize = 80;

/// Lines that are judged: kept first, whatever is before them.
const JUDGED: [&str; 18] = [
    "content-type",
    "docker-content-digest",
    "content-length",
    "location",
    "www-authenticate",
    "content-encoding",
    "content-range",
    "link",
    "retry-after",
    "docker-distribution-api-version",
    "oci-filters-applied",
    "oci-subject",
    "accept-ranges",
    "etag",
    "ratelimit-limit",
    "ratelimit-remaining",
    "server",
    "via",
];

/// What was not kept.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dropped {
    /// Whole lines.
    pub(super) lines: u64,
    /// Values cut short.
    pub(super) values: u64,
}

impl Dropped {
    pub(super) fn add(&mut self, other: &Dropped) {
        self.lines += other.lines;
        self.values += other.values;
    }
}

/// Keeps the lines that fit, in their order; those that are judged are given room first.
pub(super) fn bound(headers: &mut Vec<Header>, tight: bool) -> Dropped {
    let mut dropped = Dropped::default();
    let most = if tight { TIGHT } else { BYTES };
    if headers.len() <= LINES && size(headers) <= most && headers.iter().all(|h| h.value.len() <= VALUE) {
        return dropped;
    }
    let value = if tight { VALUE / 8 } else { VALUE };
    for header in headers.iter_mut().filter(|header| header.value.len() > value) {
        header.value = cut(&header.value, value);
        dropped.values += 1;
    }
    let (mut lines, mut bytes) = (0, 0);
    let mut fits: Vec<bool> = vec![false; headers.len()];
    for judged in [true, false] {
        for (header, fits) in headers.iter().zip(&mut fits) {
            if JUDGED.contains(&header.name.as_str()) != judged {
                continue;
            }
            let cost = size(std::slice::from_ref(header));
            *fits = lines < LINES && bytes + cost <= most;
            if *fits {
                lines += 1;
                bytes += cost;
            }
        }
    }
    let mut kept = fits.iter();
    headers.retain(|_| kept.next().copied().unwrap_or_default());
    headers.shrink_to_fit();
    dropped.lines = fits.iter().filter(|fits| !**fits).count() as u64;
    dropped
}

/// Bytes that a report takes to write these lines down.
pub(super) fn size(headers: &[Header]) -> usize {
    headers.iter().map(|h| LINE + written(h.name.as_bytes()) + written(h.value.as_bytes())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, value: &str) -> Header {
        Header { name: name.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn what_is_judged_is_kept_first_and_the_order_stays() {
        let mut headers: Vec<Header> = (0..499).map(|n| line(&format!("x-{n}"), "v")).collect();
        headers.push(line("content-type", "text/plain"));
        let dropped = bound(&mut headers, false);
        assert_eq!((headers.len(), dropped), (LINES, Dropped { lines: 400, values: 0 }));
        assert_eq!((headers[0].name.as_str(), headers[99].name.as_str()), ("x-0", "content-type"));
    }

    #[test]
    fn a_long_value_is_cut_with_a_mark() {
        let mut headers = vec![line("location", &"x".repeat(300_000)), line("etag", "e")];
        assert_eq!(bound(&mut headers, false), Dropped { lines: 0, values: 1 });
        assert!(headers[0].value.ends_with("x... <cut: 295904 further bytes>"), "{}", headers[0].value.len());
        let mut headers = vec![line("x-a", &"x".repeat(4000)); 50];
        assert_eq!(bound(&mut headers, true).values, 50);
        assert!(size(&headers) <= TIGHT && !headers.is_empty());
    }

    #[test]
    fn an_ordinary_answer_is_left_as_it_is() {
        let mut headers = vec![line("location", &"x".repeat(4000)), line("x", "y")];
        let before = headers.clone();
        assert_eq!(bound(&mut headers, false), Dropped::default());
        assert_eq!(headers, before);
    }
}
