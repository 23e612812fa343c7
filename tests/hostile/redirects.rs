//! Redirects to nowhere, to anywhere, and without end.

use crate::case::{ANY, Case, FAILS, case};
use crate::image::Image;
use crate::server::{Act, Asked, Reply};

/// All manifests and blobs are redirected there; `HERE` is the server itself.
fn to(name: &'static str, location: &'static str) -> Case {
    case(name, FAILS, move |asked| {
        if asked.is_ping() { Reply::json("{}").act() } else { moved(&location.replace("HERE", &asked.here)) }
    })
}

fn moved(location: &str) -> Act {
    Reply::status("307 Temporary Redirect").with("location", location).act()
}

/// Only blobs are redirected.
fn blobs(name: &'static str, location: impl Fn(&Asked) -> String + Send + Sync + 'static) -> Case {
    case(name, ANY, move |asked| {
        if asked.path.contains("/blobs/") { moved(&location(asked)) } else { Image::plain().act(asked) }
    })
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        to("redirects/to-itself", ""),
        to("redirects/to-a-fragment", "#"),
        to("redirects/without-a-host", "http://"),
        to("redirects/to-file", "file:///etc/passwd"),
        to("redirects/to-javascript", "javascript:canary()"),
        to("redirects/to-data", "data:application/json,{}"),
        to("redirects/to-gopher", "gopher://127.0.0.1/1"),
        to("redirects/to-unix-socket", "unix:///run/docker.sock"),
        to("redirects/to-port-0", "http://127.0.0.1:0/"),
        to("redirects/to-port-99999", "http://127.0.0.1:99999/"),
        to("redirects/to-closed-port", "http://127.0.0.1:1/v2/"),
        to("redirects/to-tls-on-plain-port", "https://HERE/v2/"),
        to("redirects/to-user-info", "http://user:canary-password@HERE/v2/a/b/manifests/d"),
        to("redirects/to-backslashes", "http:\\\\HERE\\v2"),
        to("redirects/to-spaces-and-quotes", "/a b'\"`$(touch canary);#<>|&\\"),
        to("redirects/to-broken-percent", "/%zz%%%/%00%0d%0ax-a:%20b"),
        case("redirects/location-not-utf8", FAILS, |_| {
            Reply::status("302 Found").with("location", b"/\xff\xfe\x80").act()
        }),
        case("redirects/without-location", FAILS, |_| Reply::status("302 Found").act()),
        case("redirects/two-locations", FAILS, |asked| {
            let there = format!("http://{}/b", asked.here);
            Reply::status("301 Moved Permanently").with("location", "/a").with("location", there).act()
        }),
        case("redirects/in-a-circle", FAILS, |asked| {
            moved(if asked.path.ends_with("/one") { "/v2/two" } else { "/v2/one" })
        }),
        case("redirects/without-end", FAILS, |asked| moved(&format!("/v2/hop/{}", asked.count))),
        case("redirects/growing", FAILS, |asked| moved(&format!("{}/x{}", asked.path, "y".repeat(500)))),
        case("redirects/multiple-choices", FAILS, |_| {
            Reply::new("300 Multiple Choices", "text/html", "<a href=/x>").with("location", "/x").act()
        }),
        case("redirects/use-proxy", FAILS, |asked| {
            Reply::status("305 Use Proxy").with("location", format!("http://{}/", asked.here)).act()
        }),
        case("redirects/with-4mb-bodies", FAILS, |asked| {
            let there = format!("/v2/{}", asked.count);
            Reply::new("302 Found", "text/html", "x".repeat(4 << 20)).with("location", there).act()
        }),
        blobs("redirects/blob-to-ping", |asked| format!("http://{}/v2/", asked.here)),
        blobs("redirects/blob-to-a-name-without-end", |asked| {
            format!("http://{}/{}", asked.here, "a/".repeat(4_000))
        }),
        blobs("redirects/blob-signature-that-is-a-word", |asked| {
            format!("http://{}/x?X-Amz-Signature=sha256&sig=application&token=manifests", asked.here)
        }),
    ]
}
