//! TLS, good and bad.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::exchange::{FailureKind, HttpVersion, Phase, Redirects, TransportError};
use crate::transport::testing::{Authority, Reply, Server, error, get, impatient, ok, response, transport};
use crate::transport::{Transport, TransportConfig};

const ACCEPT: (&str, &str) = ("Accept", "a/b");

/// The same failure whether reqwest or hyper meets it.
async fn fails(make: impl Fn() -> Transport, url: &str) -> TransportError {
    let ordinary = make().exchange(&get(url, &[ACCEPT]), Redirects::Follow).await;
    let exact = make().exchange(&get(url, &[]), Redirects::Follow).await;
    // The words of an expired certificate hold the time of day, which goes on between the two.
    assert_eq!(named(error(&ordinary[0])), named(error(&exact[0])));
    error(&ordinary[0]).clone()
}

fn trusting(authority: &Authority) -> impl Fn() -> Transport {
    let pem = authority.pem();
    move || transport(|config| config.cacert = vec![pem.clone()])
}

fn named(error: &TransportError) -> (FailureKind, Phase) {
    (error.kind, error.phase)
}

#[tokio::test]
async fn a_given_root_is_trusted_and_others_are_not() {
    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1", 2020, 2090);
    let server = Server::tls(authority.server(&issued, false, &[]), |_| Reply::Stay(ok("x"))).await;
    for headers in [&[ACCEPT][..], &[]] {
        let hops =
            trusting(&authority)().exchange(&get(&server.https("/"), headers), Redirects::Follow).await;
        assert_eq!(response(&hops[0]).status, 200);
        assert!(hops[0].timing.connect.is_some());
        assert_eq!(hops[0].timing.connection, Some(1));
    }
    let error = fails(trusting(&Authority::new()), &server.https("/")).await;
    assert_eq!(named(&error), (FailureKind::TlsUntrusted, Phase::Tls), "{error}");
    let error = fails(|| transport(|_| {}), &server.https("/")).await;
    assert_eq!(named(&error), (FailureKind::TlsUntrusted, Phase::Tls), "{error}");
    let hops = transport(|config| config.insecure = true)
        .exchange(&get(&server.https("/"), &[]), Redirects::Follow)
        .await;
    assert_eq!(response(&hops[0]).status, 200);
}

#[tokio::test]
async fn certificates_out_of_their_time_or_place() {
    let authority = Authority::new();
    let cases = [
        ("127.0.0.1", 2020, 2021, FailureKind::TlsExpired, "the certificate expired on 2021-01-01 00:00 UTC"),
        (
            "127.0.0.1",
            2080,
            2090,
            FailureKind::TlsNotYetValid,
            "the certificate is valid only from 2080-01-01",
        ),
        (
            "other.example",
            2020,
            2090,
            FailureKind::TlsWrongName,
            "the certificate is for other.example, not for 127.0.0.1",
        ),
    ];
    for (name, from, until, kind, words) in cases {
        let issued = authority.issue(name, from, until);
        let server = Server::tls(authority.server(&issued, false, &[]), |_| Reply::Stay(ok("x"))).await;
        let error = fails(trusting(&authority), &server.https("/")).await;
        assert_eq!(named(&error), (kind, Phase::Tls), "{error}");
        assert!(error.message.starts_with(words), "{error}");
    }
}

#[tokio::test]
async fn a_given_certificate_is_trusted_in_its_time_and_for_its_name() {
    use FailureKind as K;
    for (name, from, until, wanted) in [
        ("127.0.0.1", 2020, 2090, None),
        ("127.0.0.1", 2020, 2021, Some(K::TlsExpired)),
        ("127.0.0.1", 2080, 2090, Some(K::TlsNotYetValid)),
        ("other.example", 2020, 2090, Some(K::TlsWrongName)),
    ] {
        // Marked as an authority's, and a leaf whose issuer is not known.
        for issued in [Authority::self_signed(name, from, until), Authority::new().issue(name, from, until)] {
            let config = Authority::new().server(&issued, false, &[]);
            let server = Server::tls(config, |_| Reply::Stay(ok("x"))).await;
            let given = transport(|config| config.cacert = vec![issued.certificate.clone()]);
            let hops = given.exchange(&get(&server.https("/"), &[]), Redirects::Follow).await;
            match wanted {
                None => assert_eq!(response(&hops[0]).status, 200),
                Some(kind) => assert_eq!(named(error(&hops[0])), (kind, Phase::Tls), "{hops:?}"),
            }
            // Another certificate of that name is none that was given.
            let other = Authority::self_signed(name, from, until).certificate;
            let other = transport(|config| config.cacert = vec![other.clone()]);
            let hops = other.exchange(&get(&server.https("/"), &[]), Redirects::Follow).await;
            assert_eq!(error(&hops[0]).phase, Phase::Tls, "{hops:?}");
        }
    }
}

