//! Servers that send too much: what is kept stays small, what was cut is said, and memory and report are bounded.

use std::io::Write;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use regprobe::oci::digest::Digest;
use regprobe::render::json as report_json;
use serde_json::Value;

use crate::support::{Raw, head, json, run};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Bytes of address space: of them the program's own code and threads take some 400 MB, untouched.
const SPACE: u64 = 640 << 20;

/// An answer: status, header lines, body.
type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);

/// A server that answers `/v2/` rightly, and all else by a function of path and number of the request.
fn server(answer: impl Fn(&str, u64) -> Answer + Send + Sync + 'static) -> Raw {
    let count = AtomicU64::new(0);
    Raw::serve(move |mut stream, _| {
        loop {
            let request = head(&mut stream);
            let Some(path) = request.split(' ').nth(1) else { return };
            let number = count.fetch_add(1, Ordering::SeqCst);
            let (status, headers, body) = match path {
                "/v2/" => (200, Vec::new(), b"{}".to_vec()),
                path => answer(path, number),
            };
            let mut out = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
            headers.iter().for_each(|(name, value)| out.push_str(&format!("{name}: {value}\r\n")));
            out.push_str("\r\n");
            let body = if request.starts_with("HEAD ") { &[][..] } else { &body[..] };
            if stream.write_all(out.as_bytes()).and_then(|()| stream.write_all(body)).is_err() {
                return;
            }
        }
    })
}

fn content(content_type: &str) -> Vec<(&'static str, String)> {
    vec![("content-type", content_type.to_owned())]
}

/// Probes with so much memory and no more; the report, which is small and keeps to the schema.
fn bounded(raw: &Raw) -> Value {
    let image = format!("http://{}/a/b:c", raw.address);
    let program = env!("CARGO_BIN_EXE_regprobe");
    let output = Command::new("prlimit")
        .args([&format!("--as={SPACE}"), program, "probe", "--suite", "full", "--format", "json"])
        .args(["--concurrency", "16", &image])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", std::env::temp_dir().join("regprobe-no-home"))
        .env("TOKIO_WORKER_THREADS", "1")
        .env("MALLOC_ARENA_MAX", "1")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{:?}: {error}", output.status);
    assert!(output.stdout.len() < 32 << 20, "a report of {} bytes", output.stdout.len());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let schema: Value = serde_json::from_str(&report_json::schema()).unwrap();
    let faults: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(&report).map(|e| e.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    report
}

/// The notes of that id, one text.
fn notes(report: &Value, id: &str) -> String {
    let all = report["notes"].as_array().unwrap().iter().filter(|n| n["id"] == id);
    all.map(|n| n["text"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Bytes that no other body of the run has, and that are no text.
fn noise(number: u64, size: usize) -> Vec<u8> {
    let mut body = vec![0xff; size];
    body[..8].copy_from_slice(&number.to_le_bytes());
    body
}

#[test]
fn distinct_large_bodies_are_kept_in_part_and_the_run_ends() {
    let raw = server(|_, number| (200, content("application/octet-stream"), noise(number, 3 << 20)));
    let report = bounded(&raw);
    let said = notes(&report, "cut");
    assert!(said.contains("kept to") && said.contains("9 MiB are kept of one run"), "{said}");
    let ended = notes(&report, "received");
    assert!(ended.contains("more than 256 MiB of bodies"), "{ended}");
    let bodies: u64 =
        report["bodies"].as_object().unwrap().values().map(|b| b["size"].as_u64().unwrap()).sum();
    assert!(bodies <= 9 << 20, "{bodies}");
}

#[test]
fn errors_do_not_take_the_room_of_documents() {
    let config = r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;
    let named = Digest::sha256(config.as_bytes()).to_string();
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"{MANIFEST}","config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{named}","size":{}}},"layers":[]}}"#,
        config.len()
    );
    let raw = server(move |path, number| match path {
        path if path.ends_with("/manifests/c") => (200, content(MANIFEST), manifest.clone().into_bytes()),
        path if path.ends_with(&format!("/blobs/{named}")) => {
            (200, content("application/octet-stream"), config.as_bytes().to_vec())
        }
        _ => (404, content("text/html"), noise(number, 400_000)),
    });
    let report = bounded(&raw);
    assert_eq!(report["summary"]["recommended_path"], "oci-manifest");
    assert!(notes(&report, "cut").contains("kept to"));
}

