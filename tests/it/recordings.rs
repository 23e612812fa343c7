//! What real registries were seen to do (`reports/`), judged by the rules of today, and served again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use regprobe::compare::diff;
use regprobe::compare::fingerprint::{Reference, fingerprint};
use regprobe::diagnosis::{Finding, Severity};
use regprobe::judge::judge;
use regprobe::lab::{LabOptions, Replay};
use regprobe::plan::Subject;
use regprobe::probes::Probes;
use regprobe::render::json;
use regprobe::report::Report;

use crate::record::ask;
use crate::support::{Running, regprobe, run};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reports")
}

/// `distribution-2.8.2/oci-index` and its file, sorted.
fn files() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for registry in std::fs::read_dir(directory()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir())
    {
        for file in std::fs::read_dir(&registry).unwrap().map(|e| e.unwrap().path()) {
            if file.extension().is_some_and(|e| e == "json") {
                let name = |p: &Path| p.file_stem().unwrap().to_str().unwrap().to_owned();
                let registry = registry.file_name().unwrap().to_str().unwrap();
                found.insert(format!("{registry}/{}", name(&file)), file);
            }
        }
    }
    found
}

fn judged(file: &Path, probes: &Probes) -> Report {
    judge(json::read(&std::fs::read(file).unwrap()).unwrap(), probes)
}

fn flat<'a>(findings: &'a [Finding], under: &str, into: &mut Vec<(String, &'a Finding)>) {
    for finding in findings {
        let name = format!("{under}{}", finding.id);
        flat(&finding.children, &format!("{name} > "), into);
        into.push((name, finding));
    }
}

