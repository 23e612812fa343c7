//! A planted secret is nowhere in a hop.

use base64::Engine as _;
use secrecy::SecretString;

use crate::exchange::{BodyEnd, Method, Redirects};
use crate::oci::digest::Digest;
use crate::transport::testing::{Reply, Server, get, redirect, response, transport};

const PLANTED: &str = "pl4nted-s3cret";

#[tokio::test]
async fn nowhere() {
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("someone:{PLANTED}"));
    let echo = basic.clone();
    // Says everything back, everywhere.
    let server = Server::plain(move |request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        if path.starts_with("/redirect") {
            let target = format!("/x?X-Amz-Signature={PLANTED}-and-more-of-it&other={PLANTED}");
            let body = format!("<a href=\"{}\">Found</a>", target.replace('&', "&amp;"));
            return Reply::Stay(
                format!(
                    "HTTP/1.1 307 {PLANTED}\r\nLocation: {target}\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )
                .into_bytes(),
            );
        }
        let body = format!("{{\"message\": \"you said {PLANTED} and {echo} and {path}\"}}");
        let head = format!(
            "HTTP/1.1 401 {PLANTED}\r\nSet-Cookie: sid={PLANTED}; Path=/\r\nAuthentication-Info: {PLANTED}\r\n\
             WWW-Authenticate: Bearer realm=\"http://u:{PLANTED}@h/t\"\r\nLink: </x?token={PLANTED}>; rel=next\r\n\
             X-Echo: {PLANTED} {echo}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Reply::Stay(format!("{head}{body}").into_bytes())
    })
    .await;
    let transport = transport(|config| config.redact_headers = vec!["x-user".to_owned()]);
    let with_user_info = server.url("/").replace("http://", &format!("http://user:{PLANTED}@"));
    let bearer = format!("Bearer {PLANTED}");
    let basic = format!("Basic {basic}");
    let cookie = format!("a={PLANTED}");
    let cases: [(String, &[(&str, &str)]); 7] = [
        (server.url("/a"), &[("Authorization", &bearer)]),
        (server.url("/b"), &[("Authorization", &basic), ("Accept", "a/b")]),
        (server.url("/c"), &[("Cookie", &cookie)]),
        (server.url("/d"), &[("X-User", PLANTED), ("Accept", "a/b")]),
        (with_user_info, &[("Accept", "a/b")]),
        (server.url("/redirect"), &[("Authorization", &bearer), ("Accept", "a/b")]),
        ("http://user:pl4nted-s3cret@host.invalid/".to_owned(), &[("Authorization", &bearer)]),
    ];
    for (url, headers) in cases {
        let hops = transport.exchange(&get(&url, headers), Redirects::Follow).await;
        let shown = format!("{hops:?}");
        assert!(!shown.contains(PLANTED), "{url}: {shown}");
        let encoded = basic.split_once(' ').unwrap().1;
        assert!(
            !headers.iter().any(|(_, v)| v.contains(encoded)) || !shown.contains(encoded),
            "{url}: {shown}"
        );
    }
    let seen = server.requests().join("");
    assert!(!seen.contains("Basic dXNlcjp"), "user info was sent: {seen}");
}

#[tokio::test]
async fn what_signs_a_redirect_is_in_neither_hop() {
    let server = Server::plain(|request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let (head, body) = if path == "/redirect" {
            let target = format!("/x?X-Amz-Signature={PLANTED}-{PLANTED}&e={PLANTED}");
            (
                format!("307 Moved\r\nLocation: {target}"),
                format!("<a href='{}'>", target.replace('&', "&amp;")),
            )
        } else {
            (format!("403 Forbidden\r\nX-Echo: {path}"), format!("<Provided>{PLANTED}-{PLANTED}</Provided>"))
        };
        Reply::Stay(format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
    })
    .await;
    let hops = transport(|_| {}).exchange(&get(&server.url("/redirect"), &[]), Redirects::Follow).await;
    let bodies: Vec<_> = hops.iter().map(|h| String::from_utf8_lossy(&response(h).body.kept)).collect();
    assert_eq!(
        bodies,
        ["<a href='/x?X-Amz-Signature=<redacted>&amp;e=<redacted>'>", "<Provided><redacted></Provided>"]
    );
    assert!(hops[1].request.url.ends_with("/x?X-Amz-Signature=<redacted>&e=<redacted>"));
    assert!(server.requests()[1].contains(PLANTED));
}

#[tokio::test]
async fn given_secrets_are_scrubbed_even_where_nothing_was_sent() {
    let server = Server::plain(|_| Reply::Stay(redirect(400, PLANTED))).await;
    let transport = transport(|config| config.secrets = vec![SecretString::from(PLANTED)]);
    let url = server.url(&format!("/v2/{PLANTED}"));
    for _ in 0..2 {
        let hops = transport.exchange(&get(&url, &[("Accept", PLANTED)]), Redirects::Follow).await;
        assert!(!format!("{hops:?}").contains(PLANTED), "{hops:?}");
    }
    assert!(server.requests()[0].contains(PLANTED));
    let hops =
        transport.exchange(&get(&format!("x{PLANTED}:/"), &[(PLANTED, "\n")]), Redirects::Follow).await;
    assert!(!format!("{hops:?}").contains(PLANTED), "{hops:?}");
}

#[tokio::test]
async fn a_token_body_is_handed_back_and_not_recorded() {
    let server = Server::plain(|_| {
        let body = format!("{{\"token\":\"{PLANTED}\"}}");
        Reply::Stay(
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-A: b\r\n\r\n{body}", body.len()).into_bytes(),
        )
    })
    .await;
    let transport = transport(|_| {});
    let mut request = get(&server.url("/token?account=me&scope=s"), &[("Accept", "a/b")]);
    request.method = Method::Post;
    request.form = Some(format!("grant_type=password&password={PLANTED}"));
    for case in 0..2 {
        let (hop, raw) = transport.fetch(&request, None).await;
        let raw = raw.unwrap();
        assert_eq!((raw.status, raw.header("x-a"), raw.complete), (200, Some("b"), true));
        assert_eq!(&raw.body[..], format!("{{\"token\":\"{PLANTED}\"}}").as_bytes());
        assert!(!format!("{hop:?} {raw:?}").contains(PLANTED));
        let body = &response(&hop).body;
        assert_eq!((body.size, body.kept.len(), &body.end), (0, 0, &BodyEnd::Complete));
        assert_eq!(body.sha256, Digest::sha256(b""));
        assert!(hop.request.url.ends_with("/token?account=<redacted>&scope=s"));
        let seen = server.requests()[case].clone();
        assert!(seen.contains("content-type: application/x-www-form-urlencoded\r\n"), "{seen}");
        assert!(seen.ends_with(&format!("\r\n\r\ngrant_type=password&password={PLANTED}")), "{seen}");
        assert_eq!(seen.matches("content-length").count(), 1);
    }
    let (hop, raw) = transport.fetch(&get("http://host.invalid/", &[]), None).await;
    assert!(raw.is_none() && hop.timing.first_byte.is_none());
}
