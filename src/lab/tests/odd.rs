//! Answers that break the rules, and the server's own life.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{all, ask, get, lab, parse, refused, send, server};
use crate::lab::respond::{Body, Reply};

const HOUR: Duration = Duration::from_secs(3600);

fn odd(path: &str) -> Reply {
    let (bytes, declared) = (Bytes::from_static(b"some bytes"), 100);
    let body = match path {
        "/chunked" => Body::Chunked(bytes),
        "/until-close" => Body::UntilClose(bytes),
        "/truncated" => Body::Truncated { bytes, declared },
        "/stalled" => Body::Stalled { bytes, declared },
        "/endless" => Body::Endless(bytes),
        "/hang" => Body::Hang,
        "/closed" => Body::Closed,
        "/raw" => Body::Raw(vec![(Duration::ZERO, Bytes::from_static(b"SSH-2.0-x\r\n"))]),
        "/slow" => return Reply { delay: HOUR, ..Reply::new(200) },
        _ => Body::Bytes(bytes),
    };
    Reply { body, ..Reply::new(200) }.with("Content-Type", "text/plain")
}

#[tokio::test]
async fn bodies_as_they_are_meant() {
    let (to, _stop) = server(odd).await;
    let chunked = get(to, "/chunked", &[]).await;
    assert_eq!((chunked.header("content-length"), chunked.text()), (None, "A\r\nsome bytes\r\n0\r\n\r\n"));
    let until = get(to, "/until-close", &[]).await;
    assert_eq!((until.header("content-length"), until.text()), (None, "some bytes"));
    assert_eq!(until.header("transfer-encoding"), None);
    let cut = get(to, "/truncated", &[]).await;
    assert_eq!((cut.header("content-length"), cut.text()), (Some("100"), "some bytes"));
    assert_eq!(all(send(to, "GET", "/closed", &[]).await).await, b"");
    assert_eq!(all(send(to, "GET", "/raw", &[]).await).await, b"SSH-2.0-x\r\n");
}

#[tokio::test]
async fn heads_of_odd_bodies_end() {
    let (to, _stop) = server(odd).await;
    for (path, length) in [
        ("/chunked", None),
        ("/until-close", None),
        ("/endless", None),
        ("/truncated", Some("100")),
        ("/stalled", Some("100")),
    ] {
        let got = ask(to, "HEAD", path, &[]).await;
        assert_eq!((got.status, got.header("content-length"), got.text()), (200, length, ""), "{path}");
    }
}

#[tokio::test]
async fn an_endless_body_goes_on() {
    let (to, _stop) = server(odd).await;
    let mut io = send(to, "GET", "/endless", &[]).await;
    let mut much = vec![0; 256 << 10];
    io.read_exact(&mut much).await.unwrap();
    assert_eq!(parse(&much).header("transfer-encoding"), Some("chunked"));
}

#[tokio::test]
async fn who_waits_keeps_nobody_waiting() {
    let (to, stop) = server(odd).await;
    let hung = send(to, "GET", "/hang", &[]).await;
    let slow = send(to, "GET", "/slow", &[]).await;
    let mut stalled = send(to, "GET", "/stalled", &[]).await;
    let mut seen = Vec::new();
    while !seen.ends_with(b"some bytes") {
        assert_ne!(stalled.read_buf(&mut seen).await.unwrap(), 0);
    }
    for _ in 0..50 {
        assert_eq!(get(to, "/", &[]).await.text(), "some bytes");
    }
    for silent in [&hung, &slow, &stalled] {
        assert!(silent.try_read(&mut [0; 8]).is_err(), "nothing more has come");
    }
    // And a server that stops lets go of them all.
    drop(stop);
    for io in [hung, slow, stalled] {
        assert_eq!(all(io).await, b"");
    }
}

#[tokio::test]
async fn stopping_and_dropping_free_the_ports() {
    let one = lab(&[]).await;
    let (registry, storage) = (one.address(), one.storage_address());
    let mut idle = TcpStream::connect(registry).await.unwrap();
    idle.write_all(b"HEAD /v2/ HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert_ne!(idle.read(&mut [0; 4096]).await.unwrap(), 0);
    one.stop().await;
    for address in [registry, storage] {
        assert!(TcpStream::connect(address).await.is_err(), "{address} is free at once");
    }
    assert_eq!(all(idle).await, b"");
    let two = lab(&[]).await;
    let address = two.address();
    drop(two);
    refused(address).await;
}

#[tokio::test]
async fn what_is_no_http_is_refused_and_harms_nobody() {
    let lab = lab(&[]).await;
    let mut io = TcpStream::connect(lab.address()).await.unwrap();
    io.write_all(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").await.unwrap();
    assert_eq!(parse(&all(io).await).status, 400);
    assert_eq!(get(lab.address(), "/v2/", &[]).await.status, 200);
}

#[test]
fn references_can_be_probed() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let lab = lab(&[]).await;
        let references = lab.references();
        assert_eq!(references.len(), 16);
        for (reference, about) in references {
            assert!(!about.is_empty());
            let rest = reference.strip_prefix(&format!("{}/", lab.address())).unwrap();
            let (repository, tag) = rest.rsplit_once(':').unwrap();
            let path = format!("/v2/{repository}/manifests/{tag}");
            assert_eq!(get(lab.address(), &path, &[]).await.status, 200, "{reference}");
        }
    });
}
