//! `-o` destroys nothing: what is replaced, what is written through, and what is left when it cannot be written.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Running, regprobe, run, told};

/// What is rendered: no network, and large enough to be cut.
fn report() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/reports/olareg-0.1.2/oci-index.json").to_owned()
}

fn at(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).to_str().unwrap().to_owned()
}

fn is_report(text: &[u8]) -> bool {
    serde_json::from_slice::<Value>(text).is_ok_and(|value| value["schema_version"] == 1)
}

fn names(directory: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut names: Vec<_> = fs::read_dir(directory).unwrap().map(name).collect();
    names.sort();
    names
}

/// `regprobe` in a shell, as `$R`; `$I` is a report.
fn shell(shell: &str, script: &str, directory: &TempDir) -> (i32, String, String) {
    let mut command = Command::new(shell);
    command.args(["-c", script]).current_dir(directory.path());
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", "/nonexistent").env("R", env!("CARGO_BIN_EXE_regprobe")).env("I", report());
    told(command.output().unwrap())
}

fn render(to: &str) -> (i32, String, String) {
    run(&["render", &report(), "-q", "-o", &format!("json={to}")])
}

fn mode(path: &str) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A device that a test may lose. Root, who could lose the machine's own, makes one; where that is not allowed, it is a
/// link to it.
fn device(directory: &TempDir, name: &str, minor: &str) -> String {
    let path = at(directory, name);
    let made = Command::new("mknod").args(["-m", "666", &path, "c", "1", minor]).output();
    let made = made.is_ok_and(|made| made.status.success());
    if !made || fs::File::options().write(true).open(&path).is_err() {
        let _ = fs::remove_file(&path);
        symlink(format!("/dev/{name}"), &path).unwrap();
    }
    path
}

#[test]
fn a_device_is_written_through() {
    let dir = tempfile::tempdir().unwrap();
    let (null, full) = (device(&dir, "null", "3"), device(&dir, "full", "7"));
    assert_eq!(render(&null).0, 0);
    let (code, out, err) = render(&full);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("full cannot be written"), "{err}");
    for device in [null, full] {
        assert!(fs::metadata(device).unwrap().file_type().is_char_device());
    }
    assert_eq!(names(dir.path()), ["full", "null"]);
    assert_eq!(out.lines().count(), 1, "what goes to stdout goes there all the same: {out}");
}

#[test]
fn stdout_and_stderr_by_their_paths() {
    let dir = tempfile::tempdir().unwrap();
    // By links of the test's own: root could lose those of the machine.
    let link = |name: &str| {
        symlink(format!("/dev/{name}"), dir.path().join(name)).unwrap();
        at(&dir, name)
    };
    let (one, two) = (format!("json={}", link("stdout")), format!("junit={}", link("stderr")));
    let (code, out, err) = run(&["render", &report(), "-q", "-o", &one, "-o", &two]);
    assert_eq!(code, 0);
    let json = out.rfind("}\n").unwrap() + 2;
    assert!(is_report(&out.as_bytes()[..json]), "the file comes first");
    assert_eq!(out[json..].lines().count(), 1);
    assert!(err.starts_with("<?xml"), "{err}");
}

/// To open `/dev/stdout` anew would truncate the file, or write over what is in it.
#[test]
fn descriptors_are_written_where_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let script = "exec 3>three; echo before >&3; echo first
        $R render $I -q -o json=/dev/fd/3 -o svg=/dev/fd/1 -o junit=/proc/self/fd/3 && echo after >&3";
    let (code, out, err) = shell("sh", &format!("{{ {script}\n}} > one; cat one"), &dir);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("first\n<") && out.contains("</svg>") && out.contains("✔ works"), "{out}");
    let three = fs::read_to_string(dir.path().join("three")).unwrap();
    let json = three.strip_prefix("before\n").unwrap();
    let end = json.find("<?xml").unwrap();
    assert!(is_report(&json.as_bytes()[..end]));
    assert!(three.ends_with("after\n"), "{three}");
    assert_eq!(names(dir.path()), ["one", "three"]);
    let (code, _, err) = shell("sh", "$R render $I -q -o json=/dev/fd/57", &dir);
    assert_eq!(code, 2);
    assert!(err.contains("/dev/fd/57 cannot be written: there is no such descriptor"), "{err}");
}

