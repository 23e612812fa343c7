//! `record` between a real client and a real registry: the client gets what it would have got, and what it was refused
//! is found in the recording.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::http::send;
use crate::support::process::{run, tool};
use crate::support::push::{self, Image};
use crate::support::registry::{Variant, docker_registry};

const DOCKER_ONLY: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// A running proxy.
struct Proxy {
    child: Child,
    address: SocketAddr,
}

impl Proxy {
    fn start(upstream: SocketAddr, recording: &Path) -> Proxy {
        let mut child = Command::new(env!("CARGO_BIN_EXE_regprobe"))
            .args(["record", "--upstream", &format!("http://{upstream}"), "-o"])
            .arg(recording)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("regprobe");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout).read_line(&mut line).expect("its first line");
        Proxy { address: line.trim().parse().expect("an address"), child }
    }

    /// Ends it as a service manager would.
    fn stop(mut self) {
        run(Command::new("kill").arg(self.child.id().to_string()));
        assert!(self.child.wait().expect("its end").success());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Best effort: one that was stopped is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn skopeo(arguments: &[&str]) {
    run(Command::new(tool("skopeo")).arg("--insecure-policy").args(arguments));
}

/// An image as skopeo fetched it: every file and its bytes.
fn fetched(registry: SocketAddr, image: &str, dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let (from, to) = (format!("docker://{registry}/{image}"), format!("dir:{}", dir.display()));
    skopeo(&["copy", "--all", "--src-tls-verify=false", &from, &to]);
    let files = std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry"));
    files
        .map(|f| (f.file_name().to_string_lossy().into_owned(), std::fs::read(f.path()).expect("a file")))
        .collect()
}

fn diagnosed(recording: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_regprobe"))
        .args(["diagnose", "--format", "json"])
        .arg(recording)
        .output()
        .expect("regprobe");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
#[ignore = "wants docker-registry and skopeo"]
fn skopeo_copies_through_it_and_a_failing_pull_is_diagnosed() {
    let dir = TempDir::new().expect("a directory");
    let registry = docker_registry(dir.path(), "content", &Variant::default());
    for image in regprobe::lab::images() {
        if !["lab/oci", "lab/docker", "lab/index"].contains(&image.repository) {
            continue;
        }
        let manifests = image.manifests.into_iter();
        push::push(
            registry.address,
            &Image {
                repository: image.repository.into(),
                tag: image.tag.into(),
                manifests: manifests
                    .map(|(tag, kind, bytes)| (tag, kind.to_owned(), bytes.to_vec()))
                    .collect(),
                blobs: image.blobs.iter().map(|blob| blob.to_vec()).collect(),
            },
        );
    }
    let recording = dir.path().join("recording.json");
    for (i, name) in ["lab/oci", "lab/docker", "lab/index"].into_iter().enumerate() {
        let proxy = Proxy::start(registry.address, &recording);
        let image = format!("{name}:latest");
        let direct = fetched(registry.address, &image, &dir.path().join(format!("direct-{i}")));
        let passed = fetched(proxy.address, &image, &dir.path().join(format!("passed-{i}")));
        assert!(direct == passed, "{name}: {:?} and {:?}", direct.keys(), passed.keys());
        proxy.stop();
        let report = diagnosed(&recording);
        assert_eq!(report["target"]["repository"], name);
        let ids: Vec<_> =
            report["cells"].as_array().expect("cells").iter().filter_map(|c| c["id"].as_str()).collect();
        assert!(ids.contains(&"GET manifests/tag accept=all-lines"), "{ids:?}");
        assert!(ids.iter().any(|id| id.starts_with("GET blobs/config")), "{ids:?}");
        let failed: Vec<_> =
            report["cells"].as_array().expect("cells").iter().filter(|c| c["expected"] != "ok").collect();
        assert!(failed.is_empty(), "{failed:?}");
    }

    // A push goes through as well, though the registry names itself in each Location.
    let proxy = Proxy::start(registry.address, &recording);
    let to = format!("docker://{}/lab/copy:latest", proxy.address);
    skopeo(&[
        "copy",
        "--dest-tls-verify=false",
        "--preserve-digests",
        &format!("dir:{}", dir.path().join("direct-0").display()),
        &to,
    ]);
    let copied = fetched(registry.address, "lab/copy:latest", &dir.path().join("copied"));
    let original = fetched(registry.address, "lab/oci:latest", &dir.path().join("original"));
    assert!(copied == original);
    proxy.stop();
    let report = diagnosed(&recording);
    let methods: Vec<_> = report["exchanges"]
        .as_array()
        .expect("exchanges")
        .iter()
        .filter_map(|e| e["request"]["method"].as_str())
        .collect();
    for method in ["POST", "PATCH", "PUT"] {
        assert!(methods.contains(&method), "{methods:?}");
    }

    // A client from before OCI, and beside it one that knows better.
    let proxy = Proxy::start(registry.address, &recording);
    let ask = |reference: &str| {
        send(
            proxy.address,
            "GET",
            &format!("/v2/lab/oci/manifests/{reference}"),
            &[("Accept", DOCKER_ONLY)],
            b"",
        )
    };
    assert_eq!(ask("latest").status, 404);
    let manifest = &original["manifest.json"];
    assert_eq!(ask(&push::digest(manifest)).status, 404);
    fetched(proxy.address, "lab/oci:latest", &dir.path().join("again"));
    proxy.stop();
    let report = diagnosed(&recording);
    let found: Vec<_> =
        report["findings"].as_array().expect("findings").iter().filter_map(|f| f["id"].as_str()).collect();
    assert!(found.contains(&"oci-not-in-accept-404"), "{found:?}");
}
