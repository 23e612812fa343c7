//! Starting and stopping the lab.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::content::Store;
use super::context::Context;
use super::images::images;
use super::personality::{Personality, personalities, personality};
use super::quirk::Quirk;
use super::quirks::quirks;
use super::registry;
use super::request::LabRequest;
use super::respond::Reply;
use super::route::Site;
use super::server::{Answer, Server};
use super::storage;

/// Requests remembered, at most.
const MAX_SEEN: usize = 100_000;
/// Pulls that `hub-ratelimit` grants unless told otherwise.
const DEFAULT_QUOTA: u64 = 100;
/// What the `latency` quirk waits unless told otherwise.
const DEFAULT_LATENCY: Duration = Duration::from_millis(100);

/// How to start a lab.
#[derive(Debug, Clone)]
pub struct LabOptions {
    /// Where to listen; loopback only. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The registry to be: the id of a personality. Quirks come on top of it, and have the last word.
    pub personality: Option<String>,
    /// Ids of quirks to switch on, in order.
    pub quirks: Vec<String>,
    /// Manifest pulls granted by `hub-ratelimit`, which a number here switches on.
    pub quota: Option<u64>,
    /// Time before each answer; more than none switches `latency` on.
    pub latency: Duration,
}

impl Default for LabOptions {
    fn default() -> LabOptions {
        LabOptions {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            personality: None,
            quirks: Vec::new(),
            quota: None,
            latency: Duration::ZERO,
        }
    }
}

/// Why a lab did not start.
#[derive(Debug)]
pub enum LabError {
    /// The address is not loopback: the lab serves this machine, never a network.
    NotLoopback(SocketAddr),
    /// The address could not be listened on.
    Listen(SocketAddr, io::Error),
    /// There is no such quirk.
    UnknownQuirk {
        /// What was asked for.
        id: String,
        /// The nearest id there is, where one is near.
        nearest: Option<&'static str>,
    },
    /// There is no such personality.
    UnknownPersonality {
        /// What was asked for.
        id: String,
        /// The nearest id there is, where one is near.
        nearest: Option<&'static str>,
    },
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabError::NotLoopback(address) => {
                write!(f, "the lab listens on loopback only, and {address} is not (try 127.0.0.1:0)")
            }
            LabError::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            LabError::UnknownQuirk { id, nearest } => {
                write!(f, "there is no quirk '{}'", id.escape_default())?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean '{nearest}'?"),
                    None => f.write_str(" (`regprobe list quirks` names them all)"),
                }
            }
            LabError::UnknownPersonality { id, nearest } => {
                write!(f, "there is no personality '{}'", id.escape_default())?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean '{nearest}'?"),
                    None => {
                        let ids: Vec<&str> = personalities().iter().map(|p| p.id).collect();
                        write!(f, "; there are {}", ids.join(", "))
                    }
                }
            }
        }
    }
}

impl std::error::Error for LabError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LabError::Listen(_, error) => Some(error),
            LabError::NotLoopback(_)
            | LabError::UnknownQuirk { .. }
            | LabError::UnknownPersonality { .. } => None,
        }
    }
}

/// A request that the lab was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Which listener it came to.
    pub site: Site,
    /// `GET`
    pub method: String,
    /// The path, as sent.
    pub path: String,
    /// The query, as sent, without its `?`; empty where there is none.
    pub query: String,
    /// Header lines, names in lower case; of one name in the order of the wire.
    pub headers: Vec<(String, String)>,
}

