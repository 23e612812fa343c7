//! A client's traffic -> a recording: what it asked for, which cells its requests are, what they taught. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::accept;
use super::asked::{Asked, Kind, asked};
use super::cells::{View, cell, lines};
use super::images::{Image, images};
use crate::exchange::{BodyEnd, Exchange, ExchangeId, Hop, Method, Outcome, Purpose, Response};
use crate::oci::challenge::Challenge;
use crate::oci::digest::Digest;
use crate::oci::document::{Platform, parse_document};
use crate::plan::{Cell, Credentials};
use crate::probes::Axis;
use crate::recording::{Access, CLIENT, CellRecord, CellState, Recording, RunNote, Subjects};
use crate::runner::learn::{Learner, Lesson};
use crate::target::Target;

/// How often what was learned may make more requests cells: the index, its manifest, the manifest's blobs.
const ROUNDS: usize = 5;

/// What passed through a recording proxy.
#[derive(Clone, Copy)]
pub struct Traffic<'a> {
    /// The registry: scheme, host and port.
    pub base_url: &'a str,
    /// When the proxy was started.
    pub created: DateTime<Utc>,
    /// For how long it has been running, in milliseconds.
    pub wall_ms: f64,
    /// Every request, in order of arrival.
    pub hops: &'a [Hop],
    /// The Accept axis that names what clients send.
    pub axis: &'a Axis,
    /// Things a reader must know.
    pub notes: &'a [RunNote],
}

/// Makes recordings that can be judged, rendered and replayed like those of a run of our own: one for each image that
/// was asked for, and one where none was.
pub fn recordings(traffic: &Traffic<'_>) -> Vec<Recording> {
    let images = images(traffic);
    let count = images.len();
    if count < 2 {
        return vec![recording(traffic, images.into_iter().next().map(|(image, _)| image))];
    }
    let one = |(place, (image, places)): (usize, (Image, Vec<usize>))| {
        let hops: Vec<Hop> = places.into_iter().map(|i| traffic.hops[i].clone()).collect();
        let mut notes = traffic.notes.to_vec();
        let text = format!(
            "image {} of the {count} that the client asked for; requests that are about none of them stand with each",
            place + 1
        );
        notes.push(RunNote { id: "record".to_owned(), text });
        recording(&Traffic { hops: &hops, notes: &notes, ..*traffic }, Some(image))
    };
    images.into_iter().enumerate().map(one).collect()
}

fn recording(traffic: &Traffic<'_>, image: Option<Image>) -> Recording {
    let (target, seen_image) = target(traffic, image);
    let mut subjects = Subjects::default();
    let mut cells = assign(traffic, &target, &subjects);
    for _ in 0..ROUNDS {
        let learned = learn(traffic, &target, &cells);
        if learned == subjects {
            break;
        }
        subjects = learned;
        cells = assign(traffic, &target, &subjects);
    }
    let id = |i: usize| ExchangeId(format!("x{:04}", i + 1));
    let records = cells.iter().enumerate().filter_map(|(i, cell)| {
        let cell = cell.clone()?;
        let state = match traffic.hops[i].outcome {
            Outcome::Answered(_) => CellState::Answered(id(i)),
            Outcome::Failed(_) => CellState::Failed(id(i)),
        };
        Some(CellRecord { id: cell.id(), cell, state })
    });
    let realms = realms(traffic);
    let exchange = |(i, hop): (usize, &Hop)| {
        let path = hop.request.url.split('?').next().unwrap_or_default();
        let purpose = match &cells[i] {
            Some(_) => Purpose::Cell,
            None if realms.contains(path) => Purpose::Token,
            None if is_challenged(hop) => Purpose::Challenged,
            None => Purpose::Passed,
        };
        Exchange { id: id(i), purpose, hops: vec![hop.clone()] }
    };
    let mut recording = Recording {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        created: traffic.created,
        base_url: traffic.base_url.to_owned(),
        suite: CLIENT.to_owned(),
        spec: crate::oracle::Spec::default(),
        cells: records.collect(),
        exchanges: traffic.hops.iter().enumerate().map(exchange).collect(),
        subjects,
        access: access(traffic),
        pulls: 0,
        notes: notes(traffic, &target, seen_image, &cells),
        wall_ms: traffic.wall_ms,
        target,
    };
    recording.round_times();
    recording
}

/// Repository and reference of requests for manifests, the client's own questions first.
fn manifests<'a>(traffic: &'a Traffic<'_>) -> impl Iterator<Item = (&'a Hop, String, String)> {
    traffic.hops.iter().filter_map(|hop| match asked(&hop.request.url, traffic.base_url).0 {
        Asked::Named(Kind::Manifests, repository, reference) => Some((hop, repository, reference)),
        _ => None,
    })
}

