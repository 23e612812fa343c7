//! Credentials where real programs keep them: podman's auth.json, and a credential helper.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::fixture::{Fixture, PASSWORD, USER};
use crate::support::probe::Run;
use crate::support::process::{run, tool};

/// Runs a program that reads its input from us.
fn feed(command: &mut Command, input: &str) -> String {
    use std::io::Write;
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("its input");
    let output = child.wait_with_output().expect("its output");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {stdout}{}", String::from_utf8_lossy(&output.stderr));
    stdout
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn podman_login() {
    let fixture = Fixture::start();
    let closed = fixture.htpasswd();
    let authfile = fixture.path().join("auth.json").display().to_string();
    let mut login = Command::new(tool("podman"));
    login.env("HOME", fixture.path()).args([
        "login",
        "--tls-verify=false",
        "--authfile",
        &authfile,
        "--username",
        USER,
    ]);
    feed(login.arg("--password-stdin").arg(closed.address.to_string()), PASSWORD);

    let image = format!("http://{}/lab/py-oci:latest", closed.address);
    for run in [
        Run::probe(&image).option("--authfile", &authfile),
        Run::probe(&image).env("REGISTRY_AUTH_FILE", &authfile),
    ] {
        let (code, report) = run.json();
        assert_eq!((code, report.recommended()), (0, Some("oci-manifest")), "{:?}", report.findings());
        let text = report.0.to_string();
        assert!(!text.contains(PASSWORD) && !text.contains(USER), "credentials are in the report");
    }
    let (code, _) = Run::probe(&image).env("REGISTRY_AUTH_FILE", &authfile).arg("--anonymous").json();
    assert_ne!(code, 0, "--anonymous must not use the file");
}

/// `docker-credential-pass` with a throwaway GnuPG key that has no passphrase: the one helper of
/// Debian's that needs neither a desktop nor a bus.
struct PasswordStore<'a> {
    home: &'a Path,
}

impl<'a> PasswordStore<'a> {
    fn create(home: &'a Path) -> PasswordStore<'a> {
        let store = PasswordStore { home };
        let gnupg = home.join("gnupg");
        std::fs::create_dir(&gnupg).expect("a directory");
        std::fs::set_permissions(&gnupg, std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .expect("its mode");
        let name = "regprobe test <test@example.invalid>";
        run(store
            .command("gpg")
            .args(["--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""])
            .args(["--quick-generate-key", name, "default", "default", "never"]));
        run(store.command("pass").args(["init", name]));
        store
    }

    fn environment(&self) -> [(&'static str, String); 2] {
        let path = |name| self.home.join(name).display().to_string();
        [("GNUPGHOME", path("gnupg")), ("PASSWORD_STORE_DIR", path("store"))]
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(tool(program));
        command.envs(self.environment());
        command
    }
}

impl Drop for PasswordStore<'_> {
    fn drop(&mut self) {
        // The agent that GnuPG started for this home would outlive it.
        let _ = self.command("gpgconf").args(["--kill", "all"]).status();
    }
}

#[test]
#[ignore = "needs real registries: run tests/real/install.sh, then cargo test --test real -- --ignored"]
fn credential_helper() {
    let fixture = Fixture::start();
    let closed = fixture.htpasswd();
    let store = PasswordStore::create(fixture.path());
    let server = closed.address.to_string();
    let entry = serde_json::json!({"ServerURL": server, "Username": USER, "Secret": PASSWORD}).to_string();
    feed(store.command("docker-credential-pass").arg("store"), &entry);
    let kept = feed(store.command("docker-credential-pass").arg("get"), &server);
    assert!(kept.contains(USER), "the helper itself works: {kept}");

    let image = format!("http://{server}/lab/py-oci:latest");
    for config in [
        serde_json::json!({"credHelpers": {(server.as_str()): "pass"}}),
        serde_json::json!({"credsStore": "pass", "auths": {(server.as_str()): {}}}),
    ] {
        let docker = tempfile::tempdir_in(fixture.path()).expect("a directory");
        std::fs::write(docker.path().join("config.json"), config.to_string()).expect("the file");
        let mut run = Run::probe(&image).env("DOCKER_CONFIG", &docker.path().display().to_string());
        for (name, value) in store.environment() {
            run = run.env(name, &value);
        }
        let (code, report) = run.json();
        assert_eq!(
            (code, report.recommended()),
            (0, Some("oci-manifest")),
            "{config}: {:?}",
            report.findings()
        );
        assert!(!report.0.to_string().contains(PASSWORD), "the password is in the report");
    }
}
