//! SIGKILL at random moments: no unreadable file, no earlier file lost, nothing left beside them.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use regprobe::render::json;

use crate::support::Running;

/// A verb with its files: what it replaces, and what it is given.
struct Victim<'a> {
    directory: &'a Path,
    args: Vec<String>,
    written: &'a str,
    /// Asks through the proxy whose address is the first line of stdout.
    client: bool,
}

#[derive(Debug, Default)]
struct Count {
    killed: usize,
    finished: usize,
    replaced: usize,
}

impl Victim<'_> {
    fn start(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_regprobe"));
        command.env_clear().env("HOME", "/nonexistent").args(&self.args).current_dir(self.directory);
        let out = if self.client { Stdio::piped() } else { Stdio::null() };
        command.stdin(Stdio::null()).stdout(out).stderr(Stdio::null()).spawn().unwrap()
    }

    /// What the file holds, read as a report.
    fn reports(&self) -> Vec<u8> {
        let bytes = std::fs::read(self.directory.join(self.written)).unwrap();
        let read = json::read_all(&bytes).unwrap_or_else(|e| panic!("{} cannot be read: {e}", self.written));
        assert!(!read.is_empty());
        bytes
    }

    /// Kills it so many times, each at a moment of its own between start and end.
    fn kill(&self, times: usize) -> Count {
        let whole = self.whole();
        let names = names(self.directory);
        let mut count = Count::default();
        for nth in 0..times {
            let before = self.reports();
            let mut child = self.start();
            let moment = whole.mul_f64(random(nth) * 1.1);
            let address = self.client.then(|| address(&mut child));
            let began = Instant::now();
            while began.elapsed() < moment && address.as_ref().is_some_and(|address| ask(address).is_ok()) {}
            std::thread::sleep(moment.saturating_sub(began.elapsed()));
            child.kill().unwrap();
            match child.wait().unwrap().code() {
                None => count.killed += 1,
                Some(_) => count.finished += 1,
            }
            count.replaced += usize::from(self.reports() != before);
            assert_eq!(self::names(self.directory), names, "after {nth} of {times}");
        }
        count
    }

    /// How long it takes when it is left alone; a proxy as long as it takes to write twice.
    fn whole(&self) -> Duration {
        if self.client {
            let mut child = self.start();
            let address = address(&mut child);
            let began = Instant::now();
            for _ in 0..2 {
                let before = self.reports();
                while self.reports() == before {
                    ask(&address).unwrap();
                }
            }
            let whole = began.elapsed();
            child.kill().unwrap();
            child.wait().unwrap();
            return whole;
        }
        let began = Instant::now();
        let status = self.start().wait().unwrap();
        assert_eq!(status.code(), Some(0), "{:?}", self.args);
        began.elapsed()
    }
}

/// Between 0 and 1.
#[allow(clippy::cast_precision_loss)]
fn random(nth: usize) -> f64 {
    (RandomState::new().hash_one(nth) >> 11) as f64 / (1_u64 << 53) as f64
}

fn names(directory: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The first line of stdout.
fn address(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// One request of a client.
fn ask(address: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    let accept = "application/vnd.oci.image.manifest.v1+json";
    write!(
        stream,
        "GET /v2/lab/oci/manifests/latest HTTP/1.1\r\nHost: {address}\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
    )?;
    stream.read_to_end(&mut Vec::new()).map(|_| ())
}

// The numbers are what the long run is for.
#[allow(clippy::print_stderr)]
fn kill_each(times: usize) {
    let lab = Running::faithful();
    let directory = tempfile::tempdir().unwrap();
    let image = lab.image("lab/oci");
    let probe = |more: &[&str]| {
        let args = [&["probe", "--anonymous", "--suite", "quick", "-q"][..], more].concat();
        args.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let of = |written: &str, args: Vec<String>, client| {
        let home = directory.path().join(written.trim_end_matches(".json"));
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("images.txt"), format!("{image}\n{image}\n")).unwrap();
        std::fs::copy(
            concat!(env!("CARGO_MANIFEST_DIR"), "/reports/olareg-0.1.2/oci-manifest.json"),
            home.join(written),
        )
        .unwrap();
        (home, args, client)
    };
    let victims = [
        ("one.json", of("one.json", probe(&[&image, "-o", "one.json"]), false)),
        (
            "several.json",
            of("several.json", probe(&["--targets", "images.txt", "-o", "several.json"]), false),
        ),
        (
            "recorded.json",
            of(
                "recorded.json",
                vec![
                    "record".to_owned(),
                    "--upstream".to_owned(),
                    format!("http://{}", lab.lab.address()),
                    "-o".to_owned(),
                    "recorded.json".to_owned(),
                ],
                true,
            ),
        ),
        (
            "base.json",
            of(
                "base.json",
                [
                    "check",
                    &image,
                    "--anonymous",
                    "--suite",
                    "quick",
                    "-q",
                    "--baseline",
                    "base.json",
                    "--update",
                ]
                .map(str::to_owned)
                .to_vec(),
                false,
            ),
        ),
    ];
    for (written, (home, args, client)) in victims {
        let verb = args[0].clone();
        let victim = Victim { directory: &home, args, written, client };
        let count = victim.kill(times);
        eprintln!("{verb} -> {written}: {count:?}");
        assert_eq!(count.killed + count.finished, times);
    }
}

#[test]
fn a_kill_at_any_moment_destroys_nothing() {
    kill_each(12);
}

#[test]
#[ignore = "1,000 runs of each verb; REGPROBE_KILLS sets another number"]
fn a_thousand_kills_destroy_nothing() {
    let times = std::env::var("REGPROBE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    kill_each(times);
}
