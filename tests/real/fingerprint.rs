//! A fresh probe of a real registry is known by what was recorded of it in `reports/`.

use std::net::SocketAddr;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::probe::Run;
use crate::support::process::{run, tool};
use crate::support::push::{self, Image};
use crate::support::registry::{
    Variant, container_registry, crane, distribution_3, docker_registry, ociregistry, olareg,
};

const PASSWORD: &str = "of-this-test";

fn push_oci(registry: SocketAddr) {
    let image = regprobe::lab::images().into_iter().find(|i| i.repository == "lab/oci").expect("an image");
    let manifests = image.manifests.into_iter();
    push::push(
        registry,
        &Image {
            repository: image.repository.into(),
            tag: image.tag.into(),
            manifests: manifests.map(|(tag, kind, bytes)| (tag, kind.to_owned(), bytes.to_vec())).collect(),
            blobs: image.blobs.iter().map(|blob| blob.to_vec()).collect(),
        },
    );
}

/// Probes it, and gives the names that the fingerprint says.
fn named(registry: SocketAddr, dir: &TempDir, options: impl Fn(Run) -> Run) -> Vec<String> {
    let report = dir.path().join("report.json");
    let report = report.to_str().expect("a path");
    let probe = Run::probe(&format!("http://{registry}/lab/oci:latest"));
    let probed = options(probe.option("--platform", "linux/amd64").option("-o", report)).finish();
    assert!([0, 1].contains(&probed.code), "{}{}", probed.stdout, probed.stderr);
    let told = Run::default().arg("fingerprint").arg(report).option("--format", "json").finish();
    let told: Value = serde_json::from_str(&told.stdout).expect("JSON");
    let names = told["named"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn docker_registry_is_known() {
    let dir = TempDir::new().expect("a directory");
    let registry = docker_registry(dir.path(), "content", &Variant::default());
    push_oci(registry.address);
    assert_eq!(named(registry.address, &dir, |run| run), ["distribution-2.8.2"]);
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn distribution_3_is_known() {
    let dir = TempDir::new().expect("a directory");
    let registry = distribution_3(dir.path());
    push_oci(registry.address);
    assert_eq!(named(registry.address, &dir, |run| run), ["distribution-3.1.1"]);
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn crane_is_known() {
    let dir = TempDir::new().expect("a directory");
    let registry = crane(dir.path());
    push_oci(registry.address);
    assert_eq!(named(registry.address, &dir, |run| run), ["crane-registry-serve-0.20.7"]);
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn ociregistry_is_known() {
    let dir = TempDir::new().expect("a directory");
    let registry = ociregistry(dir.path());
    push_oci(registry.address);
    assert_eq!(named(registry.address, &dir, |run| run), ["ociregistry-20251212"]);
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn olareg_is_known() {
    let dir = TempDir::new().expect("a directory");
    let registry = olareg(dir.path());
    push_oci(registry.address);
    assert_eq!(named(registry.address, &dir, |run| run), ["olareg-0.1.2"]);
}

/// It takes no blob in one request, and nothing without a password: skopeo knows how.
#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn container_registry_is_known() {
    let dir = TempDir::new().expect("a directory");
    let (source, registry) = (crane(dir.path()), container_registry(dir.path(), PASSWORD));
    push_oci(source.address);
    run(Command::new(tool("skopeo"))
        .args(["--insecure-policy", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"])
        .args(["--dest-creds", &format!("ci:{PASSWORD}")])
        .arg(format!("docker://{}/lab/oci:latest", source.address))
        .arg(format!("docker://{}/lab/oci:latest", registry.address)));
    let login = |run: Run| run.option("--username", "ci").arg("--password-stdin").stdin(PASSWORD);
    assert_eq!(named(registry.address, &dir, login), ["container-registry-0.3.1"]);
}
