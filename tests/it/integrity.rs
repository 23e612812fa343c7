//! Bytes that are not what they are called.

use std::io::Write;

use regprobe::oci::digest::Digest;

use crate::support::{Raw, findings, head, json};

const CONFIG: &str = r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
const OTHER: &str =
    r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["changed"]}}"#;
const TYPE: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// A registry of one image, whose config blob has these bytes, whatever the manifest says.
fn registry(config: &'static str) -> Raw {
    let digest = Digest::sha256(CONFIG.as_bytes()).to_string();
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"{TYPE}","config":{{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"{digest}","size":{}}},"layers":[]}}"#,
        CONFIG.len()
    );
    let named = Digest::sha256(manifest.as_bytes()).to_string();
    Raw::serve(move |mut stream, _| {
        loop {
            let request = head(&mut stream);
            let Some(path) = request.split(' ').nth(1) else { return };
            let (status, content_type, body) = match path {
                "/v2/" => ("200 OK", "application/json", "{}"),
                p if p == "/v2/a/b/manifests/c" || p == format!("/v2/a/b/manifests/{named}") => {
                    ("200 OK", TYPE, manifest.as_str())
                }
                p if p == format!("/v2/a/b/blobs/{digest}") => ("200 OK", "application/octet-stream", config),
                _ => ("404 Not Found", "application/json", r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#),
            };
            let length = body.len();
            let mut answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n"
            );
            if !request.starts_with("HEAD ") {
                answer.push_str(body);
            }
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

#[test]
fn a_blob_that_was_changed_is_broken() {
    let changed = registry(OTHER);
    let (code, report) = json(&[&format!("http://{}/a/b:c", changed.address)]);
    assert_eq!((code, report["summary"]["outcome"].as_str().unwrap()), (1, "broken"));
    assert_eq!(findings(&report)[0], ("digest-mismatch".to_owned(), "broken".to_owned()));
    assert_eq!(report["summary"]["recommended_path"], serde_json::Value::Null);
}

#[test]
fn the_same_registry_with_the_right_bytes_is_not() {
    let whole = registry(CONFIG);
    let (code, report) = json(&[&format!("http://{}/a/b:c", whole.address)]);
    assert_eq!((code, report["summary"]["recommended_path"].as_str().unwrap()), (0, "docker-manifest"));
    assert!(findings(&report).iter().all(|(id, _)| id != "digest-mismatch"));
}
