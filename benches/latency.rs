//! How well a run overlaps its requests: a standard run against a registry 50 ms away, beside the longest chain of
//! requests that depend on each other, and the memory that the run takes.
//!
//! `cargo bench --bench latency`. The registry is the embedded one, in this process, with 50 ms before each answer.

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr)]

use std::io::BufReader;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use regprobe::lab::{Lab, LabOptions};
use serde_json::Value;

const LATENCY: Duration = Duration::from_millis(50);
const ROUNDS: usize = 5;

/// Each waits for the one before it: what is behind the tag, its manifest, its config; before them the ping, and the
/// HEAD that looks for a quota.
const CHAIN: [&str; 5] = [
    "GET ping accept=none",
    "HEAD manifests/tag accept=all",
    "GET manifests/tag accept=all",
    "GET manifests/manifest accept=all",
    "GET blobs/config accept=none",
];

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let lab = runtime
        .block_on(Lab::start(LabOptions { latency: LATENCY, ..LabOptions::default() }))
        .unwrap_or_else(|e| panic!("{e}"));
    let image = format!("http://{}/lab/index", lab.address());
    for round in 1..=ROUNDS {
        let (report, peak_mib) = standard_run(&image);
        let wall = report["summary"]["wall_ms"].as_f64().unwrap_or_default();
        let chain: f64 = CHAIN.iter().map(|id| took(&report, id)).sum();
        println!(
            "round {round}: {} requests in {wall:.0} ms; longest chain {} requests, {chain:.0} ms; ratio {:.2}; peak memory {peak_mib:.1} MiB",
            report["summary"]["requests"],
            CHAIN.len(),
            wall / chain
        );
    }
    ExitCode::SUCCESS
}

/// How long the exchange behind a cell took, in milliseconds.
fn took(report: &Value, id: &str) -> f64 {
    let list = |name: &str| report[name].as_array().cloned().unwrap_or_default();
    let cell = list("cells").into_iter().find(|c| c["id"] == id).unwrap_or_else(|| panic!("no cell {id}"));
    let exchange = list("exchanges").into_iter().find(|e| e["id"] == cell["exchange"]);
    exchange.and_then(|e| e["timing_ms"]["total"].as_f64()).unwrap_or_else(|| panic!("{id} was not answered"))
}

fn standard_run(image: &str) -> (Value, f64) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_regprobe"))
        .args([
            "probe",
            image,
            "--anonymous",
            "--platform",
            "linux/amd64",
            "--concurrency",
            "64",
            "--format",
            "json",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary");
    let stdout = child.stdout.take().expect("a pipe");
    let reader = std::thread::spawn(move || serde_json::from_reader::<_, Value>(BufReader::new(stdout)));
    // The high-water mark only grows, and is gone with the process: ask until then.
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0.0;
    while child.try_wait().expect("its state").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak_kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak_kib);
        std::thread::sleep(Duration::from_millis(1));
    }
    (reader.join().expect("the reader").expect("a JSON report"), peak_kib / 1024.0)
}
