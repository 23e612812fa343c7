//! `diff` and `check` in every format.

use std::path::Path;

use roxmltree::Document;
use serde_json::Value;

use crate::support::{Running, regprobe, run, told};

/// Nobody's name, and everybody's trouble.
const HOSTILE: &str = "<script>alert(1)</script>\u{1b}[31m|`\"'::error::x";

fn record(lab: &Running, path: &Path) {
    let (image, path) = (lab.image("lab/docker"), path.to_str().unwrap());
    let args = ["probe", &image, "--platform", "linux/amd64", "--suite", "quick", "-o", path];
    let (_, _, err) = run(&args);
    assert!(Path::new(path).exists(), "{err}");
}

/// The same report, of a suite with a hostile name and from a place with one.
fn renamed(from: &Path, to: &Path) {
    let mut report: Value = serde_json::from_slice(&std::fs::read(from).unwrap()).unwrap();
    assert!(report["suite"].is_string() && report["target"]["base_url"].is_string());
    report["suite"] = Value::from(HOSTILE);
    report["target"]["base_url"] = Value::from(HOSTILE);
    std::fs::write(to, report.to_string()).unwrap();
}

/// As its readers would, and what every one of them must find there.
fn assert_reads(format: &str, text: &str) {
    assert!(!text.contains('\u{1b}'), "{format}: {text}");
    let object = |line: &str| -> Value {
        serde_json::from_str(line).unwrap_or_else(|e| panic!("{format}: {e}: {line}"))
    };
    match format {
        "json" => assert_eq!(object(text)["schema_version"], 1),
        "sarif" => {
            let log = object(text);
            let results = log["runs"][0]["results"].as_array().unwrap();
            assert!(results.iter().any(|r| r["ruleId"] == "head-405" && r["level"] == "error"), "{text}");
        }
        "har" => {
            let log = object(text);
            let entries = log["log"]["entries"].as_array().unwrap();
            for side in ["before", "after"] {
                let comment = format!("{side}: HEAD manifests/tag accept=all");
                assert!(entries.iter().any(|e| e["comment"] == comment.as_str()), "{text}");
            }
            assert!(entries.iter().all(|e| e["_cell"].as_str().is_some_and(|c| c.starts_with("HEAD"))));
        }
        "ndjson" => {
            let lines: Vec<Value> = text.lines().map(object).collect();
            assert_eq!(
                (&lines[0]["type"], &lines[lines.len() - 1]["type"]),
                (&"comparison".into(), &"summary".into())
            );
            assert!(lines.iter().any(|l| l["type"] == "group" && l["cause"]["id"] == "head-405"), "{text}");
        }
        "junit" => {
            let document = Document::parse(text).unwrap_or_else(|e| panic!("{e}: {text}"));
            let failure = document.descendants().find(|n| n.has_tag_name("failure")).unwrap();
            let case = failure.parent_element().unwrap();
            assert_eq!(case.attribute("name"), Some("head-405"), "{text}");
            assert!(!document.descendants().any(|n| n.has_tag_name("script")));
        }
        "github" => {
            assert!(
                text.lines()
                    .all(|l| ["::error ", "::warning ", "::notice "].iter().any(|w| l.starts_with(w)))
            );
            let mut lines = text.lines();
            assert!(lines.next().unwrap().contains("1 regression"), "{text}");
            assert!(lines.next().unwrap().starts_with("::error title=regression%3A"), "{text}");
        }
        "markdown" => {
            let outside = |line: &str| line.split('`').step_by(2).any(|part| part.contains("<script"));
            assert!(!text.lines().any(outside), "{text}");
        }
        "html" => {
            assert!(!text.contains("<script") && !text.contains("alert(1)</"), "{text}");
        }
        "svg" => {
            let document = Document::parse(text).unwrap_or_else(|e| panic!("{e}: {text}"));
            assert!(!document.descendants().any(|n| n.has_tag_name("script")));
            assert!(text.contains("HEAD of a manifest is not allowed"), "{text}");
            return;
        }
        "table" => {}
        other => panic!("{other}"),
    }
    if format != "har" {
        assert!(
            text.contains("head-405") && text.contains("HEAD manifests/tag accept=all"),
            "{format}: {text}"
        );
    }
}

#[test]
fn every_format_of_a_difference_and_of_a_check_names_the_cause() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let file = |name: &str| path(name).to_str().unwrap().to_owned();
    record(&Running::faithful(), &path("before.json"));
    record(&Running::quirks(&["head-405"]), &path("after.json"));
    renamed(&path("after.json"), &path("hostile.json"));
    let formats = ["table", "json", "markdown", "html", "svg", "junit", "sarif", "har", "ndjson", "github"];
    for after in ["after.json", "hostile.json"] {
        let (before, after) = (file("before.json"), file(after));
        for verb in [["diff", &before, &after, "-q"], ["check", &after, "--baseline", &before]] {
            let files: Vec<String> =
                formats.iter().map(|f| format!("{f}={}", file(&format!("out.{f}")))).collect();
            for format in formats {
                let mut args: Vec<&str> = verb.to_vec();
                args.extend(["--format", format]);
                files.iter().for_each(|f| args.extend(["-o", f]));
                let (code, out, err) = run(&args);
                assert_eq!((code, err.as_str()), (1, ""), "{args:?}");
                assert_reads(format, &out);
                let written = std::fs::read_to_string(file(&format!("out.{format}"))).unwrap();
                if format == "table" {
                    assert_reads(format, &written);
                } else {
                    assert_eq!(out, written, "{format}");
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_written_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let a = dir.path().join("a.json").to_str().unwrap().to_owned();
    record(&Running::faithful(), &dir.path().join("a.json"));
    for args in [vec!["diff", &a, &a], vec!["check", &a, "--baseline", &a]] {
        let nowhere = format!("{}/none/x.json", dir.path().display());
        assert_eq!(run(&[&args[..], &["-o", &nowhere]].concat()).0, 2);
        assert_eq!(run(&[&args[..], &["--format", "jsn"]].concat()).0, 2);
    }
}

#[test]
fn the_summary_of_a_job_says_what_changed() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    record(&Running::faithful(), &dir.path().join("a.json"));
    record(&Running::quirks(&["head-405"]), &dir.path().join("b.json"));
    let (a, b) = (file("a.json"), file("b.json"));
    for (verb, says) in
        [(["diff", &a, &b].as_slice(), "What changed"), (&["check", &b, "--baseline", &a], "❌ Failed")]
    {
        for (format, written) in [("github", true), ("table", false)] {
            let summary = dir.path().join(format!("summary-{}-{format}", verb[0]));
            let args = [verb, &["--format", format]].concat();
            let (code, _, err) = told(regprobe(&args).env("GITHUB_STEP_SUMMARY", &summary).output().unwrap());
            assert_eq!((code, err.as_str()), (1, ""));
            let text = std::fs::read_to_string(&summary).unwrap_or_default();
            assert_eq!(text.contains(says) && text.contains("head-405"), written, "{text}");
        }
    }
    // Nothing changed: as many words as that takes.
    let (code, out, _) = run(&["check", &a, "--baseline", &a, "--format", "github"]);
    assert!(code == 0 && out.lines().count() == 1 && out.starts_with("::notice "), "{out}");
    assert!(out.contains("none changed"), "{out}");
    let (code, out, _) = run(&["check", &a, "--baseline", &a, "--format", "junit"]);
    assert!(
        code == 0 && out.contains("cells compared, none changed") && out.contains("tests=\"1\""),
        "{out}"
    );
}