#[test]
fn json_of_too_many_values_is_not_read_and_not_judged() {
    let body = format!(r#"{{"manifests":[],"a":[{}1]}}"#, "[1],".repeat(900_000));
    let raw = server(move |_, _| (200, content(INDEX), body.clone().into_bytes()));
    let report = bounded(&raw);
    let said = notes(&report, "cut");
    assert!(said.contains("more than 100000 values, which were not read"), "{said}");
    let paths = report["paths"].as_array().unwrap();
    let any = paths.iter().find(|p| p["id"] == "any-type").unwrap();
    assert_eq!(any["verdict"], "inconclusive");
    assert!(any["why"].as_str().unwrap().contains("was not read"), "{any}");
}

#[test]
fn entries_beyond_the_first_thousand_are_not_looked_at() {
    let manifest = format!(r#"{{"config":{{}},"layers":[{}{{}}]}}"#, r#"{"size":1},"#.repeat(4_000));
    let raw = server(move |_, _| (200, content(MANIFEST), manifest.clone().into_bytes()));
    let report = bounded(&raw);
    let said = notes(&report, "cut");
    assert!(said.contains("2977 further entries not looked at"), "{said}");
    // A person is told as well.
    let (_, table, _) = run(&["probe", &format!("http://{}/a/b:c", raw.address)]);
    assert!(table.contains("2977 further entries"), "{table}");
}

#[test]
fn header_lines_and_values_are_cut_with_a_mark() {
    let raw = server(|_, _| {
        let mut headers = content("text/plain");
        headers.extend((0..480).map(|n| ("x-many", format!("{n} {}", "v".repeat(700)))));
        headers.push(("docker-content-digest", "sha256:".to_owned() + &"a".repeat(30_000)));
        (200, headers, b"hello".to_vec())
    });
    let report = bounded(&raw);
    let said = notes(&report, "cut");
    assert!(said.contains("header lines beyond 100 lines or 16384 bytes of an answer dropped"), "{said}");
    let exchanges = report["exchanges"].as_array().unwrap();
    let response = exchanges.iter().map(|e| &e["response"]).find(|r| r["headers_dropped"].is_u64()).unwrap();
    let headers = response["headers"].as_array().unwrap();
    assert_eq!(headers.len() as u64 + response["headers_dropped"].as_u64().unwrap(), 483);
    // The last line of all is kept, since it is judged.
    let digest = headers.iter().find(|h| h["name"] == "docker-content-digest").unwrap();
    assert!(digest["value"].as_str().unwrap().ends_with("<cut: 25911 further bytes>"), "{digest}");
}

#[test]
fn a_redirect_to_a_url_beyond_all_measure_is_not_followed() {
    let raw = server(|_, _| (307, vec![("location", format!("/v2/{}", "a".repeat(200_000)))], Vec::new()));
    let report = bounded(&raw);
    let text = report.to_string();
    assert!(text.len() < 8 << 20, "{}", text.len());
    assert!(text.contains("the redirect leads to a URL of 200004 bytes: not followed"));
    assert!(text.contains("further bytes>"));
}

#[test]
fn a_har_writes_a_large_body_a_few_times_and_says_where() {
    let body = format!(r#"{{"a":"{}"}}"#, "a".repeat(2 << 20));
    let raw = server(move |_, _| (200, content("application/json"), body.clone().into_bytes()));
    let (_, report) = json(&[&format!("http://{}/a/b:c", raw.address)]);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    std::fs::write(&path, report.to_string()).unwrap();
    let (code, har, error) = run(&["render", path.to_str().unwrap(), "--format", "har"]);
    assert_eq!(code, 0, "{error}");
    assert!(har.len() < 32 << 20, "{}", har.len());
    assert!(har.contains("which is written there"));
}
