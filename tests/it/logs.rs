//! What goes to a job's log holds no command to the CI system that reads it, whatever a registry or an image says.

use std::io::Write as _;
use std::net::TcpStream;

use regprobe::oci::digest::Digest;
use serde_json::{Value, json};

use crate::support::{Raw, head, regprobe, told};

/// Commands of GitHub Actions, Azure Pipelines and TeamCity, each first once and between words once.
const HOSTILE: [&str; 2] = [
    "::add-mask::a ##[error]b ##vso[task.complete result=Failed;]c ##teamcity[message text='d'] ::stop-commands::e",
    "##[add-mask]a  ::set-output name=b::c\u{a0}::warning::d ###vso[build.addbuildtag]e \"::debug::f #\u{200b}#[group]g",
];

/// What a server does with the text.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Place {
    /// Errors, headers, tags, annotations and the image's config.
    Content,
    /// Content types, digest headers and redirects.
    Headers,
    /// Challenges.
    Realm,
}

fn serve(text: &'static str, place: Place) -> Raw {
    let config = json!({
        "architecture": "amd64", "os": "linux", "created": text, "author": text,
        "config": { "Env": [format!("A={text}"), text], "Entrypoint": [text], "Cmd": [text], "User": text,
                    "WorkingDir": text, "Labels": { "label": text, text: "x" } },
        "rootfs": { "type": "layers", "diff_ids": [] }
    })
    .to_string();
    let digest = |bytes: &str| Digest::sha256(bytes.as_bytes()).to_string();
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": text, "annotations": { "a": text, text: "b" },
        "config": { "mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(&config),
                    "size": config.len() },
        "layers": [{ "mediaType": text, "digest": digest("layer"), "size": 5, "annotations": { "a": text } }]
    })
    .to_string();
    let error = json!({ "errors": [{ "code": text, "message": text, "detail": { "x": text } }] }).to_string();
    let tags = json!({ "name": text, "tags": ["latest", text] }).to_string();
    let (config_at, manifest_at) = (digest(&config), digest(&manifest));
    Raw::serve(move |mut stream, _| {
        let asked = head(&mut stream);
        let line = asked.lines().next().unwrap_or_default();
        let path = line.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        let oci = "application/vnd.oci.image.manifest.v1+json";
        let (status, body, r#type): (&str, &str, &str) = match (place, name) {
            (Place::Realm, _) => ("401 Unauthorized", &error, "application/json"),
            (_, "") => ("200 OK", "{}", "application/json"),
            (_, "latest") => ("200 OK", &manifest, oci),
            (_, name) if name == manifest_at && path.contains("/manifests/") => ("200 OK", &manifest, oci),
            (Place::Headers, name) if name == config_at && line.starts_with("HEAD") => {
                ("307 Elsewhere", "", oci)
            }
            (_, name) if name == config_at && path.contains("/blobs/") => {
                ("200 OK", &config, "application/json")
            }
            (_, "list") => ("200 OK", &tags, "application/json"),
            _ => ("404 Not Found", &error, "application/json"),
        };
        let r#type = if place == Place::Headers { text } else { r#type };
        let mut answer =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
        answer += &format!("Content-Type: {}\r\nX-Any: {text}\r\nWarning: 299 - \"{text}\"\r\n", r#type);
        answer += &match place {
            Place::Content => format!("Docker-Content-Digest: {manifest_at}\r\nServer: {text}\r\n"),
            Place::Headers => format!(
                "Docker-Content-Digest: {text}\r\nLocation: {text}\r\nLink: <{text}>; rel=\"next\"\r\nETag: \"{text}\"\r\n"
            ),
            Place::Realm => format!(
                "WWW-Authenticate: Bearer realm=\"http://127.0.0.1:1/{text}\",service=\"{text}\",scope=\"{text}\"\r\n\
                 WWW-Authenticate: {text}\r\n"
            ),
        };
        let body = if line.starts_with("HEAD") { "" } else { body };
        let _ = send(&mut stream, &format!("{answer}\r\n{body}"));
    })
}

fn send(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    stream.write_all(text.as_bytes())
}

/// As the agents look for them.
fn command(line: &str, format: &str) -> bool {
    let ours = ["::error title=", "::warning title=", "::notice title="].iter().any(|o| line.starts_with(o));
    let hashes = line.match_indices("##").any(|(at, _)| {
        line[at..]
            .trim_start_matches('#')
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric())
            .starts_with('[')
    });
    (line.trim_start().starts_with("::") && !(ours && format == "github")) || hashes
}

fn assert_quiet(args: &[&str], columns: usize) -> (i32, String) {
    let (code, out, err) = told(regprobe(args).env("COLUMNS", columns.to_string()).output().unwrap());
    let format = args.iter().skip_while(|a| **a != "--format").nth(1).copied().unwrap_or("table");
    for text in [&out, &err] {
        let found = text.split(['\n', '\r']).find(|line| command(line, format));
        assert_eq!(found, None, "{args:?}");
    }
    (code, out)
}

const FORMATS: [&str; 10] =
    ["table", "json", "markdown", "html", "svg", "junit", "sarif", "har", "ndjson", "github"];

#[test]
fn no_output_holds_a_command_to_a_ci_system() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let mut last: Option<String> = None;
    for (at, text) in HOSTILE.into_iter().enumerate() {
        for place in [Place::Content, Place::Headers, Place::Realm] {
            let server = serve(text, place);
            let image = format!("http://{}/lab/app:latest", server.address);
            let report = file(&format!("{place:?}{at}.json"));
            let probe = ["probe", &image, "--suite", "quick", "--platform", "linux/amd64", "-o", &report];
            assert_quiet(&probe, 80);
            // It came there, and means what it meant.
            let read: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
            let values = |v: &Value| v.to_string().contains("X-Any") || v.to_string().contains("x-any");
            assert!(read["exchanges"].as_array().unwrap().iter().any(values), "{place:?}");
            for format in FORMATS {
                assert_quiet(&["render", &report, "--format", format], 80);
            }
            for columns in [40, 97] {
                assert_quiet(&["render", &report, "-vv"], columns);
            }
            assert_quiet(&["diagnose", &report], 80);
            if let Some(before) = last.as_ref().filter(|_| place == Place::Headers) {
                for format in ["table", "markdown", "junit", "github"] {
                    assert_quiet(&["diff", before, &report, "--format", format], 60);
                    assert_quiet(&["check", &report, "--baseline", before, "--format", format], 60);
                }
                for format in ["table", "markdown"] {
                    assert_quiet(&["compare", before, &report, "--format", format], 60);
                }
            }
            last = Some(report);
        }
    }
    // The words themselves are there: an Entrypoint is what a person came for.
    let (_, page) = assert_quiet(&["render", &file("Content0.json")], 200);
    assert!(page.contains(r":\x3aadd-mask::a #\x23[error]b"), "{page}");
}

#[test]
fn no_message_on_stderr_holds_one() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a\n::add-mask::b ##[error]c.json");
    std::fs::write(&path, "{\"schema_version\": \"\\n::add-mask::b ##vso[c]\"}").unwrap();
    let (code, _) = assert_quiet(&["render", path.to_str().unwrap()], 80);
    assert_eq!(code, 2);
}
