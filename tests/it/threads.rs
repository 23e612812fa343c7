//! The table of threads: where people were stuck at a registry, and what is said when the lab behaves as theirs did.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use regprobe::auth::{Authenticator, Found};
use regprobe::diagnosis::{Finding, rules};
use regprobe::judge::judge;
use regprobe::lab::{Lab, LabOptions, images, quirks};
use regprobe::oci::document::{Platform, parse_document};
use regprobe::plan::expand::expand;
use regprobe::probes::Probes;
use regprobe::runner::{Job, RunSettings, run};
use regprobe::target::Target;
use regprobe::transport::{Transport, TransportConfig};
use serde::Deserialize;

const TABLE: &str = include_str!("../threads/threads.toml");
/// Groups of threads that were collected.
const GROUPS: u32 = 76;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    id: u32,
    threads: Vec<String>,
    what: String,
    not_reproduced: Option<String>,
    #[serde(default)]
    lab: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(flatten)]
    set_up: SetUp,
    findings: Vec<String>,
    #[serde(default)]
    first: bool,
    of: Option<String>,
}

/// What a registry is like, and what it is asked for.
#[derive(Deserialize, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct SetUp {
    quirks: Vec<String>,
    image: String,
    #[serde(default = "amd64")]
    platform: String,
    #[serde(default = "http")]
    scheme: String,
}

fn amd64() -> String {
    "linux/amd64".to_owned()
}

fn http() -> String {
    "http".to_owned()
}

/// The ids of a report's findings: for each that stands on top, its own and those of all that hangs under it.
type Told = Vec<Vec<&'static str>>;

fn table() -> Vec<Group> {
    toml::from_str::<Table>(TABLE).unwrap().group
}

#[test]
fn every_group_is_there_and_every_word_is_known() {
    let groups = table();
    let ids: Vec<u32> = groups.iter().map(|group| group.id).collect();
    assert_eq!(ids, (1..=GROUPS).collect::<Vec<_>>());
    let known: BTreeSet<&str> = quirks().iter().map(|quirk| quirk.id()).collect();
    let repositories: BTreeSet<&str> = images().iter().map(|image| image.repository).collect();
    let mut wrong = Vec::new();
    for group in &groups {
        let mut must = |right: bool, what: String| {
            if !right {
                wrong.push(format!("{}: {what}", group.id));
            }
        };
        must(group.what.ends_with('.'), "what is no sentence".to_owned());
        must(!group.threads.is_empty(), "no thread".to_owned());
        for thread in &group.threads {
            let number = thread.split_once('#').filter(|(name, _)| name.split('/').count() == 2);
            must(number.is_some_and(|(_, n)| n.parse::<u32>().is_ok()), format!("{thread} is no thread"));
        }
        must(
            group.not_reproduced.is_some() == group.lab.is_empty(),
            "either set-ups, or a reason why not".to_owned(),
        );
        for row in &group.lab {
            must(!row.findings.is_empty(), "a set-up without a finding".to_owned());
            for id in &row.findings {
                must(rules::find(id).is_some(), format!("there is no finding {id}"));
            }
            for id in &row.set_up.quirks {
                must(known.contains(id.as_str()), format!("there is no quirk {id}"));
            }
            let repository = row.set_up.image.split([':', '@']).next().unwrap();
            must(repositories.contains(repository), format!("there is no image {repository}"));
            must(Platform::parse(&row.set_up.platform).is_ok(), "no platform".to_owned());
            must(["http", "https"].contains(&row.set_up.scheme.as_str()), "no scheme".to_owned());
            must(row.of.as_deref() != Some(""), "of nothing".to_owned());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_thread_gets_its_finding() {
    let groups = table();
    let set_ups: BTreeSet<&SetUp> = groups.iter().flat_map(|g| &g.lab).map(|row| &row.set_up).collect();
    let told = probe_all(&set_ups.into_iter().collect::<Vec<_>>());
    let mut wrong = Vec::new();
    for group in &groups {
        for row in &group.lab {
            let told = &told[&row.set_up];
            let everywhere: Vec<&str> = told.iter().flatten().copied().collect();
            let missing: Vec<&String> =
                row.findings.iter().filter(|id| !everywhere.contains(&id.as_str())).collect();
            let first = told
                .first()
                .is_some_and(|top| row.findings.first().is_some_and(|id| top.contains(&id.as_str())));
            if row.findings.is_empty() || !missing.is_empty() || row.first && !first {
                wrong.push(format!(
                    "{} {} with {:?}: wanted {:?}{}, got {told:?}",
                    group.id,
                    row.set_up.image,
                    row.set_up.quirks,
                    row.findings,
                    if row.first { " first" } else { "" },
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Each set-up once, as many at a time as there are processors.
fn probe_all<'a>(set_ups: &[&'a SetUp]) -> BTreeMap<&'a SetUp, Told> {
    let (next, told) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        let probes = Probes::embedded().unwrap();
        while let Some(set_up) = set_ups.get(next.fetch_add(1, Ordering::Relaxed)) {
            let found = probe(set_up, &probes);
            told.lock().unwrap().insert(*set_up, found);
        }
    };
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    told.into_inner().unwrap()
}

fn probe(set_up: &SetUp, probes: &Probes) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let recording = runtime.block_on(async {
        let lab = Lab::start(LabOptions { quirks: set_up.quirks.clone(), ..LabOptions::default() });
        let lab = lab.await.unwrap();
        let image = format!("{}://{}/{}", set_up.scheme, lab.address(), digests(&set_up.image));
        let platform = Platform::parse(&set_up.platform).unwrap();
        let target = Target::parse(&image, Some(platform)).unwrap();
        let suite = probes.suite("standard").unwrap();
        let cells = expand(&suite.cells, &target);
        let settings = RunSettings::default();
        let config = TransportConfig { proxies: false, ..TransportConfig::default() };
        let transport = Transport::new(config).unwrap();
        let job = Job {
            target: &target,
            suite: &suite.id,
            cells: &cells,
            path_steps: &[],
            axis: &probes.accepts,
            settings: &settings,
        };
        let anonymous = |base: &str| {
            let agent = settings.user_agent.clone();
            Arc::new(Authenticator::new(Found::anonymous(), base.to_owned(), agent))
        };
        let recording = run(&job, &transport, anonymous, std::future::pending(), |_| {}).await;
        lab.stop().await;
        recording
    });
    judge(recording, probes).findings.iter().map(ids).collect()
}

fn ids(finding: &Finding) -> Vec<&'static str> {
    std::iter::once(finding.id).chain(finding.children.iter().flat_map(ids)).collect()
}

/// `<config>` is the digest of the image's config, `<absent>` that of nothing in it.
fn digests(image: &str) -> String {
    let Some((repository, _)) = image.split_once('@') else { return image.to_owned() };
    let config = || {
        let shipped = images().into_iter().find(|i| i.repository == repository).unwrap();
        let config = shipped.manifests.iter().find_map(|(_, _, bytes)| parse_document(bytes, None)?.config);
        config.unwrap().digest.unwrap().to_string()
    };
    image.replace("<config>", &config()).replace("<absent>", &format!("sha256:{}", "5a".repeat(32)))
}
