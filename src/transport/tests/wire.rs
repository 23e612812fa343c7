//! What goes out, and what comes back, byte for byte.

use crate::exchange::{BodyEnd, BodyPolicy, HttpVersion, Method, Redirects};
use crate::oci::digest::Digest;
use crate::transport::proxy::Proxies;
use crate::transport::testing::{Reply, Server, get, ok, response, transport};
use crate::transport::{Transport, TransportConfig};

const ACCEPT: (&str, &str) = ("Accept", "a/b");

#[tokio::test]
async fn no_accept_means_none_and_two_lines_mean_two() {
    let server = Server::plain(|_| Reply::Stay(ok("x"))).await;
    let transport = transport(|_| {});
    let hosted = format!("host: {}", server.address);
    let cases: [&[(&str, &str)]; 3] =
        [&[("X-B", "1"), ("X-A", "2")], &[("Accept", "a/b"), ("Accept", "c/d"), ("X-A", "2")], &[]];
    for (case, headers) in cases.iter().enumerate() {
        let hops = transport.exchange(&get(&server.url("/v2/"), headers), Redirects::Follow).await;
        let sent = server.requests()[case].clone();
        let wanted: String =
            headers.iter().map(|(n, v)| format!("{}: {v}\r\n", n.to_ascii_lowercase())).collect();
        assert_eq!(sent, format!("GET /v2/ HTTP/1.1\r\n{wanted}{hosted}\r\n\r\n"));
        let recorded: String =
            hops[0].request.headers.iter().map(|h| format!("{}: {}\r\n", h.name, h.value)).collect();
        assert_eq!(recorded, format!("{wanted}{hosted}\r\n"));
    }
}

#[tokio::test]
async fn urls_go_out_byte_for_byte() {
    let server = Server::plain(|_| Reply::Stay(ok("x"))).await;
    let transport = transport(|_| {});
    let paths = ["/a?sig='x'&y=%2F+~", "/v2/../a", "/a%2Fb//c?&&z|"];
    for (case, path) in paths.iter().enumerate() {
        // With Accept, so that only the URL decides who sends it.
        let hops = transport.exchange(&get(&server.url(path), &[ACCEPT]), Redirects::Follow).await;
        assert!(server.requests()[case].starts_with(&format!("GET {path} HTTP/1.1\r\n")));
        response(&hops[0]);
    }
}

#[tokio::test]
async fn an_answer_is_recorded_as_it_came() {
    let head =
        b"HTTP/1.1 200 Fine by me\r\nX-B: 1\r\nX-Latin: caf\xe9\r\nX-A: 2\r\nContent-Encoding: gzip\r\n";
    let answer = [&head[..], b"X-Same: 1\r\nX-Same: 2\r\nContent-Length: 6\r\n\r\nabcdef"].concat();
    let server = Server::plain(move |_| Reply::Stay(answer.clone())).await;
    let transport = transport(|_| {});
    let mut request = get(&server.url("/"), &[ACCEPT]);
    request.body = BodyPolicy { read_limit: 100, keep_limit: 2 };
    // The first goes through hyper, the second through reqwest.
    for _ in 0..2 {
        let hops = transport.exchange(&request, Redirects::Follow).await;
        let response = response(&hops[0]);
        assert_eq!((response.status, response.reason.as_deref()), (200, Some("Fine by me")));
        assert_eq!(response.version, HttpVersion::Http11);
        assert_eq!(response.header("x-latin"), Some("café"));
        assert_eq!(response.header_all("x-same").collect::<Vec<_>>(), ["1", "2"]);
        let names: Vec<&str> = response.headers.iter().map(|h| h.name.as_str()).collect();
        assert_eq!(
            names,
            ["x-b", "x-latin", "x-a", "content-encoding", "x-same", "x-same", "content-length"]
        );
        let body = &response.body;
        assert_eq!((body.size, &body.kept[..], &body.end), (6, &b"ab"[..], &BodyEnd::Complete));
        assert_eq!(body.sha256, Digest::sha256(b"abcdef"));
        assert_eq!(response.peer, Some(server.address.to_string()));
    }
}

#[tokio::test]
async fn head_and_204_have_no_body() {
    let server = Server::plain(|request| {
        let status = if request.starts_with("HEAD") { "200 OK" } else { "204 No Content" };
        Reply::Stay(format!("HTTP/1.1 {status}\r\nContent-Length: 1234\r\n\r\n").into_bytes())
    })
    .await;
    let transport = transport(|_| {});
    for method in [Method::Head, Method::Get, Method::Head, Method::Get] {
        let mut request = get(&server.url("/"), &[ACCEPT]);
        request.method = method;
        let hops = transport.exchange(&request, Redirects::Follow).await;
        let response = response(&hops[0]);
        assert_eq!((response.body.size, &response.body.end), (0, &BodyEnd::Complete));
        assert_eq!(response.header("content-length"), Some("1234"));
    }
}

