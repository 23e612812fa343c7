//! `action.yml`: its `run:` steps, as a runner would run them, against the embedded registry.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Running, run};

/// A step of the action.
#[derive(Default)]
struct Step {
    env: Vec<(String, String)>,
    run: String,
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn text() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap()
}

/// As much YAML as the file has: steps at four spaces, `env:` and `run: |` at six, what they hold at eight.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut block = "";
    for line in text.lines().skip_while(|l| l.trim() != "steps:").skip(1) {
        let word = line.trim();
        match indent(line) {
            _ if word.is_empty() => {}
            4 => {
                assert!(word.starts_with("- name: "), "{line}");
                steps.push(Step::default());
            }
            6 => block = word.split(':').next().unwrap(),
            8.. => {
                let step = steps.last_mut().unwrap();
                match block {
                    "env" => {
                        let (name, value) = word.split_once(": ").unwrap();
                        step.env.push((name.to_owned(), value.to_owned()));
                    }
                    "run" => step.run.push_str(&format!("{}\n", &line[8..])),
                    other => panic!("{other}: {line}"),
                }
            }
            _ => panic!("{line}"),
        }
    }
    steps
}

/// Name and default of every input.
fn defaults(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().skip_while(|l| *l != "inputs:").skip(1).take_while(|l| *l != "outputs:");
    let (mut inputs, mut last) = (BTreeMap::new(), String::new());
    for line in lines.filter(|l| !l.trim().is_empty()) {
        let (key, value) = line.trim().split_once(':').unwrap();
        match indent(line) {
            2 => {
                last = key.to_owned();
                inputs.insert(last.clone(), String::new());
            }
            _ if key == "default" => {
                inputs.insert(last.clone(), value.trim().trim_matches('\'').to_owned());
            }
            _ => {}
        }
    }
    inputs
}

/// What a run of the action left behind.
struct Ran {
    code: i32,
    log: String,
    summary: String,
    outputs: BTreeMap<String, String>,
    cargo: String,
}

/// A runner whose `cargo` is one that has built already.
fn act(dir: &Path, with: &[(&str, &str)]) -> Ran {
    let file = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let shims = dir.join("shims");
    std::fs::create_dir_all(&shims).unwrap();
    let cargo = format!(
        "#!/bin/sh\necho \"$PWD $*\" >>'{}'\nwhile [ \"$1\" != --target-dir ]; do shift; done\n\
         mkdir -p \"$2/release\" && ln -sf '{}' \"$2/release/regprobe\"\n",
        file("cargo.log"),
        env!("CARGO_BIN_EXE_regprobe")
    );
    std::fs::write(shims.join("cargo"), cargo).unwrap();
    std::fs::set_permissions(shims.join("cargo"), PermissionsExt::from_mode(0o755)).unwrap();
    act_with(dir, with, &[("HOME".into(), dir.into())], Some(&shims))
}

/// A runner: a new bash for each step, whose files say what the next ones see.
fn act_with(dir: &Path, with: &[(&str, &str)], home: &[(OsString, OsString)], shims: Option<&Path>) -> Ran {
    let file = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let told = |name: &str| std::fs::read_to_string(file(name)).unwrap_or_default();
    for name in ["output", "summary", "path", "cargo.log"] {
        std::fs::write(file(name), "").unwrap();
    }
    let mut inputs = defaults(&text());
    for (name, value) in with {
        assert!(inputs.insert((*name).to_owned(), (*value).to_owned()).is_some(), "there is no input {name}");
    }
    let value = |expression: &str| -> String {
        let inner = expression.strip_prefix("${{ ").and_then(|e| e.strip_suffix(" }}")).unwrap();
        match inner.strip_prefix("inputs.") {
            Some(name) => inputs[name].clone(),
            None if inner == "github.action_path" => env!("CARGO_MANIFEST_DIR").to_owned(),
            None => panic!("{expression}"),
        }
    };
    let (mut code, mut log) = (0, String::new());
    for step in steps(&text()) {
        let mut path: Vec<PathBuf> = told("path").lines().rev().map(PathBuf::from).collect();
        path.extend(shims.map(Path::to_owned));
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        assert!(!step.run.contains("${{"), "what comes from outside must come as a variable: {}", step.run);
        std::fs::write(file("step.sh"), &step.run).unwrap();
        let output = Command::new("bash")
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail", &file("step.sh")])
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::join_paths(path).unwrap())
            .envs(home.iter().map(|(name, value)| (name, value)))
            .env("GITHUB_ACTIONS", "true")
            .env("RUNNER_TEMP", dir)
            .env("GITHUB_PATH", file("path"))
            .env("GITHUB_OUTPUT", file("output"))
            .env("GITHUB_STEP_SUMMARY", file("summary"))
            .envs(step.env.iter().map(|(name, expression)| (name, value(expression))))
            .output()
            .unwrap();
        log.push_str(&String::from_utf8_lossy(&output.stdout));
        log.push_str(&String::from_utf8_lossy(&output.stderr));
        code = output.status.code().unwrap();
        if code != 0 {
            break;
        }
    }
    let outputs =
        told("output").lines().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect();
    Ran { code, log, summary: told("summary"), outputs, cargo: told("cargo.log") }
}

