//! `check` where a real registry is upgraded, put behind a proxy, or stopped.

use std::net::SocketAddr;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::probe::Run;
use crate::support::process::Service;
use crate::support::push::{self, Image};
use crate::support::registry::{Variant, distribution_3_with, docker_registry};
use crate::support::{direct, nginx, shapes};

/// What is stored, and kept over an upgrade.
fn fill(registry: SocketAddr) {
    for shape in shapes::recorded() {
        push::push(registry, &shape.image);
        direct::convert_once(registry, &shape.image.repository, &shape.image.tag);
    }
    let image =
        regprobe::lab::images().into_iter().find(|i| i.repository == "lab/schema1").expect("an image");
    let manifests = image.manifests.into_iter();
    let image = Image {
        repository: image.repository.into(),
        tag: image.tag.into(),
        manifests: manifests.map(|(tag, kind, bytes)| (tag, kind.to_owned(), bytes.to_vec())).collect(),
        blobs: image.blobs.iter().map(|blob| blob.to_vec()).collect(),
    };
    push::push(registry, &image);
}

/// A check: exit code, the table, and the JUnit, which agree.
fn check(dir: &TempDir, registry: SocketAddr, image: &str, baseline: &str) -> (i32, String, Value) {
    let file = |name: &str| dir.path().join(name).to_str().expect("a path").to_owned();
    let (junit, json) = (file("check.xml"), file("check.json"));
    let run = Run::default().arg("check").arg(&format!("http://{registry}/{image}"));
    let run = run.option("--baseline", baseline).option("-o", &junit).option("-o", &json);
    let told = run.env("HOME", "/nonexistent").env("NO_COLOR", "1").finish();
    assert!([0, 1, 3].contains(&told.code), "{}{}", told.stdout, told.stderr);
    let xml = std::fs::read_to_string(&junit).expect("JUnit");
    let document = roxmltree::Document::parse(&xml).expect("XML");
    let has = |tag: &str| document.descendants().any(|node| node.has_tag_name(tag));
    let code = match (has("failure"), has("error")) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    };
    assert_eq!(told.code, code, "{}\n{xml}", told.stdout);
    let json = std::fs::read_to_string(&json).expect("JSON");
    (told.code, told.stdout, serde_json::from_str(&json).expect("JSON"))
}

fn baseline(dir: &TempDir, registry: SocketAddr, image: &str) -> String {
    let path = dir.path().join(format!("{}.json", image.replace(['/', ':'], "-")));
    let path = path.to_str().expect("a path").to_owned();
    let image = format!("http://{registry}/{image}");
    let told = Run::probe(&image).option("--fail-on", "never").option("-o", &path).finish();
    assert!([0, 1].contains(&told.code), "{}{}", told.stdout, told.stderr);
    path
}

/// The ids of what caused the groups that go one way.
fn causes(json: &Value, direction: &str) -> Vec<String> {
    let groups = json["diff"]["groups"].as_array().into_iter().flatten();
    let groups = groups.filter(|group| group["direction"] == direction);
    let own = |group: &Value| {
        let cause = &group["cause"];
        let also = cause["also"].as_array().cloned().unwrap_or_default();
        std::iter::once(cause["id"].clone())
            .chain(also.into_iter().map(|a| a["id"].clone()))
            .collect::<Vec<_>>()
    };
    groups.flat_map(own).filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn check_of_a_registry_that_is_upgraded_and_stopped() {
    let dir = TempDir::new().expect("a directory");
    let images = [
        "lab/py-s2:latest",
        "lab/py-oci:latest",
        "lab/py-list:latest",
        "lab/py-idx:latest",
        "lab/schema1:latest",
    ];
    let old = docker_registry(dir.path(), "content", &Variant::default());
    fill(old.address);
    let baselines = images.map(|image| baseline(&dir, old.address, image));
    for (image, base) in images.iter().zip(&baselines) {
        let (code, table, _) = check(&dir, old.address, image, base);
        assert!(code == 0 && table.contains("No difference"), "{image}: {table}");
    }
    let address = old.address;
    drop(old);
    // Nobody is there while it is upgraded.
    for (image, base) in images.iter().zip(&baselines) {
        let (code, table, _) = check(&dir, address, image, base);
        assert!(code == 3 && !table.contains("regression"), "{image}: {code} {table}");
        assert!(table.contains("connection-refused"), "{image}: {table}");
    }
    // The same content at the same address, served by version 3.
    let new: Service = distribution_3_with(dir.path(), "content", address.port());
    assert_eq!(new.address, address);
    let expected = [
        ("lab/py-s2:latest", 1, "schema1-removed"),
        ("lab/py-oci:latest", 0, ""),
        ("lab/py-list:latest", 1, "list-child-not-accepted-400"),
        ("lab/py-idx:latest", 0, ""),
        ("lab/schema1:latest", 1, "schema1-removed"),
    ];
    for ((image, code, cause), base) in expected.into_iter().zip(&baselines) {
        let (seen, table, json) = check(&dir, address, image, base);
        assert_eq!(seen, code, "{image}: {table}");
        let causes = causes(&json, "regression");
        assert_eq!(causes.iter().any(|id| id == cause), code == 1, "{image}: {causes:?}\n{table}");
        // It tells what became otherwise, and what became better.
        assert!(
            table.contains("· change") || table.contains("✔ improvement") || code == 1,
            "{image}: {table}"
        );
    }
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn check_of_a_registry_that_is_put_behind_nginx() {
    let dir = TempDir::new().expect("a directory");
    let registry = docker_registry(dir.path(), "content", &Variant::default());
    fill(registry.address);
    let pass = format!("proxy_pass http://{};", registry.address);
    let image = "lab/py-oci:latest";
    let base = baseline(&dir, registry.address, image);
    let behind = |locations: &str| {
        let front = nginx::start(dir.path(), &locations.replace("PASS", &pass));
        check(&dir, front.address, image, &base)
    };
    let (code, table, _) = behind("location / { PASS }");
    assert!(code == 0 && table.contains("No difference"), "{code} {table}");
    let (code, table, json) =
        behind("gzip on; gzip_min_length 1; gzip_proxied any; gzip_types *; location / { PASS }");
    assert_eq!((code, causes(&json, "regression").len()), (0, 0), "{table}");
    assert!(causes(&json, "change").iter().any(|id| id == "proxy-gzips"), "{table}");
    let (code, table, json) = behind("location / { PASS proxy_hide_header Docker-Content-Digest; }");
    assert_eq!((code, causes(&json, "regression")[0].as_str()), (1, "dcd-missing-everywhere"), "{table}");
    let (code, table, json) = behind("location / { if ($request_method = HEAD) { return 405; } PASS }");
    assert_eq!((code, causes(&json, "regression")[0].as_str()), (1, "head-405"), "{table}");
    let (code, table, _) = behind("location / { return 429; }");
    assert!(code == 3 && !table.contains("regression"), "{code} {table}");
}
