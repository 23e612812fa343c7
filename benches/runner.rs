//! How fast requests are made and recorded, beside `oha`, against a server that only answers; and how much
//! memory a standard run takes.
//!
//! `tests/real/install.sh --with-oha`, then `cargo bench`. Both clients ask the same URL, as often and with as
//! many connections, by turns in the same run. The server is this program again, in a process of its own
//! with one thread, so that its work is not counted as ours. On a machine with few cores it still competes
//! with the client for them: what counts is the ratio, not the rates.

#![allow(missing_docs, clippy::print_stdout, clippy::print_stderr)]

use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use regprobe::exchange::{BodyPolicy, Method, Outcome, Redirects, Request};
use regprobe::transport::{Transport, TransportConfig};
use sha2::{Digest, Sha256};

const REQUESTS: usize = 100_000;
const CONCURRENCY: usize = 64;
const ROUNDS: usize = 5;
/// Set in the process that is the server.
const SERVER: &str = "REGPROBE_BENCH_SERVER";
const MANIFEST_TYPE: &str = "application/vnd.docker.distribution.manifest.v2+json";

fn main() -> ExitCode {
    if std::env::var_os(SERVER).is_some() {
        return runtime(1).block_on(serve());
    }
    let Some(oha) = find_oha() else {
        println!("oha is neither in target/real/bin nor on PATH: run tests/real/install.sh --with-oha");
        return ExitCode::FAILURE;
    };
    let server = Server::start();
    let url = format!("http://{}/v2/bench/image/manifests/latest", server.address);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        ours.push(regprobe_rate(&url));
        theirs.push(oha_rate(&oha, &url));
        let (a, b) = (ours[round - 1], theirs[round - 1]);
        println!("round {round}: regprobe {a:.0}/s, oha {b:.0}/s, ratio {:.2}", a / b);
    }
    let (a, b) = (median(&mut ours), median(&mut theirs));
    println!("median of {ROUNDS} x {REQUESTS} requests at concurrency {CONCURRENCY}:");
    println!("  regprobe {a:.0}/s, oha {b:.0}/s, ratio {:.2}", a / b);
    let run = standard_run(&server.address);
    println!(
        "standard run: {} requests in {:.0} ms, peak memory {:.1} MiB",
        run.requests, run.wall_ms, run.peak_mib
    );
    ExitCode::SUCCESS
}