fn report(ran: &Ran) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(&ran.outputs["report"]).unwrap()).unwrap()
}

#[test]
fn a_registry_that_works_passes_with_a_report_and_a_summary() {
    let (dir, lab) = (tempfile::tempdir().unwrap(), Running::faithful());
    let image = lab.image("lab/oci");
    let ran = act(dir.path(), &[("image", &image), ("suite", "quick")]);
    assert_eq!((ran.code, ran.outputs["exit-code"].as_str()), (0, "0"), "{}", ran.log);
    assert_eq!(report(&ran)["summary"]["outcome"], "works");
    assert!(ran.summary.contains("lab/oci"), "{}", ran.summary);
    assert!(ran.cargo.contains("build --release --locked --bin regprobe --target-dir"), "{}", ran.cargo);
    assert!(ran.cargo.starts_with(env!("CARGO_MANIFEST_DIR")), "{}", ran.cargo);
    // Every other format leaves a summary too.
    let ran = act(dir.path(), &[("image", &image), ("suite", "quick"), ("format", "table")]);
    assert!(ran.code == 0 && ran.log.contains("Recommended"), "{}", ran.log);
    assert!(ran.summary.contains("Recommended path"), "{}", ran.summary);
}

/// With the toolchain of this machine, and what it has downloaded: the release build is made, found, and used.
#[test]
#[ignore = "a release build from nothing takes minutes: cargo test --test it -- --ignored built_by_the_step"]
fn built_by_the_step_itself() {
    let (dir, lab) = (tempfile::tempdir().unwrap(), Running::faithful());
    let home = ["HOME", "CARGO_HOME", "RUSTUP_HOME"];
    let home: Vec<_> = home.iter().filter_map(|n| Some(((*n).into(), std::env::var_os(n)?))).collect();
    let image = lab.image("lab/oci");
    let ran = act_with(dir.path(), &[("image", &image), ("suite", "quick")], &home, None);
    assert_eq!(ran.code, 0, "{}", ran.log);
    assert!(ran.log.contains("Finished `release` profile"), "{}", ran.log);
    assert_eq!(report(&ran)["summary"]["outcome"], "works");
    let built = dir.path().join("regprobe-target/release/regprobe");
    let version = Command::new(&built).arg("--version").output().unwrap();
    assert!(String::from_utf8_lossy(&version.stdout).contains(env!("CARGO_PKG_VERSION")));
    // What it carries is packed.
    let size = built.metadata().unwrap().len();
    assert!(size < 40_000_000, "the release binary has {size} bytes");
}

