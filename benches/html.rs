//! How long a large recording takes to become a page: a standard run against the embedded registry, its bodies grown
//! to ten megabytes, each another.
//!
//! `cargo bench --bench html`

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr)]

use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use regprobe::exchange::{BodyEnd, Outcome};
use regprobe::judge;
use regprobe::lab::{Lab, LabOptions};
use regprobe::oci::digest::Digest;
use regprobe::probes::Probes;
use regprobe::render::{html, json, svg};
use regprobe::report::Report;

const WANTED: usize = 10 << 20;
const ROUNDS: usize = 10;

fn main() -> ExitCode {
    let report = large();
    let size = json::render(&report).len();
    println!("{} exchanges, {:.1} MB as JSON", report.recording.exchanges.len(), size as f64 / 1e6);
    let reports = [report];
    for (name, render) in [("html", html::render as fn(&[Report]) -> String), ("svg", svg::render)] {
        let mut times: Vec<f64> = Vec::new();
        let mut length = 0;
        for _ in 0..ROUNDS {
            let from = Instant::now();
            length = render(&reports).len();
            times.push(from.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        println!(
            "{name}: {:.1} MB in {:.0} ms (median of {ROUNDS}; slowest {:.0} ms)",
            length as f64 / 1e6,
            times[ROUNDS / 2],
            times[ROUNDS - 1]
        );
    }
    ExitCode::SUCCESS
}

fn large() -> Report {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let lab = runtime.block_on(Lab::start(LabOptions::default())).unwrap_or_else(|e| panic!("{e}"));
    let output = Command::new(env!("CARGO_BIN_EXE_regprobe"))
        .args(["probe", &format!("http://{}/lab/index", lab.address()), "--anonymous", "--format", "json"])
        .stdin(Stdio::null())
        .output()
        .expect("the binary");
    let mut recording = json::read(&output.stdout).unwrap_or_else(|e| panic!("{e}"));
    let hops = recording.exchanges.iter_mut().flat_map(|e| &mut e.hops);
    let mut responses: Vec<_> = hops
        .filter_map(|hop| match &mut hop.outcome {
            Outcome::Answered(response) if !response.body.kept.is_empty() => Some(response),
            _ => None,
        })
        .collect();
    let each = WANTED / responses.len().max(1);
    for (n, response) in responses.iter_mut().enumerate() {
        let row = format!(r#"{{"response":{n},"digest":"{}"}}"#, Digest::sha256(&n.to_be_bytes()));
        let rows = vec![row.as_str(); each / row.len()];
        let body = format!(r#"{{"layers":[{}]}}"#, rows.join(",")).into_bytes();
        response.body.size = body.len() as u64;
        response.body.sha256 = Digest::sha256(&body);
        response.body.sha512 = Digest::sha512(&body);
        response.body.end = BodyEnd::Complete;
        response.body.kept = body.into();
    }
    let probes = Probes::embedded().unwrap_or_else(|e| panic!("{e:?}"));
    judge::judge(recording, &probes)
}
