//! Reports as files: what a run writes, and what is made of them afterwards.

use std::path::Path;

use serde_json::Value;

use crate::support::{Running, regprobe, run, told};

const FORMATS: [&str; 10] =
    ["table", "json", "markdown", "html", "svg", "junit", "sarif", "har", "ndjson", "github"];

fn files(directory: &Path) -> Vec<String> {
    FORMATS.iter().map(|f| format!("{f}={}", directory.join(f).display())).collect()
}

fn write_all(verb: &[&str], directory: &Path) -> (i32, String, String) {
    let files = files(directory);
    let mut args = verb.to_vec();
    files.iter().for_each(|file| args.extend(["-o", file]));
    run(&args)
}

#[test]
fn rendered_from_the_report_every_format_is_what_the_run_wrote() {
    let lab = Running::quirks(&["bearer-auth", "blob-redirect-strip-auth-s3", "head-405"]);
    let (first, second) = (lab.image("lab/index"), lab.image("lab/nope:nope"));
    for pseudonyms in [&[][..], &["--pseudonyms"]] {
        for images in [&[first.as_str()][..], &[first.as_str(), second.as_str()]] {
            let (ran, rendered) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let mut verb = vec!["probe", "--suite", "quick", "--quiet"];
            verb.extend(pseudonyms);
            verb.extend(images);
            write_all(&verb, ran.path());
            let report = ran.path().join("json");
            let mut verb = vec!["render", "--quiet", report.to_str().unwrap()];
            verb.extend(pseudonyms);
            let (code, _, err) = write_all(&verb, rendered.path());
            assert_eq!((code, err.as_str()), (0, ""));
            for format in FORMATS {
                let read = |from: &Path| std::fs::read_to_string(from.join(format)).unwrap();
                let (a, b) = (read(ran.path()), read(rendered.path()));
                assert!(!a.is_empty());
                let at = a.lines().zip(b.lines()).find(|(a, b)| a != b);
                assert!(a == b, "{format} differs: {at:?}");
                if !pseudonyms.is_empty() {
                    assert!(
                        !a.contains(&lab.lab.address().to_string()) && !a.contains("lab/index"),
                        "{format}: {a}"
                    );
                }
            }
        }
    }
}

/// Other names change nothing that is concluded, also where names stand in what was signed (schema 1).
#[test]
fn pseudonyms_change_no_verdict() {
    let directory = tempfile::tempdir().unwrap();
    for shape in ["docker-manifest", "schema1", "oci-index"] {
        let report = format!("{}/reports/distribution-2.8.2/{shape}.json", env!("CARGO_MANIFEST_DIR"));
        let public = directory.path().join("public.json");
        let public = public.to_str().unwrap();
        let told = |args: &[&str]| -> serde_json::Value {
            let (_, out, err) = run(&[args, &["--format", "json"]].concat());
            let report: serde_json::Value =
                serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {err}"));
            let ids: Vec<_> =
                report["findings"].as_array().unwrap().iter().map(|f| f["id"].clone()).collect();
            assert!(ids.len() > 5, "{shape}: {ids:?}");
            // What was signed cannot be shown to be what it was once names in it are others.
            let ids: Vec<_> =
                ids.into_iter().filter(|id| *id != "schema1-body-never-matches-digest").collect();
            let summary = &report["summary"];
            serde_json::json!([summary["outcome"], summary["anomalies"], summary["unexplained"], ids])
        };
        let named = told(&["render", &report]);
        assert_eq!(told(&["render", &report, "--pseudonyms", "-o", public]), named, "{shape}");
        assert_eq!(told(&["render", public]), named, "{shape}, read back");
        assert!(!std::fs::read_to_string(public).unwrap().contains("lab/"), "{shape}");
    }
}

#[test]
fn on_stdout_it_is_the_same_too() {
    let lab = Running::faithful();
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report.json");
    let report = report.to_str().unwrap();
    for format in FORMATS {
        let args = ["probe", "--suite", "quick", "--format", format, "-o", report, &lab.image("lab/index")];
        let (code, ran, err) = run(&args);
        assert_eq!((code, err.as_str()), (0, ""), "{format}");
        let (_, rendered, _) = run(&["render", "--format", format, report]);
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        match format {
            // While it runs, cells come as they are settled; afterwards in the order of the plan.
            "ndjson" => assert_eq!(sorted(&ran), sorted(&rendered)),
            _ => assert_eq!(ran, rendered, "{format}"),
        }
    }
    let whole = std::fs::read(report).unwrap();
    let (code, piped, _) =
        told(regprobe(&["render", "-", "--format", "json"]).write_stdin(whole.clone()).output().unwrap());
    assert_eq!((code, piped.as_bytes()), (0, whole.as_slice()));
}

