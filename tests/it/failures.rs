//! Nobody there, nothing there, nothing sensible there: outcome, exit code and message of each.

use std::io::Write;
use std::net::TcpListener;
use std::sync::atomic::Ordering;

use crate::check::front;
use crate::support::{Raw, Running, findings, head, json, run};

/// Exit code, outcome, and the first finding with its severity.
fn verdict(args: &[&str]) -> (i32, String, String) {
    let (code, report) = json(args);
    let outcome = report["summary"]["outcome"].as_str().unwrap().to_owned();
    (code, outcome, findings(&report).first().map(|(id, _)| id.clone()).unwrap_or_default())
}

fn expect(code: i32, outcome: &str, finding: &str) -> (i32, String, String) {
    (code, outcome.to_owned(), finding.to_owned())
}

#[test]
fn a_port_where_nothing_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let image = format!("127.0.0.1:{port}/a/b:c");
    assert_eq!(verdict(&[&image]), expect(3, "inconclusive", "connection-refused"));
    let (code, out, _) = run(&["probe", &image]);
    assert_eq!(code, 3);
    assert!(out.contains("Connection refused: http"), "{out}");
}

#[test]
fn a_host_that_does_not_exist() {
    // Names under .invalid never leave the machine (RFC 6761).
    assert_eq!(verdict(&["registry.invalid/a/b:c"]), expect(3, "inconclusive", "host-not-found"));
    let (code, out, _) = run(&["probe", "registry.invalid/a/b:c"]);
    assert_eq!(code, 3);
    assert!(
        out.contains("The host name of https://registry.invalid") && !out.contains("Recommended"),
        "{out}"
    );
}

#[test]
fn http_on_an_https_port_and_the_reverse() {
    let lab = Running::faithful();
    let image = format!("https://{}/lab/oci", lab.lab.address());
    assert_eq!(verdict(&[&image]), expect(3, "inconclusive", "plain-http-registry"));
    // Without a scheme, loopback is asked in https first and then in http, and both are recorded.
    let (code, report) = json(&[&format!("{}/lab/oci", lab.lab.address())]);
    assert_eq!(code, 0);
    assert_eq!(report["exchanges"][0]["purpose"], "scheme");
    assert_eq!(report["exchanges"][0]["error"]["kind"], "plain-http-on-tls");
    assert!(report["target"]["base_url"].as_str().unwrap().starts_with("http://"));
}

#[test]
fn a_missing_tag_a_missing_repository_and_a_missing_digest() {
    let lab = Running::faithful();
    assert_eq!(verdict(&[&lab.image("lab/oci:nope")]), expect(1, "broken", "tag-not-found"));
    assert_eq!(verdict(&[&lab.image("lab/nope")]), expect(1, "broken", "repository-not-found"));
    let digest = format!("lab/oci@sha256:{}", "0".repeat(64));
    assert_eq!(verdict(&[&lab.image(&digest)]), expect(1, "broken", "digest-not-found"));
}

#[test]
fn wrong_credentials() {
    let lab = Running::quirks(&["basic-auth"]);
    let image = lab.image("lab/oci");
    let mut command = crate::support::regprobe(&[
        "probe",
        "--format",
        "json",
        "--username",
        "lab",
        "--password-stdin",
        &image,
    ]);
    let (code, out, _) = crate::support::told(command.write_stdin("wrong-password").output().unwrap());
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, findings(&report)[0].0.as_str()), (1, "credentials-refused"));
    let mut command = crate::support::regprobe(&[
        "probe",
        "--format",
        "json",
        "--username",
        "lab",
        "--password-stdin",
        &image,
    ]);
    let (code, _, _) = crate::support::told(command.write_stdin("lab").output().unwrap());
    assert_eq!(code, 0);
}