fn runtime(threads: usize) -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(threads).enable_all().build().expect("a runtime")
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Requests per second of the transport that every run uses: each request sent, read, hashed, recorded.
fn regprobe_rate(url: &str) -> f64 {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    runtime(threads).block_on(async {
        let config = TransportConfig { concurrency: CONCURRENCY, ..TransportConfig::default() };
        let transport = Transport::new(config).unwrap_or_else(|e| panic!("{e}"));
        let request = Arc::new(Request {
            method: Method::Get,
            url: url.to_owned(),
            headers: vec![
                ("accept".into(), MANIFEST_TYPE.into()),
                ("user-agent".into(), "regprobe-bench".into()),
            ],
            form: None,
            version: None,
            body: BodyPolicy::DOCUMENT,
        });
        let (sent, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let start = Instant::now();
        let workers: Vec<_> = (0..CONCURRENCY)
            .map(|_| {
                let (transport, request) = (transport.clone(), Arc::clone(&request));
                let (sent, answered) = (Arc::clone(&sent), Arc::clone(&answered));
                tokio::spawn(async move {
                    while sent.fetch_add(1, Ordering::Relaxed) < REQUESTS {
                        let hops = transport.exchange(&request, Redirects::Follow).await;
                        if let Some(Outcome::Answered(response)) = hops.last().map(|hop| &hop.outcome) {
                            answered.fetch_add(usize::from(response.status == 200), Ordering::Relaxed);
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.expect("a worker");
        }
        let answered = answered.load(Ordering::Relaxed);
        assert_eq!(answered, REQUESTS, "every request must be answered 200");
        REQUESTS as f64 / start.elapsed().as_secs_f64()
    })
}

fn find_oha() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let real = own.join(std::env::var_os("REGPROBE_REAL_DIR").unwrap_or_else(|| "target/real".into()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs = std::iter::once(real.join("bin")).chain(std::env::split_paths(&path));
    dirs.map(|dir| dir.join("oha")).find(|candidate| candidate.is_file())
}

fn oha_rate(oha: &Path, url: &str) -> f64 {
    let output = Command::new(oha)
        .args(["--no-tui", "--output-format", "json", "-H", &format!("accept: {MANIFEST_TYPE}")])
        .args(["-n", &REQUESTS.to_string(), "-c", &CONCURRENCY.to_string(), url])
        .output()
        .expect("oha runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("oha: {e}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(report["summary"]["successRate"], 1.0, "every request of oha must be answered");
    report["summary"]["requestsPerSec"].as_f64().expect("oha's rate")
}

struct StandardRun {
    requests: u64,
    wall_ms: f64,
    peak_mib: f64,
}

/// A whole run of the binary, and the most memory it ever held.
fn standard_run(address: &str) -> StandardRun {
    let image = format!("http://{address}/bench/image:latest");
    let mut child = Command::new(env!("CARGO_BIN_EXE_regprobe"))
        .args([
            "probe",
            &image,
            "--suite",
            "standard",
            "--anonymous",
            "--fail-on",
            "never",
            "--format",
            "json",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary");
    let stdout = child.stdout.take().expect("a pipe");
    let reader =
        std::thread::spawn(move || serde_json::from_reader::<_, serde_json::Value>(BufReader::new(stdout)));
    // The high-water mark only grows, and is gone with the process: ask until then.
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0.0;
    while child.try_wait().expect("its state").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak_kib = line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak_kib);
        std::thread::sleep(Duration::from_millis(1));
    }
    let report = reader.join().expect("the reader").expect("a JSON report");
    StandardRun {
        requests: report["summary"]["requests"].as_u64().unwrap_or_default(),
        wall_ms: report["summary"]["wall_ms"].as_f64().unwrap_or_default(),
        peak_mib: peak_kib / 1024.0,
    }
}

/// The server's process, ended on drop.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start() -> Server {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .env(SERVER, "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server");
        let mut address = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut address).expect("the server's address");
        Server { child, address: address.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Best effort: a server that has ended already is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Answers everything at once: a manifest, or for blobs its config.
async fn serve() -> ExitCode {
    let config = r#"{"architecture":"amd64","os":"linux","config":{"Cmd":["/x"]},"rootfs":{"type":"layers","diff_ids":[]}}"#;
    let manifest = format!(
        r#"{{"schemaVersion":2,"mediaType":"{MANIFEST_TYPE}","config":{{"mediaType":"application/vnd.docker.container.image.v1+json","digest":"{}","size":{}}},"layers":[]}}"#,
        sha256(config),
        config.len()
    );
    let names = [sha256(&manifest), sha256(config)];
    let bodies = [Bytes::from(manifest), Bytes::from(config)];
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("its address"));
    loop {
        let Ok((stream, _)) = listener.accept().await else { return ExitCode::FAILURE };
        // Small answers: waiting to fill a packet would measure the kernel's timer.
        let _ = stream.set_nodelay(true);
        let (bodies, names) = (bodies.clone(), names.clone());
        tokio::spawn(async move {
            let answer = service_fn(move |request: hyper::Request<Incoming>| {
                let blob = request.uri().path().contains("/blobs/");
                let which = usize::from(blob);
                let response = hyper::Response::builder()
                    .header("content-type", if blob { "application/octet-stream" } else { MANIFEST_TYPE })
                    .header("docker-content-digest", &names[which])
                    .body(Full::new(bodies[which].clone()))
                    .expect("a response");
                std::future::ready(Ok::<_, Infallible>(response))
            });
            // A client that goes away is its own business.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

fn sha256(text: &str) -> String {
    let hex: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
