//! `record`: a small client asks the lab through the proxy; what passed is judged like a run of our own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};

use base64::Engine as _;
use regprobe::diagnosis::{Finding, Severity};
use regprobe::exchange::{BodyEnd, Purpose};
use regprobe::judge::judge;
use regprobe::lab::images;
use regprobe::probes::Probes;
use regprobe::record::Recorder;
use regprobe::render::json;
use regprobe::report::Report;
use regprobe::transport::{Transport, TransportConfig};
use serde_json::Value;

use crate::support::{Raw, Running};

pub(crate) const ALL: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
                   application/vnd.docker.distribution.manifest.list.v2+json, \
                   application/vnd.docker.distribution.manifest.v2+json";

/// A proxy on its own runtime.
pub(crate) struct Recording {
    recorder: Option<Recorder>,
    runtime: tokio::runtime::Runtime,
    probes: Probes,
}

impl Recording {
    fn of(upstream: &str) -> Recording {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let transport = Transport::new(TransportConfig::default()).unwrap();
        let listen = "127.0.0.1:0".parse().unwrap();
        let recorder = runtime.block_on(Recorder::start(transport, upstream, listen, Vec::new())).unwrap();
        Recording { recorder: Some(recorder), runtime, probes: Probes::embedded().unwrap() }
    }

    pub(crate) fn of_lab(lab: &Running) -> Recording {
        Recording::of(&format!("http://{}", lab.lab.address()))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.recorder.as_ref().unwrap().address()
    }

    /// Stops it, and judges what it saw, read back from its JSON.
    pub(crate) fn several(mut self) -> (Vec<Report>, String) {
        let stopping = self.recorder.take().unwrap().stop(&self.probes.accepts);
        let (recordings, _) = self.runtime.block_on(stopping);
        let reports: Vec<_> = recordings.into_iter().map(|r| judge(r, &self.probes)).collect();
        let text = json::render_all(&reports);
        let read = json::read_all(text.as_bytes()).unwrap().into_iter();
        let read: Vec<_> = read.map(|r| judge(r, &self.probes)).collect();
        assert_eq!(json::render_all(&read), text, "read back, they are the same");
        (read, text)
    }

    /// The same, where it is about one image.
    fn judged(self) -> (Report, String) {
        let (mut reports, text) = self.several();
        assert_eq!(reports.len(), 1, "{text}");
        (reports.remove(0), text)
    }
}

pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }
}

/// HTTP/1.0: no chunks, and the end of the connection is that of the answer.
pub(crate) fn ask(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(to).unwrap();
    let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {to}\r\n");
    headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    if method != "GET" && method != "HEAD" {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    // A connection that breaks is what some of these are about.
    let _ = stream.read_to_end(&mut answer);
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned()))
        .filter(|(n, _)| n != "date" && n != "connection")
        .collect();
    headers.sort();
    Reply { status, headers, body: answer[end + 4..].to_vec() }
}

pub(crate) fn get(to: SocketAddr, path: &str, accept: &str) -> Reply {
    ask(to, "GET", path, &[("Accept", accept)], b"")
}

fn found<'a>(report: &'a Report, id: &str) -> &'a Finding {
    let ids: Vec<&str> = report.findings.iter().map(|f| f.id).collect();
    report.findings.iter().find(|f| f.id == id).unwrap_or_else(|| panic!("{id} is not among {ids:?}"))
}

pub(crate) fn ids(report: &Report) -> Vec<&str> {
    report.cells.iter().map(|c| c.id.0.as_str()).collect()
}

/// What every client does: the manifest by tag, and then its config and first layer.
pub(crate) fn pull(to: SocketAddr, repository: &str, tag: &str, accept: &str) -> Value {
    let manifest = get(to, &format!("/v2/{repository}/manifests/{tag}"), accept);
    let manifest: Value = serde_json::from_slice(&manifest.body).unwrap();
    for blob in [&manifest["config"], &manifest["layers"][0]] {
        let digest = blob["digest"].as_str().unwrap();
        assert_eq!(ask(to, "GET", &format!("/v2/{repository}/blobs/{digest}"), &[], b"").status, 200);
    }
    manifest
}

