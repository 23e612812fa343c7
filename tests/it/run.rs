//! Whole runs against the embedded registry.

use serde_json::Value;

use crate::support::{Running, cell, findings, json, run};

fn path<'a>(report: &'a Value, id: &str) -> &'a Value {
    report["paths"].as_array().unwrap().iter().find(|p| p["id"] == id).unwrap()
}

/// Every image shape of a registry that does as the spec says: a main path works, and nothing is wrong.
#[test]
fn a_faithful_registry_works_and_is_silent() {
    let lab = Running::faithful();
    let mut seen = Vec::new();
    for (image, platform) in [
        ("lab/docker", "linux/amd64"),
        ("lab/docker-list", "linux/arm64"),
        ("lab/list-no-amd64", "linux/arm64"),
        ("lab/oci", "linux/amd64"),
        ("lab/oci-no-media-type", "linux/amd64"),
        ("lab/index", "linux/arm/v7"),
        ("lab/attested", "linux/amd64"),
        ("lab/schema1", "linux/amd64"),
        ("lab/helm:0.1.0", "linux/amd64"),
        ("lab/artifact:v1", "linux/amd64"),
        ("lab/artifact:base", "linux/amd64"),
        ("lab/foreign", "windows/amd64"),
        ("lab/zstd", "linux/amd64"),
        ("lab/mixed", "linux/amd64"),
    ] {
        let (code, report) = json(&[&lab.image(image), "--platform", platform]);
        let loud: Vec<_> = findings(&report).into_iter().filter(|(_, severity)| severity != "note").collect();
        assert_eq!(loud, [], "{image}");
        // A trap that "works" would be the manifest's bytes taken for the config's.
        for trap in ["config-type-at-manifests", "config-digest-at-manifests", "digest-request-header"] {
            assert_ne!(path(&report, trap)["verdict"], "works", "{image} {trap}");
        }
        let failing: Vec<&Value> = report["paths"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|p| p["kind"] == "main" && p["verdict"] == "fails")
            .map(|p| &p["id"])
            .collect();
        assert!(failing.is_empty(), "{image}: {failing:?}");
        seen.push(format!(
            "{code} {image}: {} by {}; index {}, config {}",
            report["summary"]["outcome"].as_str().unwrap(),
            report["summary"]["recommended_path"].as_str().unwrap_or("none"),
            report["subjects"]["index"].is_string(),
            report["subjects"]["config"].is_string(),
        ));
    }
    insta::assert_snapshot!(seen.join("\n"));
}

/// The founding case, cell by cell.
#[test]
fn the_founding_case() {
    let lab = Running::quirks(&["gcr-2018"]);
    let image = lab.image("deepvariant-docker/deepvariant:0.5.0");
    let (code, report) = json(&[&image, "--platform", "linux/amd64"]);
    assert_eq!(code, 0);
    for trap in [
        "GET manifests/tag accept=docker-config",
        "GET manifests/config accept=docker-config",
        "GET manifests/tag accept=docker-config digest-header=config",
        "GET manifests/tag accept=json",
    ] {
        assert_eq!(cell(&report, trap)["status"], 404, "{trap}");
        assert_eq!(cell(&report, trap)["error_code"], "MANIFEST_UNKNOWN", "{trap}");
    }
    assert_eq!(cell(&report, "GET manifests/tag accept=docker-manifest")["status"], 200);
    assert_eq!(cell(&report, "GET blobs/config accept=none")["body"]["matches"], true);
    assert_eq!(report["summary"]["recommended_path"], "docker-manifest");
    let metadata = &path(&report, "docker-manifest")["metadata"];
    assert_eq!(metadata["platform"], "linux/amd64");
    assert!(!metadata["env"].as_array().unwrap().is_empty());
    assert!(!metadata["layers"].as_array().unwrap().is_empty());
    for trap in ["config-type-at-manifests", "config-digest-at-manifests", "digest-request-header"] {
        assert_eq!(path(&report, trap)["verdict"], "fails", "{trap}");
    }
    let ids = all_findings(&report);
    for id in ["config-is-a-blob", "gcr-accept-mismatch-message", "request-digest-header-ignored"] {
        assert!(ids.iter().any(|i| i == id), "{id} is not among {ids:?}");
    }
}

/// The ids of all findings, those that hang under others included.
fn all_findings(report: &Value) -> Vec<String> {
    fn walk(findings: &Value, ids: &mut Vec<String>) {
        for finding in findings.as_array().unwrap() {
            ids.push(finding["id"].as_str().unwrap().to_owned());
            walk(&finding["children"], ids);
        }
    }
    let mut ids = Vec::new();
    walk(&report["findings"], &mut ids);
    ids
}

