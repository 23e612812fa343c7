//! A unique secret in every place one can enter, against a server that says back whatever it is told, and a look at
//! every byte of every output.

use std::io::Write;
use std::path::Path;

use base64::Engine as _;

use crate::support::{Raw, head, regprobe, told};

/// Hard to find when it is encoded.
const SECRET: &str = "s3cr3t/7b0c+2f&1d<e>'\"9";
const HEADER: &str = "hd-3a9e5c70/header+x";
const TOKEN: &str = "tk-55d1e8aa-granted-token/+x";
const SIGNATURE: &str = "sg-90f1c2d3e4f5a6b7-signature";
const COOKIE: &str = "ck-1f2e3d4c-cookie";
const USER: &str = "user-of-mine";

const FORMATS: [&str; 10] =
    ["table", "json", "markdown", "html", "svg", "junit", "sarif", "har", "ndjson", "github"];

/// Says 401 to who has no token, redirects who has one, and quotes every request it gets.
fn server() -> Raw {
    Raw::serve(|mut stream, _| {
        loop {
            let request = head(&mut stream);
            if request.is_empty() {
                return;
            }
            let line = |name: &str| {
                let found = request.lines().find_map(|l| l.strip_prefix(name));
                found.unwrap_or_default().trim().to_owned()
            };
            let host = line("host:");
            let asked = request.split(' ').nth(1).unwrap_or_default().to_owned();
            let quoted = serde_json::to_string(&format!("{asked} {request}")).unwrap();
            let echo = format!(
                "x-echo: {} {}\r\nx-secret-echo: {}",
                line("authorization:"),
                line("x-secret:"),
                decoded(&line("authorization:"))
            );
            let cookie = format!("set-cookie: session={COOKIE}; Path=/");
            let said = format!("{{\"errors\":[{{\"code\":\"DENIED\",\"message\":{quoted}}}]}}");
            let length = format!("content-type: application/json\r\ncontent-length: {}", said.len());
            let answer = if asked.starts_with("/token") {
                let body = format!("{{\"token\":\"{TOKEN}\",\"echo\":{quoted}}}");
                format!(
                    "HTTP/1.1 200 OK\r\n{cookie}\r\n{echo}\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
            } else if asked.starts_with("/elsewhere") {
                format!("HTTP/1.1 404 Not Found\r\n{echo}\r\n{length}\r\n\r\n{said}")
            } else if line("authorization:").is_empty() {
                let realm = format!("Bearer realm=\"http://{host}/token\",service=\"x\"");
                format!(
                    "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: {realm}\r\n{cookie}\r\n{echo}\r\n{length}\r\n\r\n{said}"
                )
            } else {
                let location = format!("/elsewhere?X-Amz-Signature={SIGNATURE}&a=b");
                format!(
                    "HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\n{cookie}\r\n{echo}\r\n{length}\r\n\r\n{said}"
                )
            };
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

/// What is in Basic credentials, as a server that logs too much would print it; header values are Latin-1.
fn decoded(authorization: &str) -> String {
    let encoded = authorization.strip_prefix("Basic ").unwrap_or_default();
    let bytes = base64::engine::general_purpose::STANDARD.decode(encoded).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Every byte of every output of a probe in every format.
fn outputs(arguments: &[&str], input: &str, path: &Path, directory: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for format in FORMATS {
        let summary = directory.join("summary.md");
        std::fs::write(&summary, "").unwrap();
        let mut args = vec!["probe", "-vvv", "--suite", "quick", "--format", format];
        args.extend(arguments);
        let files: Vec<String> =
            FORMATS.iter().map(|f| format!("{f}={}", directory.join(format!("out.{f}")).display())).collect();
        for file in &files {
            args.extend(["-o", file]);
        }
        let mut command = regprobe(&args);
        command.env("GITHUB_STEP_SUMMARY", &summary);
        let paths = std::env::join_paths([path.to_owned(), "/usr/bin".into(), "/bin".into()]).unwrap();
        command.env("PATH", paths);
        let (code, out, err) = told(command.write_stdin(input).output().unwrap());
        assert!(code == 1 && !out.is_empty(), "{format}: {code} {out} {err}");
        all.push((format!("stdout of {format}"), out));
        all.push((format!("stderr of {format}"), err));
        let mut paths: Vec<_> = std::fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        assert_eq!(paths.len(), FORMATS.len() + 1, "{paths:?}");
        for path in paths {
            all.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
        if format == "github" {
            assert!(!std::fs::read_to_string(&summary).unwrap().is_empty());
        }
    }
    all
}

fn assert_clean(outputs: &[(String, String)], secrets: &[&str]) {
    // It was there to be seen: the server was asked, and redirected us.
    assert!(outputs.iter().any(|(_, text)| text.contains("/elsewhere")));
    for (name, text) in outputs {
        for secret in secrets {
            for form in [
                (*secret).to_owned(),
                base64(secret),
                base64(&format!("{USER}:{secret}")),
                percent(secret),
                percent(secret).to_ascii_lowercase(),
                serde_json::to_string(secret).unwrap().trim_matches('"').to_owned(),
                secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
            ] {
                if let Some(at) = text.find(&form) {
                    let around: String =
                        text[..at].chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect();
                    panic!("{form} leaks from {name}, after: {around}");
                }
            }
        }
    }
}

fn image(server: &Raw) -> String {
    format!("http://{}/a/b:c", server.address)
}

fn check(arguments: &[&str], input: &str, path: &Path, secrets: &[&str]) {
    let server = server();
    let directory = tempfile::tempdir().unwrap();
    let image = image(&server);
    let header = format!("X-Secret: {HEADER}");
    let mut args = arguments.to_vec();
    args.extend(["--header", &header, &image]);
    let outputs = outputs(&args, input, path, directory.path());
    let mut all = vec![HEADER, SIGNATURE, COOKIE];
    all.extend(secrets);
    assert_clean(&outputs, &all);
}

const NOWHERE: &str = "/nonexistent";

#[test]
fn a_password_on_stdin() {
    check(&["--username", USER, "--password-stdin"], SECRET, Path::new(NOWHERE), &[SECRET, TOKEN]);
}

#[test]
fn a_token_on_stdin() {
    let token = "given-token-0a1b2c3d4e5f/+=";
    check(&["--token-stdin"], token, Path::new(NOWHERE), &[token]);
}

#[test]
fn an_authfile() {
    let server = server();
    let directory = tempfile::tempdir().unwrap();
    let outputs_to = tempfile::tempdir().unwrap();
    let file = directory.path().join("auth.json");
    let auths = serde_json::json!({"auths": {server.address.to_string(): {"auth": base64(&format!("{USER}:{SECRET}"))}}});
    std::fs::write(&file, auths.to_string()).unwrap();
    let args = ["--authfile", file.to_str().unwrap(), &image(&server)];
    assert_clean(
        &outputs(&args, "", Path::new(NOWHERE), outputs_to.path()),
        &[SECRET, TOKEN, SIGNATURE, COOKIE],
    );
}

#[cfg(unix)]
#[test]
fn a_credential_helper() {
    use std::os::unix::fs::PermissionsExt;
    let server = server();
    let directory = tempfile::tempdir().unwrap();
    let outputs_to = tempfile::tempdir().unwrap();
    let answer =
        serde_json::json!({"ServerURL": server.address.to_string(), "Username": USER, "Secret": SECRET});
    std::fs::write(directory.path().join("answer"), answer.to_string()).unwrap();
    let program = directory.path().join("docker-credential-mine");
    // A helper that says its secret on stderr as well.
    let script = format!("#!/bin/sh\ncat {0}/answer\ncat {0}/answer >&2\n", directory.path().display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = directory.path().join("auth.json");
    let helpers = serde_json::json!({"credHelpers": {server.address.to_string(): "mine"}});
    std::fs::write(&file, helpers.to_string()).unwrap();
    let args = ["--authfile", file.to_str().unwrap(), &image(&server)];
    assert_clean(
        &outputs(&args, "", directory.path(), outputs_to.path()),
        &[SECRET, TOKEN, SIGNATURE, COOKIE],
    );
}
