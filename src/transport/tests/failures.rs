//! Every failure below HTTP has its name.

use std::time::Duration;

use crate::exchange::{
    BodyEnd, BodyPolicy, FailureKind, HttpVersion, Method, Phase, Redirects, TransportError,
};
use crate::transport::proxy::Proxies;
use crate::transport::testing::{Reply, Server, error, get, impatient, ok, response, transport};
use crate::transport::{Transport, TransportConfig};
use tokio::net::TcpListener;

const ACCEPT: (&str, &str) = ("Accept", "a/b");

async fn fails(transport: &Transport, url: &str) -> TransportError {
    let hops = transport.exchange(&get(url, &[ACCEPT]), Redirects::Follow).await;
    assert_eq!(hops.len(), 1);
    error(&hops[0]).clone()
}

fn named(error: &TransportError) -> (FailureKind, Phase) {
    (error.kind, error.phase)
}

/// The failure of a plain server's answer: through hyper first, then, once the server has answered in
/// HTTP, through reqwest. Both must agree.
async fn both(reply: fn() -> Reply) -> TransportError {
    both_by(|| transport(|_| {}), reply).await
}

async fn both_by(make: fn() -> Transport, reply: fn() -> Reply) -> TransportError {
    let server =
        Server::plain(
            move |request| {
                if request.starts_with("GET /good") { Reply::Close(ok("x")) } else { reply() }
            },
        )
        .await;
    let exact = fails(&make(), &server.url("/bad")).await;
    let ordinary = make();
    ordinary.exchange(&get(&server.url("/good"), &[ACCEPT]), Redirects::Follow).await;
    let second = fails(&ordinary, &server.url("/bad")).await;
    assert_eq!(exact, second);
    exact
}

#[tokio::test]
async fn names_that_do_not_resolve() {
    let error = fails(&transport(|_| {}), "https://registry.invalid/v2/").await;
    assert_eq!(named(&error), (FailureKind::HostNotFound, Phase::Dns));
    insta::assert_snapshot!(error.message, @"the name registry.invalid does not resolve: names under .invalid never do (RFC 6761)");
    let error = fails(&transport(|_| {}), "http://registry.invalid/v2/").await;
    assert_eq!(named(&error), (FailureKind::HostNotFound, Phase::Dns));
}

#[tokio::test]
async fn nothing_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for scheme in ["http", "https"] {
        let error = fails(&transport(|_| {}), &format!("{scheme}://{address}/")).await;
        assert_eq!(named(&error), (FailureKind::Refused, Phase::Connect), "{error}");
    }
}

#[tokio::test]
async fn no_head() {
    let error = both(|| Reply::Close(Vec::new())).await;
    assert_eq!(named(&error), (FailureKind::Closed, Phase::Head), "{error}");
    let error = both(|| Reply::Close(b"HTTP/1.1 200 OK\r\nX-A".to_vec())).await;
    assert_eq!(named(&error), (FailureKind::Closed, Phase::Head), "{error}");
    let error = both(|| Reply::Reset(Vec::new())).await;
    assert_eq!(named(&error), (FailureKind::Reset, Phase::Head), "{error}");
    let error = both_by(impatient, || Reply::Hang(b"HTTP/1.1 200".to_vec())).await;
    assert_eq!(named(&error), (FailureKind::Timeout, Phase::Head), "{error}");
    insta::assert_snapshot!(error.message, @"no response head arrived within 1 s");
}

#[tokio::test]
async fn what_is_not_http() {
    for garbage in [
        || Reply::Close(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()),
        || Reply::Close(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n".to_vec()),
        || Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx".to_vec()),
        || Reply::Close(b"HTTP/1.1 20 OK\r\n\r\n".to_vec()),
    ] {
        let error = both(garbage).await;
        assert_eq!(named(&error), (FailureKind::Malformed, Phase::Head), "{error}");
    }
}

#[tokio::test]
async fn heads_without_end() {
    let error = both(|| {
        let lines: String = (0..600).map(|n| format!("X-{n}: y\r\n")).collect();
        Reply::Close(format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes())
    })
    .await;
    assert_eq!(named(&error), (FailureKind::TooLarge, Phase::Head), "{error}");
    let error = both(|| {
        let value = "y".repeat(4 << 20);
        Reply::Hang(format!("HTTP/1.1 200 OK\r\nX: {value}").into_bytes())
    })
    .await;
    assert_eq!(named(&error), (FailureKind::TooLarge, Phase::Head), "{error}");
    // Up to the bound all is well.
    let server = Server::plain(|_| {
        let lines: String = (0..450).map(|n| format!("X-{n}: y\r\n")).collect();
        Reply::Close(format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n").into_bytes())
    })
    .await;
    let hops = transport(|_| {}).exchange(&get(&server.url("/"), &[]), Redirects::Follow).await;
    let answer = response(&hops[0]);
    assert_eq!(answer.headers.len() as u64 + answer.headers_dropped, 451);
}

#[tokio::test]
async fn bodies_that_break() {
    async fn broken(make: impl FnOnce() -> Transport, reply: fn() -> Reply) -> TransportError {
        let server =
            Server::plain(
                move |request| {
                    if request.starts_with("GET /good") { Reply::Close(ok("x")) } else { reply() }
                },
            )
            .await;
        let transport = make();
        let mut found = Vec::new();
        for path in ["/bad", "/good", "/bad"] {
            let hops = transport.exchange(&get(&server.url(path), &[ACCEPT]), Redirects::Follow).await;
            let response = response(&hops[0]);
            assert_eq!(response.status, 200);
            if let BodyEnd::Broken(error) = &response.body.end {
                assert_eq!(&response.body.kept[..], b"abc");
                found.push(error.clone());
            }
        }
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], found[1]);
        assert_eq!(found[0].phase, Phase::Body);
        found.remove(0)
    }
    let patient = || transport(|_| {});
    let error =
        broken(patient, || Reply::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec())).await;
    assert_eq!(error.kind, FailureKind::Closed, "{error}");
    let chunked =
        || Reply::Close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n".to_vec());
    let error = broken(patient, chunked).await;
    assert_eq!(error.kind, FailureKind::Closed, "{error}");
    let bad =
        || Reply::Close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n".to_vec());
    let error = broken(patient, bad).await;
    assert_eq!(error.kind, FailureKind::Malformed, "{error}");
    let error =
        broken(impatient, || Reply::Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".to_vec())).await;
    assert_eq!(error.kind, FailureKind::Timeout, "{error}");
    insta::assert_snapshot!(error.message, @"the body was not complete within 1 s");
}