/// A running lab. Dropping it stops it.
pub struct Lab {
    context: Arc<Context>,
    desk: Arc<Desk>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Lab {
    /// Starts a lab on the current tokio runtime.
    pub async fn start(options: LabOptions) -> Result<Lab, LabError> {
        let character = options.personality.as_deref().map(find_personality).transpose()?;
        let character = character.map_or(&[][..], |personality| personality.quirks);
        let own: Vec<_> = character.iter().map(|id| find(id)).collect::<Result<_, _>>()?;
        let mut on: Vec<&'static dyn Quirk> = Vec::new();
        let implied = [(options.quota.is_some(), "hub-ratelimit"), (!options.latency.is_zero(), "latency")];
        let implied = implied.iter().filter(|(is, _)| *is).map(|(_, id)| *id);
        for id in options.quirks.iter().map(String::as_str).chain(implied) {
            // Named twice is on once: a quirk that counts would count double.
            if !own.iter().chain(&on).any(|quirk| quirk.id() == id) {
                on.push(find(id)?);
            }
        }
        if !options.listen.ip().to_canonical().is_loopback() {
            return Err(LabError::NotLoopback(options.listen));
        }
        let (registry, registry_address) = bind(options.listen).await?;
        let (storage, storage_address) = bind(SocketAddr::new(options.listen.ip(), 0)).await?;
        let latency = if options.latency.is_zero() { DEFAULT_LATENCY } else { options.latency };
        let quota = options.quota.unwrap_or(DEFAULT_QUOTA);
        let context = Arc::new(Context::new(registry_address, storage_address, quota, latency));
        let desk = Arc::new(Desk { store: Store::standard(), own, quirks: on, seen: Mutex::default() });
        let (stop, stopped) = watch::channel(false);
        let tasks = [(Site::Registry, registry), (Site::Storage, storage)].map(|(site, listener)| {
            let server =
                Server { site, lab: Arc::clone(&context), answer: Arc::clone(&desk) as Arc<dyn Answer> };
            tokio::spawn(server.run(listener, stopped.clone()))
        });
        Ok(Lab { context, desk, stop, tasks: tasks.into() })
    }

    /// Where the registry listens.
    pub fn address(&self) -> SocketAddr {
        self.context.registry
    }

    /// Where the object storage listens, which blob redirects lead to.
    pub fn storage_address(&self) -> SocketAddr {
        self.context.storage
    }

    /// Every image, as a reference that can be probed, and what it is.
    pub fn references(&self) -> Vec<(String, &'static str)> {
        let address = self.address();
        let reference = |repository, tag| format!("{address}/{repository}:{tag}");
        images().iter().map(|image| (reference(image.repository, image.tag), image.about)).collect()
    }

    /// What was asked so far, in order of arrival, storage included; the first hundred thousand.
    pub fn requests(&self) -> Vec<Seen> {
        self.desk.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops, and returns when the ports are free and the connections closed.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for task in std::mem::take(&mut self.tasks) {
            let _ = task.await;
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

pub(super) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), LabError> {
    let failed = |error| LabError::Listen(address, error);
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

fn find(id: &str) -> Result<&'static dyn Quirk, LabError> {
    quirks().iter().copied().find(|quirk| quirk.id() == id).ok_or_else(|| LabError::UnknownQuirk {
        id: id.to_owned(),
        nearest: nearest(id, quirks().iter().map(|quirk| quirk.id())),
    })
}

fn find_personality(id: &str) -> Result<&'static Personality, LabError> {
    personality(id).ok_or_else(|| LabError::UnknownPersonality {
        id: id.to_owned(),
        nearest: nearest(id, personalities().iter().map(|personality| personality.id)),
    })
}

/// The id most like what was asked for, if it is like it at all.
fn nearest(id: &str, ids: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let near = ids.map(|other| (strsim::jaro_winkler(id, other), other));
    near.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 0.7).map(|(_, id)| id)
}

/// Where requests are noted and answered: the faithful registry between its quirks.
struct Desk {
    store: Arc<Store>,
    /// Those of the personality.
    own: Vec<&'static dyn Quirk>,
    /// Those that were asked for on top of it.
    quirks: Vec<&'static dyn Quirk>,
    seen: Mutex<Vec<Seen>>,
}

impl Desk {
    fn note(&self, request: &LabRequest) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MAX_SEEN {
            return;
        }
        let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        seen.push(Seen {
            site: request.site,
            method: request.method.to_string(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.iter().map(line).collect(),
        });
    }

    fn faithful(&self, request: &LabRequest) -> Reply {
        match request.site {
            Site::Registry => registry::answer(request, &self.store),
            Site::Storage => storage::answer(request, &self.store),
        }
    }
}

impl Answer for Desk {
    fn answer(&self, request: &LabRequest) -> Reply {
        self.note(request);
        let own_first = || self.own.iter().chain(&self.quirks);
        let heard = own_first().fold(None, |heard: Option<LabRequest>, quirk| {
            quirk.hear(heard.as_ref().unwrap_or(request)).or(heard)
        });
        let request = heard.as_ref().unwrap_or(request);
        // What was asked for on top answers before the personality does, and changes what that answered. Only the door
        // is the personality's: what its router does not know never reaches whatever lies behind.
        let mut reply = own_first()
            .find_map(|quirk| quirk.admit(request))
            .or_else(|| {
                self.quirks.iter().chain(&self.own).find_map(|quirk| quirk.before(request, &self.store))
            })
            .unwrap_or_else(|| self.faithful(request));
        if request.site == Site::Registry && reply.header("docker-distribution-api-version").is_none() {
            reply.set("Docker-Distribution-Api-Version", "registry/2.0");
        }
        for quirk in own_first() {
            quirk.after(request, &mut reply, &self.store);
        }
        reply
    }
}
