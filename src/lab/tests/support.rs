//! A client that shows what is on the wire, and repairs nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::lab::context::Context;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Site;
use crate::lab::server::{Answer, Server};
use crate::lab::{Lab, LabOptions};

/// Only so that a test that is wrong ends: nothing depends on its length.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer, its head taken apart.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn code(&self) -> String {
        self.json()["errors"][0]["code"].as_str().unwrap().to_owned()
    }
}

/// Takes the bytes of one answer apart.
pub(super) fn parse(bytes: &[u8]) -> Got {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    let headers = headers.map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect();
    Got { status, headers, body: bytes[end + 4..].to_vec() }
}

/// Sends a request on a connection of its own and leaves it open.
pub(super) async fn send(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
    let mut io = TcpStream::connect(to).await.unwrap();
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    io.write_all(format!("{text}\r\n").as_bytes()).await.unwrap();
    io
}

/// Everything that comes until the server closes.
pub(super) async fn all(mut io: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    tokio::time::timeout(PATIENCE, io.read_to_end(&mut bytes)).await.expect("an end").unwrap();
    bytes
}

/// One request and its answer.
pub(super) async fn ask(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Got {
    parse(&all(send(to, method, path, headers).await).await)
}

/// GET.
pub(super) async fn get(to: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Got {
    ask(to, "GET", path, headers).await
}

/// A lab with some quirks.
pub(super) async fn lab(quirks: &[&str]) -> Lab {
    let quirks = quirks.iter().map(|id| (*id).to_owned()).collect();
    Lab::start(LabOptions { quirks, ..LabOptions::default() }).await.unwrap()
}

/// A server that answers by a function of the path; it stops when the sender is dropped.
pub(super) async fn server(answer: fn(&str) -> Reply) -> (SocketAddr, watch::Sender<bool>) {
    struct By(fn(&str) -> Reply);
    impl Answer for By {
        fn answer(&self, request: &LabRequest) -> Reply {
            (self.0)(&request.path)
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let lab = Arc::new(Context::new(address, address, 0, Duration::ZERO));
    let (stop, stopped) = watch::channel(false);
    let server = Server { site: Site::Registry, lab, answer: Arc::new(By(answer)) };
    tokio::spawn(server.run(listener, stopped));
    (address, stop)
}

/// Waits until nothing listens there any more.
pub(super) async fn refused(address: SocketAddr) {
    let gone = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("the port is freed");
}
