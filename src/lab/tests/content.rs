//! The images: whole, true to their digests, and of the shapes they claim.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::SocketAddr;

use serde_json::Value;

use super::support::{Got, get, lab};
use crate::lab::images::ImageKind;
use crate::lab::{images, schema1};
use crate::oci::digest::Digest;
use crate::oci::media_type;

/// Fetches what a descriptor names, and checks it against the descriptor.
async fn fetch(from: SocketAddr, repository: &str, endpoint: &str, descriptor: &Value) -> Got {
    let digest = descriptor["digest"].as_str().unwrap();
    let got = get(from, &format!("/v2/{repository}/{endpoint}/{digest}"), &[]).await;
    assert_eq!(got.status, 200, "{repository} {endpoint} {digest}");
    assert_eq!(Digest::sha256(&got.body).as_str(), digest);
    assert_eq!(descriptor["size"], got.body.len());
    if endpoint == "manifests" {
        assert_eq!(got.header("content-type"), descriptor["mediaType"].as_str());
    }
    got
}

/// A frame of a single segment, with raw blocks alone.
fn unzstd(frame: &[u8]) -> Vec<u8> {
    let (head, mut rest) = frame.split_at(9);
    assert_eq!(head[..5], [0x28, 0xb5, 0x2f, 0xfd, 0xa0]);
    let mut content = Vec::new();
    loop {
        let header = u32::from_le_bytes([rest[0], rest[1], rest[2], 0]);
        let end = 3 + (header >> 3) as usize;
        assert_eq!(header >> 1 & 3, 0, "a raw block");
        content.extend_from_slice(&rest[3..end]);
        rest = &rest[end..];
        if header & 1 == 1 {
            break;
        }
    }
    assert!(rest.is_empty());
    assert_eq!(head[5..], u32::try_from(content.len()).unwrap().to_le_bytes());
    content
}

async fn verify_manifest(from: SocketAddr, repository: &str, manifest: &Value) {
    let config = fetch(from, repository, "blobs", &manifest["config"]).await.json();
    let layers = manifest["layers"].as_array().unwrap();
    assert!(!layers.is_empty());
    let is_image = config["rootfs"]["type"] == "layers";
    for (at, layer) in layers.iter().enumerate() {
        if layer["urls"].is_array() {
            let path = format!("/v2/{repository}/blobs/{}", layer["digest"].as_str().unwrap());
            assert_eq!(get(from, &path, &[]).await.status, 404, "{path} is elsewhere");
            continue;
        }
        let blob = fetch(from, repository, "blobs", layer).await;
        if !is_image {
            continue;
        }
        let mut content = Vec::new();
        if layer["mediaType"] == "application/vnd.in-toto+json" {
            content = blob.body;
        } else if layer["mediaType"] == "application/vnd.oci.image.layer.v1.tar+zstd" {
            content = unzstd(&blob.body);
        } else {
            flate2::read::GzDecoder::new(&blob.body[..]).read_to_end(&mut content).unwrap();
        }
        assert_eq!(config["rootfs"]["diff_ids"][at], Digest::sha256(&content).as_str());
    }
    if is_image && config["os"] != "unknown" {
        for field in ["Env", "Entrypoint", "Cmd", "WorkingDir", "Labels"] {
            assert!(!config["config"][field].is_null(), "{repository} has no {field}");
        }
        let steps = config["history"].as_array().unwrap();
        assert_eq!(steps.iter().filter(|step| step["empty_layer"] != true).count(), layers.len());
        assert!(layers.len() > 1, "{repository} has several layers");
    }
}

#[tokio::test]
async fn every_image_verifies_from_tag_to_layers() {
    let lab = lab(&[]).await;
    let from = lab.address();
    for image in images() {
        let path = format!("/v2/{}/manifests/{}", image.repository, image.tag);
        let top = get(from, &path, &[]).await;
        assert_eq!(top.status, 200, "{path}");
        let document = top.json();
        if image.kind == ImageKind::Schema1 {
            for layer in document["fsLayers"].as_array().unwrap() {
                let digest = layer["blobSum"].as_str().unwrap();
                let blob = get(from, &format!("/v2/{}/blobs/{digest}", image.repository), &[]).await;
                assert_eq!(Digest::sha256(&blob.body).as_str(), digest);
            }
            continue;
        }
        assert_eq!(top.header("docker-content-digest"), Some(Digest::sha256(&top.body).as_str()));
        match document["manifests"].as_array() {
            None => verify_manifest(from, image.repository, &document).await,
            Some(entries) => {
                for entry in entries {
                    let child = fetch(from, image.repository, "manifests", entry).await;
                    verify_manifest(from, image.repository, &child.json()).await;
                }
            }
        }
    }
    lab.stop().await;
}

