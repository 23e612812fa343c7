//! `diff`, `check`, `compare`, `fingerprint` and `replay`, as a person runs them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use crate::support::{Raw, Running, head, run};

fn record(lab: &Running, image: &str, path: &Path) {
    let (_, _, err) = run(&[
        "probe",
        &lab.image(image),
        "--platform",
        "linux/amd64",
        "--suite",
        "quick",
        "-o",
        path.to_str().unwrap(),
    ]);
    assert!(path.exists(), "{err}");
}

/// Exit codes: equal, different, unreadable; and the cause is named.
#[test]
fn a_difference_is_told_by_its_cause() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    record(&Running::faithful(), "lab/docker", dir.path().join("a.json").as_path());
    record(&Running::faithful(), "lab/docker", dir.path().join("b.json").as_path());
    record(&Running::quirks(&["head-405"]), "lab/docker", dir.path().join("c.json").as_path());
    let (code, out, _) = run(&["diff", &file("a.json"), &file("b.json")]);
    assert!(code == 0 && !out.contains("manifests/") && out.contains("No difference"), "{out}");
    for format in ["table", "json", "markdown"] {
        let (code, out, err) = run(&["diff", &file("a.json"), &file("c.json"), "--format", format]);
        assert_eq!((code, err.as_str()), (1, ""));
        assert!(out.contains("head-405") && out.contains("HEAD manifests/tag accept=all"), "{out}");
    }
    std::fs::write(file("d.json"), "{\"schema_version\": 1, \"tool\":").unwrap();
    std::fs::write(file("e.json"), "{\"schema_version\": 0}").unwrap();
    for bad in ["d.json", "e.json", "none.json"] {
        let (code, out, err) = run(&["diff", &file("a.json"), &file(bad)]);
        assert!(code == 2 && out.is_empty() && err.contains(bad), "{err}");
    }
    let (code, out, _) = run(&["compare", &file("a.json"), &file("c.json"), "--format", "markdown"]);
    assert!(code == 0 && out.contains("head-405"), "{code} {out}");
    let (code, out, _) = run(&["compare", &file("a.json"), &file("c.json")]);
    assert!(code == 0 && out.contains("the same everywhere"), "{code} {out}");
    let (code, out, _) = run(&["fingerprint", &file("a.json")]);
    assert!(code == 0 && out.starts_with("unknown"), "{out}");
}

#[test]
fn a_check_fails_on_regressions_and_on_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (base, faithful) = (file("base.json"), Running::faithful());
    let image = faithful.image("lab/docker");
    let args = ["check", &image, "--baseline", &base, "--suite", "quick", "--platform", "linux/amd64"];
    assert_eq!(run(&args).0, 2, "there is no baseline yet");
    let with = |more: &[&str]| run(&[&args[..], more].concat());
    assert_eq!(with(&["--update"]).0, 0);
    assert_eq!(with(&[]).0, 0);
    // A regression, and what excuses it until it does no longer.
    let worse = Running::quirks(&["head-405"]);
    let worse = worse.image("lab/docker");
    let check = |more: &[&str]| run(&[&["check", worse.as_str(), "--baseline", &base][..], more].concat());
    let (code, out, _) = check(&[]);
    assert!(code == 1 && out.contains("head-405"), "{out}");
    let known = |expires: &str| {
        let text = format!("[[known]]\nfinding = \"head-405\"\nreason = \"proxy\"\nexpires = {expires}\n");
        std::fs::write(file("base.known.toml"), text).unwrap();
    };
    known("9999-12-31");
    let (code, out, _) = check(&[]);
    assert!(code == 0 && out.contains("proxy"), "{out}");
    known("2020-01-01");
    assert_eq!(check(&[]).0, 1);
    std::fs::write(file("base.known.toml"), "[[known]]\nfindin = 1\n").unwrap();
    assert_eq!(check(&[]).0, 2);
    std::fs::remove_file(file("base.known.toml")).unwrap();
    // The other way round it is an improvement.
    record(&Running::quirks(&["head-405"]), "lab/docker", dir.path().join("worse.json").as_path());
    let (code, out, _) = run(&["check", &image, "--baseline", &file("worse.json")]);
    assert!(code == 0 && out.contains("improvement"), "{out}");
    // Nobody there: could not tell.
    drop(faithful);
    let (code, out, _) = with(&[]);
    assert!(code == 3 && !out.contains("regression"), "{code} {out}");
    std::fs::write(&base, "{").unwrap();
    assert_eq!(with(&[]).0, 2);
}