#[test]
fn answers_are_those_of_the_registry_to_the_byte() {
    let lab = Running::faithful();
    let recording = Recording::of_lab(&lab);
    let both = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let direct = ask(lab.lab.address(), method, path, headers, b"");
        let passed = ask(recording.address(), method, path, headers, b"");
        assert_eq!(
            (passed.status, &passed.headers, &passed.body),
            (direct.status, &direct.headers, &direct.body),
            "{method} {path}"
        );
    };
    for image in images() {
        let (name, tag) = (image.repository, image.tag);
        for method in ["GET", "HEAD"] {
            both(method, &format!("/v2/{name}/manifests/{tag}"), &[("Accept", ALL)]);
            both(method, &format!("/v2/{name}/manifests/{tag}"), &[]);
        }
        for blob in image.blobs {
            let digest = regprobe::oci::digest::Digest::sha256(&blob);
            both("GET", &format!("/v2/{name}/blobs/{digest}"), &[]);
            both("GET", &format!("/v2/{name}/blobs/{digest}"), &[("Range", "bytes=1-3")]);
        }
    }
    both("GET", "/v2/", &[]);
    both("GET", "/v2/lab/oci/tags/list?n=1", &[]);
    both("GET", "/v2/lab/oci/manifests/a%2Fb", &[]);
    both("GET", "/nothing", &[]);
    let (reports, _) = recording.several();
    let judged = reports.iter().map(|r| r.recording.target.repository.as_str());
    let mut asked: Vec<_> = images().iter().map(|image| image.repository).collect();
    asked.insert(images().iter().position(|i| i.repository == "lab/oci").unwrap() + 1, "lab/oci");
    assert_eq!(judged.collect::<Vec<_>>(), asked, "and the tag that is not there");
}

#[test]
fn a_client_that_pulls_an_index_makes_cells_by_role() {
    let lab = Running::faithful();
    let recording = Recording::of_lab(&lab);
    let to = recording.address();
    assert_eq!(ask(to, "GET", "/v2/", &[], b"").status, 200);
    let index: Value = serde_json::from_slice(&get(to, "/v2/lab/index/manifests/latest", ALL).body).unwrap();
    let arm =
        index["manifests"].as_array().unwrap().iter().find(|m| m["platform"]["architecture"] == "arm64");
    pull(to, "lab/index", arm.unwrap()["digest"].as_str().unwrap(), ALL);
    let (report, _) = recording.judged();
    assert_eq!(
        ids(&report),
        [
            "GET ping accept=none",
            "GET manifests/tag accept=all",
            "GET manifests/manifest accept=all",
            "GET blobs/config accept=none",
            "GET blobs/layer accept=none"
        ]
    );
    assert_eq!(report.recording.target.platform.to_string(), "linux/arm64");
    assert!(report.anomalies.is_empty(), "{:?}", report.anomalies);
    assert!(report.findings.iter().all(|f| f.severity == Severity::Note), "{:?}", report.findings);
}

#[test]
fn containerd_resolves_by_head_and_goes_on_by_digest() {
    let lab = Running::faithful();
    let recording = Recording::of_lab(&lab);
    let to = recording.address();
    let head = ask(to, "HEAD", "/v2/lab/oci/manifests/latest", &[("Accept", ALL)], b"");
    pull(to, "lab/oci", head.header("docker-content-digest"), ALL);
    let (report, _) = recording.judged();
    assert_eq!(
        ids(&report),
        [
            "HEAD manifests/tag accept=all",
            "GET manifests/digest accept=all",
            "GET blobs/config accept=none",
            "GET blobs/layer accept=none"
        ]
    );
}

