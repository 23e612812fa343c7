//! The server: HTTP/1.1 on loopback, one task per connection.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::context::Context;
use super::request::LabRequest;
use super::respond::Reply;
use super::route::{Route, Site};
use super::wire::{Boxed, Raw, render};

/// What open connections are given to finish when the lab stops.
const GRACE: Duration = Duration::from_millis(500);
/// The largest form that the token endpoint reads.
const MAX_FORM: usize = 64 << 10;

/// What answers requests: the lab with its quirks, or a recording.
pub trait Answer: Send + Sync + 'static {
    /// Answers one request. Must not block: waiting is what [`Reply::delay`] is for.
    fn answer(&self, request: &LabRequest) -> Reply;
}

/// One listener's share of a running server.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) site: Site,
    pub(super) lab: Arc<Context>,
    pub(super) answer: Arc<dyn Answer>,
}

impl Server {
    /// Serves until `stop` turns true or its sender is gone; then closes the listener and waits a
    /// little for the connections.
    pub(super) async fn run(self, listener: TcpListener, mut stop: watch::Receiver<bool>) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((io, _)) => {
                        // A matter of speed alone, so a refusal is no reason to refuse the client.
                        let _ = io.set_nodelay(true);
                        connections.spawn(self.clone().connection(io, stop.clone()));
                    }
                    // Out of file descriptors, most likely: let some connections end first.
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                },
                Some(_) = connections.join_next() => {}
                () = stopped(&mut stop) => break,
            }
        }
        drop(listener);
        let _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    }

    async fn connection(self, io: TcpStream, mut stop: watch::Receiver<bool>) {
        // hyper gives the socket back when the service fails: then what is in here is written to it.
        let by_hand: Arc<Mutex<Option<Raw>>> = Arc::default();
        let slot = Arc::clone(&by_hand);
        let service = service_fn(move |request| {
            let (server, slot) = (self.clone(), Arc::clone(&slot));
            let handled: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
                server.handle(request).await.map_err(|raw| {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(raw);
                    ByHand
                })
            });
            handled
        });
        let mut connection = http1::Builder::new().serve_connection(TokioIo::new(io), service);
        let mut stopping = false;
        loop {
            tokio::select! {
                _ = poll_fn(|context| connection.poll_without_shutdown(context)) => break,
                () = stopped(&mut stop), if !stopping => {
                    stopping = true;
                    Pin::new(&mut connection).graceful_shutdown();
                }
            }
        }
        let mut io = connection.into_parts().io.into_inner();
        let raw = by_hand.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(raw) = raw {
            tokio::select! {
                _ = raw.send(&mut io) => {}
                () = stopped(&mut stop) => {}
            }
        }
        let _ = io.shutdown().await;
    }

    async fn handle(&self, request: Request<Incoming>) -> Result<Response<Boxed>, Raw> {
        let (head, body) = request.into_parts();
        let route = Route::parse(self.site, head.uri.path());
        let body = if head.method == Method::POST && route == Route::Token {
            Limited::new(body, MAX_FORM).collect().await.map(|b| b.to_bytes()).unwrap_or_default()
        } else {
            Bytes::new()
        };
        let request = LabRequest {
            site: self.site,
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            route,
            headers: head.headers,
            body,
            lab: Arc::clone(&self.lab),
        };
        let reply = self.answer.answer(&request);
        if !reply.delay.is_zero() {
            tokio::time::sleep(reply.delay).await;
        }
        render(reply, request.is_head())
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, and nobody is left to want the server.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Tells hyper to let go of a connection.
#[derive(Debug)]
struct ByHand;

impl fmt::Display for ByHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is written by hand")
    }
}

impl std::error::Error for ByHand {}
