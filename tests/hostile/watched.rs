//! A child process, watched: its peak of memory, its CPU time, and how it ended.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Against hangs only: no speed is asserted by it.
const HANG: Duration = Duration::from_secs(90);
/// What takes more is ended, before the machine suffers.
const MOST_KB: u64 = 1 << 20;
/// And what would go on for ever: several times what is allowed.
const MOST_CPU: f64 = 40.0;
const PAUSE: Duration = Duration::from_millis(4);
/// Of `/proc/<pid>/stat`; the kernel's USER_HZ on every architecture that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process took.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spent {
    pub(crate) seconds: f64,
    /// User and system time of all threads.
    pub(crate) cpu: f64,
    pub(crate) peak_kb: u64,
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Why it was killed.
    pub(crate) killed: Option<&'static str>,
}

/// The binary with nothing of this machine's configuration in its environment, its temporary files under `scratch`.
pub(crate) fn regprobe(scratch: &Path) -> Command {
    // Another build may be put to the test, as in `HOSTILE_BINARY=target/release/regprobe`.
    let binary = std::env::var_os("HOSTILE_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_regprobe").into());
    let mut command = Command::new(binary);
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", scratch.join("home"))
        .env("TMPDIR", scratch.join("tmp"))
        .current_dir(scratch);
    command
}

/// Runs it to its end; stdout and stderr are the files `<name>.stdout` and `<name>.stderr` under `scratch`.
pub(crate) fn watch(command: &mut Command, scratch: &Path, name: &str, input: &str) -> Spent {
    let file = |kind: &str| fs::File::create(scratch.join(format!("{name}.{kind}"))).unwrap();
    command.stdin(Stdio::piped()).stdout(file("stdout")).stderr(file("stderr"));
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    // A program that does not read it has closed it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let mut spent = Spent::default();
    loop {
        let ended = look(child.id(), &mut spent);
        spent.seconds = started.elapsed().as_secs_f64();
        if ended {
            break;
        }
        let reason = match () {
            () if spent.peak_kb > MOST_KB => Some("more than 1 GB"),
            () if spent.cpu > MOST_CPU => Some("more than 40 s of CPU"),
            () if started.elapsed() > HANG => Some("hangs"),
            () => None,
        };
        if reason.is_some() {
            spent.killed = reason;
            let _ = child.kill();
            break;
        }
        std::thread::sleep(PAUSE);
    }
    spent.code = child.wait().unwrap().code();
    spent
}

/// One look at `/proc`; whether the process has ended (and waits to be waited for, which keeps its CPU time).
fn look(pid: u32, spent: &mut Spent) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return true };
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    spent.cpu = (ticks(11) + ticks(12)) / TICKS_PER_SECOND;
    if let Ok(status) = fs::read_to_string(format!("/proc/{pid}/status")) {
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
        spent.peak_kb = spent.peak_kb.max(peak.unwrap_or(0));
    }
    fields.first() == Some(&"Z")
}