/// The same registry, asked twice: the same cells did the same, whatever the order of arrival.
#[test]
fn two_runs_agree_whatever_the_concurrency() {
    let lab = Running::quirks(&["gcr-2018"]);
    let image = lab.image("deepvariant-docker/deepvariant:0.5.0");
    let signatures = |concurrency: &str| {
        let (_, report) = json(&[&image, "--concurrency", concurrency]);
        let cells = report["cells"].as_array().unwrap();
        cells.iter().map(|c| (c["id"].clone(), c["signature"].clone())).collect::<Vec<_>>()
    };
    let once = signatures("1");
    assert!(once.len() > 400);
    assert_eq!(once, signatures("64"));
    assert_eq!(once, signatures("7"));
}

#[test]
fn a_digest_is_a_reference_too() {
    let lab = Running::faithful();
    let (_, by_tag) = json(&[&lab.image("lab/index"), "--platform", "linux/amd64"]);
    let index = by_tag["subjects"]["index"].as_str().unwrap();
    let (code, report) = json(&[&lab.image(&format!("lab/index@{index}")), "--platform", "linux/amd64"]);
    assert_eq!(code, 0);
    assert_eq!(report["subjects"], {
        let mut expected = by_tag["subjects"].clone();
        expected["tag"] = Value::Null;
        expected
    });
    assert_eq!(report["summary"]["recommended_path"], "digest-pinned");
    assert_eq!(path(&report, "oci-index")["verdict"], "not-applicable");
}

#[test]
fn a_platform_that_is_not_there_is_the_images_affair() {
    let lab = Running::faithful();
    let (code, report) = json(&[&lab.image("lab/index"), "--platform", "linux/s390x"]);
    assert_eq!((code, findings(&report)[0].0.as_str()), (1, "platform-not-found"));
    let why = path(&report, "oci-index")["why"].as_str().unwrap();
    assert!(why.contains("linux/s390x") && why.contains("linux/arm64"), "{why}");
}

#[test]
fn credentials_and_redirects_are_met_on_the_way() {
    for quirks in [&["bearer-auth"][..], &["blob-redirect-strip-auth-s3", "bearer-auth"]] {
        let lab = Running::quirks(quirks);
        let (code, report) = json(&[&lab.image("lab/index"), "--platform", "linux/amd64"]);
        assert_eq!(code, 0, "{quirks:?}");
        assert_eq!(report["summary"]["outcome"], "works", "{quirks:?}");
        assert_eq!(report["access"]["scheme"], "bearer");
        let tokens = lab.lab.requests().into_iter().filter(|seen| seen.path == "/token").count();
        // One for the repository, one for the repository that does not exist, and the cells that ask the endpoint.
        assert!(tokens <= 11, "{tokens} token requests");
        if quirks.len() == 2 {
            let blob = cell(&report, "GET blobs/config accept=none");
            let exchange =
                report["exchanges"].as_array().unwrap().iter().find(|e| e["id"] == blob["exchange"]);
            let hops = exchange.unwrap()["hops"].as_array().unwrap();
            assert_eq!(hops.len(), 2);
            let sent = |hop: &Value| hop["request"]["headers"].to_string().contains("authorization");
            assert!(sent(&hops[0]) && !sent(&hops[1]));
        }
    }
    let lab = Running::quirks(&["basic-auth"]);
    let (code, report) = json(&[&lab.image("lab/oci")]);
    assert_eq!((code, findings(&report)[0].0.as_str()), (1, "not-authorized"));
}

#[test]
fn several_images_and_the_worst_counts() {
    let lab = Running::faithful();
    let (good, missing) = (lab.image("lab/oci"), lab.image("lab/oci:nope"));
    let (code, reports) = json(&[&good, &missing, "--suite", "quick"]);
    assert_eq!(code, 1);
    assert_eq!(reports.as_array().unwrap().len(), 2);
    let (code, out, _) = run(&["probe", "-q", &good, &missing]);
    assert_eq!(code, 1);
    assert_eq!(out.lines().count(), 2, "{out}");
}

#[test]
fn the_demo_tells_the_story() {
    let (code, out, err) = run(&["demo"]);
    assert_eq!((code, err.as_str()), (0, ""));
    insta::with_settings!({filters => vec![
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"\d+(\.\d+)? m?s\b", "TIME"),
    ]}, {
        insta::assert_snapshot!(out);
    });
}
