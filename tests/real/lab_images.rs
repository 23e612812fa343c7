//! The images of the embedded registry, pushed to real ones: those of a shape that the tables have must
//! be treated as recorded, so the embedded registry's content is no easier than what real tools make.

use std::net::SocketAddr;

use tempfile::TempDir;

use crate::support::probe::Run;
use crate::support::push::{self, Image as Pushed};
use crate::support::registry::{Variant, crane, distribution_3, docker_registry};
use crate::support::table::read;
use crate::tables::{Image, directly, everything, required, with_regprobe};

/// Image of the embedded registry, shape in the tables.
const SAME_SHAPE: [(&str, &str); 9] = [
    ("lab/docker", "s2"),
    ("lab/docker-list", "list"),
    ("lab/oci", "oci"),
    ("lab/oci-no-media-type", "oci-nomt"),
    ("lab/index", "idx"),
    ("lab/attested", "attest"),
    ("lab/helm", "helm"),
    ("lab/artifact:v1", "artifact"),
    ("lab/schema1", "s1"),
];

/// Pushes all of them. Those that have rows, and the references of the others. A registry that has no
/// schema 1 is spared it.
fn push_all(registry: SocketAddr, schema1: bool) -> (Vec<Image>, Vec<String>) {
    let (mut known, mut others) = (Vec::new(), Vec::new());
    for image in regprobe::lab::images() {
        if !schema1 && image.repository == "lab/schema1" {
            continue;
        }
        // CNCF distribution takes layers from elsewhere only where its settings allow their URLs.
        if image.repository == "lab/foreign" {
            continue;
        }
        let manifests = image.manifests.into_iter();
        let pushed = Pushed {
            repository: image.repository.into(),
            tag: image.tag.into(),
            manifests: manifests.map(|(tag, kind, bytes)| (tag, kind.to_owned(), bytes.to_vec())).collect(),
            blobs: image.blobs.iter().map(|blob| blob.to_vec()).collect(),
        };
        push::push(registry, &pushed);
        let Pushed { repository, tag, .. } = pushed;
        let reference = format!("{repository}:{tag}");
        let shape = SAME_SHAPE.iter().find(|(name, _)| *name == reference || *name == repository);
        match shape {
            Some((_, name)) => known.push(Image { name, repository, tag, platform: "linux/amd64" }),
            None => others.push(reference),
        }
    }
    assert_eq!(known.len(), if schema1 { 9 } else { 8 });
    assert!(!others.is_empty());
    (known, others)
}

fn compare(registry: SocketAddr, table: &str, schema1: bool) {
    let rows = read(table);
    let (images, others) = push_all(registry, schema1);
    directly(&rows, registry, &images).assert_none(everything(&rows, &images));
    with_regprobe(&rows, registry, &images).assert_none(required(&rows, &images));
    for reference in others {
        let (code, report) = Run::probe(&format!("http://{registry}/{reference}")).json();
        assert!([0, 1].contains(&code), "{reference}: exit {code}, {}", report.outcome());
    }
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn in_docker_registry() {
    let dir = TempDir::new().expect("a directory");
    let registry = docker_registry(dir.path(), "content", &Variant::default());
    compare(registry.address, "distribution-2.8.2", true);
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn in_distribution_3() {
    let dir = TempDir::new().expect("a directory");
    let registry = distribution_3(dir.path());
    compare(registry.address, "distribution-3.1.1", false);
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn in_crane_registry() {
    let dir = TempDir::new().expect("a directory");
    let registry = crane(dir.path());
    compare(registry.address, "crane-registry-serve-0.20.7", false);
}
