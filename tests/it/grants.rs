//! The last look for secrets cannot be turned against the user: whatever is granted or said back, there is a report.

use std::io::Write;

use base64::Engine as _;
use serde_json::Value;

use crate::support::{Raw, Running, head, regprobe, run, told};

const FORMATS: [&str; 10] =
    ["table", "json", "markdown", "html", "svg", "junit", "sarif", "har", "ndjson", "github"];

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Grants this token, and then knows no manifest; `said` stands in each error.
fn server(token: &str, said: &str) -> Raw {
    let (token, said) = (token.to_owned(), said.to_owned());
    Raw::serve(move |mut stream, _| {
        loop {
            let request = head(&mut stream);
            if request.is_empty() {
                return;
            }
            let host = request.lines().find_map(|l| l.strip_prefix("host: ")).unwrap_or_default().to_owned();
            let asked = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let (status, header, body) = if asked.starts_with("/token") {
                ("200 OK", String::new(), serde_json::json!({"token": token}).to_string())
            } else if !request.contains("authorization:") {
                let realm =
                    format!("www-authenticate: Bearer realm=\"http://{host}/token\",service=\"x\"\r\n");
                ("401 Unauthorized", realm, String::new())
            } else {
                let error =
                    serde_json::json!({"code": "MANIFEST_UNKNOWN", "message": format!("unknown: {said}")});
                ("404 Not Found", String::new(), serde_json::json!({"errors": [error]}).to_string())
            };
            let kept = if request.starts_with("HEAD ") { "" } else { &body };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status}\r\n{header}content-type: application/json\r\ncontent-length: {length}"
            );
            if stream.write_all(format!("{head}\r\n\r\n{kept}").as_bytes()).is_err() {
                return;
            }
        }
    })
}

/// Probes into every format; each is written, and whole.
fn every_format(image: &str, login: &[&str], input: &str) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let file = |format: &str| directory.path().join(format!("out.{format}"));
    let files: Vec<String> = FORMATS.iter().map(|f| format!("{f}={}", file(f).display())).collect();
    let mut args = vec!["probe", "-vvv", "--suite", "quick", "--format", "ndjson", image];
    args.extend(login);
    files.iter().for_each(|file| args.extend(["-o", file]));
    let (code, out, err) = told(regprobe(&args).write_stdin(input).output().unwrap());
    assert!(matches!(code, 0 | 1 | 3), "{code}: {err}");
    out.lines().for_each(|line| assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}"));
    let texts: Vec<String> = FORMATS.iter().map(|f| std::fs::read_to_string(file(f)).unwrap()).collect();
    for json in [1, 6, 7] {
        serde_json::from_str::<Value>(&texts[json]).unwrap();
    }
    for xml in [4, 5] {
        roxmltree::Document::parse(&texts[xml]).unwrap();
    }
    [vec![out, err], texts].concat()
}

#[test]
fn a_token_that_is_an_ordinary_text_withholds_nothing() {
    let digest = format!("sha256:{}", "44136fa355b3678a".repeat(4));
    let word = "latest";
    for token in
        ["application/vnd.oci.image.manifest.v1+json", &digest, "manifest-digest-at-blobs-404", word, "amd64"]
    {
        let server = server(token, token);
        let texts = every_format(&format!("http://{}/a/b:latest", server.address), &[], "");
        assert!(!texts[1].contains("late"), "{token}: {}", texts[1]);
        let report: Value = serde_json::from_str(&texts[3]).unwrap();
        assert!(report["findings"].as_array().is_some_and(|f| !f.is_empty()));
        assert!(texts[3].contains("Bearer <redacted>"), "by its place it is struck: {token}");
        assert!(texts[3].contains("application/vnd.oci.image.manifest.v1+json"), "{token}");
        assert!(texts[3].contains(&format!("unknown: {token}")) || token.contains("-404"), "{token}");
    }
}

#[test]
fn a_token_made_to_break_the_report_does_not() {
    // Each stands in what we write, and in nothing a registry says.
    for token in [
        "\",\"status\":404,\"",
        "\"schema_version\": 1",
        "<title>regprobe: ",
        "&lt;redacted&gt;x12",
        "requests were sent",
    ] {
        let server = server(token, "what was asked for");
        every_format(&format!("http://{}/a/b:latest", server.address), &[], "");
    }
}