#[test]
fn a_finding_at_the_threshold_fails_and_so_does_what_is_not_there() {
    let (dir, lab) = (tempfile::tempdir().unwrap(), Running::quirks(&["head-405"]));
    let image = lab.image("lab/oci");
    let with =
        |fail_on: &str| act(dir.path(), &[("image", &image), ("suite", "quick"), ("fail-on", fail_on)]);
    let ran = with("note");
    assert_eq!((ran.code, ran.outputs["exit-code"].as_str()), (1, "1"), "{}", ran.log);
    assert!(ran.log.contains("::") && ran.summary.contains("head-405"), "{}\n{}", ran.log, ran.summary);
    assert_eq!(with("never").code, 0);
    let ran = act(dir.path(), &[("image", &lab.image("lab/none")), ("suite", "quick")]);
    assert_eq!((ran.code, ran.outputs["exit-code"].as_str()), (1, "1"), "{}", ran.log);
    let ran = act(dir.path(), &[("image", "http://127.0.0.1:1/lab/oci"), ("suite", "quick")]);
    assert_eq!((ran.code, ran.outputs["exit-code"].as_str()), (3, "3"), "{}", ran.log);
    let ran = act(dir.path(), &[("image", &image), ("suite", "qick")]);
    assert_eq!((ran.code, ran.outputs["exit-code"].as_str()), (2, "2"), "{}", ran.log);
}

#[test]
fn with_a_baseline_it_fails_on_regressions_only() {
    let (dir, lab) = (tempfile::tempdir().unwrap(), Running::faithful());
    let base = dir.path().join("base.json");
    let base = base.to_str().unwrap();
    let image = lab.image("lab/oci");
    let args = ["--suite", "quick", "--platform", "linux/amd64", "-o", base];
    assert_eq!(run(&[&["probe", image.as_str()][..], &args].concat()).0, 0);
    let with = |image: &str| {
        act(dir.path(), &[("image", image), ("suite", "quick"), ("baseline", base), ("fail-on", "note")])
    };
    let ran = with(&image);
    assert_eq!((ran.code, ran.outputs["exit-code"].as_str()), (0, "0"), "{}", ran.log);
    let ran = with("http://127.0.0.1:1/lab/oci");
    assert_eq!((ran.code, ran.outputs["exit-code"].as_str()), (3, "3"), "{}", ran.log);
    let worse = Running::quirks(&["head-405"]);
    let ran = with(&worse.image("lab/oci"));
    assert_eq!((ran.code, ran.outputs["exit-code"].as_str()), (1, "1"), "{}", ran.log);
    assert!(ran.log.contains("::error title=regression%3A"), "{}", ran.log);
    assert!(
        ran.summary.matches("❌ Regression").count() == 1 && ran.summary.contains("Against the baseline"),
        "{}",
        ran.summary
    );
}

#[test]
fn a_password_gets_there_and_nowhere_else() {
    let (dir, lab) = (tempfile::tempdir().unwrap(), Running::quirks(&["basic-auth"]));
    let image = lab.image("lab/oci");
    let with = |user: &str, password: &str| {
        act(dir.path(), &[("image", &image), ("suite", "quick"), ("username", user), ("password", password)])
    };
    let refused = with("lab", "not-the-password-of-it");
    assert_eq!(refused.code, 1, "{}", refused.log);
    for place in
        [&refused.log, &refused.summary, &std::fs::read_to_string(&refused.outputs["report"]).unwrap()]
    {
        assert!(!place.contains("not-the-password-of-it"));
    }
}

/// The flags that the templates and the page name are those of the program.
#[test]
fn what_the_templates_say_can_be_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let help = |verb: &str| run(&[verb, "--help"]).1;
    let known: Vec<String> = ["probe", "check", "render"].map(help).into();
    for name in ["action.yml", "ci/gitlab-ci.yml", "docs/ci.md"] {
        let text = std::fs::read_to_string(root.join(name)).unwrap().replace("\\\n", " ");
        for line in text.lines().filter(|l| {
            ["regprobe probe", "regprobe check", "regprobe render", "ask ", "access"]
                .iter()
                .any(|w| l.contains(w))
        }) {
            let flags = line
                .split(|c: char| !(c.is_ascii_lowercase() || c == '-'))
                .filter(|w| w.starts_with("--") && w.len() > 4);
            for flag in flags.filter(|f| !["--rm"].contains(f)) {
                assert!(known.iter().any(|help| help.contains(flag)), "{name}: {flag}: {line}");
            }
        }
    }
}