#[test]
fn a_process_substitution_gets_its_report() {
    let dir = tempfile::tempdir().unwrap();
    if Command::new("bash").arg("--version").output().is_err() {
        return;
    }
    let (code, _, err) = shell("bash", "$R render $I -q -o json=>(cat > out); c=$?; wait $!; exit $c", &dir);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(is_report(&fs::read(dir.path().join("out")).unwrap()));
    // A reader that is gone is no fault, and nothing waits for it.
    let gone = "exec 3> >(exec true); wait $!; $R render $I -q -o json=/dev/fd/3";
    let (code, _, err) = shell("bash", gone, &dir);
    assert_eq!((code, err.as_str()), (0, ""));
}

#[test]
fn named_pipes_are_written_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let pipes = [at(&dir, "first"), at(&dir, "second")];
    assert!(Command::new("mkfifo").args(&pipes).status().unwrap().success());
    let read = pipes.clone();
    // A reader that opens the second only when the first has ended.
    let reader = std::thread::spawn(move || read.map(|pipe| fs::read(pipe).unwrap()));
    let (one, two) = (format!("json={}", pipes[0]), format!("json={}", pipes[1]));
    assert_eq!(run(&["render", &report(), "-q", "-o", &one, "-o", &two]).0, 0);
    assert!(reader.join().unwrap().iter().all(|text| is_report(text)));
    assert!(fs::symlink_metadata(&pipes[0]).unwrap().file_type().is_fifo());
    assert_eq!(names(dir.path()), ["first", "second"]);
}

#[test]
fn a_symlink_stays_and_its_target_is_written() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("kept")).unwrap();
    fs::write(dir.path().join("kept/real.json"), "earlier").unwrap();
    symlink("kept/middle", dir.path().join("link.json")).unwrap();
    symlink("real.json", dir.path().join("kept/middle")).unwrap();
    symlink("kept/new.json", dir.path().join("dangling.json")).unwrap();
    symlink("/dev/null", dir.path().join("null.json")).unwrap();
    symlink("circle.json", dir.path().join("circle.json")).unwrap();
    for link in ["link.json", "dangling.json", "null.json"] {
        let (code, _, err) = render(&at(&dir, link));
        assert_eq!(code, 0, "{link}: {err}");
        assert!(fs::symlink_metadata(dir.path().join(link)).unwrap().is_symlink(), "{link}");
    }
    for written in ["kept/real.json", "kept/new.json"] {
        assert!(is_report(&fs::read(dir.path().join(written)).unwrap()), "{written}");
    }
    let (code, _, err) = render(&at(&dir, "circle.json"));
    assert_eq!(code, 2);
    assert!(err.contains("circle.json cannot be written: too many symbolic links"), "{err}");
    assert_eq!(names(&dir.path().join("kept")), ["middle", "new.json", "real.json"]);
    assert_eq!(names(dir.path()), ["circle.json", "dangling.json", "kept", "link.json", "null.json"]);
}

#[test]
fn a_file_keeps_its_mode_and_a_new_one_honours_the_umask() {
    let dir = tempfile::tempdir().unwrap();
    let path = at(&dir, "report.json");
    for kept in [0o600, 0o640, 0o664] {
        fs::write(&path, "earlier").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(kept)).unwrap();
        let owner = fs::metadata(&path).unwrap().uid();
        assert_eq!(render(&path).0, 0);
        assert_eq!((mode(&path), fs::metadata(&path).unwrap().uid()), (kept, owner));
        assert!(is_report(&fs::read(&path).unwrap()));
    }
    for (mask, then) in [("077", 0o600), ("027", 0o640), ("002", 0o664)] {
        let name = format!("new-{mask}.json");
        let (code, _, err) = shell("sh", &format!("umask {mask}; $R render $I -q -o {name}"), &dir);
        assert_eq!((code, err.as_str()), (0, ""));
        assert_eq!(mode(&at(&dir, &name)), then, "{mask}");
    }
    assert_eq!(names(dir.path()), ["new-002.json", "new-027.json", "new-077.json", "report.json"]);
}

/// Root owns files of others, too: their owner is kept where it can be.
#[test]
fn a_file_keeps_its_owner() {
    let dir = tempfile::tempdir().unwrap();
    let path = at(&dir, "report.json");
    fs::write(&path, "earlier").unwrap();
    if std::os::unix::fs::chown(&path, Some(12_345), Some(23_456)).is_err() {
        return;
    }
    assert_eq!(render(&path).0, 0);
    let now = fs::metadata(&path).unwrap();
    assert_eq!((now.uid(), now.gid()), (12_345, 23_456));
}