#[test]
fn what_is_no_registry() {
    let page = Raw::fixed(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 20\r\nconnection: close\r\n\r\n<html>welcome</html>");
    let image = format!("http://{}/a/b:c", page.address);
    assert_eq!(verdict(&[&image]), expect(1, "broken", "everything-200"));
    let noise = Raw::fixed(b"220 mail.example ESMTP\r\n");
    let image = format!("http://{}/a/b:c", noise.address);
    assert_eq!(verdict(&[&image]), expect(3, "inconclusive", "connection-broken"));
}

#[test]
fn a_registry_that_hangs() {
    let silent = Raw::serve(|mut stream, stop| {
        head(&mut stream);
        while !stop.load(Ordering::SeqCst) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    });
    let image = format!("http://{}/a/b:c", silent.address);
    assert_eq!(verdict(&[&image, "--timeout", "200ms"]), expect(3, "inconclusive", "timed-out"));
}

#[test]
fn a_body_that_never_ends() {
    let endless = Raw::serve(|mut stream, stop| {
        while !head(&mut stream).is_empty() {
            let sent = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
            let mut going = sent.is_ok();
            while going && !stop.load(Ordering::SeqCst) {
                going = stream.write_all(&[b' '; 8192]).is_ok();
            }
        }
    });
    let image = format!("http://{}/a/b:c", endless.address);
    let (code, report) = json(&[&image, "--suite", "quick"]);
    assert_eq!((code, report["summary"]["outcome"].as_str().unwrap()), (1, "broken"));
    let ends: Vec<&serde_json::Value> =
        report["exchanges"].as_array().unwrap().iter().map(|e| &e["response"]["body"]["end"]).collect();
    assert!(ends.iter().any(|end| *end == "capped"), "{ends:?}");
}

#[test]
fn everything_is_429() {
    let limited = Raw::serve(|mut stream, _| {
        while !head(&mut stream).is_empty() {
            let answer = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n";
            if stream.write_all(answer).is_err() {
                break;
            }
        }
    });
    let image = format!("http://{}/a/b:c", limited.address);
    assert_eq!(verdict(&[&image]), expect(3, "inconclusive", "rate-limited"));
    let (_, report) = json(&[&image]);
    let requests = report["summary"]["requests"].as_u64().unwrap();
    assert!(requests <= 2, "a registry that asks to wait an hour was asked {requests} times");
}

#[test]
fn everything_is_429_and_nobody_says_for_how_long() {
    let limited = Raw::serve(|mut stream, _| {
        while !head(&mut stream).is_empty() {
            if stream.write_all(b"HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n").is_err() {
                break;
            }
        }
    });
    let (code, report) = json(&[&format!("http://{}/a/b:c", limited.address)]);
    assert_eq!((code, report["summary"]["outcome"].as_str().unwrap()), (3, "inconclusive"));
    let requests = report["summary"]["requests"].as_u64().unwrap();
    assert!(requests <= 4, "a registry that answers nothing but 429 was asked {requests} times");
}

#[test]
fn every_answer_is_500() {
    let failing = Raw::serve(|mut stream, _| {
        while !head(&mut stream).is_empty() {
            let answer = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
            if stream.write_all(answer).is_err() {
                break;
            }
        }
    });
    let image = format!("http://{}/a/b:c", failing.address);
    assert_eq!(verdict(&[&image]), expect(3, "inconclusive", "server-error"));
}

/// The manifest comes, and the config that it names does not, however often it is asked for. What a cache says of its
/// upstream where nothing is broken by it is not the cause.
#[test]
fn a_config_that_cannot_be_had() {
    const PLAIN: &[u8] =
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const WRAPPED: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n\
        Content-Length: 100\r\nConnection: close\r\n\r\n\
        {\"errors\":[{\"code\":\"UNKNOWN\",\"message\":\"unknown\",\"detail\":{\"Status\":\"500 Internal Server Error\"}}]}\n";
    let nowhere = format!("/manifests/{}", regprobe::plan::concrete::absent_digest());
    for beside in [false, true] {
        let (lab, nowhere) = (Running::faithful(), nowhere.clone());
        let fails = move |request: &str| {
            let first = request.lines().next().unwrap_or_default();
            match first {
                _ if first.starts_with("GET ") && first.contains("/blobs/sha256:") => Some(PLAIN),
                _ if beside && first.contains(&nowhere) => Some(WRAPPED),
                _ => None,
            }
        };
        let through = front(lab.lab.address(), fails, |head, body| (head.to_owned(), body));
        let (code, report) = json(&[&format!("http://{}/lab/oci", through.address)]);
        let all = findings(&report);
        assert_eq!((code, &*all[0].0, &*all[0].1), (1, "server-error", "broken"), "{all:?}");
        assert_eq!(report["findings"][0]["evidence"][0], "GET blobs/config accept=none");
        let wrapped =
            all.iter().find(|(id, _)| id == "upstream-error-wrapped").map(|(_, severity)| &**severity);
        assert_eq!(wrapped, beside.then_some("note"));
        assert!(all.iter().all(|(id, _)| id != "intermittent-5xx"), "{all:?}");
    }
}
