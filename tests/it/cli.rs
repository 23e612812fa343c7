//! The command line: what each verb prints, and what wrong input gets.

use crate::support::{Running, regprobe, run, told};

#[test]
fn plan_prints_every_cell_and_the_cost_and_sends_nothing() {
    let lab = Running::faithful();
    let (code, out, err) = run(&["plan", &lab.image("lab/index")]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.lines().any(|l| l == "GET manifests/tag accept=oci-index"));
    let last = out.lines().last().unwrap();
    assert!(last.contains("requests, ") && last.contains("metered pulls at most"), "{last}");
    assert_eq!(lab.lab.requests().len(), 0);
}

#[test]
fn a_bad_reference_shows_where() {
    let (code, out, err) = run(&["probe", "host.example/Foo/bar"]);
    assert_eq!((code, out.as_str()), (2, ""));
    insta::assert_snapshot!(err);
    for bad in ["", "host.example/a b", "ftp://host/x", "host/x@sha256:zz", "user:secret@host/x", "[::1/x"] {
        let (code, _, err) = run(&["probe", bad]);
        assert_eq!(code, 2, "{bad}");
        assert!(!err.contains("secret"), "{err}");
    }
}

#[test]
fn unknown_words_get_the_nearest_known() {
    for (args, hint) in [
        (&["probe", "x", "--suite", "standart"][..], "standard"),
        (&["explain", "config-is-blob"], "config-is-a-blob"),
        (&["lab", "--quirk", "gcr-2017"], "gcr-2018"),
    ] {
        let (code, _, err) = run(args);
        assert_eq!(code, 2, "{args:?}");
        assert!(err.contains(hint), "{args:?}: {err}");
    }
}

#[test]
fn lists_and_pages() {
    for (what, id) in [
        ("findings", "config-is-a-blob"),
        ("paths", "oci-index"),
        ("accepts", "all-lines"),
        ("suites", "standard"),
        ("quirks", "gcr-2018"),
    ] {
        let (code, out, _) = run(&["list", what]);
        assert_eq!(code, 0);
        assert!(out.lines().any(|l| l.starts_with(id)), "{what}: {out}");
    }
    for id in ["config-is-a-blob", "oci-index", "gcr-2018"] {
        let (code, out, _) = run(&["explain", id]);
        assert_eq!(code, 0);
        assert!(out.contains(id) && out.lines().count() > 5, "{out}");
    }
    assert!(run(&["completions", "bash"]).1.contains("regprobe"));
    assert!(run(&["man"]).1.starts_with(".ie"));
    let (code, out, _) = run(&["probe", "--help"]);
    assert!(code == 0 && out.contains("Examples:"));
}

#[test]
fn explain_takes_an_error_message() {
    let (code, out, _) = run(&["explain", "x509: certificate signed by unknown authority"]);
    assert!(code == 0 && out.contains("\ntls-untrusted: "), "{out}");
    // As it is pasted, without quotes.
    let (code, out, _) = run(&["explain", "Error:", "manifest", "unknown"]);
    assert!(code == 0 && out.contains("\ntag-not-found: "), "{out}");
    let (code, out, err) = run(&["explain", "no space left on device"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("regprobe list findings"), "{err}");
    assert_eq!(run(&["explain"]).0, 2);
}

#[test]
fn output_goes_where_it_is_told() {
    let lab = Running::faithful();
    let image = lab.image("lab/oci");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.json");
    let (code, out, _) = run(&["probe", &image, "--suite", "quick", "-o", file.to_str().unwrap()]);
    assert_eq!(code, 0);
    assert!(out.contains("Recommended"));
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(report["schema_version"], 1);
    // A path that cannot be written fails before anything is asked.
    let asked = lab.lab.requests().len();
    let (code, _, err) = run(&["probe", &image, "-o", "/nonexistent-directory/report.json"]);
    assert_eq!((code, lab.lab.requests().len()), (2, asked), "{err}");
}

#[test]
fn colour_only_where_it_is_wanted() {
    let lab = Running::faithful();
    let image = lab.image("lab/oci");
    let args = ["probe", &image, "--suite", "quick"];
    assert!(!run(&args).1.contains('\u{1b}'));
    let (_, out, _) = run(&[&args[..], &["--color", "always"]].concat());
    assert!(out.contains('\u{1b}'));
    let mut command = regprobe(&[&args[..], &["--color", "auto"]].concat());
    assert!(!told(command.env("NO_COLOR", "1").output().unwrap()).1.contains('\u{1b}'));
}

#[test]
fn the_lab_prints_its_address_first() {
    use std::io::{BufRead, BufReader};
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_regprobe"))
        .args(["lab", "--listen", "127.0.0.1:0"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let (code, _, _) = run(&["probe", &format!("http://{}/lab/oci", first.trim()), "--suite", "quick"]);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(code, 0);
    assert_eq!(run(&["lab", "--listen", "0.0.0.0:0"]).0, 2);
}