#[test]
fn what_failed_is_found_with_what_the_client_sent() {
    let lab = Running::quirks(&["head-405"]);
    let recording = Recording::of_lab(&lab);
    let path = "/v2/lab/oci/manifests/latest";
    assert_eq!(ask(recording.address(), "HEAD", path, &[("Accept", ALL)], b"").status, 405);
    assert_eq!(get(recording.address(), path, ALL).status, 200);
    let (report, _) = recording.judged();
    let finding = found(&report, "head-405");
    assert_eq!(finding.evidence[0].0, "HEAD manifests/tag accept=all");
    assert!(finding.reproduce[0].contains(&lab.lab.address().to_string()), "{:?}", finding.reproduce);

    let lab = Running::quirks(&["gcr-2018"]);
    let recording = Recording::of_lab(&lab);
    let config = "application/vnd.docker.container.image.v1+json";
    let path = "/v2/deepvariant-docker/deepvariant/manifests/0.5.0";
    assert_eq!(get(recording.address(), path, config).status, 404);
    pull(recording.address(), "deepvariant-docker/deepvariant", "0.5.0", ALL);
    let (report, _) = recording.judged();
    found(&report, "config-is-a-blob");
}

#[test]
fn no_secret_is_in_the_recording() {
    let lab = Running::quirks(&["bearer-auth"]);
    let recording = Recording::of_lab(&lab);
    let to = recording.address();
    let path = "/v2/lab/oci/manifests/latest";
    let challenged = ask(to, "GET", "/v2/", &[], b"");
    assert_eq!(challenged.status, 401);
    // The token endpoint is the registry's own: the way to it leads through the proxy.
    assert!(challenged.header("www-authenticate").contains(&format!("realm=\"http://{to}/token\"")));
    assert_eq!(get(to, path, ALL).status, 401);
    let basic = base64::engine::general_purpose::STANDARD.encode("lab:lab");
    let token = ask(
        to,
        "GET",
        "/token?service=lab&scope=repository:lab/oci:pull",
        &[("Authorization", &format!("Basic {basic}"))],
        b"",
    );
    let token: Value = serde_json::from_slice(&token.body).unwrap();
    let token = token["token"].as_str().unwrap();
    let bearer = format!("Bearer {token}");
    let cookie = "session=a-cookie-nobody-may-see";
    let with = [("Authorization", bearer.as_str()), ("Accept", ALL), ("Cookie", cookie)];
    assert_eq!(ask(to, "GET", path, &with, b"").status, 200);
    // An answer may quote what another request carried.
    ask(to, "GET", &format!("/v2/lab/oci/manifests/{}", token.replace('.', "_")), &with, b"");
    let (mut reports, text) = recording.several();
    assert_eq!(reports.len(), 2, "the token as a tag is an image like any other");
    let report = reports.remove(0);
    for secret in [basic.as_str(), token, "a-cookie-nobody-may-see"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("Bearer <redacted>"));
    let tokens: Vec<_> = report.recording.exchanges.iter().filter(|e| e.purpose == Purpose::Token).collect();
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].response().unwrap().body.size, 0, "withheld");
    assert_eq!(
        ids(&report)[..3],
        [
            "GET ping accept=none token=none",
            "GET manifests/tag accept=all token=none",
            "GET manifests/tag accept=all"
        ]
    );
    assert_eq!(report.recording.access.scheme, "basic");
}

