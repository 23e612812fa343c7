//! Recordings of one registry, served as that registry: what was asked then is answered as it was then.
//!
//! Requests are matched on whatever makes cells differ; what was never asked is answered 501 and told. The registry
//! is on the first port; whatever it redirected to, and a token endpoint elsewhere, is on a second one. Tokens were
//! never recorded: any is given out, and any is taken. Layers were not kept: zeros are sent, and the digests that were
//! computed then stand in a header of our own.

mod answer;
mod index;
mod key;
mod origins;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::context::Context;
use super::request::LabRequest;
use super::respond::Reply;
use super::route::Site;
use super::running::{LabError, bind};
use super::server::{Answer, Server};
use crate::recording::Recording;
use index::Index;

/// Is told what was asked and is not in the recording.
pub type Tell = Box<dyn Fn(&str) + Send + Sync>;

/// A running replay. Dropping it stops it.
pub struct Replay {
    address: SocketAddr,
    references: Vec<String>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Replay {
    /// Starts a replay on the current tokio runtime; loopback only. The recordings are of one registry, each of an image.
    pub async fn start(recordings: &[Recording], listen: SocketAddr, tell: Tell) -> Result<Replay, LabError> {
        if !listen.ip().to_canonical().is_loopback() {
            return Err(LabError::NotLoopback(listen));
        }
        let (registry, address) = bind(listen).await?;
        let (elsewhere, second) = bind(SocketAddr::new(listen.ip(), 0)).await?;
        let index = Index::new(recordings, address, second);
        let player: Arc<dyn Answer> = Arc::new(Player { index, tell });
        let lab = Arc::new(Context::new(address, second, 0, Duration::ZERO));
        let (stop, stopped) = watch::channel(false);
        let tasks = [(Site::Registry, registry), (Site::Storage, elsewhere)].map(|(site, listener)| {
            let server = Server { site, lab: Arc::clone(&lab), answer: Arc::clone(&player) };
            tokio::spawn(server.run(listener, stopped.clone()))
        });
        let reference = |recording: &Recording| {
            let target = &recording.target;
            let tag = target.tag.as_ref().map(|t| format!(":{t}")).unwrap_or_default();
            let digest = target.digest.as_ref().map(|d| format!("@{d}")).unwrap_or_default();
            format!("http://{address}/{}{tag}{digest}", target.repository)
        };
        let references = recordings.iter().map(reference).collect();
        Ok(Replay { address, references, stop, tasks: tasks.into() })
    }

    /// Where the registry listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The image of each recording, as a reference to this replay.
    pub fn references(&self) -> &[String] {
        &self.references
    }

    /// Stops, and returns when the ports are free and the connections closed.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for task in std::mem::take(&mut self.tasks) {
            let _ = task.await;
        }
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

struct Player {
    index: Index,
    tell: Tell,
}

impl Answer for Player {
    fn answer(&self, request: &LabRequest) -> Reply {
        if let Some(reply) = self.index.find(request) {
            if self.index.is_unkept(request) {
                (self.tell)(&format!(
                    "the bytes of {} are not in the recording, which keeps no layers: what is sent is zeros",
                    request.path
                ));
            }
            return reply;
        }
        // Who varies Accept to see what changes is told that it was not recorded; who pulls wants an answer.
        let prober = request.header("user-agent").is_some_and(|agent| agent.starts_with("regprobe/"));
        if let Some((reply, accept)) = self.index.nearest(request).filter(|_| !prober) {
            (self.tell)(&format!(
                "{} {} was recorded with another Accept; this is what it was answered with {accept}",
                request.method, request.path
            ));
            return reply;
        }
        let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
        let asked = format!("{} {}{query}", request.method, request.path);
        let told: String = ["accept", "accept-encoding", "range", "if-none-match", "docker-content-digest"]
            .iter()
            .flat_map(|name| request.lines(name).into_iter().map(move |value| format!(" {name}={value}")))
            .collect();
        let authorization = if request.header("authorization").is_some() { "with" } else { "without" };
        let message =
            format!("this request is not in the recording: {asked}{told}, {authorization} Authorization");
        (self.tell)(&message);
        Reply::error(501, "UNSUPPORTED", &message, None)
    }
}
