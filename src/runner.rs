//! Plan + transport -> recording. Waves without barriers: a cell goes out as soon as what it needs is known.

mod again;
mod brake;
pub mod learn;
pub mod meter;
mod opening;
mod queue;
mod scheme;
mod send;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

use crate::auth::Authenticator;
use crate::exchange::{BodyEnd, FailureKind, Hop, Phase, Purpose, Response};
use crate::plan::{Cell, Endpoint};
use crate::probes::Axis;
use crate::recording::{self, NotTried, Recording, RunNote};
use crate::target::Target;
use crate::transport::Transport;

use learn::Lesson;
use queue::{Next, Queue};
use send::Sent;

/// One run against one target.
#[derive(Debug)]
pub struct Job<'a> {
    /// What is asked for.
    pub target: &'a Target,
    /// The suite's id.
    pub suite: &'a str,
    /// Its cells, expanded for the target ([`crate::plan::expand::expand`]).
    pub cells: &'a [Cell],
    /// The steps of the metadata paths: they go first.
    pub path_steps: &'a [Cell],
    /// What the names of the Accept axis stand for.
    pub axis: &'a Axis,
    /// Bounds and manners.
    pub settings: &'a RunSettings,
}

/// Bounds and manners of a run.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// Requests under way at once.
    pub concurrency: usize,
    /// For the whole run.
    pub deadline: Duration,
    /// Pulls that may be spent on a registry that meters them; `None` is a quarter of what remains.
    pub max_pulls: Option<u64>,
    /// Our `User-Agent`.
    pub user_agent: String,
    /// Header lines the user asked for, lower-case names.
    pub extra_headers: Vec<(String, String)>,
    /// Said in the report from the start: `--insecure` and the like.
    pub notes: Vec<RunNote>,
}

impl Default for RunSettings {
    fn default() -> RunSettings {
        RunSettings {
            concurrency: 32,
            deadline: Duration::from_secs(120),
            max_pulls: None,
            user_agent: format!("regprobe/{}", env!("CARGO_PKG_VERSION")),
            extra_headers: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// Cells settled.
    pub done: usize,
    /// Cells in all.
    pub total: usize,
    /// Those settled since the last time, each told once.
    pub settled: &'a [Settled<'a>],
}

/// A cell that will not change any more.
#[derive(Debug, Clone, Copy)]
pub struct Settled<'a> {
    /// The cell.
    pub cell: &'a Cell,
    /// Every attempt, the last one counts; none where it was not sent.
    pub attempts: &'a [(Purpose, Vec<Hop>)],
    /// Why it was not sent.
    pub not_tried: Option<&'a NotTried>,
}