#[test]
fn a_push_is_passed_on_and_recorded_as_the_clients() {
    let lab = Running::faithful();
    let recording = Recording::of_lab(&lab);
    // What is answered before it was read whole breaks a connection now and then, with and without a proxy.
    let layer = vec![b'x'; 1_000];
    for (method, path) in [
        ("POST", "/v2/lab/new/blobs/uploads/"),
        ("PUT", "/v2/lab/new/manifests/a"),
        ("DELETE", "/v2/lab/new/manifests/a"),
    ] {
        let (direct, passed) = (
            ask(lab.lab.address(), method, path, &[], &layer),
            ask(recording.address(), method, path, &[], &layer),
        );
        assert_eq!((passed.status, passed.body), (direct.status, direct.body), "{method}");
    }
    let seen = lab.lab.requests();
    assert!(
        seen.iter()
            .any(|r| r.method == "PUT" && r.headers.contains(&("content-length".into(), "1000".into())))
    );
    let (report, _) = recording.judged();
    assert!(report.cells.is_empty());
    let methods: Vec<_> =
        report.recording.exchanges.iter().map(|e| (e.purpose, e.last().request.method.as_str())).collect();
    assert_eq!(methods, [(Purpose::Passed, "POST"), (Purpose::Passed, "PUT"), (Purpose::Passed, "DELETE")]);
}

#[test]
fn a_registry_that_is_not_there_or_breaks_off() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let recording = Recording::of(&format!("http://{nobody}"));
    let reply = get(recording.address(), "/v2/a/manifests/latest", ALL);
    assert_eq!(reply.status, 502);
    let body = String::from_utf8(reply.body).unwrap();
    assert!(body.contains("regprobe record: the registry could not be asked"), "{body}");
    let (report, _) = recording.judged();
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.findings[0].id, "connection-refused");

    let broken = Raw::fixed(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"a\":",
    );
    let recording = Recording::of(&format!("http://{}", broken.address));
    let reply = get(recording.address(), "/v2/a/manifests/latest", ALL);
    assert_eq!(reply.body, b"{\"a\":");
    let (report, _) = recording.judged();
    let end = &report.recording.exchanges[0].response().unwrap().body.end;
    assert!(matches!(end, BodyEnd::Broken(_)), "{end:?}");
}

#[test]
fn a_client_that_gives_up_waiting_is_recorded() {
    let silent = Raw::serve(|stream, stopped| {
        let mut stream = stream;
        crate::support::head(&mut stream);
        while !stopped.load(std::sync::atomic::Ordering::SeqCst) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    });
    let recording = Recording::of(&format!("http://{}", silent.address));
    let mut stream = TcpStream::connect(recording.address()).unwrap();
    stream.write_all(b"GET /v2/a/manifests/b HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
    let _ = stream.read(&mut [0; 1]);
    drop(stream);
    let recorder = recording.recorder.as_ref().unwrap();
    recording.runtime.block_on(recorder.news());
    let (report, text) = recording.judged();
    assert_eq!(ids(&report).len(), 1);
    assert!(text.contains("the client left after"), "{text}");
}

#[test]
fn the_binary_prints_its_address_writes_at_once_and_ends_when_told() {
    let lab = Running::faithful();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seen.json");
    let mut child = Command::new(env!("CARGO_BIN_EXE_regprobe"))
        .args(["record", "--upstream", &format!("http://{}", lab.lab.address()), "-o"])
        .arg(&path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let to: SocketAddr = line.trim().parse().unwrap();
    pull(to, "lab/docker", "latest", ALL);
    let read = || json::read(&std::fs::read(&path).ok()?).ok();
    // At once after each request; how fast is the machine's business.
    while read().is_none_or(|recording| recording.exchanges.len() < 3) {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    get(to, "/v2/lab/docker/tags/list", "*/*");
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    assert_eq!(read().unwrap().exchanges.len(), 4);
    let (code, out, _) = crate::support::run(&["diagnose", path.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("lab/docker:latest"), "{out}");
}

#[test]
fn only_loopback_and_only_a_base_url() {
    let (code, _, err) =
        crate::support::run(&["record", "--upstream", "http://127.0.0.1:1", "--listen", "0.0.0.0:0"]);
    assert_eq!(code, 2);
    assert!(err.contains("loopback only"), "{err}");
    for bad in ["registry.example", "https://registry.example/v2/", "ftp://registry.example"] {
        let (code, _, err) = crate::support::run(&["record", "--upstream", bad]);
        assert_eq!(code, 2, "{bad}");
        assert!(err.contains(bad), "{err}");
    }
}