#[tokio::test]
async fn an_endless_body_is_capped_and_the_connection_dropped() {
    let server = Server::plain(|_| {
        let body = "y".repeat(300_000);
        Reply::Stay(format!("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n{body}").into_bytes())
    })
    .await;
    let transport = transport(|_| {});
    let mut request = get(&server.url("/"), &[]);
    request.body = BodyPolicy::LAYER;
    for number in 1..=2 {
        let hops = transport.exchange(&request, Redirects::Follow).await;
        let body = &response(&hops[0]).body;
        assert_eq!((body.size, &body.end, body.kept.len()), (64 << 10, &BodyEnd::Capped, 0));
        assert_eq!(hops[0].timing.connection, Some(number));
    }
}

#[tokio::test]
async fn http2_is_not_tried_in_plain_text() {
    let transport = transport(|_| {});
    let mut request = get("http://127.0.0.1:9/", &[]);
    for (version, words) in [
        (HttpVersion::Http2, "HTTP/2 is only tried over TLS"),
        (HttpVersion::Http10, "HTTP/1.0 cannot be asked for"),
    ] {
        request.version = Some(version);
        let hops = transport.exchange(&request, Redirects::Follow).await;
        assert_eq!(error(&hops[0]).message, words);
        assert_eq!(named(error(&hops[0])), (FailureKind::Other, Phase::Send));
    }
    assert_eq!(transport.connections(), 0);
}

#[tokio::test]
async fn what_cannot_be_sent_is_said() {
    let transport = transport(|_| {});
    let fault = fails(&transport, "ftp://user:hunter22@h/x").await;
    assert_eq!(named(&fault), (FailureKind::Other, Phase::Send));
    let request = get("http://127.0.0.1:9/", &[("X-A", "a\r\nX-B: b")]);
    let hops = transport.exchange(&request, Redirects::Follow).await;
    assert_eq!(error(&hops[0]).message, "the value of the header X-A holds a control character");
}

#[tokio::test]
async fn proxies_that_refuse() {
    let through = |address| {
        let matcher =
            hyper_util::client::proxy::matcher::Matcher::builder().all(format!("http://{address}")).build();
        let config = TransportConfig { timeout: Duration::from_secs(5), ..TransportConfig::default() };
        Transport::with_proxies(config, Proxies::through(matcher)).unwrap()
    };
    let proxy = Server::plain(|_| {
        Reply::Close(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".to_vec())
    })
    .await;
    let kinds = |hops: &[crate::exchange::Hop]| (error(&hops[0]).kind, error(&hops[0]).message.clone());
    let address = proxy.address;
    let request = get("https://registry.invalid/v2/", &[]);
    let (kind, message) = kinds(&through(address).exchange(&request, Redirects::Follow).await);
    assert_eq!(kind, FailureKind::Proxy);
    assert!(message.starts_with(&format!("the proxy {address} (from ")), "{message}");
    assert!(message.ends_with("wants a login: 407 in answer to CONNECT"), "{message}");
    assert!(proxy.requests()[0].starts_with("CONNECT registry.invalid:443 HTTP/1.1\r\n"));
    drop(proxy);
    tokio::task::yield_now().await;
    for scheme in ["http", "https"] {
        let request = get(&format!("{scheme}://registry.invalid/v2/"), &[]);
        let (kind, message) = kinds(&through(address).exchange(&request, Redirects::Follow).await);
        assert_eq!(kind, FailureKind::Proxy);
        assert!(message.contains("cannot be reached: "), "{message}");
    }
}

/// The next request meets what an answer left behind; neither is lost, and each attempt is there.
#[tokio::test]
async fn a_spoilt_connection_is_left_for_another() {
    for method in [Method::Head, Method::Get] {
        let server = Server::plain(|request| {
            let late = if request.starts_with("GET /next") { "{\"late\":1}" } else { "" };
            let body = if request.starts_with("HEAD") { "" } else { "x" };
            Reply::Stay(format!("{late}HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{body}").into_bytes())
        })
        .await;
        let transport = transport(|_| {});
        let mut first = get(&server.url("/first"), &[ACCEPT]);
        first.method = method;
        // The first goes by hyper, the others by reqwest: so there is a connection to be reused.
        for _ in 0..2 {
            assert_eq!(transport.attempts(&first, Redirects::Follow).await.len(), 1);
        }
        let attempts = transport.attempts(&get(&server.url("/next"), &[ACCEPT]), Redirects::Follow).await;
        // It is spoilt on the way of its own connection, too: the second attempt is that answer's own fault.
        assert_eq!(attempts.len(), 2);
        for (hops, connection) in attempts.iter().zip([2, 3]) {
            assert_eq!(named(error(&hops[0])), (FailureKind::Malformed, Phase::Head), "{hops:?}");
            assert_eq!(hops[0].timing.connection, Some(connection));
        }
    }
}
