//! The client's side of a recording proxy: HTTP/1.1 on loopback, each request handed on with its body as a stream.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What open connections are given to finish when the proxy stops.
const GRACE: Duration = Duration::from_millis(500);

/// A body as a stream.
pub type Streamed = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// What answers: it is handed the request and the address that it came to.
pub type Pass =
    Arc<dyn Fn(Request<Streamed>, String) -> BoxFuture<'static, Response<Streamed>> + Send + Sync>;

/// A running proxy. Dropping it stops it.
pub struct Proxy {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts listening on the current tokio runtime.
    pub async fn start(listen: SocketAddr, pass: Pass) -> io::Result<Proxy> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(serve(listener, address.to_string(), pass, stopped));
        Ok(Proxy { address, stop, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops, and returns when the port is free and the connections are closed.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let _ = self.task.await;
    }
}

async fn serve(listener: TcpListener, address: String, pass: Pass, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let stopped = stop.clone();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((io, _)) => {
                    // A matter of speed alone, so a refusal is no reason to refuse the client.
                    let _ = io.set_nodelay(true);
                    connections.spawn(connection(io, address.clone(), Arc::clone(&pass), stopped.clone()));
                }
                // Out of file descriptors, most likely: let some connections end first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
            () = wanted_no_more(&mut stop) => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    connections.shutdown().await;
}

async fn connection(io: TcpStream, address: String, pass: Pass, mut stop: watch::Receiver<bool>) {
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let passed = pass(request.map(|body| body.map_err(Into::into).boxed_unsync()), address.clone());
        async move { Ok::<_, Infallible>(passed.await) }
    });
    let mut connection = std::pin::pin!(http1::Builder::new().serve_connection(TokioIo::new(io), service));
    let mut stopping = false;
    loop {
        tokio::select! {
            _ = &mut connection => break,
            () = wanted_no_more(&mut stop), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

async fn wanted_no_more(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody is left to want the proxy.
    let _ = stop.wait_for(|stop| *stop).await;
}
