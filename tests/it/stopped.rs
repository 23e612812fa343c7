//! What Ctrl-C, SIGTERM, SIGHUP and the deadline leave: a report of what was seen, and an exit code that claims no more.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use regprobe::lab::LabOptions;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Running, regprobe, run, told};

const SIGNALS: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

fn slow() -> Running {
    Running::start(LabOptions { latency: Duration::from_millis(200), ..LabOptions::default() })
}

fn start(args: &[&str], directory: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_regprobe"));
    command.env_clear().env("HOME", "/nonexistent").args(args).current_dir(directory);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits until something was asked.
fn under_way(lab: &Running) {
    while lab.lab.requests().len() < 6 {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn ended(child: Child) -> (i32, String, String) {
    let output: Output = child.wait_with_output().unwrap();
    assert!(output.status.code().is_some(), "it was ended by the signal: {}", output.status);
    told(output)
}

fn interrupted(report: &Value) -> bool {
    report["notes"].as_array().unwrap().iter().any(|note| note["id"] == "interrupted")
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_polite_signal_leaves_a_report_and_exit_3() {
    for signal in SIGNALS {
        let (lab, dir) = (slow(), tempfile::tempdir().unwrap());
        let image = lab.image("lab/index");
        let child =
            start(&["probe", &image, "--anonymous", "--concurrency", "1", "-o", "r.json"], dir.path());
        under_way(&lab);
        send(&child, signal);
        let (code, out, err) = ended(child);
        assert_eq!(code, 3, "{signal:?} {err}");
        assert!(err.contains("interrupted: ") && err.contains(" requests for "), "{err}");
        assert!(!out.is_empty());
        let report: Value =
            serde_json::from_slice(&std::fs::read(dir.path().join("r.json")).unwrap()).unwrap();
        assert!(interrupted(&report));
        assert!(report["cells"].as_array().unwrap().iter().any(|c| c["outcome"] == "answered"));
        assert_eq!(names(dir.path()), ["r.json"]);
        // The report says so for good.
        let path = dir.path().join("r.json");
        assert_eq!(run(&["diagnose", path.to_str().unwrap(), "-q"]).0, 3);
    }
}

#[test]
fn targets_that_were_not_asked_are_named_and_the_code_is_3() {
    for format in ["json", "ndjson"] {
        let (lab, dir) = (slow(), tempfile::tempdir().unwrap());
        let images: Vec<String> =
            ["lab/docker", "lab/oci", "lab/index"].iter().map(|name| lab.image(name)).collect();
        std::fs::write(dir.path().join("images.txt"), images.join("\n")).unwrap();
        let args =
            ["probe", "--targets", "images.txt", "--anonymous", "--suite", "quick", "--concurrency", "1"];
        let child = start(&[&args[..], &["--format", format]].concat(), dir.path());
        under_way(&lab);
        send(&child, Signal::INT);
        let (code, out, err) = ended(child);
        assert_eq!(code, 3, "{err}");
        for image in &images[1..] {
            assert!(err.contains(&format!("interrupted: {image} was not asked for at all")), "{err}");
        }
        if format == "ndjson" {
            let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let left: Vec<_> =
                lines.iter().filter(|l| l["type"] == "not-asked").map(|l| &l["image"]).collect();
            assert_eq!(left, [images[1].as_str(), images[2].as_str()]);
        } else {
            assert!(interrupted(&serde_json::from_str(&out).unwrap()));
        }
    }
}

/// Held up by a reader that does not read, a run that was asked to end cannot.
#[test]
fn a_second_signal_ends_at_once_without_a_leftover() {
    let (lab, dir) = (slow(), tempfile::tempdir().unwrap());
    let pipe = dir.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut reader = std::fs::File::options().read(true).write(true).open(&pipe).unwrap();
    let image = lab.image("lab/oci");
    let args = ["probe", &image, "--anonymous", "--concurrency", "1", "-o", "json=pipe", "-o", "r.json"];
    let child = start(&args, dir.path());
    under_way(&lab);
    send(&child, Signal::TERM);
    reader.read_exact(&mut [0]).unwrap();
    send(&child, Signal::INT);
    let (code, out, err) = ended(child);
    assert_eq!((code, out.as_str()), (3, ""), "{err}");
    assert_eq!(names(dir.path()), ["pipe"]);
}

#[test]
fn a_pipe_that_no_process_reads_holds_up_no_interrupted_run() {
    let (lab, dir) = (slow(), tempfile::tempdir().unwrap());
    assert!(Command::new("mkfifo").arg(dir.path().join("pipe")).status().unwrap().success());
    let image = lab.image("lab/oci");
    let args = ["probe", &image, "--anonymous", "--concurrency", "1", "-o", "json=pipe", "-o", "r.json"];
    let child = start(&args, dir.path());
    under_way(&lab);
    send(&child, Signal::TERM);
    let (code, out, err) = ended(child);
    assert_eq!(code, 2);
    assert!(err.contains("pipe cannot be written: no process reads it"), "{err}");
    assert!(!out.is_empty());
    assert_eq!(names(dir.path()), ["pipe", "r.json"]);
}

#[test]
fn an_interrupted_check_tells_no_regression_and_no_success() {
    let (lab, dir) = (slow(), tempfile::tempdir().unwrap());
    let image = lab.image("lab/oci");
    let base = dir.path().join("base.json");
    let base = base.to_str().unwrap();
    assert_eq!(run(&["probe", &lab.image("lab/oci"), "--suite", "quick", "-q", "-o", base]).0, 0);
    let before = std::fs::read(base).unwrap();
    let asked = lab.lab.requests().len();
    for update in [false, true] {
        let mut args = vec!["check", &image, "--anonymous", "--concurrency", "1", "--baseline", "base.json"];
        args.extend(update.then_some("--update"));
        let earlier = lab.lab.requests().len();
        let child = start(&args, dir.path());
        while lab.lab.requests().len() < earlier + 4 {
            std::thread::sleep(Duration::from_millis(5));
        }
        send(&child, Signal::TERM);
        let (code, out, err) = ended(child);
        assert_eq!(code, 3, "{out} {err}");
        assert!(out.contains("interrupted"), "{out}");
        assert_eq!(std::fs::read(base).unwrap(), before);
    }
    assert!(lab.lab.requests().len() > asked);
    assert_eq!(names(dir.path()), ["base.json"]);
    // Nor is a first baseline made of half a run.
    let earlier = lab.lab.requests().len();
    let child = start(
        &["check", &image, "--anonymous", "--concurrency", "1", "--baseline", "new.json", "--update"],
        dir.path(),
    );
    while lab.lab.requests().len() < earlier + 6 {
        std::thread::sleep(Duration::from_millis(5));
    }
    send(&child, Signal::TERM);
    assert_eq!(ended(child).0, 3);
    assert_eq!(names(dir.path()), ["base.json"]);
}

#[test]
fn an_interrupted_comparison_is_3() {
    let (lab, dir) = (slow(), tempfile::tempdir().unwrap());
    let (one, two) = (lab.image("lab/oci"), lab.image("lab/index"));
    let args = ["compare", &one, &two, "--anonymous", "--concurrency", "1", "-o", "page.html"];
    let child = start(&args, dir.path());
    under_way(&lab);
    send(&child, Signal::TERM);
    let (code, _, err) = ended(child);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains(&format!("interrupted: {two} was not asked for at all")), "{err}");
    assert_eq!(names(dir.path()), ["page.html"]);
}

#[test]
fn servers_end_tidily() {
    let dir = tempfile::tempdir().unwrap();
    let report = concat!(env!("CARGO_MANIFEST_DIR"), "/reports/olareg-0.1.2/oci-index.json");
    let lab = Running::faithful();
    let upstream = format!("http://{}", lab.lab.address());
    for args in
        [&["lab"][..], &["replay", report], &["record", "--upstream", &upstream, "-o", "recording.json"]]
    {
        for signal in SIGNALS {
            let mut child = start(args, dir.path());
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            assert!(line.contains("127.0.0.1:"), "{args:?} {line}");
            send(&child, signal);
            let status = child.wait().unwrap();
            assert_eq!(status.code(), Some(0), "{args:?} {signal:?} {status}");
        }
    }
    assert!(names(dir.path()).is_empty(), "nothing passed, and nothing was written");
}

/// A program that was started to outlive its terminal does so.
#[test]
fn nohup_is_honoured() {
    let (lab, dir) = (slow(), tempfile::tempdir().unwrap());
    let script = format!(
        "trap '' HUP; exec {} probe {} --anonymous --suite quick -q",
        env!("CARGO_BIN_EXE_regprobe"),
        lab.image("lab/oci")
    );
    let child = Command::new("sh")
        .args(["-c", &script])
        .current_dir(dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while lab.lab.requests().len() < 2 {
        std::thread::sleep(Duration::from_millis(5));
    }
    send(&child, Signal::HUP);
    let (code, out, err) = ended(child);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
}

/// The default threshold is certain as soon as a main path works; a lower one is not.
#[test]
fn a_deadline_keeps_a_verdict_that_is_certain() {
    let lab = Running::start(LabOptions { latency: Duration::from_millis(50), ..LabOptions::default() });
    let image = lab.image("lab/oci");
    let args = ["probe", &image, "--deadline", "4s", "--concurrency", "2", "--format", "json"];
    let (code, out, err) = told(regprobe(&args).output().unwrap());
    let report: Value = serde_json::from_str(&out).unwrap();
    assert!(report["notes"].as_array().unwrap().iter().any(|note| note["id"] == "deadline"));
    assert_eq!(code, 0, "{err}");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.json");
    std::fs::write(&path, out).unwrap();
    let path = path.to_str().unwrap();
    for (threshold, code) in [("broken", 0), ("never", 0), ("warning", 3)] {
        assert_eq!(run(&["diagnose", path, "-q", "--fail-on", threshold]).0, code, "{threshold}");
    }
}
