//! `record` where a client asks for several images: each is judged by itself.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use regprobe::exchange::Purpose;
use regprobe::render::json;
use regprobe::report::Report;
use serde_json::Value;

use crate::record::{ALL, Recording, ask, get, ids, pull};
use crate::support::{Running, run};

fn urls(report: &Report) -> Vec<&str> {
    let exchanges = report.recording.exchanges.iter();
    exchanges.map(|e| e.last().request.url.split_once("/v2/").unwrap().1).collect()
}

fn images(reports: &[Report]) -> Vec<String> {
    let of = |r: &Report| {
        let target = &r.recording.target;
        let reference = target.tag.clone().unwrap_or_default();
        format!("{}:{reference}", target.repository)
    };
    reports.iter().map(of).collect()
}

#[test]
fn each_image_is_judged_by_its_own_requests() {
    let lab = Running::faithful();
    let recording = Recording::of_lab(&lab);
    let to = recording.address();
    assert_eq!(ask(to, "GET", "/v2/", &[], b"").status, 200);
    // As containerd does, and in between another one.
    let head = ask(to, "HEAD", "/v2/lab/oci/manifests/latest", &[("Accept", ALL)], b"");
    let index: Value = serde_json::from_slice(&get(to, "/v2/lab/index/manifests/latest", ALL).body).unwrap();
    pull(to, "lab/oci", head.header("docker-content-digest"), ALL);
    let arm =
        index["manifests"].as_array().unwrap().iter().find(|m| m["platform"]["architecture"] == "arm64");
    pull(to, "lab/index", arm.unwrap()["digest"].as_str().unwrap(), ALL);
    get(to, "/v2/lab/index/tags/list", "*/*");
    get(to, "/v2/lab/other/tags/list", "*/*");
    assert_eq!(get(to, "/v2/lab/oci/manifests/no-such-tag", ALL).status, 404);
    assert_eq!(ask(to, "POST", "/v2/lab/oci/blobs/uploads/", &[], b"").status, 405);

    let (reports, _) = recording.several();
    assert_eq!(images(&reports), ["lab/oci:latest", "lab/oci:no-such-tag", "lab/index:latest"]);
    assert_eq!(
        ids(&reports[0]),
        [
            "GET ping accept=none",
            "HEAD manifests/tag accept=all",
            "GET manifests/digest accept=all",
            "GET blobs/config accept=none",
            "GET blobs/layer accept=none"
        ]
    );
    assert_eq!(ids(&reports[1]), ["GET ping accept=none", "GET manifests/tag accept=all"]);
    assert_eq!(
        ids(&reports[2]),
        [
            "GET ping accept=none",
            "GET manifests/tag accept=all",
            "GET manifests/manifest accept=all",
            "GET blobs/config accept=none",
            "GET blobs/layer accept=none",
            "GET tags accept=any"
        ]
    );
    assert_eq!(reports[2].recording.target.platform.to_string(), "linux/arm64");
    // What is about none of them stands with each; an upload is about the repository.
    let other = |r: &Report| urls(r).contains(&"lab/other/tags/list");
    let upload = |r: &Report| urls(r).contains(&"lab/oci/blobs/uploads/");
    let both: Vec<_> = reports.iter().map(|r| (other(r), upload(r))).collect();
    assert_eq!(both, [(true, true), (true, true), (true, false)]);
    for report in &reports {
        let numbers = report.recording.exchanges.iter().map(|e| e.id.0.clone());
        let counted = (1..).map(|i| format!("x{i:04}"));
        assert!(numbers.zip(counted).all(|(number, counted)| number == counted));
        let told: Vec<_> = report.recording.notes.iter().map(|n| n.text.as_str()).collect();
        assert!(told[0].contains("of the 3 that the client asked for"), "{told:?}");
    }
    // The one that is not there does not speak against the others.
    assert!(reports[0].anomalies.is_empty() && reports[2].anomalies.is_empty());
    // A pull that holds no path whole, HEAD by tag and then GET by digest, goes by what it got.
    let outcomes: Vec<_> = reports.iter().map(|r| r.outcome.as_str()).collect();
    assert_eq!(outcomes, ["works", "broken", "works"]);
}

#[test]
fn what_is_about_an_image_is_no_further_image() {
    let lab = Running::faithful();
    for name in ["lab/attested", "lab/artifact:v1"] {
        let recording = Recording::of_lab(&lab);
        let image = format!("http://{}/{name}", recording.address());
        // Everything a prober thinks of: children, configs as manifests, fallback tags, what is not there.
        let (code, _, err) =
            run(&["probe", &image, "--suite", "standard", "--platform", "linux/amd64", "--quiet"]);
        assert_eq!(code, 0, "{err}");
        let (reports, _) = recording.several();
        assert_eq!(reports.len(), 1, "{:?}", images(&reports));
        assert!(reports[0].cells.len() > 100);
    }
}

#[test]
fn the_token_of_one_goes_with_each() {
    let lab = Running::quirks(&["bearer-auth"]);
    let recording = Recording::of_lab(&lab);
    let to = recording.address();
    for name in ["lab/oci", "lab/docker"] {
        let path = format!("/v2/{name}/manifests/latest");
        assert_eq!(get(to, &path, ALL).status, 401);
        let scope = format!("/token?service=lab&scope=repository:{name}:pull");
        let token: Value = serde_json::from_slice(
            &ask(to, "GET", &scope, &[("Authorization", "Basic bGFiOmxhYg==")], b"").body,
        )
        .unwrap();
        let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
        assert_eq!(ask(to, "GET", &path, &[("Authorization", &bearer), ("Accept", ALL)], b"").status, 200);
    }
    let (reports, _) = recording.several();
    assert_eq!(images(&reports), ["lab/oci:latest", "lab/docker:latest"]);
    for report in &reports {
        let exchanges = &report.recording.exchanges;
        assert_eq!(exchanges.iter().filter(|e| e.purpose == Purpose::Token).count(), 2);
        assert_eq!(exchanges.len(), 4);
        assert_eq!(ids(report), ["GET manifests/tag accept=all token=none", "GET manifests/tag accept=all"]);
    }
}

#[test]
fn the_binary_writes_an_array_that_can_be_read() {
    let lab = Running::faithful();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("seen.json");
    let mut child = Command::new(env!("CARGO_BIN_EXE_regprobe"))
        .args(["record", "--upstream", &format!("http://{}", lab.lab.address()), "-o"])
        .arg(&path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let to: SocketAddr = line.trim().parse().unwrap();
    pull(to, "lab/docker", "latest", ALL);
    pull(to, "lab/oci", "latest", ALL);
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    assert_eq!(json::read_all(&std::fs::read(&path).unwrap()).unwrap().len(), 2);
    let file = path.to_str().unwrap();
    for verb in ["diagnose", "render"] {
        let (code, out, err) = run(&[verb, file]);
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("lab/docker:latest") && out.contains("lab/oci:latest"), "{verb}: {out}");
    }
    // Those that take one report say so.
    let (code, _, err) = run(&["fingerprint", file]);
    assert!(code == 2 && err.contains("several reports, and one is wanted"), "{err}");
    let (code, out, _) = run(&["diagnose", file, "--format", "json"]);
    let reports: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert_eq!((code, reports.len()), (0, 2));
}