fn findings(report: &Report) -> Vec<(String, &Finding)> {
    let mut all = Vec::new();
    flat(&report.findings, "", &mut all);
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// What a registry always does, and is no good: the beginning of its name, and the finding.
const INHERENT: [(&str, &str); 2] = [
    // Its 401 comes without WWW-Authenticate, but for the ping.
    ("container-registry-0.3.1", "challenge-missing-on-resource"),
    // No answer names a manifest's digest.
    ("container-registry-0.3.1", "dcd-missing-everywhere"),
];

/// Of a registry: a line for each shape; and for each finding the shapes that it was seen with.
type Seen = (Vec<String>, BTreeMap<String, Vec<String>>);

/// All of these registries are in use; none is broken, and what is worse than a note is named above.
#[test]
fn judged_today_the_findings_are_these() {
    let probes = Probes::embedded().unwrap();
    let mut registries: BTreeMap<String, Seen> = BTreeMap::new();
    let mut bad = Vec::new();
    for (name, file) in files() {
        let report = judged(&file, &probes);
        let (registry, shape) = name.split_once('/').unwrap();
        let (lines, found) = registries.entry(registry.to_owned()).or_default();
        let way = report.recommended.as_ref().map_or("no path works", |way| way.path.as_str());
        let (anomalies, open) = (report.anomalies.len(), report.unexplained.len());
        let outcome = report.outcome.as_str();
        lines.push(format!("{shape}: {outcome}, {way}; {anomalies} anomalies, {open} unexplained"));
        for (id, finding) in findings(&report) {
            let line = format!("{} {id}", finding.severity.as_str());
            found.entry(line).or_default().push(shape.to_owned());
            // A consequence is excused with its cause.
            let cause = id.split(" > ").next().unwrap_or(&id);
            let inherent = finding.severity < Severity::Broken
                && INHERENT.iter().any(|(r, i)| *r == registry && *i == cause);
            if finding.severity > Severity::Note && !inherent {
                bad.push(format!("{name}: {} {id}", finding.severity.as_str()));
            }
        }
        assert!(file.with_extension("md").is_file(), "{name} is not rendered");
    }
    let mut page = String::new();
    for (registry, (lines, found)) in &registries {
        writeln!(page, "{registry}").unwrap();
        lines.iter().for_each(|line| writeln!(page, "  {line}").unwrap());
        for (finding, shapes) in found {
            let all = shapes.len() == lines.len();
            let shapes = if all { "all".to_owned() } else { shapes.join(" ") };
            writeln!(page, "    {finding}: {shapes}").unwrap();
        }
    }
    assert!(registries.len() >= 6, "{page}");
    assert!(bad.is_empty(), "{bad:#?}");
    insta::assert_snapshot!(page);
}

/// Probes a recording that is served, and compares.
fn replayed(name: &str, file: &Path, probes: &Probes) {
    let recorded = judged(file, probes);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let strange = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&strange);
    let tell = Box::new(move |message: &str| heard.lock().unwrap().push(message.to_owned()));
    let free = "127.0.0.1:0".parse().unwrap();
    let replay = runtime.block_on(Replay::start(&recorded.recording, free, tell)).unwrap();
    let mut args = vec!["probe", replay.reference(), "--platform", "linux/amd64", "--format", "json"];
    // Whatever wanted a password takes any.
    let closed = recorded.cells.iter().any(|c| c.signature.starts_with("401 "));
    if closed {
        args.extend(["--username", "ci", "--password-stdin"]);
    }
    let output = regprobe(&args).write_stdin("any").output().unwrap();
    runtime.block_on(replay.stop());
    assert!(!output.stdout.is_empty(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let again = judge(json::read(&output.stdout).unwrap(), probes);
    let mut strange = strange.lock().unwrap();
    strange.retain(|told| !told.contains("keeps no layers"));
    assert!(strange.is_empty(), "{name}: {strange:#?}");
    // Layers are not kept: whether their bytes match is the one thing that a replay cannot show.
    let signatures = |report: &Report| -> Vec<(String, String)> {
        let bare = |c: &regprobe::report::CellView| match c.subject {
            Some(Subject::Layer) => c.signature.replace(" bytes=match", ""),
            _ => c.signature.clone(),
        };
        report.cells.iter().map(|c| (c.id.0.clone(), bare(c))).collect()
    };
    // A recording may hold cells that no suite has any more.
    let now: BTreeMap<String, String> = signatures(&again).into_iter().collect();
    let pairs =
        signatures(&recorded).into_iter().filter_map(|(id, then)| Some((then, now.get(&id)?.clone(), id)));
    let pairs: Vec<_> = pairs.collect();
    assert!(pairs.len() + 5 > recorded.cells.len(), "{name}: {} cells", pairs.len());
    let differing: Vec<_> = pairs.into_iter().filter(|(then, now, _)| then != now).collect();
    assert!(differing.is_empty(), "{name}: {differing:#?}");
    assert!(diff(&recorded, &again).is_empty(), "{name}");
    let ids = |r: &Report| findings(r).into_iter().map(|(id, f)| (id, f.severity)).collect::<Vec<_>>();
    assert_eq!(ids(&recorded), ids(&again), "{name}");
    let verdicts = |r: &Report| r.paths.iter().map(|p| (p.id.clone(), p.verdict)).collect::<Vec<_>>();
    assert_eq!(verdicts(&recorded), verdicts(&again), "{name}");
}

#[test]
fn a_replay_of_a_few_is_what_was_recorded() {
    let (all, probes) = (files(), Probes::embedded().unwrap());
    for name in ["distribution-2.8.2/oci-manifest", "container-registry-0.3.1/docker-manifest"] {
        replayed(name, &all[name], &probes);
    }
}

/// What failed first fails first again, and a fault that passed passes.
#[test]
fn a_replay_of_a_passing_fault_is_what_was_recorded() {
    let lab = Running::quirks(&["intermittent-5xx"]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("report.json");
    let args =
        ["probe", &lab.image("lab/oci"), "--platform", "linux/amd64", "-q", "-o", file.to_str().unwrap()];
    assert_eq!(run(&args).0, 0);
    let recorded = judged(&file, &Probes::embedded().unwrap());
    assert!(recorded.findings.iter().any(|f| f.id == "intermittent-5xx"));
    replayed("intermittent-5xx", &file, &Probes::embedded().unwrap());
}

#[test]
#[ignore = "a probe of every recording takes its time: run by .ci/run"]
fn a_replay_of_any_is_what_was_recorded() {
    let probes = Probes::embedded().unwrap();
    for (name, file) in files() {
        replayed(&name, &file, &probes);
    }
}

/// A client with an Accept of its own gets what the widest recorded part of it got, and nothing that it cannot read; who
/// varies Accept to see what changes is told that it was not recorded.
#[test]
fn a_real_client_is_answered_from_what_it_accepts() {
    let probes = Probes::embedded().unwrap();
    let recorded = judged(&files()["distribution-2.8.2/docker-manifest"], &probes);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    let tell = Box::new(move |message: &str| told.lock().unwrap().push(message.to_owned()));
    let replay =
        runtime.block_on(Replay::start(&recorded.recording, "127.0.0.1:0".parse().unwrap(), tell)).unwrap();
    let ask = |path: &str, accept: &str, agent: &str| {
        let headers = [("Accept", accept), ("User-Agent", agent), ("Accept-Encoding", "gzip")];
        ask(replay.address(), "GET", path, &headers, b"")
    };
    let (manifest, other) = ("/v2/lab/docker/manifests/latest", "application/x-new");
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let wide = ask(manifest, &format!("{other}, {docker}"), "client/1");
    assert_eq!((wide.status, wide.header("content-type")), (200, docker));
    assert!(
        heard.lock().unwrap().iter().any(|m| m.ends_with(&format!("with Accept: {docker}"))),
        "{heard:?}"
    );
    assert_eq!(ask("/v2/", "*/*", "client/1").status, 200);
    for (accept, agent) in [(other, "client/1"), (&*format!("{other}, {docker}"), "regprobe/0.1.0")] {
        let refused = ask(manifest, accept, agent);
        assert_eq!(refused.status, 501, "{accept} {agent}");
        assert!(String::from_utf8_lossy(&refused.body).contains("not in the recording"));
    }
    runtime.block_on(replay.stop());
}

/// A registry is not taken for the nearest of the others: each is unknown to who has not seen it.
#[test]
fn a_fingerprint_without_its_own_is_unknown() {
    let probes = Probes::embedded().unwrap();
    let all: Vec<Reference> = files()
        .into_iter()
        .filter(|(name, _)| name.ends_with("/oci-manifest"))
        .map(|(name, path)| {
            let name = name.split('/').next().unwrap().to_owned();
            let recording = json::read(&std::fs::read(path).unwrap()).unwrap();
            Reference { name, report: judge(recording, &probes) }
        })
        .collect();
    assert!(all.len() >= 6);
    for (at, own) in all.iter().enumerate() {
        let others: Vec<Reference> =
            all.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, r)| r.clone()).collect();
        let found = fingerprint(&own.report, &others);
        assert!(found.named.is_empty(), "{}: {:?}, {}", own.name, found.named, found.why);
        assert_eq!(fingerprint(&own.report, &all).named, [own.name.as_str()]);
    }
}

/// What is recorded is known again; what behaves like nothing that was recorded is not given a name.
#[test]
fn a_fingerprint_knows_its_own_and_nothing_odd() {
    let all = files();
    let known = all["distribution-3.1.1/docker-list"].to_str().unwrap();
    let (code, out, err) = run(&["fingerprint", known]);
    assert!(code == 0 && out.starts_with("distribution-3.1.1\n"), "{out}{err}");
    let dir = tempfile::tempdir().unwrap();
    let quirks = ["head-405", "ct-text-html", "dcd-missing-everywhere"].map(str::to_owned).into();
    let odd = Running::start(LabOptions { quirks, ..LabOptions::default() });
    let file = dir.path().join("odd.json");
    let file = file.to_str().unwrap();
    let (_, _, err) = run(&["probe", &odd.image("lab/oci"), "--platform", "linux/amd64", "-o", file]);
    let (code, out, _) = run(&["fingerprint", file]);
    assert!(code == 0 && out.starts_with("unknown"), "{out}{err}");
}