/// What could not be told, or is not there, takes no baseline's place; what was told does, a regression included.
#[test]
fn an_update_keeps_what_nothing_better_comes_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("base.json");
    let base = path.to_str().unwrap();
    let (lab, worse) = (Running::faithful(), Running::quirks(&["head-405"]));
    let update = |image: &str, more: &[&str]| {
        let args =
            ["check", image, "--baseline", base, "--suite", "quick", "--platform", "linux/amd64", "--update"];
        let (code, out, err) = run(&[&args[..], more].concat());
        (code, out + &err)
    };
    // Nothing is written where there was nothing either.
    let (code, told) = update(&lab.image("lab/nosuch"), &[]);
    assert!(code == 1 && told.contains("nothing was found") && !path.exists(), "{code} {told}");
    let (code, told) = update(&lab.image("lab/docker"), &[]);
    assert!(code == 0 && told.contains("passed") && !told.contains("as before"), "{code} {told}");
    let kept = std::fs::read(&path).unwrap();
    for (image, more, expected) in [
        (lab.image("lab/nosuch"), &[][..], 1),
        ("http://127.0.0.1:1/lab/docker".to_owned(), &[], 3),
        (lab.image("lab/docker"), &["--max-pulls", "1"], 3),
    ] {
        let (code, told) = update(&image, more);
        assert!(code == expected && told.contains("was left as it is"), "{image}: {code} {told}");
        assert!(std::fs::read(&path).unwrap() == kept, "{image}");
    }
    let (code, told) = update(&worse.image("lab/docker"), &[]);
    assert!(code == 0 && told.contains("is the new baseline"), "{code} {told}");
    assert!(!told.contains("as before") && std::fs::read(&path).unwrap() != kept, "{told}");
}

#[test]
fn expectations_stand_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("expect.toml");
    let lab = Running::faithful();
    let image = lab.image("lab/oci");
    let expect = |text: &str| {
        std::fs::write(&path, text).unwrap();
        run(&["check", &image, "--expect", path.to_str().unwrap(), "--suite", "quick"])
    };
    let met = "[[cell]]\nid = \"GET manifests/tag accept=all\"\nstatus = 200\n[[path]]\nid = \"oci-manifest\"\n\
               verdict = \"works\"\n[[finding]]\nid = \"*\"\nat_least = \"warning\"\npresent = false\n";
    let (code, out, err) = expect(met);
    assert_eq!(code, 0, "{out}{err}");
    let (code, out, _) = expect("[[cell]]\nid = \"HEAD *\"\nstatus = 404\nwhy = \"for the test\"\n");
    assert!(code == 1 && out.contains("for the test"), "{out}");
    assert_eq!(
        expect("[[cell]]\nid = \"GET catalog accept=json query=n=1\"\nstatus = 200\n").0,
        3,
        "quick does not ask for the catalog"
    );
    let (code, _, err) = expect("[[path]]\nid = \"oci-manifst\"\nverdict = \"works\"\n");
    assert!(code == 2 && err.contains("oci-manifest"), "{err}");
}

/// One answer goes wrong once: told as flaky, and no failure.
#[test]
fn a_flapping_cell_is_asked_again_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().join("base.json");
    let lab = Running::faithful();
    let upstream = lab.lab.address();
    // Requests go through as they are, but for one HEAD when it is armed.
    static ARMED: AtomicUsize = AtomicUsize::new(0);
    let proxy = Raw::serve(move |mut stream, _| {
        let request = head(&mut stream);
        if request.is_empty() {
            return;
        }
        let blob = request.starts_with("HEAD") && request.contains("/blobs/");
        let armed = ARMED.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if blob && armed.is_ok() {
            let _ =
                stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            return;
        }
        if armed.is_ok() && !blob {
            ARMED.fetch_add(1, Ordering::SeqCst);
        }
        let Ok(mut far) = TcpStream::connect(upstream) else { return };
        let request = request.replacen("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1);
        let _ = far.write_all(request.as_bytes());
        let _ = std::io::copy(&mut far, &mut stream);
    });
    let image = format!("http://{}/lab/oci", proxy.address);
    let args = [
        "check",
        &image,
        "--baseline",
        base.to_str().unwrap(),
        "--suite",
        "quick",
        "--platform",
        "linux/amd64",
    ];
    assert_eq!(run(&[&args[..], &["--update"]].concat()).0, 0);
    ARMED.store(1, Ordering::SeqCst);
    let (code, out, err) = run(&args);
    assert!(code == 0 && out.contains("flaky") && out.contains("HEAD blobs/"), "{code} {out} {err}");
}

#[test]
fn a_replay_says_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.json");
    record(&Running::quirks(&["bearer-auth"]), "lab/index", &path);
    let mut child = Command::new(env!("CARGO_BIN_EXE_regprobe"))
        .args(["replay", path.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.next().unwrap().unwrap();
    let reference = lines.next().unwrap().unwrap();
    assert!(reference.starts_with(&format!("http://{address}/lab/index")), "{reference}");
    let again = dir.path().join("again.json");
    let args = ["probe", &reference, "--platform", "linux/amd64", "--suite", "quick", "-o"];
    let (code, out, _) = run(&[&args[..], &[again.to_str().unwrap()]].concat());
    let same = run(&["diff", path.to_str().unwrap(), again.to_str().unwrap()]);
    let (strange, _, _) = run(&["probe", &format!("http://{address}/lab/other"), "--suite", "quick"]);
    child.kill().unwrap();
    let told = child.wait_with_output().unwrap();
    assert_eq!(code, 0, "{out}");
    assert_eq!(same.0, 0, "{}", same.1);
    assert!(strange == 1 || strange == 3);
    assert!(String::from_utf8_lossy(&told.stderr).contains("not in the recording"));
}
