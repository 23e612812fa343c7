//! Quotas, limits, interrupts, and what goes over the wire.

use std::io::Write;
use std::time::Duration;

use regprobe::lab::{LabOptions, Seen};
use serde_json::Value;

use crate::support::{Raw, Running, head, json};

fn pulls_seen(lab: &Running) -> usize {
    let absent = |path: &str| path.contains("regprobe-no-such") || path.contains("sha256:zz");
    lab.lab
        .requests()
        .iter()
        .filter(|seen| seen.method == "GET" && seen.path.contains("/manifests/") && !absent(&seen.path))
        .filter(|seen| !seen.path.contains(&format!("/{}", regprobe::plan::concrete::absent_digest())))
        .count()
}

#[test]
fn a_quarter_of_a_quota_and_the_telling_cells_first() {
    for quota in [100, 20] {
        let lab = Running::start(LabOptions { quota: Some(quota), ..LabOptions::default() });
        let (code, report) = json(&[&lab.image("lab/index"), "--platform", "linux/amd64"]);
        let spent = report["summary"]["pulls"].as_u64().unwrap();
        assert!(spent <= quota / 4, "{spent} of {quota}");
        assert!(spent + 1 >= quota / 4, "{spent} of {quota}: what may be spent is spent");
        assert_eq!((code, report["summary"]["outcome"].as_str().unwrap()), (0, "works"));
        let budget = report["cells"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|c| c["not_tried"]["class"] == "budget")
            .count();
        assert!(budget > 20, "{budget}");
    }
}

#[test]
fn what_the_user_allows_may_be_spent() {
    let lab = Running::start(LabOptions { quota: Some(100), ..LabOptions::default() });
    let (_, report) = json(&[&lab.image("lab/index"), "--platform", "linux/amd64", "--max-pulls", "3"]);
    assert_eq!(report["summary"]["pulls"], 3);
    assert!(pulls_seen(&lab) >= 3);
    let (_, report) = json(&[&lab.image("lab/index"), "--platform", "linux/amd64", "--max-pulls", "0"]);
    assert_eq!(report["summary"]["pulls"], 0);
}

#[test]
fn a_registry_that_does_not_meter_is_asked_everything() {
    let lab = Running::faithful();
    let (_, report) = json(&[&lab.image("lab/index"), "--platform", "linux/amd64"]);
    let classes: Vec<&Value> = report["cells"]
        .as_array()
        .unwrap()
        .iter()
        // A faithful registry converts nothing to schema 1.
        .filter(|c| c["subject"] != "converted")
        .map(|c| &c["not_tried"]["class"])
        .filter(|class| !class.is_null() && **class != "not-applicable")
        .collect();
    assert!(classes.is_empty(), "{classes:?}");
}

