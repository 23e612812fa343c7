//! Rules are tested on whole runs: the embedded registry, with quirks, asked everything that `standard` asks.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};

use super::pages::words::assert_plain;
use super::{Finding, Severity};
use crate::auth::{Authenticator, Found};
use crate::judge;
use crate::lab::{Lab, LabOptions};
use crate::oci::digest::Digest;
use crate::oci::document::Platform;
use crate::oracle;
use crate::plan::Cell;
use crate::plan::expand::expand;
use crate::probes::Probes;
use crate::report::Report;
use crate::runner::{Job, RunSettings, run};
use crate::target::Target;
use crate::transport::{Transport, TransportConfig};

/// Probes an image of a lab with these quirks on, anonymously, for linux/amd64. Each combination is asked once a
/// process: what hundreds of tests compare with is the same faithful registry.
pub(crate) fn probe(quirks: &[&str], image: &str) -> Arc<Report> {
    cached(None, quirks, image, "linux/amd64")
}

/// Probes an image of a lab that is a certain registry, likewise.
pub(crate) fn probe_as(personality: &str, image: &str, platform: &str) -> Arc<Report> {
    cached(Some(personality), &[], image, platform)
}

/// What a lab was, and what was asked of it.
type Asked = (Option<String>, Vec<String>, String, String);

/// What came of it; empty while the first who asks waits for it.
type Slot = Arc<OnceLock<Arc<Report>>>;

fn cached(personality: Option<&str>, quirks: &[&str], image: &str, platform: &str) -> Arc<Report> {
    static ASKED: OnceLock<Mutex<HashMap<Asked, Slot>>> = OnceLock::new();
    let personality = personality.map(str::to_owned);
    let quirks: Vec<String> = quirks.iter().map(|id| (*id).to_owned()).collect();
    let asked = (personality.clone(), quirks.clone(), image.to_owned(), platform.to_owned());
    let slot = Arc::clone(ASKED.get_or_init(Mutex::default).lock().unwrap().entry(asked).or_default());
    let options = LabOptions { personality, quirks, ..LabOptions::default() };
    Arc::clone(slot.get_or_init(|| Arc::new(run_on(options, image, platform, Found::anonymous()))))
}

/// The same, for a lab with other options.
pub(crate) fn probe_lab(options: LabOptions, image: &str) -> Report {
    run_on(options, image, "linux/amd64", Found::anonymous())
}

/// The same, with quirks on and credentials.
pub(crate) fn probe_login(quirks: &[&str], image: &str, found: Found) -> Report {
    let quirks = quirks.iter().map(|id| (*id).to_owned()).collect();
    run_on(LabOptions { quirks, ..LabOptions::default() }, image, "linux/amd64", found)
}

fn run_on(options: LabOptions, image: &str, platform: &str, found: Found) -> Report {
    let platform = Platform::parse(platform).unwrap();
    with_lab(options, async |address| {
        probe_by(&format!("http://{address}/{image}"), 32, platform, found).await
    })
}

/// Does something while a lab runs.
pub(crate) fn with_lab<T>(options: LabOptions, act: impl AsyncFnOnce(std::net::SocketAddr) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let lab = Lab::start(options).await.unwrap();
        let done = act(lab.address()).await;
        lab.stop().await;
        done
    })
}

/// Probes whatever there is, anonymously, for linux/amd64.
pub(crate) async fn probe_at(reference: &str, concurrency: usize) -> Report {
    let order = |cells: Vec<Cell>| cells;
    probe_in(reference, concurrency, Platform::parse("linux/amd64").unwrap(), Found::anonymous(), order).await
}

/// The same, asked in another order, which the number chooses.
pub(crate) async fn probe_shuffled(reference: &str, concurrency: usize, seed: u64) -> Report {
    let order = |mut cells: Vec<Cell>| {
        cells.sort_by_cached_key(|cell| Digest::sha256(format!("{seed} {}", cell.id()).as_bytes()));
        cells
    };
    probe_in(reference, concurrency, Platform::parse("linux/amd64").unwrap(), Found::anonymous(), order).await
}

