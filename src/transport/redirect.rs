//! Following redirects, hop by hop, and refusing where they lead astray.

use std::net::IpAddr;

use super::admit::Admitted;
use super::budget;
use super::classify::own;
use super::client::Inner;
use super::hop::{Raw, Sending};
use super::redact::{Scrubber, is_harmless};
use super::wire_url::WireUrl;
use super::words::{Keys, latin1};
use crate::exchange::{
    FailureKind, Header, Hop, Method, Outcome, Phase, Redirects, Request, SentRequest, Timing, TransportError,
};
use crate::oci::json::cut;
use crate::reach::Reach;
use http::header::LOCATION;

/// Requests sent for one exchange at most.
const MAX_HOPS: usize = 10;

/// Bytes shown of a target that is too long to be followed.
const SHOWN: usize = 256;

/// Where a redirect leads, once it was found good.
struct Next {
    address: WireUrl,
    pinned: Option<Vec<IpAddr>>,
}

impl Inner {
    /// Every hop, and whether the last failed by what an earlier answer left on its connection. `alone` gives each hop a
    /// connection of its own.
    pub(super) async fn follow(
        &self,
        request: &Request,
        redirects: Redirects,
        alone: bool,
    ) -> (Vec<Hop>, bool) {
        let mut scrubber =
            self.scrubber.with_request(&request.headers, request.form.as_deref(), &request.url);
        let mut address = match WireUrl::parse(&request.url) {
            Ok(address) => address,
            Err(why) => return (vec![self.unsendable(request, &scrubber, &why)], false),
        };
        let mut headers = request.headers.clone();
        let mut pinned = None;
        let mut seen: Vec<(String, usize)> = Vec::new();
        let mut hops = Vec::new();
        loop {
            seen.push((address.text.clone(), headers.len()));
            let received = self
                .send(Sending {
                    headers: &headers,
                    redirected: !hops.is_empty(),
                    pinned: pinned.take(),
                    alone,
                    ..Sending::first(request, &address, &scrubber)
                })
                .await;
            hops.push(received.hop);
            let follows = redirects != Redirects::Stop && request.method != Method::Post;
            let Some((raw, location)) = received.raw.filter(|_| follows).and_then(target) else {
                return (hops, received.spoilt);
            };
            if location.len() > budget::URL {
                let why = format!("the redirect leads to a URL of {} bytes: not followed", location.len());
                let error = own(FailureKind::RedirectRefused, Phase::Send, why);
                let mut hop = self.refusal(request.method, &resolve(&address, &location), &scrubber, error);
                // After the redaction: half a secret is not recognised.
                hop.request.url = cut(&hop.request.url, SHOWN);
                hops.push(hop);
                return (hops, false);
            }
            scrubber = scrubber.with_redirect(&location);
            let refused = |text: &str, error| self.refusal(request.method, text, &scrubber, error);
            let next = match self.judge(&address, &raw, &location).await {
                Ok(next) => next,
                Err((text, error)) => {
                    hops.push(refused(&text, error));
                    return (hops, false);
                }
            };
            let crosses = !address.same_origin(&next.address);
            headers.retain(|(name, _)| self.keeps(name, crosses, redirects));
            address = next.address;
            pinned = next.pinned;
            if seen.iter().any(|(text, lines)| *text == address.text && *lines == headers.len()) {
                hops.push(refused(&address.text, looped("the redirect leads back to where it came from")));
                return (hops, false);
            }
            if hops.len() >= MAX_HOPS {
                let why = format!("{MAX_HOPS} requests were sent, and the last was redirected again");
                hops.push(refused(&address.text, looped(&why)));
                return (hops, false);
            }
        }
    }

    /// Whether a header goes on to the target of a redirect. Headers are only ever taken away, so a
    /// way back does not bring credentials back.
    fn keeps(&self, name: &str, crosses: bool, redirects: Redirects) -> bool {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "authorization" => !crosses && redirects != Redirects::Anonymous,
            "cookie" | "proxy-authorization" | "host" => !crosses,
            name if self.scrubber.is_redacted_header(name) => !crosses || is_harmless(name),
            _ => true,
        }
    }

    /// The target as an address that may be asked, or the failure to record and the text to show.
    async fn judge(
        &self,
        from: &WireUrl,
        raw: &Raw,
        location: &str,
    ) -> Result<Next, (String, TransportError)> {
        let text = resolve(from, location);
        let refuse = |why: String| (text.clone(), own(FailureKind::RedirectRefused, Phase::Send, why));
        let to = WireUrl::parse(&text).map_err(&refuse)?;
        let near = raw.peer.map_or_else(|| Reach::by_text(from.host()), |peer| Reach::of(peer.ip()));
        let admitted = self.admit(near, &to).await;
        let Admitted { reach, pinned } = admitted
            .map_err(|to| refuse(format!("the redirect leads from {} to {to}: not followed", from.host())))?;
        let both_loopback = near == Reach::Loopback && reach == Reach::Loopback;
        if from.is_https() && !to.is_https() && !both_loopback {
            return Err(refuse("the redirect leads from TLS to plain HTTP: not followed".to_owned()));
        }
        Ok(Next { address: to, pinned })
    }

    pub(super) fn refusal(
        &self,
        method: Method,
        url: &str,
        scrubber: &Scrubber,
        mut error: TransportError,
    ) -> Hop {
        error.message = scrubber.message(&error.message);
        let headers: Vec<Header> = Vec::new();
        let request = SentRequest { method, url: scrubber.url(url, Keys::All), headers };
        let timing = Timing { start: self.elapsed_ms(), ..Timing::default() };
        Hop { request, outcome: Outcome::Failed(error), timing }
    }
}

fn looped(why: &str) -> TransportError {
    own(FailureKind::RedirectLoop, Phase::Send, why)
}

/// The Location of an answer that is a redirect (RFC 9110, section 15.4).
fn target(raw: Raw) -> Option<(Raw, String)> {
    if !matches!(raw.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = latin1(raw.headers.get(LOCATION)?.as_bytes());
    Some((raw, location))
}

/// Resolves a Location against the URL that was asked, keeping its bytes wherever they stand for
/// themselves: a signature holds for exactly these.
fn resolve(from: &WireUrl, location: &str) -> String {
    let location = location.trim_matches([' ', '\t']);
    let scheme = location.split_once(':').map_or("", |(scheme, _)| scheme);
    let is_absolute = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let own = from.text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = own.split(['/', '?']).next().unwrap_or_default();
    if is_absolute {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{}:{location}", from.url.scheme())
    } else if location.starts_with('/') {
        format!("{}://{authority}{location}", from.url.scheme())
    } else {
        from.url.join(location).map_or_else(|_| location.to_owned(), String::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_keep_their_bytes() {
        let from = WireUrl::parse("https://h.example:444/v2/a/blobs/x?y=1").unwrap();
        let cases = [
            ("https://S3.example/x?sig='%2f'&b=+", "https://S3.example/x?sig='%2f'&b=+"),
            ("//s3.example/x", "https://s3.example/x"),
            ("/x/../y?q='", "https://h.example:444/x/../y?q='"),
            ("other?z=1", "https://h.example:444/v2/a/blobs/other?z=1"),
            ("?z=1", "https://h.example:444/v2/a/blobs/x?z=1"),
            ("ftp://h/x", "ftp://h/x"),
        ];
        for (location, wanted) in cases {
            assert_eq!(resolve(&from, location), wanted);
        }
    }
}
