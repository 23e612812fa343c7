//! `check` as a script of CI uses it: for whatever may happen to a registry, the exit code, the JUnit and what is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use regprobe::lab::LabOptions;
use roxmltree::Node;
use serde_json::Value;

use crate::support::{Raw, Running, head, run};

/// A directory with the baseline of an image of a registry.
struct Baseline {
    dir: tempfile::TempDir,
}

/// What a check said, in three formats.
struct Told {
    code: i32,
    table: String,
    json: Value,
    /// Name and message of each.
    failures: Vec<String>,
    errors: Vec<String>,
    passed: Vec<String>,
}

impl Baseline {
    fn of(registry: &Running, image: &str) -> Baseline {
        Baseline::with(registry, image, "standard")
    }

    fn with(registry: &Running, image: &str, suite: &str) -> Baseline {
        let baseline = Baseline { dir: tempfile::tempdir().unwrap() };
        let image = registry.image(image);
        let path = baseline.path();
        let (code, out, err) = run(&["probe", &image, "--suite", suite, "-q", "-o", &path]);
        // What is broken may be a baseline as well.
        assert!([0, 1].contains(&code), "{out}{err}");
        baseline
    }

    fn file(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    fn path(&self) -> String {
        self.file("base.json")
    }

    /// Checks; whatever comes of it, the formats agree with the exit code and with one another.
    fn check(&self, subject: &str, more: &[&str]) -> Told {
        let (junit, json) = (self.file("told.xml"), self.file("told.json"));
        let path = self.path();
        let args = ["check", subject, "--baseline", &path, "-o", &junit, "-o", &json];
        let (code, table, err) = run(&[&args[..], more].concat());
        assert!([0, 1, 3].contains(&code), "{code} {table} {err}");
        let xml = std::fs::read_to_string(&junit).unwrap();
        let json = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
        let document = roxmltree::Document::parse(&xml).unwrap();
        let cases = |tag: Option<&str>| -> Vec<String> {
            let all = document.descendants().filter(|n| n.has_tag_name("testcase"));
            all.filter(|case| bad(*case).map(|n| n.tag_name().name().to_owned()).as_deref() == tag)
                .map(|case| {
                    let message = bad(case).and_then(|n| n.attribute("message")).unwrap_or_default();
                    let text: String = case.descendants().filter_map(|n| n.text()).collect();
                    format!("{}: {message} {text}", case.attribute("name").unwrap_or_default())
                })
                .collect()
        };
        let told = Told {
            code,
            table,
            json,
            failures: cases(Some("failure")),
            errors: cases(Some("error")),
            passed: cases(None),
        };
        let expected = match (told.failures.len(), told.errors.len()) {
            (1.., _) => 1,
            (0, 1..) => 3,
            (0, 0) => 0,
        };
        assert_eq!(code, expected, "{}\n{xml}", told.table);
        if code == 3 {
            let json = told.json.to_string();
            for text in [told.table.as_str(), xml.as_str(), json.as_str()] {
                assert!(!text.contains("regression") && !text.contains("<failure"), "{subject}: {text}");
            }
        }
        told
    }
}

/// What makes a test case other than passed.
fn bad<'a, 'i>(case: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    case.children().find(|n| ["failure", "error", "skipped"].iter().any(|tag| n.has_tag_name(*tag)))
}

impl Told {
    fn is(&self, code: i32, cause: &str) {
        assert_eq!(self.code, code, "{cause}: {}", self.table);
        let told = match code {
            1 => &self.failures,
            3 => &self.errors,
            _ => &self.passed,
        };
        assert!(told.iter().any(|case| case.contains(cause)), "{cause}: {told:#?}\n{}", self.table);
        if cause == NONE || cause.starts_with("path ") {
            return;
        }
        assert!(
            self.table.contains(cause) && self.json.to_string().contains(cause),
            "{cause}: {}",
            self.table
        );
    }
}

fn personality(id: &str) -> Running {
    Running::start(LabOptions { personality: Some(id.to_owned()), ..LabOptions::default() })
}

/// A proxy that may answer a request itself, and edits the head of what else comes back.
pub(crate) fn front(
    upstream: SocketAddr,
    answer: impl Fn(&str) -> Option<&'static [u8]> + Send + Sync + 'static,
    edit: impl Fn(&str, Vec<u8>) -> (String, Vec<u8>) + Send + Sync + 'static,
) -> Raw {
    Raw::serve(move |mut stream, _| {
        let request = head(&mut stream);
        if request.is_empty() {
            return;
        }
        if let Some(own) = answer(&request) {
            let _ = stream.write_all(own);
            return;
        }
        let Ok(mut far) = TcpStream::connect(upstream) else { return };
        let _ = far.write_all(request.replacen("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1).as_bytes());
        let mut whole = Vec::new();
        let _ = far.read_to_end(&mut whole);
        let Some(end) = whole.windows(4).position(|w| w == b"\r\n\r\n") else { return };
        let body = whole.split_off(end + 4);
        let (head, body) = edit(&String::from_utf8_lossy(&whole), body);
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(&body);
    })
}

fn through(raw: &Raw, image: &str) -> String {
    format!("http://{}/{image}", raw.address)
}

/// What JUnit says where nothing changed.
const NONE: &str = "none changed";

const MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

#[test]
fn distribution_is_upgraded() {
    let (old, new) = (personality("distribution-2.8"), personality("distribution-3"));
    // What is stored as OCI is served as before, or better: nobody loses anything.
    for image in ["lab/oci", "lab/index"] {
        let told = Baseline::of(&old, image).check(&new.image(image), &[]);
        told.is(0, "config-digest-at-manifests-404");
        assert!(told.table.contains("improvement") && told.table.contains("query=n=-1"), "{}", told.table);
    }
    // Docker images are no longer converted for clients that know nothing but schema 1.
    let told = Baseline::of(&old, "lab/docker").check(&new.image("lab/docker"), &[]);
    told.is(1, "schema1-removed");
    told.is(1, "path schema1-history: works → not-applicable");
    let told = Baseline::of(&old, "lab/docker-list").check(&new.image("lab/docker-list"), &[]);
    told.is(1, "list-child-not-accepted-400");
    told.is(1, "path no-accept: works → fails");
}

#[test]
fn another_registry_takes_its_place() {
    let (old, new) = (personality("distribution-2.8"), personality("zot-like"));
    let told = Baseline::of(&old, "lab/index").check(&new.image("lab/index"), &[]);
    told.is(1, "last-unknown-404");
    assert_eq!(told.failures.len(), 1, "{}", told.table);
    assert!(told.passed.iter().any(|case| case.contains("path referrers: not-applicable → works")));
    // A list where a manifest was asked for and came before.
    let told = Baseline::of(&old, "lab/docker-list").check(&new.image("lab/docker-list"), &[]);
    told.is(1, "index-returned-unasked");
    told.is(1, "path docker-manifest: works → not-applicable");
}

#[test]
fn a_quirk_is_switched_on_and_off() {
    let faithful = Running::faithful();
    let base = Baseline::of(&faithful, "lab/docker");
    assert_eq!(base.check(&faithful.image("lab/docker"), &[]).passed.len(), 1);
    let regressions = [
        ("dcd-missing-everywhere", "dcd-missing-everywhere"),
        ("wildcard-not-understood", "wildcard-not-understood"),
        ("config-blob-missing", "digest-not-found"),
        ("everything-200", "everything-200"),
        ("token-endpoint-denies", "token-endpoint-denies"),
        ("gcr-2018", "gcr-accept-mismatch-message"),
    ];
    for (quirk, cause) in regressions {
        let quirky = Running::quirks(&[quirk]);
        base.check(&quirky.image("lab/docker"), &[]).is(1, cause);
        let back = Baseline::of(&quirky, "lab/docker").check(&faithful.image("lab/docker"), &[]);
        back.is(0, cause);
        assert!(!back.table.contains("regression"), "{quirk}: {}", back.table);
    }
    // Otherwise than before, and nobody's loss.
    for quirk in ["error-detail-shape", "blob-redirect-strip-auth-s3", "n-ignored", "set-cookie-csrf"] {
        let told = base.check(&Running::quirks(&[quirk]).image("lab/docker"), &[]);
        told.is(0, quirk);
        assert!(told.table.contains("· change") && !told.table.contains("regression"), "{}", told.table);
    }
}

#[test]
fn a_proxy_is_put_in_front() {
    let lab = Running::faithful();
    let base = Baseline::of(&lab, "lab/docker");
    let upstream = lab.lab.address();
    let same = |head: &str, body: Vec<u8>| (head.to_owned(), body);
    base.check(&through(&front(upstream, |_| None, same), "lab/docker"), &[]).is(0, NONE);
    let strips = front(
        upstream,
        |_| None,
        |head, body| {
            let kept = head.split_inclusive("\r\n");
            (kept.filter(|l| !l.to_ascii_lowercase().starts_with("docker-content-digest")).collect(), body)
        },
    );
    base.check(&through(&strips, "lab/docker"), &[]).is(1, "dcd-missing-everywhere");
    let refuses = b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let no_head = front(upstream, |request| request.starts_with("HEAD ").then_some(&refuses[..]), same);
    base.check(&through(&no_head, "lab/docker"), &[]).is(1, "head-405");
    // For whoever asks for it, as proxies should, and for everybody.
    base.check(&Running::quirks(&["proxy-gzips"]).image("lab/docker"), &[]).is(0, "proxy-gzips");
    base.check(&Running::quirks(&["proxy-gzips-always"]).image("lab/docker"), &[]).is(1, "proxy-gzips");
}

/// What failed once and then did not is told, cell by cell, and is no regression.
#[test]
fn a_fault_passes() {
    let lab = Running::faithful();
    let base = Baseline::of(&lab, "lab/docker");
    let image = Running::quirks(&["intermittent-5xx"]);
    let told = base.check(&image.image("lab/docker"), &[]);
    told.is(0, "intermittent-5xx");
    let flaky = told.json["flaky"].as_array().unwrap();
    // Dozens of them, in a few words.
    let blocks = told.table.matches("~ flaky").count();
    assert!(flaky.len() > 20 && (1..6).contains(&blocks), "{} in {blocks}: {}", flaky.len(), told.table);
    let config = flaky.iter().find(|f| f["cell"] == "GET blobs/config accept=none").unwrap();
    let begins = |key: &str, status: &str| config[key].as_str().unwrap().starts_with(status);
    assert!(begins("first", "500 ") && begins("again", "200 "), "{config}");
    // Read from a file it is the same.
    let report = base.file("flapped.json");
    let again = Running::quirks(&["intermittent-5xx"]);
    let (code, ..) = run(&["probe", &again.image("lab/docker"), "-q", "-o", &report]);
    assert_eq!(code, 0);
    let read = base.check(&report, &[]);
    read.is(0, "intermittent-5xx");
    assert_eq!(read.json["flaky"].as_array().unwrap().len(), flaky.len());
}

#[test]
fn the_network_fails() {
    let lab = Running::faithful();
    let base = Baseline::with(&lab, "lab/docker", "quick");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let told = base.check(&format!("http://127.0.0.1:{port}/lab/docker"), &[]);
    told.is(3, "connection-refused");
    // Short enough to be read at midnight: one group, and no cell by its name.
    assert!(told.table.contains("? could not tell  Connection refused: "), "{}", told.table);
    assert!(told.table.lines().all(|line| line.chars().count() <= 80), "{}", told.table);
    assert!(told.table.lines().count() < 30 && !told.table.contains("accept="), "{}", told.table);
    let silent = Raw::serve(|mut stream, stop| {
        head(&mut stream);
        while !stop.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    base.check(&through(&silent, "lab/docker"), &["--timeout", "200ms"]).is(3, "timed-out");
}

/// However early or late the limit comes, it is no fault of what was asked before it.
#[test]
fn the_registry_limits_us() {
    let lab = Running::faithful();
    let base = Baseline::with(&lab, "lab/docker", "quick");
    for quirk in ["429-without-retry-after", "ecr-quay-429", "ghcr-retry-after-in-message"] {
        base.check(&Running::quirks(&[quirk]).image("lab/docker"), &[]).is(3, quirk);
    }
    for granted in [4, 25] {
        let left = AtomicUsize::new(granted);
        let spent = move |_: &str| {
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).err().map(|_| MANY)
        };
        let limited = front(lab.lab.address(), spent, |head, body| (head.to_owned(), body));
        let told = base.check(&through(&limited, "lab/docker"), &[]);
        assert!(told.code == 3 && told.errors.iter().any(|e| e.contains("429")), "{granted}: {}", told.table);
    }
}

#[test]
fn a_baseline_that_cannot_be_read() {
    let lab = Running::faithful();
    let base = Baseline::of(&lab, "lab/oci");
    let good = std::fs::read_to_string(base.path()).unwrap();
    let cases = [
        ("cut", good[..good.len() / 2].to_owned(), "not JSON to its end"),
        ("empty", String::new(), "empty"),
        ("text", "a page, not a report".to_owned(), "not JSON"),
        ("other", "{\"name\": \"something else\"}".to_owned(), "no regprobe report"),
        ("number", "17".to_owned(), "no regprobe report"),
        ("several", format!("[{good},{good}]"), "several reports"),
        ("older", "{\"schema_version\": 0}".to_owned(), "schema_version 0"),
        ("newer", good.replacen("\"schema_version\": 1", "\"schema_version\": 2", 1), "newer regprobe"),
    ];
    for (name, text, why) in cases {
        let file = format!("{name}.json");
        std::fs::write(base.file(&file), text).unwrap();
        for more in [&["-q"][..], &["--update"]] {
            let args = ["check", &lab.image("lab/oci"), "--baseline", &base.file(&file)].map(str::to_owned);
            let args: Vec<&str> = args.iter().map(String::as_str).chain(more.iter().copied()).collect();
            let (code, out, err) = run(&args);
            assert!(code == 2 && out.is_empty(), "{name}: {code} {out}");
            for part in [file.as_str(), why, "regprobe probe IMAGE -o"] {
                assert!(err.contains(part), "{name}: {part}: {err}");
            }
        }
    }
    let (code, _, err) = run(&["check", &lab.image("lab/oci"), "--baseline", &base.file("none.json")]);
    assert!(code == 2 && err.contains("none.json") && err.contains("--update"), "{err}");
}

/// Version 1 as it was before fields were added to it.
#[test]
fn a_baseline_of_an_earlier_build() {
    let lab = Running::faithful();
    let base = Baseline::of(&lab, "lab/index");
    let mut report: Value = serde_json::from_slice(&std::fs::read(Path::new(&base.path())).unwrap()).unwrap();
    for key in ["spec", "unexplained", "coverage", "clients"] {
        assert!(report.as_object_mut().unwrap().remove(key).is_some(), "{key}");
    }
    let added = [
        ("target", "platform_given"),
        ("subjects", "converted"),
        ("subjects", "platform"),
        ("summary", "python"),
        ("summary", "anomalies"),
        ("summary", "unexplained"),
    ];
    for (part, key) in added {
        assert!(report[part].as_object_mut().unwrap().remove(key).is_some(), "{part}.{key}");
    }
    std::fs::write(base.path(), report.to_string()).unwrap();
    base.check(&lab.image("lab/index"), &[]).is(0, NONE);
    let worse = Running::quirks(&["dcd-missing-everywhere"]);
    base.check(&worse.image("lab/index"), &[]).is(1, "dcd-missing-everywhere");
}