#[test]
fn ndjson_comes_while_the_run_goes_on() {
    let lab = Running::faithful();
    let (code, out, _) = run(&[
        "probe",
        "--suite",
        "quick",
        "--format",
        "ndjson",
        &lab.image("lab/index"),
        &lab.image("lab/oci"),
    ]);
    assert_eq!(code, 0);
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], *kinds.last().unwrap()), ("run", "summary"));
    assert_eq!(kinds.iter().filter(|kind| **kind == "run").count(), 2);
    let cells = usize::try_from(lines[0]["cells"].as_u64().unwrap()).unwrap();
    assert_eq!(kinds.iter().filter(|kind| **kind == "cell").count(), 2 * cells);
    let answered = lines.iter().filter(|line| line["outcome"] == "answered");
    assert!(answered.clone().count() > 10);
    for line in answered {
        let last =
            line["exchanges"].as_array().unwrap().last().unwrap()["hops"].as_array().unwrap().last().unwrap();
        assert_eq!(last["response"]["status"], line["status"]);
    }
}

#[test]
fn a_job_on_github_gets_annotations_and_a_summary() {
    let lab = Running::quirks(&["head-405"]);
    let directory = tempfile::tempdir().unwrap();
    let summary = directory.path().join("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let args = ["probe", "--format", "github", &lab.image("lab/index")];
    let (_, out, _) = told(regprobe(&args).env("GITHUB_STEP_SUMMARY", &summary).output().unwrap());
    assert!(
        out.lines().all(|line| ["::error ", "::warning ", "::notice "].iter().any(|c| line.starts_with(c))),
        "{out}"
    );
    assert!(out.lines().any(|line| line.starts_with("::warning title=")), "{out}");
    let text = std::fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("before\n") && text.contains("### Recommended path"), "{text}");
    // It fails before the first request where the summary cannot be written.
    let asked = lab.lab.requests().len();
    let (code, _, err) = told(regprobe(&args).env("GITHUB_STEP_SUMMARY", directory.path()).output().unwrap());
    assert_eq!((code, lab.lab.requests().len()), (2, asked), "{err}");
}

#[test]
fn an_unwritable_file_fails_before_the_first_request_and_leaves_no_other() {
    let lab = Running::faithful();
    let directory = tempfile::tempdir().unwrap();
    let good = directory.path().join("good.md");
    let args = [
        "probe",
        "-o",
        good.to_str().unwrap(),
        "-o",
        "/nonexistent/report.html.json",
        &lab.image("lab/index"),
    ];
    let (code, out, _) = run(&args);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(!good.exists());
    assert_eq!(lab.lab.requests().len(), 0);
}

#[test]
fn an_old_report_is_scrubbed() {
    let lab = Running::quirks(&["bearer-auth"]);
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    run(&["probe", "--quiet", "--suite", "quick", "-o", &path("new.json"), &lab.image("lab/index")]);
    let new = std::fs::read_to_string(path("new.json")).unwrap();
    // What is clean stays as it is, byte for byte.
    let (code, out, _) = run(&["scrub", &path("new.json")]);
    assert!(code == 0 && out == new, "scrubbing changed a clean report");
    // A report of a version that knew less.
    let old = new.replacen("Bearer <redacted>", "Bearer old-token-0123456789abcdef", 1);
    assert_ne!(old, new);
    std::fs::write(path("old.json"), &old).unwrap();
    let (code, out, err) = run(&["scrub", &path("old.json"), "-o", &path("clean.json")]);
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    assert_eq!(std::fs::read_to_string(path("clean.json")).unwrap(), new);
    let (code, _, err) = run(&["scrub", &path("nothing.json")]);
    assert_eq!(code, 2, "{err}");
}

#[test]
fn what_is_no_report_is_told() {
    let (code, _, err) = told(regprobe(&["render", "-"]).write_stdin("[{}]").output().unwrap());
    assert_eq!(code, 2);
    assert!(err.contains("no schema_version"), "{err}");
}
