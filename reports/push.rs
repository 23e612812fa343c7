//! Pushes images of the embedded registry to a real one, for `reports/record.sh`.
//!
//! `cargo run --example push-lab-images -- HOST:PORT [IMAGE]...`; user and password are taken from the environment
//! variables `PUSH_USER` and `PUSH_PASSWORD`. One line on stdout for each image that the registry took; what it
//! refused is told on stderr and is no failure, for registries may refuse a shape.

#![allow(unreachable_pub, clippy::print_stdout, clippy::print_stderr)]

#[path = "../tests/real/support/http.rs"]
mod http;

use std::net::SocketAddr;
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Reply, send};
use regprobe::lab::LabImage;
use sha2::{Digest, Sha256};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(Ok(registry)) = arguments.next().map(|a| a.parse::<SocketAddr>()) else {
        eprintln!("usage: push-lab-images ADDRESS:PORT [REPOSITORY]...");
        return ExitCode::from(2);
    };
    let wanted: Vec<String> = arguments.collect();
    let to = Registry { registry, authorization: authorization() };
    for image in regprobe::lab::images() {
        if !wanted.is_empty() && !wanted.iter().any(|w| w == image.repository) {
            continue;
        }
        match to.push(&image) {
            Ok(()) => println!("{}:{}", image.repository, image.tag),
            Err(refusal) => eprintln!("{} is refused: {refusal}", image.repository),
        }
    }
    ExitCode::SUCCESS
}

fn authorization() -> Option<String> {
    let user = std::env::var("PUSH_USER").ok()?;
    let password = std::env::var("PUSH_PASSWORD").ok()?;
    Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

struct Registry {
    registry: SocketAddr,
    authorization: Option<String>,
}

impl Registry {
    fn push(&self, image: &LabImage) -> Result<(), String> {
        for blob in &image.blobs {
            self.blob(image.repository, blob)?;
        }
        for (tag, media_type, bytes) in &image.manifests {
            let reference = tag.clone().unwrap_or_else(|| digest(bytes));
            let path = format!("/v2/{}/manifests/{reference}", image.repository);
            self.expect(201, "PUT", &path, media_type, bytes)?;
        }
        Ok(())
    }

    /// In a chunk of its own, then closed: the way that every registry takes.
    fn blob(&self, repository: &str, blob: &[u8]) -> Result<(), String> {
        let path = format!("/v2/{repository}/blobs/uploads/");
        let path = location(&self.expect(202, "POST", &path, "application/octet-stream", b"")?)?;
        let path = location(&self.expect(202, "PATCH", &path, "application/octet-stream", blob)?)?;
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{joint}digest={}", digest(blob));
        self.expect(201, "PUT", &path, "application/octet-stream", b"").map(|_| ())
    }

    fn expect(
        &self,
        status: u16,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> Result<Reply, String> {
        let mut headers = vec![("Content-Type", kind)];
        headers.extend(self.authorization.as_deref().map(|value| ("Authorization", value)));
        let reply = send(self.registry, method, path, &headers, body);
        // A chunk is to be answered 202; crane's registry says 204, and means the same.
        if reply.status == status || (method == "PATCH" && reply.status == 204) {
            return Ok(reply);
        }
        Err(format!("{method} {path}: {} {}", reply.status, String::from_utf8_lossy(&reply.body).trim()))
    }
}

/// Absolute or not, it is the same server: only the path matters.
fn location(reply: &Reply) -> Result<String, String> {
    let location = reply.header("location").ok_or("an upload without Location")?;
    Ok(match location.split_once("://") {
        Some((_, rest)) => rest[rest.find('/').unwrap_or(rest.len())..].to_owned(),
        None => location.to_owned(),
    })
}
