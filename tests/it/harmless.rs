//! A run changes nothing, sends a refused secret no third time, and ends when nothing more is to be learned.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use regprobe::lab::Seen;
use regprobe::probes::{Probes, UPSTREAM};
use serde_json::Value;

use crate::check::front;
use crate::support::{Raw, Running, cell, findings, head, json, regprobe, told};

const SUITES: [&str; 4] = ["quick", "standard", "full", UPSTREAM];

/// `*` stands for any run of characters.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| fits(rest, &text[at..]))
        }),
    }
}

#[test]
fn every_cell_of_every_suite_stands_in_the_page_of_what_requests_can_do() {
    let page = include_str!("../../docs/requests.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').nth(1).unwrap().split('`').skip(1).step_by(2).collect())
        .collect();
    let probes = Probes::embedded().unwrap();
    let mut used = BTreeSet::new();
    for suite in &probes.suites {
        for cell in &suite.cells {
            let id = cell.id().to_string();
            // The page's last rows are for cells of the user's own repository, asked of it alone.
            let apart = id.contains("repository=") || id.contains("query=ns=");
            let fit: Vec<usize> = (0..rows.len())
                .filter(|row| {
                    let mut patterns = rows[*row].iter();
                    patterns.any(|pattern| {
                        let special = pattern.contains("repository=") || pattern.contains("query=ns=");
                        let own = ["manifests/", "blobs/"].iter().any(|e| id.contains(e))
                            && !id.contains("absent-")
                            && !id.contains("malformed-");
                        (!own || special == apart) && fits(pattern, &id)
                    })
                })
                .collect();
            assert_eq!(fit.len(), 1, "{id} ({}) fits {} rows of docs/requests.md", suite.id, fit.len());
            used.extend(fit);
        }
    }
    assert_eq!(
        used.len(),
        rows.len(),
        "rows that fit no cell: {:?}",
        (0..rows.len()).filter(|r| !used.contains(r)).map(|r| &rows[r]).collect::<Vec<_>>()
    );
}

#[test]
fn only_the_suite_for_it_names_an_upstream() {
    for suite in Probes::embedded().unwrap().suites.iter().filter(|suite| suite.id != UPSTREAM) {
        let ids: Vec<String> = suite.cells.iter().map(|c| c.id().to_string()).collect();
        assert!(ids.iter().all(|id| !id.contains("query=ns=")), "{}", suite.id);
    }
    let asks = |args: &[&str]| {
        let lab = Running::faithful();
        let image = lab.image("lab/docker");
        let mut all = vec![image.as_str(), "--platform", "linux/amd64"];
        all.extend(args);
        json(&all);
        lab.lab.requests().iter().filter(|seen| seen.query.contains("ns=")).count()
    };
    assert_eq!((asks(&[]), asks(&["--suite", "full"])), (0, 0));
    assert!(asks(&["--suite", "quick", "--allow-upstream"]) > 1);
}

/// The repositories that were asked for, by the paths.
fn repositories(seen: &[Seen]) -> BTreeSet<String> {
    let name = |path: &str| {
        let rest = path.strip_prefix("/v2/")?;
        let end = ["/manifests/", "/blobs/", "/tags/", "/referrers/"].iter().find_map(|e| rest.find(e))?;
        Some(rest[..end].to_owned())
    };
    seen.iter().filter_map(|s| name(&s.path)).collect()
}

/// A registry that shares blobs creates a repository where it is asked for a blob by HEAD. None is created.
#[test]
fn no_suite_changes_a_registry_that_links_on_head() {
    for (suite, image) in SUITES.into_iter().flat_map(|s| [(s, "lab/oci"), (s, "lab/index")]) {
        let lab = Running::quirks(&["head-links-blob"]);
        json(&[&lab.image(image), "--platform", "linux/amd64", "--suite", suite]);
        let asked = lab.lab.requests();
        let others: Vec<String> = repositories(&asked).into_iter().filter(|name| name != image).collect();
        assert!(!others.is_empty(), "{suite}: no other repository was asked for");
        for seen in asked.iter().filter(|seen| seen.method == "HEAD") {
            let elsewhere = others.iter().any(|name| seen.path.starts_with(&format!("/v2/{name}/")));
            assert!(!(elsewhere && seen.path.contains("sha256:")), "{suite}: HEAD {}", seen.path);
        }
        // Upper case is no name: nothing can be created by it, and we refuse to ask for it.
        for name in others.into_iter().filter(|name| *name == name.to_lowercase()) {
            let (_, report) = json(&["--suite", "quick", &lab.image(&format!("{name}:x"))]);
            assert_eq!(cell(&report, "GET tags accept=json")["status"], 404, "{suite} created {name}");
        }
    }
}

/// A registry that refuses whatever secret it is shown, and counts how often that is.
fn refusing(
    answer: impl Fn(&str, &str, &mut TcpStream) -> bool + Send + Sync + 'static,
) -> (Raw, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let raw = Raw::serve(move |mut stream, _| {
        loop {
            let request = head(&mut stream);
            if request.is_empty() {
                return;
            }
            let length = request
                .to_ascii_lowercase()
                .lines()
                .find_map(|l| l.strip_prefix("content-length: ").and_then(|n| n.parse().ok()))
                .unwrap_or(0);
            let mut body = vec![0; length];
            let _ = std::io::Read::read_exact(&mut stream, &mut body);
            let body = String::from_utf8_lossy(&body).into_owned();
            kept.lock().unwrap().push(format!("{request}{body}"));
            if !answer(&request, &body, &mut stream) {
                return;
            }
        }
    });
    (raw, seen)
}

fn respond(stream: &mut TcpStream, status: &str, headers: &str, body: &str) -> bool {
    let answer = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
    stream.write_all(answer.as_bytes()).is_ok()
}

const DENIED: &str = r#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#;

fn with_password(image: &str, suite: &str) -> (i32, Value) {
    let args = ["probe", "--format", "json", "--suite", suite, "--username", "ci", "--password-stdin", image];
    let (code, out, err) = told(regprobe(&args).write_stdin("pw-7b0c2f1d-wrong").output().unwrap());
    (code, serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {err}")))
}

fn refused_cells(report: &Value) -> usize {
    let all = report["cells"].as_array().unwrap();
    all.iter().filter(|c| c["not_tried"].to_string().contains("credentials refused")).count()
}

#[test]
fn a_wrong_password_is_sent_twice_at_most() {
    for suite in ["quick", "standard", "full"] {
        let (raw, seen) = refusing(|_, _, stream| {
            respond(stream, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", DENIED)
        });
        let (code, report) = with_password(&format!("http://{}/a/b:c", raw.address), suite);
        let seen = seen.lock().unwrap();
        let with =
            seen.iter().filter(|r| r.to_ascii_lowercase().contains("authorization: basic y2k6")).count();
        assert!((1..=2).contains(&with), "{suite}: the password was sent {with} times");
        assert!(seen.len() <= 12, "{suite}: {} requests", seen.len());
        assert_eq!((code, &*findings(&report)[0].0), (1, "credentials-refused"));
        assert!(refused_cells(&report) > 10, "{report:#}");
    }
}

#[test]
fn a_password_that_only_the_ping_accepts_is_sent_three_times_at_most() {
    let (raw, seen) = refusing(|request, _, stream| {
        let shown = request.to_ascii_lowercase().contains("authorization: basic y2k6");
        if request.starts_with("GET /v2/ ") && shown {
            return respond(stream, "200 OK", "Docker-Distribution-Api-Version: registry/2.0\r\n", "{}");
        }
        respond(stream, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", DENIED)
    });
    with_password(&format!("http://{}/a/b:c", raw.address), "standard");
    let shown = seen.lock().unwrap().iter().filter(|r| r.to_ascii_lowercase().contains("basic y2k6")).count();
    assert!((2..=3).contains(&shown), "{shown}");
}

#[test]
fn a_password_that_the_token_endpoint_refuses_is_sent_twice_at_most() {
    for by_post in [false, true] {
        let (raw, seen) = refusing(move |request, _, stream| {
            let host = request
                .lines()
                .find_map(|l| l.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned));
            let asked = request.split(' ').nth(1).unwrap_or_default();
            if asked.starts_with("/token") {
                let missing = by_post && request.starts_with("GET");
                return match missing {
                    true => respond(stream, "405 Method Not Allowed", "", ""),
                    false => respond(stream, "401 Unauthorized", "", DENIED),
                };
            }
            let challenge = format!(
                "WWW-Authenticate: Bearer realm=\"http://{}/token\",service=\"r\"\r\n",
                host.unwrap_or_default()
            );
            respond(stream, "401 Unauthorized", &challenge, DENIED)
        });
        let (code, report) = with_password(&format!("http://{}/a/b:c", raw.address), "standard");
        let seen = seen.lock().unwrap();
        let refused = seen.iter().filter(|r| {
            r.contains("pw-7b0c2f1d-wrong")
                || (!by_post && r.to_ascii_lowercase().contains("authorization: basic y2k6"))
        });
        let refused = refused.count();
        assert!((1..=2).contains(&refused), "{by_post}: {refused} of {:#?}", seen);
        assert!(seen.len() <= 14, "{} requests", seen.len());
        assert_eq!((code, &*findings(&report)[0].1), (1, "broken"));
        assert!(refused_cells(&report) > 10);
    }
}

/// The registry's own address stands in the challenge: the secret is the right one, and all goes as before.
#[test]
fn a_right_password_is_not_held_back() {
    for quirk in ["basic-auth", "bearer-auth"] {
        let lab = Running::quirks(&[quirk]);
        let args =
            ["probe", "--format", "json", "--username", "lab", "--password-stdin", &lab.image("lab/oci")];
        let (code, out, _) = told(regprobe(&args).write_stdin("lab").output().unwrap());
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((code, refused_cells(&report)), (0, 0), "{quirk}");
        assert!(lab.lab.requests().len() > 400, "{quirk}");
    }
}

/// A registry that says the same to everything is asked a dozen times, not some hundred.
#[test]
fn a_run_ends_when_all_is_said() {
    const PAGE: &str = "<!doctype html><title>Welcome</title><p>It works";
    const UNKNOWN: &str =
        r#"{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry"}]}"#;
    let cases: [(&str, &str, &str, &str, i32, &str); 7] = [
        ("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", DENIED, "", 1, "not-authorized"),
        ("403 Forbidden", "", "<html>Forbidden", "", 1, ""),
        ("503 Service Unavailable", "", "", "", 3, "server-error"),
        ("502 Bad Gateway", "Content-Type: text/html\r\n", "<html>Bad Gateway", "", 3, "server-error"),
        ("200 OK", "Content-Type: text/html\r\n", PAGE, "", 1, ""),
        ("404 Not Found", "Content-Type: text/html\r\n", PAGE, "", 1, ""),
        ("404 Not Found", "Content-Type: application/json\r\n", UNKNOWN, "{}", 1, "repository-not-found"),
    ];
    for (status, headers, body, ping, code, first) in cases {
        for suite in ["quick", "standard", "full"] {
            let (raw, seen) = refusing(move |request, _, stream| {
                if !ping.is_empty() && request.starts_with("GET /v2/ ") {
                    return respond(
                        stream,
                        "200 OK",
                        "Docker-Distribution-Api-Version: registry/2.0\r\n",
                        ping,
                    );
                }
                let body = if request.starts_with("HEAD") { "" } else { body };
                respond(stream, status, headers, body)
            });
            let (ended, report) =
                json(&["--anonymous", "--suite", suite, &format!("http://{}/a/b:c", raw.address)]);
            let asked = seen.lock().unwrap().len();
            assert!((3..=12).contains(&asked), "{status}, {suite}: {asked} requests");
            let found = findings(&report);
            assert_eq!(ended, code, "{status}, {suite}: {found:?}");
            assert!(found[0].0.starts_with(first), "{status}, {suite}: {found:?}");
            assert!(report["notes"].to_string().contains("ended early"), "{status}: {report:#}");
        }
    }
}

/// An image that is only served to clients which name its type is not missing.
#[test]
fn what_is_served_to_some_is_asked_in_every_way() {
    for (quirk, image) in
        [("gcr-2018", "deepvariant-docker/deepvariant:0.5.0"), ("oci-not-in-accept-404", "lab/oci")]
    {
        let lab = Running::quirks(&[quirk]);
        let (_, report) = json(&[&lab.image(image)]);
        assert!(report["summary"]["requests"].as_u64() > Some(200), "{quirk}");
    }
}

/// A single 429 in the middle of a run, with a second to wait.
#[test]
fn a_limit_costs_its_pause_and_is_said() {
    const LIMITED: &[u8] =
        b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let lab = Running::faithful();
    let asked = AtomicUsize::new(0);
    let limited = move |_: &str| (asked.fetch_add(1, Ordering::SeqCst) == 60).then_some(LIMITED);
    let through = front(lab.lab.address(), limited, |head, body| (head.to_owned(), body));
    let (code, report) = json(&[&format!("http://{}/lab/oci", through.address), "--platform", "linux/amd64"]);
    assert_eq!(code, 0);
    let notes = report["notes"].to_string();
    assert!(notes.contains("1 request was answered 429"), "{notes}");
    let limited = report["cells"].as_array().unwrap().iter().filter(|c| c["status"] == 429).count();
    assert_eq!(limited, 0, "what was limited once is asked again");
}