/// Runs a job. `stop` ends it early; what was seen until then is kept, and the recording says so.
pub async fn run(
    job: &Job<'_>,
    transport: &Transport,
    authenticate: impl FnOnce(&str) -> Arc<Authenticator>,
    stop: impl Future<Output = ()>,
    progress: impl Fn(Progress<'_>),
) -> Recording {
    let started = Instant::now();
    let created = recording::now();
    let deadline = job.settings.deadline;
    transport.begin_run();
    let mut queue = Queue::new(job);
    let (mut interrupted, mut concluded) = (None, None);
    let (base_url, probes) = {
        let resolve = scheme::resolve(job, transport);
        let timer = tokio::time::sleep(deadline);
        tokio::pin!(resolve, timer, stop);
        let resolved = tokio::select! {
            resolved = &mut resolve => Some(resolved),
            () = &mut timer => { interrupted = Some(Ended::Deadline); None }
            () = &mut stop => { interrupted = Some(Ended::Stopped); None }
        };
        let base_url = resolved.as_ref().map_or_else(
            || job.target.base_url(job.target.candidates()[0]),
            |resolved| resolved.base_url.clone(),
        );
        let auth = authenticate(&base_url);
        let mut flights: FuturesUnordered<BoxFuture<'_, (usize, Sent)>> = FuturesUnordered::new();
        let mut attempts = Vec::new();
        if let Some(resolved) = resolved {
            attempts = resolved.failed;
            queue.begin(&resolved.base_url);
            if let Some((index, ready, hops)) = resolved.ping {
                let (cell, auth) = (&job.cells[index], &auth);
                queue.launched(index);
                flights.push(Box::pin(async move {
                    (index, send::meet(cell, &ready, hops, None, transport, auth).await)
                }));
            } else if !attempts.is_empty() {
                queue.give_up(&attempts);
            }
        }
        while interrupted.is_none() {
            queue.tell(&progress);
            let mut pause = None;
            loop {
                match queue.next(flights.len()) {
                    Next::Send(index, concrete) => {
                        let cell = &job.cells[index];
                        queue.launched(index);
                        let auth = &auth;
                        flights.push(Box::pin(async move {
                            (index, send::send(cell, concrete, transport, auth).await)
                        }));
                    }
                    Next::Token(index) => {
                        let cell = &job.cells[index];
                        let omit = cell.vary.omit.as_deref();
                        let more = cell.vary.query.as_deref();
                        match auth.token_request(cell.method, &job.target.repository, omit, more) {
                            Ok(request) => {
                                queue.launched(index);
                                let base_url = &base_url;
                                flights.push(Box::pin(async move {
                                    (index, send::send_token(&request, base_url, transport).await)
                                }));
                            }
                            Err(why) => queue.skip(index, NotTried::NotApplicable(why)),
                        }
                    }
                    Next::Pause(time) => {
                        pause = Some(time);
                        break;
                    }
                    Next::Nothing => break,
                }
            }
            if flights.is_empty() && pause.is_none() {
                break;
            }
            tokio::select! {
                Some((index, sent)) = flights.next(), if !flights.is_empty() => {
                    settle(&mut queue, index, sent, deadline.saturating_sub(started.elapsed()));
                    concluded = concluded.or_else(|| queue.concluded(auth.refused_secret()));
                    interrupted = transport.spent().map(Ended::Spent);
                }
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
                () = &mut timer => interrupted = Some(Ended::Deadline),
                () = &mut stop => interrupted = Some(Ended::Stopped),
            }
        }
        drop(flights);
        queue.close(interrupted.as_ref().map(|ended| ended.reason(deadline)).as_deref());
        queue.tell(&progress);
        (base_url, (attempts, auth.take_exchanges(), auth.access_for(&job.target.repository)))
    };
    let (failed, tokens, access) = probes;
    let mut notes: Vec<RunNote> = job.settings.notes.clone();
    notes.extend(
        job.target.notes.iter().map(|text| RunNote { id: "reference".to_owned(), text: text.clone() }),
    );
    let proxy = transport.proxy_note(&base_url);
    notes.extend(proxy.map(|text| RunNote { id: "proxy".to_owned(), text }));
    notes.extend(transport.cuts().into_iter().map(|text| RunNote { id: "cut".to_owned(), text }));
    if let Some(ended) = interrupted {
        notes.push(RunNote { id: ended.id().to_owned(), text: ended.reason(deadline) });
    }
    notes.extend(queue.throttled().map(throttled_note));
    notes.extend(
        concluded
            .map(|text| RunNote { id: "settled".to_owned(), text: format!("the run ended early: {text}") }),
    );
    let mut recording = queue.into_recording(failed, tokens, notes);
    recording.created = created;
    recording.base_url = base_url;
    recording.access = access;
    recording.wall_ms = started.elapsed().as_secs_f64() * 1000.0;
    recording.round_times();
    recording
}

/// What a limit did to the run, and how to stay below it.
fn throttled_note(throttled: brake::Throttled) -> RunNote {
    let refused = throttled.refused;
    let plural = if refused == 1 { "request was" } else { "requests were" };
    let seconds = throttled.since.map_or(0.0, |since| since.elapsed().as_secs_f64());
    let rate = f64::from(throttled.answered) / seconds.max(0.001);
    let pace = if throttled.answered > 0 && seconds > 1.0 {
        format!(
            "; after the first the run went on for {seconds:.0} s at {rate:.0} requests/s (--rate {:.0} stays below the limit)",
            rate.floor().max(1.0)
        )
    } else {
        "; --rate N keeps a run below N requests/s".to_owned()
    };
    RunNote { id: "throttled".to_owned(), text: format!("{refused} {plural} answered 429{pace}") }
}

/// Why a run ended before its plan did.
#[derive(Debug)]
enum Ended {
    Deadline,
    Stopped,
    /// Too much came.
    Spent(String),
}

impl Ended {
    fn id(&self) -> &'static str {
        match self {
            Ended::Deadline => "deadline",
            Ended::Stopped => "interrupted",
            Ended::Spent(_) => "received",
        }
    }

    fn reason(&self, deadline: Duration) -> String {
        match self {
            Ended::Deadline => {
                format!("the run reached its deadline of {} s (--deadline)", deadline.as_secs_f64())
            }
            Ended::Stopped => "the run was interrupted".to_owned(),
            Ended::Spent(reason) => reason.clone(),
        }
    }
}

/// Takes in what a cell brought: facts into the queue, lessons to the learner, limits to the brake.
fn settle(queue: &mut Queue<'_>, index: usize, sent: Sent, left: Duration) {
    let limited = sent.response().is_some_and(|r| r.status == 429)
        && queue.limited(sent.response().map_or(&[], |r| &r.headers), left);
    let why = if limited {
        Some(Purpose::Limited)
    } else {
        queue.faulted(index, &sent).then_some(Purpose::Faulted)
    };
    if why.is_some_and(|why| queue.ask_again(index, &sent, why)) {
        return;
    }
    queue.settled(index, sent);
}

/// What a complete answer teaches, if anything.
fn lesson(response: &Response) -> Option<Lesson<'_>> {
    let whole =
        response.body.end == BodyEnd::Complete && response.body.kept.len() as u64 == response.body.size;
    (response.status == 200 && whole && !response.body.kept.is_empty()).then(|| Lesson {
        body: &response.body.kept,
        content_type: response.header("content-type"),
        announced: response.header("docker-content-digest"),
    })
}

/// Whether asking again, for anything else, could go better: not when there is nobody to ask.
fn is_fatal(kind: FailureKind, phase: Phase) -> bool {
    match kind {
        FailureKind::Reset | FailureKind::Closed | FailureKind::Malformed | FailureKind::TooLarge => false,
        FailureKind::Timeout => matches!(phase, Phase::Dns | Phase::Connect | Phase::Tls),
        FailureKind::RedirectLoop | FailureKind::RedirectRefused | FailureKind::Other => false,
        _ => true,
    }
}

/// The plain ping: the first thing asked, whatever the suite.
fn is_ping(cell: &Cell) -> bool {
    cell.endpoint == Endpoint::Ping && cell.vary == crate::plan::Vary::default()
}