#[tokio::test]
async fn the_digest_of_schema_1_is_that_of_its_payload() {
    let lab = lab(&[]).await;
    let got = get(lab.address(), "/v2/lab/schema1/manifests/latest", &[]).await;
    assert_eq!(got.header("content-type"), Some(media_type::SCHEMA1_SIGNED));
    let payload = schema1::payload(&got.body).unwrap();
    let digest = Digest::sha256(&payload);
    assert_eq!(got.header("docker-content-digest"), Some(digest.as_str()));
    assert_ne!(Digest::sha256(&got.body), digest);
    let path = format!("/v2/lab/schema1/manifests/{digest}");
    assert_eq!(get(lab.address(), &path, &[]).await.body, got.body);
}

#[test]
fn they_can_be_pushed_in_the_order_given() {
    for image in images() {
        let mut there: BTreeSet<String> = image.blobs.iter().map(|b| Digest::sha256(b).to_string()).collect();
        for (_, media_type, bytes) in &image.manifests {
            let document: Value = serde_json::from_slice(bytes).unwrap();
            let list = |name: &str| document[name].as_array().cloned().unwrap_or_default();
            // What has URLs of its own is not pushed.
            let list = |name: &str| list(name).into_iter().filter(|d| !d["urls"].is_array());
            let named = [&document["config"], &document["subject"]].map(Value::clone).into_iter();
            let named = named
                .chain(list("layers"))
                .chain(list("manifests"))
                .filter_map(|d| Some(d["digest"].as_str()?.to_owned()));
            for digest in named {
                assert!(there.contains(&digest), "{} {media_type} names {digest}", image.repository);
            }
            there.insert(Digest::sha256(bytes).to_string());
        }
        assert!(image.manifests.iter().any(|(tag, ..)| tag.as_deref() == Some(image.tag)));
    }
}

#[test]
fn a_strict_decoder_takes_them_too() {
    use oci_spec::image::{ImageConfiguration, ImageIndex, ImageManifest};
    for image in images() {
        for (_, media_type, bytes) in &image.manifests {
            match *media_type {
                media_type::OCI_INDEX | media_type::DOCKER_LIST => {
                    ImageIndex::from_reader(&bytes[..]).unwrap();
                }
                media_type::SCHEMA1_SIGNED => {}
                _ => {
                    let manifest = ImageManifest::from_reader(&bytes[..]).unwrap();
                    let digest = manifest.config().digest().to_string();
                    let config = image.blobs.iter().find(|b| Digest::sha256(b).as_str() == digest).unwrap();
                    let kind = manifest.config().media_type().to_string();
                    if kind == media_type::OCI_CONFIG || kind == media_type::DOCKER_CONFIG {
                        ImageConfiguration::from_reader(&config[..]).unwrap();
                    }
                }
            }
        }
    }
}

/// A change here is a change of the bytes, which everything that was recorded with them will notice.
#[test]
fn the_bytes_do_not_change() {
    let mut table = String::new();
    for image in images() {
        for (tag, media_type, bytes) in &image.manifests {
            let Some(tag) = tag else { continue };
            let payload = schema1::payload(bytes);
            let digest = Digest::sha256(payload.as_ref().unwrap_or(bytes));
            let kind = media_type.rsplit("vnd.").next().unwrap();
            table.push_str(&format!("{}:{tag} {kind} {}\n", image.repository, &digest.encoded()[..12]));
        }
    }
    insta::assert_snapshot!(table, @r"
    deepvariant-docker/deepvariant:0.5.0 docker.distribution.manifest.v2+json 960c9cc9b677
    lab/artifact:v1 oci.image.manifest.v1+json e1ce21b348a6
    lab/artifact:base oci.image.manifest.v1+json c10e82bc83ad
    lab/attested:latest oci.image.index.v1+json d698aafaf57c
    lab/docker:1.0 docker.distribution.manifest.v2+json 145946d96003
    lab/docker:latest docker.distribution.manifest.v2+json 145946d96003
    lab/docker-list:latest docker.distribution.manifest.list.v2+json ceb7a64c7318
    lab/foreign:latest docker.distribution.manifest.v2+json f3ae4e57e849
    lab/foreign:odd-urls docker.distribution.manifest.v2+json a5af37546ace
    lab/helm:0.1.0 oci.image.manifest.v1+json 1808d42853f1
    lab/index:latest oci.image.index.v1+json f33664165da0
    lab/list-no-amd64:latest docker.distribution.manifest.list.v2+json 077f026d7592
    lab/mixed:latest oci.image.manifest.v1+json c3ca6f31b63f
    lab/oci:latest oci.image.manifest.v1+json c10e82bc83ad
    lab/oci-no-media-type:latest oci.image.manifest.v1+json 50e91e6f7ace
    lab/zstd:latest oci.image.manifest.v1+json 431a637f9d40
    lab/schema1:latest docker.distribution.manifest.v1+prettyjws ed61ca927e28
    ");
}
