//! The gallery of hostile servers. Whatever a server sends, a run ends, in bounded memory and CPU time, with an exit
//! code of the contract and with files that their readers can read and that command nobody.
//!
//! `cargo test --test hostile` runs all, `cargo test --test hostile -- injection` those whose names hold a word. The
//! largest numbers are printed at the end, and all of them are written to `hostile.tsv` in cargo's directory for
//! temporary files of tests.

// Helpers of tests stand outside #[test] functions; a panic is how a test fails.
#![allow(clippy::unwrap_used)]

mod case;
mod challenges;
mod checks;
mod content;
mod documents;
mod framing;
mod image;
mod injection;
mod limits;
mod quiet;
mod redirects;
mod server;
mod size;
mod table;
mod tokens;
mod watched;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};

use case::Case;
use checks::FORMATS;
use server::Server;
use table::Row;
use watched::{Spent, regprobe, watch};

/// What a run may take, and what rendering its report again may take.
const PROBE_KB: u64 = 128 << 10;
const RENDER_KB: u64 = 256 << 10;
/// Seconds of CPU in a release build: `--deadline` and one second. They are asked of a binary that is named in
/// `HOSTILE_BINARY`; of the test build, which is not optimised, only what tells a loop from work.
const PROBE_CPU: f64 = 6.0;
const RENDER_CPU: f64 = 2.0;
const NOT_OPTIMISED: f64 = 5.0;

fn slack() -> f64 {
    if std::env::var_os("HOSTILE_BINARY").is_some() { 1.0 } else { NOT_OPTIMISED }
}

const PASSWORD: &str = "canary-password-27182818";

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = arguments.test_threads.or(Some(4));
    let rows: Arc<Mutex<Vec<Row>>> = Arc::default();
    let trials = case::all().into_iter().map(|case| {
        let rows = Arc::clone(&rows);
        Trial::test(case.name, move || {
            let (row, faults) = examine(&case);
            rows.lock().unwrap().push(row);
            if faults.is_empty() { Ok(()) } else { Err(Failed::from(faults.join("\n"))) }
        })
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    table::print(&rows.lock().unwrap());
    conclusion.exit_code()
}

/// Probes a server, looks at all that was written, and renders it again.
fn examine(case: &Case) -> (Row, Vec<String>) {
    let scratch = tempfile::tempdir().unwrap();
    let scratch = scratch.path();
    for directory in ["tmp", "probed", "rendered"] {
        fs::create_dir(scratch.join(directory)).unwrap();
    }
    let server = Server::start(Arc::clone(&case.answer));
    let mut command = regprobe(scratch);
    command.args(["probe", "--platform", "linux/amd64", "--deadline", "5", "--suite", case.suite]);
    if case.login {
        command.args(["--username", "canary-user", "--password-stdin"]);
    }
    command.arg(format!("http://{}/a/b:c", server.address));
    into_files(&mut command, "probed");
    let probed = watch(&mut command, scratch, "probed", PASSWORD);

    let mut faults = ended(&probed, case.exit, PROBE_KB, PROBE_CPU * slack());
    faults.extend(files(scratch, "probed", case.login));
    let report = scratch.join("probed/json");
    let json_bytes = fs::metadata(&report).map_or(0, |file| file.len());
    let mut rendered = Spent::default();
    if json_bytes > 0 && probed.killed.is_none() {
        rendered = render(scratch, &mut faults);
        if fs::read(&report).ok() != fs::read(scratch.join("rendered/json")).ok() {
            faults.push("the report is another one when it is read back".to_owned());
        }
        faults.extend(files(scratch, "rendered", case.login));
    }
    faults.extend(left_over(scratch));
    let requests = server.requests.load(std::sync::atomic::Ordering::SeqCst);
    (Row { name: case.name, probed, rendered, json_bytes, requests }, faults)
}

fn into_files(command: &mut Command, directory: &str) {
    for format in FORMATS {
        command.arg("-o").arg(format!("{format}={directory}/{format}"));
    }
}

/// All formats at once; where that takes longer than one may, each on its own.
fn render(scratch: &Path, faults: &mut Vec<String>) -> Spent {
    let mut command = regprobe(scratch);
    // Narrow and with everything: other lines than in the run itself.
    command.env("COLUMNS", "60").args(["render", "probed/json", "-vv"]);
    into_files(&mut command, "rendered");
    let all = watch(&mut command, scratch, "rendered", "");
    faults.extend(
        ended(&all, &[0], RENDER_KB, f64::INFINITY).into_iter().map(|fault| format!("render: {fault}")),
    );
    if all.cpu > RENDER_CPU * slack() && all.killed.is_none() {
        for format in FORMATS {
            let mut command = regprobe(scratch);
            command.args(["render", "probed/json", "--format", format]);
            let one = watch(&mut command, scratch, "tmp/one", "");
            let late = ended(&one, &[0], RENDER_KB, RENDER_CPU * slack()).into_iter();
            faults.extend(late.map(|fault| format!("render {format}: {fault}")));
        }
        for kind in ["stdout", "stderr"] {
            fs::remove_file(scratch.join(format!("tmp/one.{kind}"))).unwrap();
        }
    }
    all
}

fn ended(spent: &Spent, exit: &[i32], most_kb: u64, most_cpu: f64) -> Vec<String> {
    let mut faults = Vec::new();
    match (spent.killed, spent.code) {
        (Some(why), _) => faults.push(format!("killed: {why}")),
        (None, None) => faults.push("ended by a signal".to_owned()),
        (None, Some(code)) if !exit.contains(&code) => {
            faults.push(format!("exit code {code}, not one of {exit:?}"))
        }
        (None, Some(_)) => {}
    }
    if spent.peak_kb > most_kb {
        faults.push(format!("{} MB of memory", spent.peak_kb >> 10));
    }
    if spent.cpu > most_cpu {
        faults.push(format!("{:.1} s of CPU", spent.cpu));
    }
    faults
}

/// Faults of stdout, stderr and each file of a call.
fn files(scratch: &Path, directory: &str, login: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let streams = ["stdout", "stderr"].map(|kind| (kind, scratch.join(format!("{directory}.{kind}"))));
    let written = FORMATS.map(|format| (format, scratch.join(directory).join(format)));
    for (format, path) in streams.into_iter().chain(written) {
        let Ok(bytes) = fs::read(&path) else {
            faults.push(format!("{directory}: no file of format {format}"));
            continue;
        };
        // What was looked at once need not be looked at again.
        if directory == "rendered"
            && fs::read(scratch.join("probed").join(format)).ok().as_ref() == Some(&bytes)
        {
            continue;
        }
        if format == "stderr" && String::from_utf8_lossy(&bytes).contains("panicked at") {
            faults.push(format!("panic: {}", String::from_utf8_lossy(&bytes)));
        }
        if login && bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()) {
            faults.push(format!("{format}: the password"));
        }
        faults
            .extend(checks::faults(format, &bytes).into_iter().map(|fault| format!("{directory}: {fault}")));
    }
    faults
}

/// Files that no one asked for.
fn left_over(scratch: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    for (directory, wanted) in [("tmp", &[][..]), ("probed", &FORMATS), ("rendered", &FORMATS)] {
        for file in fs::read_dir(scratch.join(directory)).unwrap() {
            let name = file.unwrap().file_name().to_string_lossy().into_owned();
            if !wanted.contains(&name.as_str()) {
                faults.push(format!("left over: {directory}/{name}"));
            }
        }
    }
    faults
}
