//! What real registries were seen to do (`reports/`), judged by the rules of today, and served again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use regprobe::compare::diff;
use regprobe::compare::fingerprint::{Reference, fingerprint};
use regprobe::diagnosis::{Finding, Severity};
use regprobe::judge::judge;
use regprobe::lab::{LabOptions, Replay};
use regprobe::oci::digest::Digest;
use regprobe::probes::Probes;
use regprobe::render::json;
use regprobe::report::Report;

use crate::record::{self, ask};
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

fn signatures(report: &Report) -> Vec<(String, String)> {
    report.cells.iter().map(|c| (c.id.0.clone(), c.signature.clone())).collect()
}

/// Probes a recording that is served, and compares.
fn replayed(name: &str, file: &Path, probes: &Probes) {
    let recorded = judged(file, probes);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let strange = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&strange);
    let tell = Box::new(move |message: &str| heard.lock().unwrap().push(message.to_owned()));
    let free = "127.0.0.1:0".parse().unwrap();
    let replay =
        runtime.block_on(Replay::start(std::slice::from_ref(&recorded.recording), free, tell)).unwrap();
    let mut args = vec!["probe", &replay.references()[0], "--platform", "linux/amd64", "--format", "json"];
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
    let free = "127.0.0.1:0".parse().unwrap();
    let recordings = std::slice::from_ref(&recorded.recording);
    let replay = runtime.block_on(Replay::start(recordings, free, tell)).unwrap();
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
    // A list has one form: whoever asks for it gets it.
    let digest = wide.header("docker-content-digest").to_owned();
    for list in ["/v2/lab/docker/tags/list", &format!("/v2/lab/docker/referrers/{digest}")] {
        let recorded = recorded.recording.exchanges.iter().map(|e| &e.last().request.url);
        assert!(recorded.into_iter().any(|url| url.ends_with(list)), "{list}");
        assert_ne!(ask(list, "application/json, text/plain;q=0.3", "client/1").status, 501, "{list}");
        assert_eq!(ask(list, "application/x-new", "regprobe/0.1.0").status, 501, "{list}");
    }
    for (accept, agent) in [(other, "client/1"), (&*format!("{other}, {docker}"), "regprobe/0.1.0")] {
        let refused = ask(manifest, accept, agent);
        assert_eq!(refused.status, 501, "{accept} {agent}");
        assert!(String::from_utf8_lossy(&refused.body).contains("not in the recording"));
    }
    runtime.block_on(replay.stop());
}

/// The binary, serving a file; ended when it goes out of scope.
struct Served {
    child: std::process::Child,
    lines: Vec<String>,
}

