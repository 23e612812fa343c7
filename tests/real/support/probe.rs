//! Runs the regprobe binary and reads its JSON report.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::table::Observed;

/// One run of the binary.
#[derive(Default)]
pub struct Run {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    stdin: String,
}

/// How a run ended.
pub struct Finished {
    /// The exit code.
    pub code: i32,
    /// The report.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
}

impl Run {
    /// `regprobe probe IMAGE`, away from whatever credentials and proxies this machine has.
    pub fn probe(image: &str) -> Run {
        Run::default().arg("probe").arg(image).env("HOME", "/nonexistent").env("NO_COLOR", "1")
    }

    /// One more argument.
    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// An option and its value.
    pub fn option(self, name: &str, value: &str) -> Self {
        self.arg(name).arg(value)
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// What it reads from standard input.
    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = text.into();
        self
    }

    /// Runs it to its end.
    pub fn finish(self) -> Finished {
        let mut command = Command::new(env!("CARGO_BIN_EXE_regprobe"));
        for name in [
            "DOCKER_CONFIG",
            "REGISTRY_AUTH_FILE",
            "XDG_RUNTIME_DIR",
            "XDG_CONFIG_HOME",
            "http_proxy",
            "https_proxy",
            "all_proxy",
        ] {
            command.env_remove(name);
        }
        command.args(&self.arguments).envs(self.environment);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary");
        // It may have ended without reading; that shows in what it says.
        let _ = child.stdin.take().expect("a pipe").write_all(self.stdin.as_bytes());
        let output = child.wait_with_output().expect("its output");
        Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs it with `--format json`; the exit code and the report.
    pub fn json(self) -> (i32, Report) {
        let finished = self.option("--format", "json").finish();
        match serde_json::from_str(&finished.stdout) {
            Ok(value) => (finished.code, Report(value)),
            Err(e) => {
                panic!("exit {}, no JSON ({e}):\n{}{}", finished.code, finished.stdout, finished.stderr)
            }
        }
    }
}

/// A JSON report, version 1.
pub struct Report(pub Value);

impl Report {
    /// `summary.outcome`
    pub fn outcome(&self) -> &str {
        self.0["summary"]["outcome"].as_str().unwrap_or("?")
    }

    /// `summary.recommended_path`
    pub fn recommended(&self) -> Option<&str> {
        self.0["summary"]["recommended_path"].as_str()
    }

    /// The ids of the findings, children included.
    pub fn findings(&self) -> Vec<String> {
        fn walk(findings: &Value, into: &mut Vec<String>) {
            for finding in findings.as_array().into_iter().flatten() {
                into.extend(finding["id"].as_str().map(str::to_owned));
                walk(&finding["children"], into);
            }
        }
        let mut ids = Vec::new();
        walk(&self.0["findings"], &mut ids);
        ids
    }

    /// What the worst finding says, for a failing test.
    pub fn worst(&self) -> String {
        let first = &self.0["findings"][0];
        format!("{} {}: {} {}", first["severity"], first["id"], first["title"], first["explanation"])
    }

    /// A path's verdict.
    pub fn path(&self, id: &str) -> &str {
        let paths = self.0["paths"].as_array();
        let found = paths.into_iter().flatten().find(|path| path["id"] == id);
        found.and_then(|path| path["verdict"].as_str()).unwrap_or("?")
    }

    /// The cell with this id.
    pub fn cell(&self, id: &str) -> Option<&Value> {
        self.0["cells"].as_array().into_iter().flatten().find(|cell| cell["id"] == id)
    }

    /// Every answered cell in the terms of the recorded tables.
    pub fn observed(&self) -> BTreeMap<String, Observed> {
        let cells = self.0["cells"].as_array().into_iter().flatten();
        cells.filter_map(|cell| Some((cell["id"].as_str()?.to_owned(), self.observe(cell)?))).collect()
    }

    fn observe(&self, cell: &Value) -> Option<Observed> {
        let status = u16::try_from(cell["status"].as_u64()?).ok()?;
        let get = cell["method"] == "GET";
        let named = cell["docker_content_digest"].as_str();
        let bytes = match (named, cell["body"]["digest"].as_str()) {
            (Some(named), body) if get && status == 200 => {
                if body == Some(named) {
                    "yes"
                } else {
                    "no"
                }
            }
            _ => "-",
        };
        // The tables look for an error only where a GET was not answered 2xx.
        let error = cell["error_code"].as_str().filter(|_| get && !(200..300).contains(&status));
        Some(Observed {
            status,
            content_type: cell["content_type"].as_str().unwrap_or("-").into(),
            digest: named.map_or("-", |digest| self.role(digest)).into(),
            error: error.unwrap_or("-").into(),
            bytes: bytes.into(),
        })
    }

    fn role(&self, digest: &str) -> &'static str {
        let subjects = &self.0["subjects"];
        ["index", "manifest", "config", "layer"]
            .into_iter()
            .find(|role| subjects[role] == digest)
            .unwrap_or("other")
    }
}

#[test]
fn a_report_is_read_in_the_terms_of_the_tables() {
    let cell = |id: &str, rest: Value| {
        let mut cell = serde_json::json!({"id": id, "method": id.split(' ').next(), "status": 200,
            "content_type": "application/json", "docker_content_digest": "sha256:aa", "error_code": null,
            "body": {"digest": "sha256:aa", "kind": "oci-manifest"}});
        for (key, value) in rest.as_object().into_iter().flatten() {
            cell[key] = value.clone();
        }
        cell
    };
    let report = Report(serde_json::json!({
        "subjects": {"tag": "latest", "index": null, "manifest": "sha256:aa", "config": "sha256:bb", "layer": "sha256:cc"},
        "findings": [{"id": "parent", "children": [{"id": "child", "children": []}]}],
        "cells": [
            cell("GET manifests/tag accept=all", serde_json::json!({})),
            cell("GET manifests/tag accept=none", serde_json::json!({"docker_content_digest": "sha256:dd"})),
            cell("GET manifests/tag accept=any", serde_json::json!({"status": 404, "docker_content_digest": null, "error_code": "MANIFEST_UNKNOWN"})),
            cell("HEAD manifests/tag accept=any", serde_json::json!({"body": null, "content_type": null})),
            cell("GET manifests/index accept=all", serde_json::json!({"status": null, "outcome": "not-tried"})),
        ],
    }));
    let seen: Vec<String> = report
        .observed()
        .iter()
        .map(|(id, o)| format!("{id}: {} {} {} {} {}", o.status, o.content_type, o.digest, o.error, o.bytes))
        .collect();
    assert_eq!(
        seen,
        [
            "GET manifests/tag accept=all: 200 application/json manifest - yes",
            "GET manifests/tag accept=any: 404 application/json - MANIFEST_UNKNOWN -",
            "GET manifests/tag accept=none: 200 application/json other - no",
            "HEAD manifests/tag accept=any: 200 - manifest - -",
        ]
    );
    assert_eq!(report.findings(), ["parent", "child"]);
}