/// The image that the traffic is about, and whether any was. Where none was read, it is what was written, or looked at.
fn target(traffic: &Traffic<'_>, image: Option<Image>) -> (Target, bool) {
    let any = || {
        traffic.hops.iter().find_map(|hop| match asked(&hop.request.url, traffic.base_url).0 {
            Asked::Named(_, repository, _) | Asked::Tags(repository) => Some(repository),
            _ => None,
        })
    };
    let read = |hop: &Hop| matches!(hop.request.method, Method::Get | Method::Head);
    let first = || manifests(traffic).find(|(hop, ..)| read(hop)).or_else(|| manifests(traffic).next());
    let (repository, reference) = match (image, first()) {
        (Some(image), _) => (Some(image.repository), Some(image.reference)),
        (None, Some((_, repository, reference))) => (Some(repository), Some(reference)),
        (None, None) => (any(), None),
    };
    let seen = repository.is_some();
    let repository = repository.unwrap_or_else(|| "no-image-seen".to_owned());
    let digest = reference.as_deref().and_then(|r| Digest::parse(r).ok());
    let tag = reference.filter(|_| digest.is_none());
    let digest = digest.or_else(|| resolved(traffic, &repository, tag.as_deref()?));
    let suffix = tag.as_ref().map(|t| format!(":{t}")).unwrap_or_default()
        + &digest.as_ref().map(|d| format!("@{d}")).unwrap_or_default();
    let image = format!("{}/{repository}{suffix}", traffic.base_url);
    let platform = platform(traffic, &repository);
    let parsed = Target::parse(&image, platform.clone())
        .or_else(|_| Target::parse(&format!("{}/no-image-seen", traffic.base_url), platform.clone()));
    let mut target = parsed.unwrap_or_else(|_| Target {
        image,
        scheme: None,
        registry: traffic.base_url.to_owned(),
        api_host: traffic.base_url.to_owned(),
        repository: String::new(),
        tag: None,
        digest: None,
        platform: platform.clone().unwrap_or_else(Platform::host),
        platform_given: platform.is_some(),
        notes: Vec::new(),
    });
    target.repository = repository;
    (target.tag, target.digest) = (tag, digest);
    target.notes.clear();
    (target, seen)
}

/// The digest that HEAD gave for the tag, where the client then went on by digest alone, as containerd does.
fn resolved(traffic: &Traffic<'_>, repository: &str, tag: &str) -> Option<Digest> {
    let of_tag = || manifests(traffic).filter(|(_, r, t)| r == repository && t == tag);
    let got = |hop: &Hop| hop.request.method == Method::Get && status(hop) == Some(200);
    if of_tag().any(|(hop, ..)| got(hop)) {
        return None;
    }
    let told = of_tag().find_map(|(hop, ..)| answer(hop)?.header("docker-content-digest"))?;
    let digest = Digest::parse(told).ok()?;
    let asked = manifests(traffic).any(|(_, r, d)| r == repository && d == digest.as_str());
    asked.then_some(digest)
}

/// The platform of the entry of an index that the client went on with.
fn platform(traffic: &Traffic<'_>, repository: &str) -> Option<Platform> {
    let wanted: BTreeSet<String> =
        manifests(traffic).filter(|(_, r, _)| r == repository).map(|(.., d)| d).collect();
    manifests(traffic).filter_map(|(hop, ..)| lesson(hop)).find_map(|lesson| {
        let document = parse_document(lesson.body, lesson.content_type).filter(|d| d.kind.is_index())?;
        let entries = document.manifests.into_iter().filter(|entry| !entry.is_attestation());
        let mut taken = entries.filter(|e| e.digest.as_ref().is_some_and(|d| wanted.contains(d.as_str())));
        taken.next()?.platform
    })
}

fn learn(traffic: &Traffic<'_>, target: &Target, cells: &[Option<Cell>]) -> Subjects {
    let all: Vec<Cell> = cells.iter().flatten().cloned().collect();
    let mut learner = Learner::new(target, &all);
    for (hop, cell) in traffic.hops.iter().zip(cells) {
        if let Some(cell) = cell {
            learner.settle(cell, lesson(hop));
        }
    }
    learner.subjects
}