async fn probe_by(reference: &str, concurrency: usize, platform: Platform, found: Found) -> Report {
    probe_in(reference, concurrency, platform, found, |cells| cells).await
}

async fn probe_in(
    reference: &str,
    concurrency: usize,
    platform: Platform,
    found: Found,
    order: impl FnOnce(Vec<Cell>) -> Vec<Cell>,
) -> Report {
    let probes = Probes::embedded().unwrap();
    let target = Target::parse(reference, Some(platform)).unwrap();
    // The lab has no upstream that a name could travel to.
    let suite = probes.suite_for("standard", true).unwrap();
    let settings = RunSettings { concurrency, ..RunSettings::default() };
    let transport =
        Transport::new(TransportConfig { concurrency, proxies: false, ..Default::default() }).unwrap();
    let cells = order(expand(&suite.cells, &target));
    let job = Job {
        target: &target,
        suite: &suite.id,
        cells: &cells,
        path_steps: &[],
        axis: &probes.accepts,
        settings: &settings,
    };
    let authenticate = |base: &str| Arc::new(Authenticator::new(found, base.to_owned(), "test".to_owned()));
    let recording = run(&job, &transport, authenticate, std::future::pending(), |_| {}).await;
    let report = judge::judge(recording, &probes);
    all(&report).into_iter().for_each(assert_plain);
    report
}

/// Every finding, those that hang under others included.
pub(crate) fn all(report: &Report) -> Vec<&Finding> {
    fn walk<'a>(finding: &'a Finding, found: &mut Vec<&'a Finding>) {
        found.push(finding);
        finding.children.iter().for_each(|child| walk(child, found));
    }
    let mut found = Vec::new();
    report.findings.iter().for_each(|finding| walk(finding, &mut found));
    found
}

/// The finding of that id, wherever it hangs.
pub(crate) fn find<'a>(report: &'a Report, id: &str) -> Option<&'a Finding> {
    all(report).into_iter().find(|finding| finding.id == id)
}

/// The rule fires where its quirk is on: first, or with nothing worse before it that is not its own consequence.
pub(crate) fn assert_fires(id: &str, quirks: &[&str], image: &str) {
    let report = probe(quirks, image);
    let ids: Vec<(&str, Severity)> = all(&report).iter().map(|f| (f.id, f.severity)).collect();
    let finding = find(&report, id).unwrap_or_else(|| panic!("{id} is not among {ids:?}"));
    assert!(!finding.evidence.is_empty() && !finding.title.is_empty() && !finding.remedy.is_empty());
    let louder: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.severity > Severity::Note && f.id != id && !f.children.iter().any(|c| c.id == id))
        .map(|f| f.id)
        .collect();
    assert!(louder.is_empty(), "beside {id}: {louder:?}");
}

/// The rule is silent on a faithful registry, whatever is behind the tag.
pub(crate) fn assert_silent(id: &str) {
    assert_none_of(&[id]);
}

/// So are all of these.
pub(crate) fn assert_none_of(ids: &[&str]) {
    for image in ["lab/docker", "lab/docker-list", "lab/oci", "lab/index"] {
        let report = probe(&[], image);
        for id in ids {
            assert!(find(&report, id).is_none(), "{id} fires on a faithful {image}");
        }
    }
}

/// How many cells lie outside the specs, and which of those no finding claims.
pub(crate) fn anomalies(report: &Report) -> (usize, Vec<&str>) {
    let findings = all(report);
    let odd = report.cells.iter().zip(&report.recording.cells);
    let odd: Vec<&str> = odd
        .filter(|(view, record)| oracle::anomaly(&record.cell, view, &report.recording).is_some())
        .map(|(view, _)| view.id.0.as_str())
        .collect();
    let claimed: HashSet<&str> =
        findings.iter().flat_map(|f| &f.evidence).map(|cell| cell.0.as_str()).collect();
    (odd.len(), odd.into_iter().filter(|id| !claimed.contains(id)).collect())
}
