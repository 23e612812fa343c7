//! Looks at a registry without regprobe: the same cells by the plain client of these tests.
//!
//! This tells a wrong set-up (another version, an image of another shape) from a wrong report.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use super::http::{Reply, send};
use super::push::digest;
use super::table::{Observed, Row};

const SCHEMA1: &str = "application/vnd.docker.distribution.manifest.v1+json";
const SCHEMA1_SIGNED: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const ALL: [&str; 6] = [DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX, SCHEMA1_SIGNED, SCHEMA1];

/// Sends every request that the rows of this image name, and says what came back.
pub fn observe(
    registry: SocketAddr,
    repository: &str,
    tag: &str,
    image: &str,
    rows: &[Row],
) -> BTreeMap<String, Observed> {
    let subjects = Subjects::learn(registry, repository, tag);
    let mut seen = BTreeMap::new();
    for row in rows.iter().filter(|row| row.image == image || row.image == "-") {
        let words: Vec<&str> = row.cell.split(' ').collect();
        let absent = words.contains(&"repository=absent");
        let Some(path) = subjects.path(if absent { "no/such/repo" } else { repository }, words[1]) else {
            continue;
        };
        let accept = accept_lines(words[2].trim_start_matches("accept="));
        let headers: Vec<(&str, &str)> = accept.iter().map(|value| ("Accept", value.as_str())).collect();
        let reply = send(registry, words[0], &path, &headers, b"");
        seen.insert(row.cell.clone(), subjects.observed(words[0], &reply));
    }
    seen
}

/// Asks once without Accept, as a registry in use has been asked: turning a manifest into schema 1 makes
/// docker-registry 2.8.2 store an empty layer. Two first conversions at once trip over each other, and some of them are
/// answered 400; a cache must find the layer and cannot write it.
pub fn convert_once(registry: SocketAddr, repository: &str, tag: &str) {
    send(registry, "GET", &format!("/v2/{repository}/manifests/{tag}"), &[], b"");
}

/// Asks a pull-through cache for the blobs of an image until it has them itself. It passes a blob on before it is
/// stored, and whoever asks for it in between is answered 500 now and then. From its own store it comes with an entity
/// tag in quotes.
pub fn warm(cache: SocketAddr, repository: &str, tag: &str) {
    let subjects = Subjects::learn(cache, repository, tag);
    let blobs =
        ["blobs/config", "blobs/layer"].into_iter().filter_map(|place| subjects.path(repository, place));
    for path in blobs {
        let mut stored = false;
        for _ in 0..600 {
            let reply = send(cache, "GET", &path, &[], b"");
            stored = reply.status == 200 && reply.header("etag").is_some_and(|tag| tag.starts_with('"'));
            if stored {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(stored, "{path} is never stored");
    }
}

/// The Accept lines of a name, as the tables were recorded.
fn accept_lines(name: &str) -> Vec<String> {
    let one = |value: &str| vec![value.to_owned()];
    match name {
        "none" => Vec::new(),
        "any" => one("*/*"),
        "app-any" => one("application/*"),
        "json" => one("application/json"),
        "schema1" => one(SCHEMA1),
        "schema1-signed" => one(SCHEMA1_SIGNED),
        "docker-manifest" => one(DOCKER_MANIFEST),
        "docker-list" => one(DOCKER_LIST),
        "oci-manifest" => one(OCI_MANIFEST),
        "oci-index" => one(OCI_INDEX),
        "docker-config" => one("application/vnd.docker.container.image.v1+json"),
        "all" => one(&ALL.join(", ")),
        "all-lines" => ALL.map(str::to_owned).to_vec(),
        "docker-only" => one(&[DOCKER_MANIFEST, DOCKER_LIST].join(",")),
        "oci-only" => one(&[OCI_MANIFEST, OCI_INDEX].join(",")),
        "q-values" => one(&ALL.map(|value| format!("{value};q=0.5")).join(", ")),
        "upper-case" => one(&DOCKER_MANIFEST.to_uppercase()),
        other => panic!("no Accept value of the name {other}"),
    }
}

#[derive(Default)]
struct Subjects {
    tag: String,
    roles: BTreeMap<&'static str, String>,
}

impl Subjects {
    /// Walks from the tag to the layer. Of an index the first child counts, as in the tables.
    fn learn(registry: SocketAddr, repository: &str, tag: &str) -> Subjects {
        let get = |reference: &str| {
            let path = format!("/v2/{repository}/manifests/{reference}");
            let reply = send(registry, "GET", &path, &[("Accept", &ALL.join(", "))], b"");
            assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.body));
            let document: Value =
                serde_json::from_slice(&reply.body).unwrap_or_else(|e| panic!("{path}: {e}"));
            // A signed schema 1 manifest is named by its payload, not by its bytes.
            let signed = document["schemaVersion"] == 1;
            let named = if signed { reply.header("docker-content-digest").map(str::to_owned) } else { None };
            (named.unwrap_or_else(|| digest(&reply.body)), document)
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let (mut own, mut document) = get(tag);
        let mut roles = BTreeMap::new();
        if let Some(child) = text(&document["manifests"][0]["digest"]) {
            roles.insert("index", own);
            (own, document) = get(&child);
        }
        roles.insert("manifest", own);
        roles.extend(text(&document["config"]["digest"]).map(|config| ("config", config)));
        let layer =
            text(&document["layers"][0]["digest"]).or_else(|| text(&document["fsLayers"][0]["blobSum"]));
        roles.extend(layer.map(|layer| ("layer", layer)));
        Subjects { tag: tag.to_owned(), roles }
    }

    fn path(&self, repository: &str, place: &str) -> Option<String> {
        let Some((endpoint, subject)) = place.split_once('/') else {
            return Some(if place == "ping" { "/v2/".into() } else { format!("/v2/{repository}/tags/list") });
        };
        let zeros = format!("sha256:{}", "0".repeat(64));
        let reference = match subject {
            "tag" => &self.tag,
            "absent-tag" => "no-such-tag",
            "absent-digest" => &zeros,
            "malformed-digest" => "sha256:zz",
            role => self.roles.get(role)?,
        };
        Some(format!("/v2/{repository}/{endpoint}/{reference}"))
    }

    fn observed(&self, method: &str, reply: &Reply) -> Observed {
        let get = method == "GET";
        let named = reply.header("docker-content-digest");
        let role =
            |named: &str| self.roles.iter().find(|(_, d)| *d == named).map_or("other", |(role, _)| role);
        let error = serde_json::from_slice::<Value>(&reply.body)
            .ok()
            .and_then(|body| body["errors"][0]["code"].as_str().map(str::to_owned))
            .filter(|_| get && !(200..300).contains(&reply.status));
        let bytes = match named {
            Some(named) if get && reply.status == 200 => {
                if digest(&reply.body) == named {
                    "yes"
                } else {
                    "no"
                }
            }
            _ => "-",
        };
        Observed {
            status: reply.status,
            content_type: reply.header("content-type").unwrap_or("-").into(),
            digest: named.map_or("-", role).into(),
            error: error.unwrap_or_else(|| "-".into()),
            bytes: bytes.into(),
        }
    }
}