/// Which cell each request is: the first of its kind the cell itself, another one its repetition. Where the client has
/// credentials, what it asked without them is a cell of its own, and not what the registry says to such a client.
fn assign(traffic: &Traffic<'_>, target: &Target, subjects: &Subjects) -> Vec<Option<Cell>> {
    let view = View { base_url: traffic.base_url, target, subjects, axis: traffic.axis };
    let has_credentials = traffic.hops.iter().any(|hop| !lines(&hop.request, "authorization").is_empty());
    let mut times: HashMap<String, u32> = HashMap::new();
    let one = |hop: &Hop| {
        let mut cell = cell(hop, view)?;
        if has_credentials && is_challenged(hop) {
            cell.vary.token = Credentials::None;
        }
        let count = times.entry(cell.id().0).or_default();
        *count += 1;
        if *count > 1 {
            cell.vary.again = u8::try_from(*count).ok()?;
        }
        Some(cell)
    };
    traffic.hops.iter().map(one).collect()
}

pub(super) fn answer(hop: &Hop) -> Option<&Response> {
    match &hop.outcome {
        Outcome::Answered(response) => Some(response),
        Outcome::Failed(_) => None,
    }
}

fn status(hop: &Hop) -> Option<u16> {
    answer(hop).map(|response| response.status)
}

/// 401 to a request without credentials.
fn is_challenged(hop: &Hop) -> bool {
    status(hop) == Some(401) && lines(&hop.request, "authorization").is_empty()
}

/// What a complete answer teaches, if anything.
pub(super) fn lesson(hop: &Hop) -> Option<Lesson<'_>> {
    let response = answer(hop).filter(|r| r.status == 200 && hop.request.method == Method::Get)?;
    let body = &response.body;
    let whole = body.end == BodyEnd::Complete && body.kept.len() as u64 == body.size && body.size > 0;
    whole.then(|| Lesson {
        body: &body.kept,
        content_type: response.header("content-type"),
        announced: response.header("docker-content-digest"),
    })
}

fn challenges(traffic: &Traffic<'_>) -> Vec<String> {
    let mut challenges: Vec<String> = Vec::new();
    let all = traffic.hops.iter().filter_map(answer).flat_map(|r| r.header_all("www-authenticate"));
    for line in all {
        if !challenges.iter().any(|c| c == line) {
            challenges.push(line.to_owned());
        }
    }
    challenges
}

/// Token endpoints, as URLs without a query.
fn realms(traffic: &Traffic<'_>) -> BTreeSet<String> {
    let of = |line: &String| {
        let realms = Challenge::parse_line(line).into_iter().filter_map(|c| c.realm().map(str::to_owned));
        realms.filter_map(|r| r.split('?').next().map(str::to_owned)).collect::<Vec<_>>()
    };
    challenges(traffic).iter().flat_map(of).collect()
}

fn access(traffic: &Traffic<'_>) -> Access {
    let sent = traffic.hops.iter().find_map(|hop| lines(&hop.request, "authorization").first().copied());
    let challenges = challenges(traffic);
    let asked = challenges.first().and_then(|line| Challenge::parse_line(line).into_iter().next());
    let scheme = match (sent, asked) {
        (Some(sent), _) => sent.split(' ').next().unwrap_or_default().to_ascii_lowercase(),
        (None, Some(challenge)) => challenge.scheme.to_ascii_lowercase(),
        (None, None) => "none".to_owned(),
    };
    let source = if sent.is_some() { "the client's own" } else { "anonymous" }.to_owned();
    Access { scheme, source, challenges, problem: None }
}

fn notes(traffic: &Traffic<'_>, target: &Target, image: bool, cells: &[Option<Cell>]) -> Vec<RunNote> {
    let note = |id: &str, text: String| RunNote { id: id.to_owned(), text };
    let mut notes = traffic.notes.to_vec();
    let passed = cells.iter().filter(|cell| cell.is_none()).count();
    notes.push(note(
        "record",
        format!(
            "these are the requests of a client, passed on and recorded: {} in all, of which {passed} are no cell",
            cells.len()
        ),
    ));
    if !image {
        notes.push(note("record", "no image was asked for".to_owned()));
    }
    let others: BTreeSet<String> =
        manifests(traffic).map(|(_, repository, _)| repository).filter(|r| *r != target.repository).collect();
    if !others.is_empty() {
        let names: Vec<String> = others.into_iter().collect();
        notes.push(note(
            "record",
            format!("only {} is judged; the client also asked for {}", target.repository, names.join(", ")),
        ));
    }
    // What a name stands for here, where it is not what it stands for elsewhere.
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (hop, cell) in traffic.hops.iter().zip(cells) {
        let sent = lines(&hop.request, "accept");
        let (name, exact) = accept::name(&sent, traffic.axis);
        if cell.is_some() && !exact {
            named.entry(name).or_default().insert(sent.join(" | "));
        }
    }
    for (name, sent) in named {
        let sent: Vec<String> = sent.into_iter().collect();
        notes.push(note(
            "record",
            format!("accept={name} stands for what the client sent: {}", sent.join(" or ")),
        ));
    }
    notes
}