#[test]
fn the_deadline_keeps_what_was_seen() {
    let lab = Running::start(LabOptions { latency: Duration::from_millis(50), ..LabOptions::default() });
    let (_, report) = json(&[&lab.image("lab/index"), "--deadline", "3s", "--concurrency", "1"]);
    let outcome =
        |kind: &str| report["cells"].as_array().unwrap().iter().filter(|c| c["outcome"] == kind).count();
    assert!(outcome("answered") > 0 && outcome("not-tried") > 0);
    assert!(report["notes"].as_array().unwrap().iter().any(|n| n["id"] == "deadline"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_was_seen() {
    let lab = Running::start(LabOptions { latency: Duration::from_millis(200), ..LabOptions::default() });
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_regprobe"))
        .args(["probe", "--format", "json", "--anonymous", "--concurrency", "1", &lab.image("lab/index")])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Once it has asked something it is under way.
    while lab.lab.requests().len() < 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let (_, out, _) = crate::support::told(child.wait_with_output().unwrap());
    let report: Value = serde_json::from_str(&out).unwrap();
    assert!(report["notes"].as_array().unwrap().iter().any(|n| n["id"] == "interrupted"));
    assert!(report["cells"].as_array().unwrap().iter().any(|c| c["outcome"] == "answered"));
}

#[test]
fn what_goes_over_the_wire_is_what_the_axis_says() {
    let lab = Running::faithful();
    json(&[&lab.image("lab/oci"), "--header", "X-Trace: abcdef"]);
    let seen = lab.lab.requests();
    let accepts = |seen: &regprobe::lab::Seen| {
        seen.headers.iter().filter(|(n, _)| n == "accept").map(|(_, v)| v.clone()).collect::<Vec<_>>()
    };
    let by_tag: Vec<Vec<String>> = seen
        .iter()
        .filter(|s| s.method == "GET" && s.path.ends_with("/manifests/latest"))
        .map(accepts)
        .collect();
    assert!(by_tag.iter().any(Vec::is_empty), "no request went without Accept");
    assert!(by_tag.iter().any(|lines| lines.len() == 6), "no request had six Accept lines");
    assert!(by_tag.iter().any(|lines| lines.len() == 1 && lines[0].contains(";q=0.5")));
    assert!(seen.iter().all(|s| s.headers.iter().any(|(n, v)| n == "x-trace" && v == "abcdef")));
    let ours = seen
        .iter()
        .filter(|s| s.headers.iter().any(|(n, v)| n == "user-agent" && v.starts_with("regprobe/")));
    assert!(ours.count() > 400);
    // Nothing is ever written: GET and HEAD are all there is.
    assert!(seen.iter().all(|s| s.method == "GET" || s.method == "HEAD"));
    // Nothing asks for an encoding unless that is what the cell is about.
    let encoded = seen.iter().filter(|s| s.headers.iter().any(|(n, _)| n == "accept-encoding")).count();
    assert!(encoded > 0 && encoded < 20, "{encoded}");
}

/// The requests that were answered 5xx and sent again.
fn faulted(report: &Value) -> Vec<String> {
    let exchanges = report["exchanges"].as_array().unwrap().iter();
    let again = exchanges.filter(|e| e["purpose"] == "faulted");
    again
        .map(|e| {
            assert_eq!(e["response"]["status"].as_u64().unwrap() / 100, 5, "{e}");
            e["request"]["url"].as_str().unwrap().to_owned()
        })
        .collect()
}

/// A run, its outcome and exit code as expected.
fn ran(lab: &Running, image: &str, code: i32, outcome: &str) -> Value {
    let (ended, report) = json(&[&lab.image(image), "--platform", "linux/amd64"]);
    assert_eq!((ended, report["summary"]["outcome"].as_str().unwrap()), (code, outcome));
    report
}

fn failing(report: &Value) -> usize {
    report["cells"].as_array().unwrap().iter().filter(|c| c["status"].as_u64() >= Some(500)).count()
}

#[test]
fn what_fails_once_is_asked_again_alone_and_both_answers_are_kept() {
    let lab = Running::quirks(&["intermittent-5xx"]);
    let report = ran(&lab, "lab/oci", 0, "degraded");
    let again = faulted(&report);
    assert!(again.len() > 10 && again.iter().all(|url| url.contains("/blobs/sha256:")), "{again:#?}");
    assert_eq!(failing(&report), 0);
    // All that is sent again comes after all that is sent for the first time.
    let seen = lab.lab.requests();
    let last = &seen[seen.len() - again.len()..];
    assert!(last.iter().all(|s| s.method == "GET" && s.path.contains("/blobs/sha256:")), "{last:#?}");
    let blobs = |all: &[Seen]| all.iter().filter(|s| s.path.contains("/blobs/")).count();
    assert!(blobs(&seen) > again.len() * 2, "not every blob is asked for twice");
}

#[test]
fn what_fails_twice_is_not_asked_for_ever() {
    let lab = Running::quirks(&["upstream-error-wrapped"]);
    let report = ran(&lab, "lab/oci", 1, "broken");
    let again = faulted(&report);
    assert!((1..=2).contains(&again.len()), "{again:#?}");
    assert!(failing(&report) > 20);
    assert!(!report["findings"].to_string().contains("intermittent-5xx"));
}

/// 500 for what is nowhere is an answer; and 501 says what it will always say.
#[test]
fn what_cannot_pass_is_asked_once() {
    let old = LabOptions { personality: Some("distribution-2.8".to_owned()), ..LabOptions::default() };
    let report = ran(&Running::start(old), "lab/docker", 0, "works");
    assert!(failing(&report) > 10);
    assert_eq!(faulted(&report), [""; 0]);
    // A registry that fails at everything is not asked again either: the run ends.
    for (status, some) in [("501 Not Implemented", 20), ("503 Service Unavailable", 2)] {
        let raw = Raw::serve(move |mut stream, _| {
            head(&mut stream);
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        });
        let (_, report) = json(&[&format!("http://{}/a/b:c", raw.address)]);
        assert!(failing(&report) > some);
        assert_eq!(faulted(&report), [""; 0], "{status}");
    }
}
