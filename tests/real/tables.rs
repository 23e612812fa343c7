//! Real registries against the tables recorded from them: not one cell may differ.

use std::net::SocketAddr;

use tempfile::TempDir;

use crate::support::probe::Run;
use crate::support::process::Service;
use crate::support::registry::{Variant, crane, distribution_3, docker_registry};
use crate::support::table::{Comparison, Row, read};
use crate::support::{direct, push, shapes, tool_images};

/// A repository of the registry and the name that its image has in the tables.
pub struct Image {
    pub name: &'static str,
    pub repository: String,
    pub tag: String,
    pub platform: &'static str,
}

/// Pushes the generated shapes.
fn push_shapes(registry: SocketAddr) -> Vec<Image> {
    let pushed = shapes::recorded().into_iter().map(|shape| {
        push::push(registry, &shape.image);
        Image {
            name: shape.name,
            repository: shape.image.repository,
            tag: shape.image.tag,
            platform: shape.platform,
        }
    });
    pushed.collect()
}

/// Pushes the images of real tools.
fn push_tool_images(registry: SocketAddr, dir: &TempDir) -> Vec<Image> {
    tool_images::push(registry, dir.path());
    let named = [("s1", "s1"), ("s2-skopeo", "s2"), ("idx-buildah", "idx"), ("list-buildah", "list")];
    let image = |(name, repository): (&'static str, &str)| Image {
        name,
        repository: format!("lab/{repository}"),
        tag: "latest".into(),
        platform: "linux/amd64",
    };
    named.map(image).into()
}

/// What a standard run sees.
pub fn with_regprobe(rows: &[Row], registry: SocketAddr, images: &[Image]) -> Comparison {
    let mut comparison = Comparison::default();
    for image in images {
        let reference = format!("http://{registry}/{}:{}", image.repository, image.tag);
        let run = Run::probe(&reference).option("--suite", "standard").option("--platform", image.platform);
        let (_, report) = run.json();
        comparison.add(rows, image.name, &report.observed());
    }
    comparison
}

/// What the plain client of these tests sees.
pub fn directly(rows: &[Row], registry: SocketAddr, images: &[Image]) -> Comparison {
    let mut comparison = Comparison::default();
    for image in images {
        let seen = direct::observe(registry, &image.repository, &image.tag, image.name, rows);
        comparison.add(rows, image.name, &seen);
    }
    comparison
}

/// How many cells regprobe must at least share with the table: those that its suite must have, of these images.
pub fn required(rows: &[Row], images: &[Image]) -> usize {
    let count = rows
        .iter()
        .filter(|row| row.required() && images.iter().any(|image| image.name == row.image))
        .count();
    assert!(count > 100 * images.len(), "{count} cells for {} images", images.len());
    count
}

/// How many cells the table has of these images.
pub fn everything(rows: &[Row], images: &[Image]) -> usize {
    images
        .iter()
        .map(|image| rows.iter().filter(|row| row.image == image.name || row.image == "-").count())
        .sum()
}

fn debian(dir: &TempDir) -> (Service, Vec<Image>) {
    let registry = docker_registry(dir.path(), "content", &Variant::default());
    let mut images = push_shapes(registry.address);
    images.extend(push_tool_images(registry.address, dir));
    for image in &images {
        direct::convert_once(registry.address, &image.repository, &image.tag);
    }
    (registry, images)
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn docker_registry_is_as_recorded() {
    let dir = TempDir::new().expect("a directory");
    let (registry, images) = debian(&dir);
    let rows = read("distribution-2.8.2");
    directly(&rows, registry.address, &images).assert_none(everything(&rows, &images));
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn regprobe_sees_docker_registry_as_recorded() {
    let dir = TempDir::new().expect("a directory");
    let (registry, images) = debian(&dir);
    let rows = read("distribution-2.8.2");
    with_regprobe(&rows, registry.address, &images).assert_none(required(&rows, &images));
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn distribution_3_is_as_recorded() {
    let dir = TempDir::new().expect("a directory");
    let registry = distribution_3(dir.path());
    let (rows, images) = (read("distribution-3.1.1"), push_shapes(registry.address));
    directly(&rows, registry.address, &images).assert_none(everything(&rows, &images));
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn regprobe_sees_distribution_3_as_recorded() {
    let dir = TempDir::new().expect("a directory");
    let registry = distribution_3(dir.path());
    let (rows, images) = (read("distribution-3.1.1"), push_shapes(registry.address));
    with_regprobe(&rows, registry.address, &images).assert_none(required(&rows, &images));
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn crane_registry_is_as_recorded() {
    let dir = TempDir::new().expect("a directory");
    let registry = crane(dir.path());
    let (rows, images) = (read("crane-registry-serve-0.20.7"), push_shapes(registry.address));
    directly(&rows, registry.address, &images).assert_none(everything(&rows, &images));
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn regprobe_sees_crane_registry_as_recorded() {
    let dir = TempDir::new().expect("a directory");
    let registry = crane(dir.path());
    let (rows, images) = (read("crane-registry-serve-0.20.7"), push_shapes(registry.address));
    with_regprobe(&rows, registry.address, &images).assert_none(required(&rows, &images));
}

/// A cache of the first registry, and its images without schema 1, which it answers 500.
fn cache_of(upstream: &Service, dir: &TempDir, images: &mut Vec<Image>) -> Service {
    images.retain(|image| image.name != "s1");
    let variant = Variant { upstream: Some(format!("http://{}", upstream.address)), ..Variant::default() };
    let cache = docker_registry(dir.path(), "cache", &variant);
    for image in &*images {
        direct::warm(cache.address, &image.repository, &image.tag);
    }
    cache
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn pull_through_cache_is_as_recorded() {
    let dir = TempDir::new().expect("a directory");
    let (upstream, mut images) = debian(&dir);
    let cache = cache_of(&upstream, &dir, &mut images);
    let rows = read("distribution-2.8.2-proxy");
    directly(&rows, cache.address, &images).assert_none(everything(&rows, &images));
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn regprobe_sees_pull_through_cache_as_recorded() {
    let dir = TempDir::new().expect("a directory");
    let (upstream, mut images) = debian(&dir);
    let cache = cache_of(&upstream, &dir, &mut images);
    let rows = read("distribution-2.8.2-proxy");
    with_regprobe(&rows, cache.address, &images).assert_none(required(&rows, &images));
}
