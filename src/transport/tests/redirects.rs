//! Redirects: followed, refused, and what goes along.

use crate::exchange::{FailureKind, Hop, Method, Redirects};
use crate::reach::Reach;
use crate::transport::proxy::Proxies;
use crate::transport::testing::{Authority, Reply, Server, error, get, ok, redirect, response, transport};
use crate::transport::wire_url::WireUrl;
use crate::transport::{Transport, TransportConfig};

const AUTH: (&str, &str) = ("Authorization", "Bearer t0ken-t0ken");
const ACCEPT: (&str, &str) = ("Accept", "a/b");

fn carries_auth(request: &str) -> bool {
    request.contains("authorization: ")
}

#[tokio::test]
async fn authorization_stays_at_home() {
    let other = Server::plain(|_| Reply::Stay(ok("blob"))).await;
    let elsewhere = other.url("/far?sig='a'&b=%2F");
    let home = Server::plain(move |request| {
        Reply::Stay(match request.split(' ').nth(1) {
            Some("/away") => redirect(307, &elsewhere),
            Some("/home") => redirect(302, "/final"),
            _ => ok("here"),
        })
    })
    .await;
    let transport = transport(|config| config.redact_headers = vec!["x-key".to_owned()]);
    let headers = [AUTH, ACCEPT, ("X-Key", "k3y"), ("Cookie", "a=b")];

    let hops = transport.exchange(&get(&home.url("/away"), &headers), Redirects::Follow).await;
    assert_eq!(hops.iter().map(|h| response(h).status).collect::<Vec<_>>(), [307, 200]);
    assert_eq!(&response(&hops[1]).body.kept[..], b"blob");
    let seen = other.requests()[0].clone();
    assert!(seen.starts_with("GET /far?sig='a'&b=%2F HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("accept: a/b"));
    assert!(!carries_auth(&seen) && !seen.contains("k3y") && !seen.contains("cookie"), "{seen}");
    assert!(hops[1].request.url.ends_with("/far?sig=<redacted>&b=<redacted>"), "{}", hops[1].request.url);
    let location = response(&hops[0]).header("location").unwrap();
    assert_eq!(location, hops[1].request.url);

    transport.exchange(&get(&home.url("/home"), &headers), Redirects::Follow).await;
    assert!(home.requests()[2].starts_with("GET /final") && carries_auth(&home.requests()[2]));
    transport.exchange(&get(&home.url("/home"), &headers), Redirects::Anonymous).await;
    assert!(carries_auth(&home.requests()[3]) && !carries_auth(&home.requests()[4]));
    let hops = transport.exchange(&get(&home.url("/home"), &headers), Redirects::Stop).await;
    assert_eq!((hops.len(), response(&hops[0]).status), (1, 302));
    let mut post = get(&home.url("/home"), &headers);
    post.method = Method::Post;
    post.form = Some("a=b".to_owned());
    assert_eq!(transport.exchange(&post, Redirects::Follow).await.len(), 1);
}

fn refused(hops: &[Hop]) -> (usize, FailureKind) {
    (hops.len(), error(&hops[hops.len() - 1]).kind)
}

#[tokio::test]
async fn loops_and_chains_end() {
    let server = Server::plain(|request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        Reply::Stay(match path.strip_prefix("/n/") {
            Some(n) => redirect(307, &format!("/n/{}", n.parse::<u32>().unwrap() + 1)),
            None => redirect(307, "/self"),
        })
    })
    .await;
    let transport = transport(|_| {});
    let hops = transport.exchange(&get(&server.url("/self"), &[]), Redirects::Follow).await;
    assert_eq!(refused(&hops), (2, FailureKind::RedirectLoop));
    let hops = transport.exchange(&get(&server.url("/n/0"), &[]), Redirects::Follow).await;
    assert_eq!(refused(&hops), (11, FailureKind::RedirectLoop));
    assert_eq!(server.requests().len(), 11);
    // The way round without Authorization is another request, and no loop yet.
    let hops = transport.exchange(&get(&server.url("/self"), &[AUTH]), Redirects::Anonymous).await;
    assert_eq!(refused(&hops), (3, FailureKind::RedirectLoop));
}

#[tokio::test]
async fn places_that_are_not_asked() {
    let server = Server::plain(|request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        Reply::Stay(redirect(307, path.strip_prefix("/to/").unwrap_or("http://127.0.0.1:1/")))
    })
    .await;
    let direct = transport(|_| {});
    for target in ["ftp://h/x", "file:///etc/passwd", "http://", "http://[::1"] {
        let hops = direct.exchange(&get(&server.url(&format!("/to/{target}")), &[]), Redirects::Follow).await;
        assert_eq!(refused(&hops), (2, FailureKind::RedirectRefused), "{target}");
    }
    // Loopback to loopback is followed, under whatever name.
    let hops = direct.exchange(&get(&server.url("/x"), &[]), Redirects::Follow).await;
    assert_eq!(refused(&hops), (2, FailureKind::Refused));

    // Through a proxy the first host counts as public: no address of ours is behind it.
    for target in [
        "http://127.0.0.1:1/?k=v",
        "http://localhost/",
        "http://169.254.169.254/latest",
        "http://[fd00::1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:a9fe:a9fe::1]/",
        "http://198.18.0.1/",
        "http://240.0.0.1/",
        "http://192.0.0.8/",
        "http://metadata.internal/",
    ] {
        let location = target.to_owned();
        let proxy = Server::plain(move |_| Reply::Stay(redirect(302, &location))).await;
        let matcher = hyper_util::client::proxy::matcher::Matcher::builder()
            .all(format!("http://{}", proxy.address))
            .build();
        let transport =
            Transport::with_proxies(TransportConfig::default(), Proxies::through(matcher)).unwrap();
        let hops = transport.exchange(&get("http://registry.invalid/", &[]), Redirects::Follow).await;
        assert_eq!(refused(&hops), (2, FailureKind::RedirectRefused), "{target}");
        assert_eq!(hops[1].request.url, target.replace("=v", "=<redacted>"));
        assert_eq!(proxy.requests().len(), 1);
    }
}