#[tokio::test]
async fn client_certificates() {
    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1", 2020, 2090);
    let server = Server::tls(authority.server(&issued, true, &[]), |_| Reply::Stay(ok("x"))).await;
    // The refusal races with the request: often enough to see both orders.
    for _ in 0..6 {
        let error = fails(trusting(&authority), &server.https("/")).await;
        assert_eq!(named(&error), (FailureKind::TlsClientCertificate, Phase::Tls), "{error}");
    }
    let own = authority.issue("client", 2020, 2090);
    let make = |key: &[u8]| TransportConfig {
        cacert: vec![authority.pem()],
        identity: Some((own.certificate.clone(), key.to_vec())),
        proxies: false,
        ..TransportConfig::default()
    };
    let transport = Transport::new(make(&own.key)).unwrap();
    for headers in [&[ACCEPT][..], &[]] {
        let hops = transport.exchange(&get(&server.https("/"), headers), Redirects::Follow).await;
        assert_eq!(response(&hops[0]).status, 200);
    }
    let message = |config| Transport::new(config).err().unwrap().to_string();
    insta::assert_snapshot!(message(make(&issued.key)), @"the client key does not belong to the client certificate");
    insta::assert_snapshot!(message(make(b"-----BEGIN")), @"the client key holds no private key: an unencrypted PEM block named PRIVATE KEY is wanted");
    let nothing = TransportConfig { cacert: vec![b"nothing".to_vec()], ..TransportConfig::default() };
    insta::assert_snapshot!(message(nothing), @"the file of trusted roots holds no certificate: a PEM block named CERTIFICATE is wanted");
    let rate = TransportConfig { rate: Some(0.0), ..TransportConfig::default() };
    insta::assert_snapshot!(message(rate), @"the rate must be a number above zero");
}

#[tokio::test]
async fn plain_and_tls_mixed_up() {
    // A server that answers before it has understood, as one does that takes the hello for a bad request.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.readable().await;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await;
        }
    });
    let error = fails(|| transport(|_| {}), &format!("https://{address}/")).await;
    assert_eq!(named(&error), (FailureKind::PlainHttpOnTls, Phase::Tls), "{error}");
    task.abort();

    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1", 2020, 2090);
    let server = Server::tls(authority.server(&issued, false, &[]), |_| Reply::Stay(ok("x"))).await;
    let hops = transport(|_| {}).exchange(&get(&server.url("/"), &[ACCEPT]), Redirects::Follow).await;
    insta::assert_snapshot!(error_text(&hops[0]), @"tls-on-plain-http (head): the server answered a plain request with a TLS record: it speaks TLS on this port");

    let go = Server::plain(|_| {
        Reply::Close(
            b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n".to_vec(),
        )
    })
    .await;
    let hops = transport(|_| {}).exchange(&get(&go.url("/"), &[ACCEPT]), Redirects::Follow).await;
    assert_eq!((response(&hops[0]).status, response(&hops[0]).version), (400, HttpVersion::Http10));
}

fn error_text(hop: &crate::exchange::Hop) -> String {
    error(hop).to_string()
}

#[tokio::test]
async fn a_handshake_that_hangs_or_is_cut() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let error = fails(impatient, &format!("https://{}/", listener.local_addr().unwrap())).await;
    assert_eq!(named(&error), (FailureKind::Timeout, Phase::Tls), "{error}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 4096];
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut hello).await;
        }
    });
    let error = fails(|| transport(|_| {}), &format!("https://{address}/")).await;
    assert_eq!(named(&error), (FailureKind::Closed, Phase::Tls), "{error}");
    task.abort();
}

#[tokio::test]
async fn versions_are_negotiated_or_forced() {
    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1", 2020, 2090);
    let config = authority.server(&issued, false, &["h2", "http/1.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::clone(&config));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = hyper::service::service_fn(|_| async {
                    let body = http_body_util::Full::new(bytes::Bytes::from_static(b"x"));
                    Ok::<_, std::convert::Infallible>(hyper::Response::new(body))
                });
                let executor = hyper_util::rt::TokioExecutor::new();
                let _ = hyper_util::server::conn::auto::Builder::new(executor)
                    .serve_connection(hyper_util::rt::TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    let transport = trusting(&authority)();
    for (asked, spoken) in [
        (None, HttpVersion::Http2),
        (Some(HttpVersion::Http11), HttpVersion::Http11),
        (Some(HttpVersion::Http2), HttpVersion::Http2),
    ] {
        for headers in [&[ACCEPT][..], &[]] {
            let mut request = get(&url, headers);
            request.version = asked;
            let hops = transport.exchange(&request, Redirects::Follow).await;
            assert_eq!(response(&hops[0]).version, spoken, "{asked:?}");
            let hosts = hops[0].request.headers.iter().filter(|h| h.name == "host").count();
            assert_eq!(hosts, usize::from(spoken == HttpVersion::Http11));
        }
    }
    assert_eq!(transport.connections(), 6);
    task.abort();

    let only_h1 =
        Server::tls(authority.server(&issued, false, &["http/1.1"]), |_| Reply::Stay(ok("x"))).await;
    for headers in [&[ACCEPT][..], &[]] {
        let mut request = get(&only_h1.https("/"), headers);
        request.version = Some(HttpVersion::Http2);
        let hops = transport.exchange(&request, Redirects::Follow).await;
        assert_eq!(named(error(&hops[0])), (FailureKind::Tls, Phase::Tls), "{hops:?}");
    }
}

/// What the finding `alpn-none` goes by: the handshake is finished, and what was agreed on shows only after it.
#[tokio::test]
async fn http2_without_an_agreement_fails_after_the_handshake() {
    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1", 2020, 2090);
    let server = Server::tls(authority.server(&issued, false, &[]), |_| Reply::Stay(ok("x"))).await;
    let transport = trusting(&authority)();
    for headers in [&[ACCEPT][..], &[]] {
        let mut request = get(&server.https("/"), headers);
        request.version = Some(HttpVersion::Http2);
        let hops = transport.exchange(&request, Redirects::Follow).await;
        let (kind, phase) = named(error(&hops[0]));
        use FailureKind as K;
        assert!(matches!(kind, K::Reset | K::Malformed | K::Closed | K::Other), "{hops:?}");
        assert!(matches!(phase, Phase::Send | Phase::Head), "{hops:?}");
    }
}