impl Served {
    fn start(file: &Path, images: usize) -> Served {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_regprobe"))
            .arg("replay")
            .arg(file)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let lines = out.lines().take(1 + 2 * images).map(|line| line.unwrap()).collect();
        Served { child, lines }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is printed is run as it is printed, and each image does what it did, whichever registry it was at.
#[test]
fn several_images_of_several_registries_are_replayed_each_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let probes = Probes::embedded().unwrap();
    let (one, other) = (Running::faithful(), Running::quirks(&["head-405"]));
    let mut all: Vec<serde_json::Value> = Vec::new();
    for images in [vec![one.image("lab/oci"), one.image("lab/docker")], vec![other.image("lab/oci")]] {
        let mut args = vec!["probe", "--suite", "quick", "--platform", "linux/amd64", "--format", "json"];
        args.extend(images.iter().map(String::as_str));
        let read: serde_json::Value = serde_json::from_str(&run(&args).1).unwrap();
        match read {
            serde_json::Value::Array(several) => all.extend(several),
            report => all.push(report),
        }
    }
    let file = dir.path().join("three.json");
    std::fs::write(&file, serde_json::to_string(&all).unwrap()).unwrap();
    let recorded: Vec<Report> = json::read_all(&std::fs::read(&file).unwrap())
        .unwrap()
        .into_iter()
        .map(|r| judge(r, &probes))
        .collect();
    let served = Served::start(&file, 3);
    assert_eq!(served.lines.len(), 7, "{:?}", served.lines);
    for (at, then) in recorded.iter().enumerate() {
        let (reference, line) = (&served.lines[1 + 2 * at], &served.lines[2 + 2 * at]);
        assert!(reference.ends_with(&format!("/{}:latest", then.recording.target.repository)), "{reference}");
        let words: Vec<&str> = line.split(' ').skip(1).chain(["--format", "json"]).collect();
        let (_, out, err) = run(&words);
        let now = judge(json::read(out.as_bytes()).unwrap_or_else(|e| panic!("{e}: {err}")), &probes);
        assert_eq!(signatures(then), signatures(&now), "{line}");
        assert!(diff(then, &now).is_empty(), "{line}");
    }
    let addresses: std::collections::BTreeSet<_> =
        served.lines.iter().filter(|l| l.starts_with("http")).map(|l| l.split('/').nth(2)).collect();
    assert_eq!(addresses.len(), 2, "one for each registry");
}

/// What a client asked is no suite: no line offers one.
#[test]
fn what_was_recorded_from_a_client_is_replayed_to_a_client() {
    let dir = tempfile::tempdir().unwrap();
    let lab = Running::faithful();
    let recording = record::Recording::of_lab(&lab);
    for name in ["lab/oci", "lab/docker"] {
        record::pull(recording.address(), name, "latest", record::ALL);
    }
    let file = dir.path().join("seen.json");
    std::fs::write(&file, recording.several().1).unwrap();
    let served = Served::start(&file, 2);
    for (at, name) in ["lab/oci", "lab/docker"].iter().enumerate() {
        assert!(served.lines[1 + 2 * at].ends_with(&format!("/{name}:latest")), "{:?}", served.lines);
        assert!(served.lines[2 + 2 * at].starts_with("# recorded from a client"), "{:?}", served.lines);
        let there = record::get(
            served.lines[0].parse().unwrap(),
            &format!("/v2/{name}/manifests/latest"),
            record::ALL,
        );
        let here = record::get(lab.lab.address(), &format!("/v2/{name}/manifests/latest"), record::ALL);
        assert_eq!((there.status, there.body), (200, here.body));
    }
    let (_, page, _) = run(&["render", file.to_str().unwrap(), "--format", "markdown"]);
    assert!(page.contains("regprobe replay") && !page.contains("--suite record"), "{page}");
}

/// Only a replay may say what the bytes were, and only on loopback.
#[test]
fn a_registry_elsewhere_cannot_say_that_its_bytes_match() {
    let probes = Probes::embedded().unwrap();
    let file = &files()["distribution-2.8.2/oci-manifest"];
    let text = std::fs::read_to_string(file).unwrap();
    let verdict = |base: &str, header: bool, zeros: bool| -> Vec<String> {
        let mut report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let layer = report["subjects"]["layer"].as_str().unwrap().to_owned();
        for exchange in report["exchanges"].as_array_mut().unwrap() {
            let url = exchange["request"]["url"].as_str().unwrap().to_owned();
            let path = url.splitn(4, '/').nth(3).unwrap();
            exchange["request"]["url"] = format!("{base}/{path}").into();
            let size = exchange["response"]["body"]["size"].as_u64();
            if url.ends_with(&layer) && size.is_some_and(|size| size > 0) {
                // More than was read.
                let body = &mut exchange["response"]["body"];
                body["end"] = "capped".into();
                if zeros {
                    let zeros = vec![0; usize::try_from(size.unwrap()).unwrap()];
                    body["sha256"] = Digest::sha256(&zeros).to_string().into();
                }
                if header {
                    let header = serde_json::json!({"name": "regprobe-recorded-digests", "value": layer});
                    exchange["response"]["headers"].as_array_mut().unwrap().push(header);
                }
            }
        }
        let report = judge(json::read(report.to_string().as_bytes()).unwrap(), &probes);
        let cells = report.cells.iter().filter(|c| c.id.0.starts_with("GET blobs/layer"));
        cells.map(|c| c.signature.clone()).filter(|s| s.contains("bytes=")).collect()
    };
    assert!(verdict("https://r.example", true, true).is_empty());
    assert!(verdict("http://127.0.0.1:5000", false, true).is_empty());
    assert!(verdict("http://127.0.0.1:5000", true, false).is_empty());
    let replayed = verdict("http://127.0.0.1:5000", true, true);
    assert!(!replayed.is_empty() && replayed.iter().all(|s| s.contains("bytes=match")), "{replayed:?}");
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
