//! The JSON report against its schema, and read back.

use std::path::Path;

use regprobe::render::json;
use serde_json::Value;

use crate::support::{Raw, Running, json as probe, run};

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&json::schema()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn assert_valid(report: &Value) {
    let errors: Vec<String> =
        validator().iter_errors(report).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// `REGPROBE_WRITE_SCHEMA=1 cargo test --test it schema` writes it anew.
#[test]
fn the_kept_schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/report.schema.json");
    if std::env::var_os("REGPROBE_WRITE_SCHEMA").is_some() {
        std::fs::write(&path, json::schema()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), json::schema());
}

#[test]
fn reports_of_every_outcome_are_valid_and_are_read_back_whole() {
    let lab = Running::quirks(&["gcr-2018"]);
    let silent = Raw::fixed(b"nonsense\r\n");
    let targets = [
        lab.image("deepvariant-docker/deepvariant:0.5.0"),
        lab.image("lab/index"),
        lab.image("lab/schema1"),
        lab.image("lab/nope:nope"),
        format!("http://{}/a/b", silent.address),
    ];
    for target in targets {
        let (_, out, _) = run(&["probe", "--format", "json", &target]);
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_valid(&report);
        // Facts survive the file: judged again from nothing but it, the same report comes out, byte for byte.
        let recording = json::read(out.as_bytes()).unwrap();
        let probes = regprobe::probes::Probes::embedded().unwrap();
        let again = json::render(&regprobe::judge::judge(recording, &probes));
        assert!(again == out, "{target} is another report when it is read back");
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let lab = Running::faithful();
    let (_, report) = probe(&[&lab.image("lab/oci"), "--suite", "quick"]);
    for (pointer, wrong) in
        [("/schema_version", Value::Null), ("/cells/0/id", Value::from(3)), ("/summary", Value::Null)]
    {
        let mut broken = report.clone();
        *broken.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator().is_valid(&broken), "{pointer}");
    }
}

#[test]
fn damaged_files_say_what_is_wrong_with_them() {
    let error = |text: &str| json::read(text.as_bytes()).unwrap_err().to_string();
    insta::assert_snapshot!(error("{}"), @"this is JSON, but no regprobe report: it has no schema_version");
    insta::assert_snapshot!(error(r#"{"schema_version":2}"#), @"this report has schema_version 2, of a newer regprobe; this one reads 1");
    assert!(error("nonsense").starts_with("this is no JSON report"));
    assert!(error(r#"{"schema_version":1}"#).starts_with("the report is damaged"));
    let lab = Running::faithful();
    let (_, mut report) = probe(&[&lab.image("lab/oci"), "--suite", "quick"]);
    let bodies = report["bodies"].as_object_mut().unwrap();
    let first = bodies.keys().next().unwrap().clone();
    bodies[&first]["text"] = Value::from("changed");
    assert!(error(&report.to_string()).contains("does not have that digest"));
}
