//! The shapes of image that the recorded tables were made with: small, real, the same bytes each time.
//!
//! A generator of its own, apart from the embedded registry's, so that a fault in that one cannot
//! hide itself here. Only the shape matters: the tables hold roles, no literal digests.

use std::io::Write;

use flate2::{Compression, GzBuilder};
use serde_json::{Value, json};

use super::push::{Image, digest};

const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const DOCKER_FOREIGN: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

/// A shape that has rows in the recorded tables.
pub struct Shape {
    /// Its name there.
    pub name: &'static str,
    /// The platform whose manifest is the recorded `manifest`.
    pub platform: &'static str,
    /// What to push.
    pub image: Image,
}

/// The nine shapes of the tables.
pub fn recorded() -> Vec<Shape> {
    let shape = |name, image| Shape { name, platform: "linux/amd64", image };
    vec![
        shape("s2", single("py-s2", true, true)),
        shape("oci", single("py-oci", false, true)),
        shape("oci-nomt", single("py-oci-nomt", false, false)),
        shape("idx", multi("py-idx", false, &[("amd64", None), ("arm64", None), ("arm", Some("v7"))])),
        shape("list", multi("py-list", true, &[("amd64", None), ("arm64", None)])),
        Shape {
            platform: "linux/arm64",
            ..shape("idx-noamd64", multi("py-idx-noamd64", false, &[("arm64", None)]))
        },
        shape("attest", attested()),
        shape("artifact", artifact()),
        shape("helm", helm()),
    ]
}

/// Shapes that no table has, one tag each: a registry may refuse some of them.
pub fn odd() -> Vec<Image> {
    let mut layer = Part::layer("x", b"x");
    layer.media_type = OCI_LAYER;
    let config = json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]}});
    let config = bytes(&config);
    let manifest = json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": descriptor(OCI_CONFIG, &config), "layers": [descriptor(OCI_LAYER, &layer.gzip)]});
    let mut pretty = serde_json::to_vec_pretty(&manifest).expect("JSON");
    pretty.extend_from_slice(b"\n\n");
    let foreign = json!({"schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": descriptor(DOCKER_CONFIG, &config),
        "layers": [with(descriptor(DOCKER_FOREIGN, b"not here"), "urls", json!(["http://127.0.0.1:1/x"]))]});
    let index =
        |children: Value| bytes(&json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children}));
    let inner = index(json!([descriptor(OCI_MANIFEST, &pretty)]));
    let nested = index(json!([descriptor(OCI_INDEX, &inner)]));
    let absent = json!({"mediaType": OCI_MANIFEST, "digest": format!("sha256:{}", "0".repeat(64)), "size": 123,
        "platform": {"os": "linux", "architecture": "arm64"}});
    let present =
        with(descriptor(OCI_MANIFEST, &pretty), "platform", json!({"os": "linux", "architecture": "amd64"}));
    let missing = index(json!([present, absent]));
    let blobs = vec![layer.gzip, config];
    let image = |tag: &str, manifests: Vec<(Option<&str>, &str, Vec<u8>)>| Image {
        repository: "lab/py-odd".into(),
        tag: tag.into(),
        manifests: manifests.into_iter().map(|(t, m, b)| (t.map(Into::into), m.into(), b)).collect(),
        blobs: blobs.clone(),
    };
    vec![
        image("whitespace", vec![(Some("whitespace"), OCI_MANIFEST, pretty)]),
        image("foreign", vec![(Some("foreign"), DOCKER_MANIFEST, bytes(&foreign))]),
        image("nested", vec![(None, OCI_INDEX, inner), (Some("nested"), OCI_INDEX, nested)]),
        image("emptyidx", vec![(Some("emptyidx"), OCI_INDEX, index(json!([])))]),
        image("missingchild", vec![(Some("missingchild"), OCI_INDEX, missing)]),
    ]
}

/// A layer with one file in it.
struct Part {
    media_type: &'static str,
    gzip: Vec<u8>,
    diff_id: String,
}

impl Part {
    fn layer(name: &str, content: &[u8]) -> Part {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        let mut archive = tar::Builder::new(Vec::new());
        archive.append_data(&mut header, name, content).expect("an entry");
        let raw = archive.into_inner().expect("an archive");
        let mut gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
        gzip.write_all(&raw).expect("compressed");
        Part { media_type: DOCKER_LAYER, gzip: gzip.finish().expect("compressed"), diff_id: digest(&raw) }
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn descriptor(media_type: &str, content: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(content), "size": content.len()})
}

fn with(mut value: Value, key: &str, field: Value) -> Value {
    value[key] = field;
    value
}

/// One platform's manifest; its blobs go to `blobs`.
fn image_manifest(arch: &str, docker: bool, media_type_field: bool, blobs: &mut Vec<Vec<u8>>) -> Vec<u8> {
    let layer = Part::layer("hello.txt", format!("hello {arch}\n").as_bytes());
    let config = bytes(&json!({
        "architecture": arch, "os": "linux", "created": "1970-01-01T00:00:00Z",
        "config": {"Cmd": ["/hello"], "Env": ["PATH=/"], "Labels": {"org.example.lab": "1"}},
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
        "history": [{"created": "1970-01-01T00:00:00Z", "created_by": "lab"}],
    }));
    let (manifest_type, config_type, layer_type) = if docker {
        (DOCKER_MANIFEST, DOCKER_CONFIG, layer.media_type)
    } else {
        (OCI_MANIFEST, OCI_CONFIG, OCI_LAYER)
    };
    let mut manifest = json!({"schemaVersion": 2, "config": descriptor(config_type, &config),
        "layers": [descriptor(layer_type, &layer.gzip)]});
    if media_type_field {
        manifest["mediaType"] = json!(manifest_type);
    }
    blobs.extend([layer.gzip, config]);
    bytes(&manifest)
}