#[tokio::test]
async fn from_tls_to_plain_only_on_loopback() {
    let plain = Server::plain(|_| Reply::Stay(ok("x"))).await;
    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1", 2020, 2090);
    let location = plain.url("/");
    let secure = Server::tls(authority.server(&issued, false, &[]), move |request| {
        Reply::Stay(redirect(
            307,
            if request.starts_with("GET /far") { "http://192.0.2.1/" } else { &location },
        ))
    })
    .await;
    let transport = transport(|config| config.cacert = vec![authority.pem()]);
    let hops = transport.exchange(&get(&secure.https("/"), &[AUTH]), Redirects::Follow).await;
    assert_eq!(hops.len(), 2);
    assert_eq!(response(&hops[1]).status, 200);
    assert!(!carries_auth(&plain.requests()[0]));
    let hops = transport.exchange(&get(&secure.https("/far"), &[]), Redirects::Follow).await;
    assert_eq!(refused(&hops), (2, FailureKind::RedirectRefused));
    insta::assert_snapshot!(error(&hops[1]).message, @"the redirect leads from TLS to plain HTTP: not followed");
}

/// The token endpoint is asked on the registry's word, by the addresses behind its name.
#[tokio::test]
async fn token_requests_lead_no_nearer() {
    let server = Server::plain(|_| Reply::Stay(ok("{}"))).await;
    let (ip, port) = (server.address.ip(), server.address.port());
    let transport = transport(|config| {
        config.resolve = vec![
            ("auth.example".to_owned(), port, ip),
            ("both.example".to_owned(), port, "192.0.2.1".parse().unwrap()),
            ("both.example".to_owned(), port, ip),
        ];
    });
    let request = get(&format!("http://auth.example:{port}/token?scope=x"), &[ACCEPT]);
    for registry in ["https://192.0.2.1", "https://10.0.0.1:5000", "https://[2001:db8::1]"] {
        let (hop, raw) = transport.fetch(&request, Some(registry)).await;
        assert!(raw.is_none());
        assert_eq!(error(&hop).kind, FailureKind::RedirectRefused, "{hop:?}");
        assert!(
            error(&hop).message.ends_with("to auth.example, an address of this machine: not sent"),
            "{hop:?}"
        );
    }
    assert!(server.requests().is_empty());
    // From this machine to this machine, by what the registry's own name resolves to, and by where it answered from.
    for registry in ["http://127.0.0.1:1", "http://localhost:1", &format!("http://auth.example:{port}")] {
        let (hop, _) = transport.fetch(&request, Some(registry)).await;
        assert_eq!(response(&hop).status, 200, "{registry}");
    }
    // Of several addresses only those count that are far enough out; the others are not connected to.
    let both = WireUrl::parse(&format!("http://both.example:{port}/")).unwrap();
    let admitted = transport.inner.admit(Reach::Public, &both).await.unwrap();
    assert_eq!(admitted.pinned, Some(vec!["192.0.2.1".parse().unwrap()]));
    let admitted = transport.inner.admit(Reach::Loopback, &both).await.unwrap();
    assert_eq!(admitted.pinned.map(|all| all.len()), Some(2));
}