#[tokio::test]
async fn connections_are_numbered_and_reused() {
    let server = Server::plain(|_| Reply::Stay(ok("x"))).await;
    let transport =
        transport(|config| config.resolve = vec![("registry.invalid".to_owned(), 0, server.address.ip())]);
    let url = format!("http://registry.invalid:{}/", server.address.port());
    // The override is for port 0 only: not this one.
    let hops = transport.exchange(&get(&url, &[ACCEPT]), Redirects::Follow).await;
    assert_eq!(transport.connections(), 0, "{hops:?}");

    let url = server.url("/");
    let mut numbers = Vec::new();
    for _ in 0..4 {
        let hops = transport.exchange(&get(&url, &[ACCEPT]), Redirects::Follow).await;
        let timing = hops[0].timing;
        assert_eq!(timing.connect.is_some(), numbers.last() != Some(&timing.connection), "{timing:?}");
        assert!(timing.first_byte.is_some_and(|first| first <= timing.total) && timing.start > 0.0);
        numbers.push(timing.connection);
    }
    // hyper's own first, then reqwest's.
    assert_eq!(numbers, [Some(1), Some(2), Some(2), Some(2)]);
    assert_eq!(transport.connections(), 2);
    assert!(transport.elapsed_ms() > 0.0);
}

#[tokio::test]
async fn a_server_that_closes_after_each_answer_is_no_failure() {
    let server = Server::plain(|_| Reply::Close(ok("x"))).await;
    let transport = transport(|_| {});
    for case in 1..=20 {
        let headers: &[(&str, &str)] = if case % 2 == 0 { &[ACCEPT] } else { &[] };
        let hops = transport.exchange(&get(&server.url("/"), headers), Redirects::Follow).await;
        assert_eq!(response(&hops[0]).body.end, BodyEnd::Complete);
        assert_eq!(server.requests().len(), case);
    }
    assert_eq!(transport.connections(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_each_with_its_own_marks() {
    let server =
        Server::plain(|request| Reply::Stay(ok(request.split(' ').nth(1).unwrap_or_default()))).await;
    let transport = transport(|config| config.concurrency = 64);
    let tasks = (0..200).map(|n| {
        let (transport, url) = (transport.clone(), server.url(&format!("/{n}")));
        tokio::spawn(async move {
            let headers: &[(&str, &str)] = if n % 3 == 0 { &[] } else { &[ACCEPT] };
            let hops = transport.exchange(&get(&url, headers), Redirects::Follow).await;
            assert_eq!(response(&hops[0]).body.kept, format!("/{n}"));
            (hops[0].timing.connection.unwrap(), hops[0].timing.connect.is_some())
        })
    });
    let mut opened = std::collections::BTreeSet::new();
    for timing in futures::future::join_all(tasks).await {
        let (connection, is_new) = timing.unwrap();
        // A connection is opened by one request only.
        assert!(!is_new || opened.insert(connection));
        assert!(connection <= transport.connections());
    }
}

#[tokio::test]
async fn overrides_are_used_by_both_clients_and_time_the_name() {
    let server = Server::plain(|_| Reply::Stay(ok("x"))).await;
    let (ip, port) = (server.address.ip(), server.address.port());
    let transport = transport(|config| config.resolve = vec![("registry.invalid".to_owned(), port, ip)]);
    let request = get(&format!("http://registry.invalid:{port}/"), &[ACCEPT]);
    for number in 1..=2 {
        let hops = transport.exchange(&request, Redirects::Follow).await;
        assert_eq!(response(&hops[0]).status, 200);
        assert_eq!(hops[0].timing.connection, Some(number));
        assert!(hops[0].timing.dns.is_some());
        assert!(server.requests().last().unwrap().contains(&format!("host: registry.invalid:{port}")));
    }
}

#[tokio::test]
async fn no_more_at_once_than_allowed() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    let server = Server::plain(|_| Reply::Stay(ok("x"))).await;
    let transport = transport(|config| config.concurrency = 2);
    let host = transport.inner.limits.host(&server.address.to_string());
    let _one = host.admit().await;
    let _two = host.admit().await;
    let done = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&done);
    let (waiting, url) = (transport.clone(), server.url("/"));
    let task = tokio::spawn(async move {
        waiting.exchange(&get(&url, &[]), Redirects::Follow).await;
        counted.fetch_add(1, SeqCst);
    });
    tokio::task::yield_now().await;
    assert_eq!((done.load(SeqCst), server.requests().len()), (0, 0));
    drop(_one);
    task.await.unwrap();
    assert_eq!(done.load(SeqCst), 1);
}

#[tokio::test]
async fn a_plain_request_goes_through_a_proxy_whole() {
    let proxy = Server::plain(|_| Reply::Stay(ok("via"))).await;
    let url = format!("http://me:s3cr3t-word@{}", proxy.address);
    let matcher = hyper_util::client::proxy::matcher::Matcher::builder().all(url).build();
    let transport = Transport::with_proxies(TransportConfig::default(), Proxies::through(matcher)).unwrap();
    let hops = transport.exchange(&get("http://registry.invalid/v2/", &[ACCEPT]), Redirects::Follow).await;
    assert_eq!(&response(&hops[0]).body.kept[..], b"via");
    let seen = proxy.requests()[0].clone();
    assert!(seen.starts_with("GET http://registry.invalid/v2/ HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains("proxy-authorization: Basic "), "{seen}");
}