#[test]
fn what_cannot_be_written_is_said_before_the_first_request() {
    let lab = Running::faithful();
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("directory.json")).unwrap();
    let base = at(&dir, "base.json");
    fs::copy(report(), &base).unwrap();
    for name in ["missing/report.json", "directory.json", "base.json/report.json", "new/"] {
        let path = at(&dir, name);
        let output = format!("json={path}");
        let image = lab.image("lab/oci");
        for args in [
            vec!["probe", &image, "-o", &output],
            vec!["check", &image, "--baseline", &base, "-o", &output],
            vec!["compare", &image, &base, "-o", &output],
            vec!["record", "--upstream", "http://127.0.0.1:9", "-o", &path],
            vec!["render", &base, "-o", &output],
            vec!["scrub", &base, "-o", &path],
        ] {
            let (code, _, err) = run(&args);
            assert_eq!(code, 2, "{args:?} {err}");
            assert!(err.contains(&format!("{path} cannot be written: ")), "{args:?} {err}");
        }
    }
    assert_eq!(lab.lab.requests().len(), 0);
    assert_eq!(names(dir.path()), ["base.json", "directory.json"]);
}

/// A limit on the size of files stands for a full disk. The small report of the two fits.
#[test]
fn a_full_disk_leaves_the_earlier_file_and_loses_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("report.json"), "earlier").unwrap();
    let limited = "trap '' XFSZ; ulimit -f 64; $R render $I -o new.json -o report.json -o table=small.txt";
    let (code, out, err) = shell("sh", limited, &dir);
    assert_eq!(code, 2);
    assert!(
        err.contains("report.json cannot be written") && err.contains("new.json cannot be written"),
        "{err}"
    );
    assert!(out.contains("Recommended"), "the table is there: {out}");
    assert_eq!(fs::read_to_string(dir.path().join("report.json")).unwrap(), "earlier");
    assert!(fs::read_to_string(dir.path().join("small.txt")).unwrap().contains("Recommended"));
    assert_eq!(names(dir.path()), ["report.json", "small.txt"]);
}

/// The baseline, too, and the result of the check is printed.
#[test]
fn a_full_disk_leaves_the_baseline() {
    let lab = Running::faithful();
    let dir = tempfile::tempdir().unwrap();
    let base = at(&dir, "base.json");
    let image = lab.image("lab/oci");
    assert_eq!(run(&["probe", &image, "--suite", "quick", "-q", "-o", &base]).0, 0);
    let before = fs::read(&base).unwrap();
    let limited =
        format!("trap '' XFSZ; ulimit -f 8; $R check {image} --anonymous --baseline base.json --update");
    let (code, out, err) = shell("sh", &limited, &dir);
    assert_eq!(code, 2);
    assert!(err.contains("base.json cannot be written"), "{err}");
    assert!(!out.is_empty() && !out.contains("is the new baseline"), "{out}");
    assert_eq!(fs::read(&base).unwrap(), before);
    assert_eq!(names(dir.path()), ["base.json"]);
}

#[test]
fn a_full_stdout_loses_no_file() {
    let lab = Running::faithful();
    for format in ["table", "ndjson"] {
        let dir = tempfile::tempdir().unwrap();
        let image = lab.image("lab/oci");
        let script = format!(
            "$R probe {image} --anonymous --suite quick --format {format} -o report.json > /dev/full"
        );
        let (code, _, err) = shell("sh", &script, &dir);
        assert_eq!(code, 2, "{format}: {err}");
        assert!(err.contains("the output cannot be written"), "{format}: {err}");
        assert!(is_report(&fs::read(dir.path().join("report.json")).unwrap()), "{format}");
    }
}

#[test]
fn a_closed_stdout_is_quiet_and_loses_no_file() {
    let lab = Running::faithful();
    for format in ["table", "json", "ndjson"] {
        let dir = tempfile::tempdir().unwrap();
        let image = lab.image("lab/oci");
        // The reader is gone before there is anything to read.
        let probe = format!("$R probe {image} --anonymous --suite quick --format {format} -o report.json");
        let script = format!("mkfifo p; exec 4<>p; exec 3>p; exec 4<&-; {probe} >&3");
        let (code, _, err) = shell("sh", &script, &dir);
        assert_eq!((code, err.as_str()), (0, ""), "{format}");
        assert!(is_report(&fs::read(dir.path().join("report.json")).unwrap()), "{format}");
    }
}

/// The file that is read may be the file that is written.
#[test]
fn a_report_is_scrubbed_in_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = PathBuf::from(at(&dir, "report.json"));
    fs::copy(report(), &path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    let name = path.to_str().unwrap();
    assert_eq!(regprobe(&["scrub", name, "-o", name]).output().unwrap().status.code(), Some(0));
    assert!(is_report(&fs::read(&path).unwrap()));
    assert_eq!(mode(name), 0o600);
    assert_eq!(names(dir.path()), ["report.json"]);
}