fn single(name: &str, docker: bool, media_type_field: bool) -> Image {
    let mut blobs = Vec::new();
    let manifest = image_manifest("amd64", docker, media_type_field, &mut blobs);
    let media_type = if docker { DOCKER_MANIFEST } else { OCI_MANIFEST };
    image(name, "latest", vec![(Some("latest".into()), media_type.into(), manifest)], blobs)
}

fn multi(name: &str, docker: bool, platforms: &[(&str, Option<&str>)]) -> Image {
    let (index_type, manifest_type) =
        if docker { (DOCKER_LIST, DOCKER_MANIFEST) } else { (OCI_INDEX, OCI_MANIFEST) };
    let (mut blobs, mut manifests, mut children) = (Vec::new(), Vec::new(), Vec::new());
    for (arch, variant) in platforms {
        let manifest = image_manifest(arch, docker, true, &mut blobs);
        let mut platform = json!({"os": "linux", "architecture": arch});
        if let Some(variant) = variant {
            platform["variant"] = json!(variant);
        }
        children.push(with(descriptor(manifest_type, &manifest), "platform", platform));
        manifests.push((None, manifest_type.to_owned(), manifest));
    }
    let index = bytes(&json!({"schemaVersion": 2, "mediaType": index_type, "manifests": children}));
    manifests.push((Some("latest".into()), index_type.into(), index));
    image(name, "latest", manifests, blobs)
}

/// What BuildKit pushes: beside the image an entry for `unknown/unknown`.
fn attested() -> Image {
    let mut blobs = Vec::new();
    let manifest = image_manifest("amd64", false, true, &mut blobs);
    let statement = bytes(&json!({"_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v0.2", "subject": [], "predicate": {}}));
    let config = bytes(&json!({"architecture": "unknown", "os": "unknown", "config": {},
        "rootfs": {"type": "layers", "diff_ids": [digest(&statement)]}}));
    let attestation = bytes(
        &json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": descriptor(OCI_CONFIG, &config),
        "layers": [descriptor("application/vnd.in-toto+json", &statement)]}),
    );
    let entry = json!({"mediaType": OCI_MANIFEST, "digest": digest(&attestation), "size": attestation.len(),
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest(&manifest)}});
    let child = with(
        descriptor(OCI_MANIFEST, &manifest),
        "platform",
        json!({"os": "linux", "architecture": "amd64"}),
    );
    let index = bytes(&json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [child, entry]}));
    blobs.extend([statement, config]);
    let manifests = vec![
        (None, OCI_MANIFEST.into(), manifest),
        (None, OCI_MANIFEST.into(), attestation),
        (Some("latest".into()), OCI_INDEX.into(), index),
    ];
    image("py-attest", "latest", manifests, blobs)
}

/// An artifact with the empty config; beside it, in the same repository, an image with a referrer,
/// and the fallback tag that a client writes where there is no referrers API.
fn artifact() -> Image {
    let (empty, payload) = (b"{}".to_vec(), b"some payload\n".to_vec());
    let artifact = bytes(
        &json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": "application/vnd.example.lab.v1",
        "config": descriptor(OCI_EMPTY, &empty), "layers": [descriptor("text/plain", &payload)]}),
    );
    let mut blobs = Vec::new();
    let base = image_manifest("amd64", false, true, &mut blobs);
    let sbom = bytes(&json!({"spdxVersion": "SPDX-2.3"}));
    let referrer = bytes(
        &json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "artifactType": "application/spdx+json",
        "config": descriptor(OCI_EMPTY, &empty), "layers": [descriptor("application/spdx+json", &sbom)],
        "subject": descriptor(OCI_MANIFEST, &base)}),
    );
    let entry = with(descriptor(OCI_MANIFEST, &referrer), "artifactType", json!("application/spdx+json"));
    let fallback = bytes(&json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}));
    let fallback_tag = digest(&base).replace(':', "-");
    blobs.extend([empty, payload, sbom]);
    let manifests = vec![
        (Some("base".into()), OCI_MANIFEST.into(), base),
        (Some("v1".into()), OCI_MANIFEST.into(), artifact),
        (None, OCI_MANIFEST.into(), referrer),
        (Some(fallback_tag), OCI_INDEX.into(), fallback),
    ];
    image("py-artifact", "v1", manifests, blobs)
}

/// A Helm chart, as `helm push` makes it: no `mediaType` field.
fn helm() -> Image {
    let config = bytes(&json!({"apiVersion": "v2", "name": "labchart", "version": "0.1.0"}));
    let chart = Part::layer("labchart/Chart.yaml", b"apiVersion: v2\nname: labchart\nversion: 0.1.0\n").gzip;
    let manifest = bytes(
        &json!({"schemaVersion": 2, "config": descriptor("application/vnd.cncf.helm.config.v1+json", &config),
        "layers": [descriptor("application/vnd.cncf.helm.chart.content.v1.tar+gzip", &chart)],
        "annotations": {"org.opencontainers.image.title": "labchart", "org.opencontainers.image.version": "0.1.0"}}),
    );
    image(
        "py-helm",
        "0.1.0",
        vec![(Some("0.1.0".into()), OCI_MANIFEST.into(), manifest)],
        vec![config, chart],
    )
}

fn image(
    name: &str,
    tag: &str,
    manifests: Vec<(Option<String>, String, Vec<u8>)>,
    blobs: Vec<Vec<u8>>,
) -> Image {
    Image { repository: format!("lab/{name}"), tag: tag.into(), manifests, blobs }
}
