//! What stands between: proxies, redirects, connections that an answer has spoilt.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::record::{ALL, ask};
use crate::support::{Raw, Running, findings, head, json, regprobe, told};

/// The binary with one more variable.
fn probe(variable: (&str, &str), args: &[&str]) -> (i32, String) {
    let all = [&["probe"][..], args].concat();
    let (code, out, _) = told(regprobe(&all).env(variable.0, variable.1).output().unwrap());
    (code, out)
}

fn report(variable: (&str, &str), image: &str) -> (i32, Value) {
    let (code, out) = probe(variable, &[image, "--format", "json"]);
    (code, serde_json::from_str(&out).unwrap())
}

fn closed() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn a_fault_of_the_proxy_is_the_proxys() {
    let login = Raw::fixed(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n");
    let refuses = Raw::fixed(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    for (address, words) in [
        (closed(), "cannot be reached"),
        (login.address, "wants a login"),
        (refuses.address, "refused to connect"),
    ] {
        let proxy = format!("http://user:hunter2hunter2@{address}");
        let (code, report) = report(("HTTPS_PROXY", &proxy), "registry.invalid/a/b:c");
        assert_eq!(code, 3, "{words}");
        let first = &report["findings"][0];
        assert_eq!(
            (&first["id"], &first["whose"]),
            (&"connection-broken".into(), &"proxy".into()),
            "{first}"
        );
        let title = first["title"].as_str().unwrap();
        assert!(title.contains(words) && title.contains(&format!("{address} (from HTTPS_PROXY)")), "{title}");
        let notes = report["notes"].as_array().unwrap();
        assert!(notes.iter().any(|n| n["id"] == "proxy" && n["text"].to_string().contains("HTTPS_PROXY")));
        assert!(!report.to_string().contains("hunter2hunter2"));
        let (_, table) = probe(("HTTPS_PROXY", &proxy), &["registry.invalid/a/b:c"]);
        assert!(table.contains(&format!("! requests went through the proxy {address}")), "{table}");
    }
}

#[test]
fn a_plain_proxy_that_wants_a_login() {
    let login = Raw::fixed(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 5\r\n\r\nlogin");
    let proxy = format!("http://{}", login.address);
    let (_, report) = report(("http_proxy", &proxy), "http://registry.invalid/a/b:c");
    let first = &report["findings"][0];
    assert_eq!((&first["id"], &first["whose"]), (&"connection-broken".into(), &"proxy".into()), "{first}");
    assert!(first["title"].as_str().unwrap().contains("407"), "{first}");
    assert!(first["explanation"].to_string().contains("(from http_proxy)"), "{first}");
    assert!(findings(&report).iter().all(|(id, _)| id != "not-a-registry"));
}

/// A lab, with HTTP/1.1 connections that stay open. After an answer to `method` it owes bytes that do not belong there,
/// and sends them before the next answer on that connection.
fn leaving_bytes(lab: &Running, method: &'static str) -> Raw {
    let upstream = lab.lab.address();
    Raw::serve(move |mut stream, _| {
        let mut owed: &[u8] = b"";
        loop {
            let request = head(&mut stream);
            if request.is_empty() {
                return;
            }
            let text = request.replacen("\r\n", "\r\nconnection: close\r\n", 1);
            let mut inner = TcpStream::connect(upstream).unwrap();
            let mut answer = Vec::new();
            inner.write_all(text.as_bytes()).unwrap();
            inner.read_to_end(&mut answer).unwrap();
            let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
            let lines = String::from_utf8_lossy(&answer[..end]).replace("connection: close\r\n", "");
            let out = [owed, lines.as_bytes(), &answer[end..]].concat();
            if stream.write_all(&out).is_err() {
                return;
            }
            owed = if request.starts_with(method) { b"{\"late\":1}" } else { b"" };
        }
    })
}

#[test]
fn an_answer_that_spoils_its_connection_is_blamed_itself() {
    for (method, words) in
        [("HEAD", "HEAD is answered with a body"), ("GET", "Bytes after the end of an answer")]
    {
        let lab = Running::faithful();
        let server = leaving_bytes(&lab, method);
        let image = format!("http://{}/lab/oci", server.address);
        let (_, report) = json(&[&image, "--concurrency", "1"]);
        assert_ne!(report["summary"]["outcome"], "broken");
        let cells = report["cells"].as_array().unwrap();
        assert!(cells.iter().all(|c| c["outcome"] != "failed"), "{method}");
        let all = report["findings"].as_array().unwrap();
        let finding = all.iter().find(|f| f["id"] == "connection-broken").unwrap();
        assert!(finding["title"].as_str().unwrap().starts_with(words), "{finding}");
        let blamed = finding["evidence"].as_array().unwrap();
        assert!(!blamed.is_empty());
        assert!(blamed.iter().all(|id| id.as_str().unwrap().starts_with(method)), "{finding}");
        let exchanges = report["exchanges"].as_array().unwrap();
        assert!(
            exchanges.iter().any(|e| e["purpose"] == "faulted" && e["error"]["kind"] == "malformed-http")
        );
    }
}

/// Passes HEAD and then GET, as a client would that uses one connection.
#[test]
fn a_recording_proxy_uses_no_connection_after_head() {
    let lab = Running::faithful();
    let server = leaving_bytes(&lab, "HEAD");
    let directory = tempfile::tempdir().unwrap();
    let mut proxy = Command::new(env!("CARGO_BIN_EXE_regprobe"))
        .args(["record", "--upstream", &format!("http://{}", server.address), "-o"])
        .arg(directory.path().join("r.json"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(proxy.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let to = line.trim().parse().unwrap();
    let path = "/v2/lab/oci/manifests/latest";
    let statuses = ["HEAD", "GET"].map(|method| ask(to, method, path, &[("Accept", ALL)], b"").status);
    let stopped = Command::new("kill").arg(proxy.id().to_string()).status().unwrap();
    assert!(stopped.success() && proxy.wait().unwrap().code().is_some());
    assert_eq!(statuses, [200, 200]);
}

#[test]
fn hosts_that_no_url_can_have_are_refused_at_once() {
    for host in ["127.080.1", "host.0.1"] {
        let all = ["probe", &format!("{host}/a/b:c")];
        let (code, _, err) = told(regprobe(&all).output().unwrap());
        assert_eq!(code, 2, "{host}");
        assert!(err.contains("this is not one") && err.contains(&"^".repeat(host.len())), "{err}");
    }
}
