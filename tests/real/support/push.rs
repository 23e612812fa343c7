//! Pushes images to a real registry over plain HTTP, blobs first, as the distribution spec has it.

use std::net::SocketAddr;

use sha2::{Digest, Sha256};

use super::http::{Reply, send};

/// An image, or anything else that has manifests and blobs, in the order in which it can be pushed.
pub struct Image {
    /// `lab/py-s2`
    pub repository: String,
    /// The tag that a client would ask for.
    pub tag: String,
    /// Tag (`None`: by digest), media type and bytes.
    pub manifests: Vec<(Option<String>, String, Vec<u8>)>,
    /// Configs and layers.
    pub blobs: Vec<Vec<u8>>,
}

/// `sha256:...` of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// Pushes an image; a refusal of any part of it is a failure of the test.
pub fn push(registry: SocketAddr, image: &Image) {
    if let Err(refusal) = try_push(registry, image) {
        panic!("{}:{}: {refusal}", image.repository, image.tag);
    }
}

/// Pushes an image that a registry may have reason to refuse.
pub fn try_push(registry: SocketAddr, image: &Image) -> Result<(), String> {
    for blob in &image.blobs {
        push_blob(registry, &image.repository, blob)?;
    }
    for (tag, media_type, bytes) in &image.manifests {
        let reference = tag.clone().unwrap_or_else(|| digest(bytes));
        let path = format!("/v2/{}/manifests/{reference}", image.repository);
        expect(201, &path, &send(registry, "PUT", &path, &[("Content-Type", media_type)], bytes))?;
    }
    Ok(())
}

fn push_blob(registry: SocketAddr, repository: &str, blob: &[u8]) -> Result<(), String> {
    let start = format!("/v2/{repository}/blobs/uploads/");
    let reply = send(registry, "POST", &start, &[], b"");
    expect(202, &start, &reply)?;
    let location = reply.header("location").ok_or("an upload without Location")?;
    // Absolute or not, it is the same server: only the path matters.
    let path = match location.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/').unwrap_or(rest.len())..],
        None => location,
    };
    let joint = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{joint}digest={}", digest(blob));
    expect(201, &path, &send(registry, "PUT", &path, &[("Content-Type", "application/octet-stream")], blob))
}

fn expect(status: u16, path: &str, reply: &Reply) -> Result<(), String> {
    if reply.status == status {
        return Ok(());
    }
    Err(format!("{path}: {} {}", reply.status, String::from_utf8_lossy(&reply.body)))
}