#[test]
fn passwords_that_are_ordinary_words() {
    let lab = Running::quirks(&["basic-auth"]);
    for password in ["latest", "amd64", "wrong", "lab/index", "abc"] {
        let login = ["--username", "someone", "--password-stdin"];
        let texts = every_format(&lab.image("lab/index"), &login, password);
        assert!(!texts[1].contains("late"), "{password}: {}", texts[1]);
        assert!(texts[3].contains("Basic <redacted>") && texts[3].contains("lab/index"), "{password}");
        let pair = base64(&format!("someone:{password}"));
        assert!(texts.iter().all(|text| !text.contains(&pair)), "{password}");
    }
}

#[test]
fn credentials_said_back_in_base64_withhold_nothing() {
    let password = "hunter2-hunter2";
    let pair = base64(&format!("someone:{password}"));
    let said = format!("{pair} {} {}", base64(password), base64(&format!("x={password};")));
    let lab = server("tk-55d1e8aa-token", &said);
    let login = ["--username", "someone", "--password-stdin"];
    let texts = every_format(&format!("http://{}/a/b:latest", lab.address), &login, password);
    assert!(!texts[1].contains("late"), "{}", texts[1]);
    assert!(texts[3].contains("unknown: <redacted>"), "{}", texts[3]);
    let inside = &base64(&format!("x={password};"))[4..20];
    assert!(texts.iter().all(|text| !text.contains(&pair) && !text.contains(inside)));
}

#[test]
fn a_redirect_with_13000_signatures_and_a_large_body() {
    let server = Raw::serve(|mut stream, _| {
        let query: Vec<String> = (0..13_000).map(|n| format!("sig={n:08}abcdefgh")).collect();
        let body = "sig ".repeat(1 << 20);
        let start = format!(
            "HTTP/1.1 307 x\r\nlocation: /x?{}\r\ncontent-length: {}\r\n\r\n",
            query.join("&"),
            body.len()
        );
        loop {
            let request = head(&mut stream);
            let kept = if request.starts_with("HEAD ") { "" } else { &body };
            let sent = stream.write_all(start.as_bytes()).and_then(|()| stream.write_all(kept.as_bytes()));
            if request.is_empty() || sent.is_err() {
                return;
            }
        }
    });
    let image = format!("http://{}/a/b:c", server.address);
    let (code, out, err) = run(&["probe", "--suite", "quick", "--deadline", "5", "--format", "json", &image]);
    assert!(code == 1 || code == 3, "{code}: {err}");
    assert!(serde_json::from_str::<Value>(&out).is_ok() && !out.contains("abcdefgh"));
}

#[test]
fn secrets_in_odd_arguments_are_not_printed_back() {
    for args in [
        &["record", "--upstream", "http://user:hunter2@host.example"][..],
        &["record", "--upstream", "http://user:hunter2/x@host.example"],
        &["record", "--upstream", "https://host.example/?token=hunter2"],
        &["probe", "https://user:hunter2@host.example/a"],
        &["probe", "user:hunter2@host.example/a"],
        &["probe", "https://host.example/a:b?token=hunter2"],
        &["probe", "host.example/a:b?token=hunter2"],
        &["probe", "--resolve", "user:hunter2@h:443:127.0.0.1", "a"],
        &["probe", "--resolve", "h:443:hunter2@127.0.0.1", "a"],
        &["probe", "--header", "Authorization: Bearer hunter2", "a"],
        &["probe", "--header", "hunter2", "a"],
        &["probe", "--header", "X-Key: hunter2\u{7f}", "a"],
        &["probe", "--password-stdin=hunter2", "a"],
        &["check", "https://user:hunter2@host.example/a.json"],
        &["render", "https://host.example/a.json?sig=hunter2"],
    ] {
        let (code, out, err) = run(args);
        assert_eq!(code, 2, "{args:?}");
        assert!(!out.contains("hunter2") && !err.contains("hunter2") && !err.is_empty(), "{args:?}: {err}");
    }
}
