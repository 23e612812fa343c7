//! Counting connections, and marking when one stands.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::{Context, Poll};

use http::Extensions;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpInfo};
use tower_layer::Layer;
use tower_service::Service;

use super::marks::current;

/// Every connection opened since the transport was made.
#[derive(Default)]
pub(super) struct Connections {
    opened: AtomicU64,
    /// Both ends of a connection name it: neither library lets us attach a number of our own to both
    /// kinds of connection, but both hand back the two addresses with each response.
    by_ends: RwLock<HashMap<(SocketAddr, SocketAddr), u64>>,
    /// Those whose last answer was one to HEAD: a body that comes with it is taken for the next answer.
    after_head: Mutex<HashSet<u64>>,
}

impl Connections {
    pub(super) fn opened(&self) -> u64 {
        self.opened.load(Relaxed)
    }

    /// Numbers a new connection and marks the hop that opened it.
    pub(super) fn register(&self, connected: &Connected) {
        let number = self.opened.fetch_add(1, Relaxed) + 1;
        let mut extensions = Extensions::new();
        connected.get_extras(&mut extensions);
        if let Some(info) = extensions.get::<HttpInfo>() {
            let ends = (info.local_addr(), info.remote_addr());
            self.by_ends.write().unwrap_or_else(PoisonError::into_inner).insert(ends, number);
        }
        if let Some(marks) = current() {
            marks.connected(number);
        }
    }

    /// The number of the connection that carried a response.
    pub(super) fn number(&self, info: &HttpInfo) -> Option<u64> {
        let ends = (info.local_addr(), info.remote_addr());
        self.by_ends.read().unwrap_or_else(PoisonError::into_inner).get(&ends).copied()
    }

    /// The number of the connection on which a request failed after it was opened.
    pub(super) fn of_failure(&self, error: &(dyn Error + 'static)) -> Option<u64> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>()
                && let Some(connected) = error.connect_info()
            {
                let mut extensions = Extensions::new();
                connected.get_extras(&mut extensions);
                return self.number(extensions.get::<HttpInfo>()?);
            }
            next = error.source();
        }
        None
    }

    /// A request was answered on a connection.
    pub(super) fn answered(&self, number: u64, head: bool) {
        let mut after = self.after_head.lock().unwrap_or_else(PoisonError::into_inner);
        if head {
            after.insert(number);
        } else {
            after.remove(&number);
        }
    }

    pub(super) fn is_after_head(&self, number: u64) -> bool {
        self.after_head.lock().unwrap_or_else(PoisonError::into_inner).contains(&number)
    }
}

/// Puts [`Counting`] around reqwest's connector.
#[derive(Clone)]
pub(super) struct CountLayer(pub(super) Arc<Connections>);

impl<S> Layer<S> for CountLayer {
    type Service = Counting<S>;

    fn layer(&self, inner: S) -> Counting<S> {
        Counting { inner, connections: Arc::clone(&self.0) }
    }
}

/// A connector that counts and marks. Generic, because reqwest does not name its own types.
#[derive(Clone)]
pub(super) struct Counting<S> {
    inner: S,
    connections: Arc<Connections>,
}

impl<S, T> Service<T> for Counting<S>
where
    S: Service<T>,
    S::Response: Connection,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, target: T) -> Self::Future {
        if let Some(marks) = current() {
            marks.connect_started();
        }
        let connecting = self.inner.call(target);
        let connections = Arc::clone(&self.connections);
        Box::pin(async move {
            let connection = connecting.await?;
            connections.register(&connection.connected());
            Ok(connection)
        })
    }
}
