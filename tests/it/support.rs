//! A lab in this process, the binary beside it, and servers that answer wrongly.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use regprobe::lab::{Lab, LabOptions};
use serde_json::Value;

/// A lab on its own runtime, stopped when dropped.
pub(crate) struct Running {
    pub(crate) lab: Lab,
    _runtime: tokio::runtime::Runtime,
}

impl Running {
    pub(crate) fn start(options: LabOptions) -> Running {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let lab = runtime.block_on(Lab::start(options)).unwrap();
        Running { lab, _runtime: runtime }
    }

    pub(crate) fn faithful() -> Running {
        Running::start(LabOptions::default())
    }

    pub(crate) fn quirks(ids: &[&str]) -> Running {
        let quirks = ids.iter().map(|id| (*id).to_owned()).collect();
        Running::start(LabOptions { quirks, ..LabOptions::default() })
    }

    pub(crate) fn image(&self, name: &str) -> String {
        format!("http://{}/{name}", self.lab.address())
    }
}

/// The binary with nothing of this machine's configuration in its environment.
pub(crate) fn regprobe(args: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_regprobe"));
    let empty = std::env::temp_dir().join("regprobe-no-home");
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", &empty)
        .env("XDG_RUNTIME_DIR", &empty)
        .args(args);
    command
}

/// Runs it, and gives exit code, stdout and stderr.
pub(crate) fn run(args: &[&str]) -> (i32, String, String) {
    told(regprobe(args).output().unwrap())
}

pub(crate) fn told(output: Output) -> (i32, String, String) {
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// Probes, and gives exit code and JSON report.
pub(crate) fn json(args: &[&str]) -> (i32, Value) {
    let mut all = vec!["probe", "--format", "json"];
    all.extend(args);
    let (code, out, err) = run(&all);
    let value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}\n{err}"));
    (code, value)
}

pub(crate) fn cell<'a>(report: &'a Value, id: &str) -> &'a Value {
    let cells = report["cells"].as_array().unwrap();
    cells.iter().find(|c| c["id"] == id).unwrap_or_else(|| panic!("there is no cell {id}"))
}

pub(crate) fn findings(report: &Value) -> Vec<(String, String)> {
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    report["findings"].as_array().unwrap().iter().map(|f| (text(&f["id"]), text(&f["severity"]))).collect()
}

/// A server of raw bytes on loopback: each connection is handed to a function, until it is dropped.
pub(crate) struct Raw {
    pub(crate) address: SocketAddr,
    stop: Arc<AtomicBool>,
}

impl Raw {
    pub(crate) fn serve(answer: impl Fn(TcpStream, &AtomicBool) + Send + Sync + 'static) -> Raw {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (answer, stopped) = (Arc::new(answer), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let (answer, stopped) = (Arc::clone(&answer), Arc::clone(&stopped));
                if let Ok(stream) = stream {
                    std::thread::spawn(move || answer(stream, &stopped));
                }
            }
        });
        Raw { address, stop }
    }

    /// The same bytes for every request.
    pub(crate) fn fixed(answer: &'static [u8]) -> Raw {
        Raw::serve(move |mut stream, _| {
            head(&mut stream);
            let _ = stream.write_all(answer);
        })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

/// Reads a request's head; empty when the peer left.
pub(crate) fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}
