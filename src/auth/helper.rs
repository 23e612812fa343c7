//! Credential helpers: `docker-credential-NAME get`, the registry on stdin, JSON on stdout.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::secret::Secret;

/// How long a helper may take: long enough to wake a key store, too short for a hidden prompt to hang a run.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// More than any credentials; a helper that prints more is broken.
const OUTPUT_LIMIT: u64 = 1 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// The program's name, if the configured one is a plain name: a config file may choose among the
/// helpers on PATH, and not run anything else.
pub(crate) fn program(name: &str) -> Result<String, String> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if plain && name.len() <= 100 {
        Ok(format!("docker-credential-{name}"))
    } else {
        Err(format!("the helper name {name:?} is not a plain name, and was not run"))
    }
}

/// Asks a helper. `Ok(None)` where it has nothing for this server; the error names the program and the cause.
pub(crate) async fn get(
    program: &str,
    server: &str,
    path: Option<&OsStr>,
    limit: Duration,
) -> Result<Option<Secret>, String> {
    let Some(file) = locate(program, path) else {
        return Err(format!("helper {program} is not on PATH: install it, or log in again without it"));
    };
    match tokio::time::timeout(limit, run(file, server)).await {
        Ok(Ok(output)) => read(program, &output),
        Ok(Err(e)) => Err(format!("helper {program} could not be run: {e}")),
        Err(_) => Err(format!(
            "helper {program} did not answer within {} s: run it by hand, it may wait for a password",
            limit.as_secs_f32()
        )),
    }
}

struct Output {
    ok: bool,
    status: String,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

async fn run(file: PathBuf, server: &str) -> std::io::Result<Output> {
    let mut child = Command::new(file)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that does not read its input is not at fault for that.
        let _ = stdin.write_all(server.as_bytes()).await;
    }
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let read_out = async {
        if let Some(out) = out {
            let _ = out.take(OUTPUT_LIMIT).read_to_end(&mut stdout).await;
        }
    };
    let read_err = async {
        if let Some(err) = err {
            let _ = err.take(OUTPUT_LIMIT).read_to_end(&mut stderr).await;
        }
    };
    tokio::join!(read_out, read_err);
    let status = child.wait().await?;
    Ok(Output { ok: status.success(), status: status.to_string(), stdout, stderr })
}

/// [`read`], for the fuzz target.
#[cfg(fuzzing)]
pub(super) fn read_output(ok: bool, stdout: &[u8], stderr: &[u8]) -> Result<Option<Secret>, String> {
    let (stdout, stderr) = (stdout.to_vec(), stderr.to_vec());
    read("docker-credential-x", &Output { ok, status: "exit status: 1".to_owned(), stdout, stderr })
}

fn read(program: &str, output: &Output) -> Result<Option<Secret>, String> {
    if !output.ok {
        // Helpers report errors on stdout; the wrapper scripts of some clouds on stderr.
        let said = [&output.stdout, &output.stderr].map(|b| String::from_utf8_lossy(b).trim().to_owned());
        if said.iter().any(|text| text.to_ascii_lowercase().contains("credentials not found")) {
            return Ok(None);
        }
        // Braces may be an answer with a secret in it, printed before the failure.
        let first = said.iter().filter(|text| !text.contains('{')).find_map(|text| text.lines().next());
        let words = first.map(|line| format!(": {}", line.chars().take(200).collect::<String>()));
        return Err(format!("helper {program} failed ({}){}", output.status, words.unwrap_or_default()));
    }
    let Ok(answer) = serde_json::from_slice::<Answer>(&output.stdout) else {
        return Err(format!("helper {program} did not answer with the JSON of a credential helper"));
    };
    Ok(match (answer.username.as_str(), answer.secret) {
        (_, secret) if secret.is_empty() => None,
        ("<token>", secret) => Some(Secret::IdentityToken(secret.into())),
        (username, secret) => Some(Secret::Basic { username: username.to_owned(), password: secret.into() }),
    })
}

/// Absolute entries of PATH only: a relative one would run what lies in the working directory.
fn locate(program: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    std::env::split_paths(path?)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(format!("{program}{}", std::env::consts::EXE_SUFFIX)))
        .find(|file| is_executable(file))
}

#[cfg(unix)]
fn is_executable(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(file: &std::path::Path) -> bool {
    file.is_file()
}

#[cfg(unix)]
#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use secrecy::ExposeSecret;

    use super::*;

    /// Written by a child: a file that this process ever had open for writing could still be open
    /// in a fork of another test when it is run ("text file busy").
    pub(crate) fn script(dir: &Path, program: &str, body: &str) {
        let file = dir.join(program);
        let status = std::process::Command::new("sh")
            .args(["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod 755 \"$2\"", "sh", body])
            .arg(&file)
            .status()
            .unwrap();
        assert!(status.success());
    }

    async fn ask(body: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        script(dir.path(), "docker-credential-t", body);
        let got = get("docker-credential-t", "gcr.io", Some(dir.path().as_os_str()), LIMIT).await;
        match got {
            Ok(Some(Secret::Basic { username, password })) => {
                format!("{username} {}", password.expose_secret())
            }
            Ok(Some(Secret::IdentityToken(t))) => format!("identity {}", t.expose_secret()),
            Ok(_) => "none".to_owned(),
            Err(problem) => problem,
        }
    }

    #[tokio::test]
    async fn a_real_helper_is_asked_on_stdin() {
        let body = r#"read server; [ "$1" = get ] && echo "{\"ServerURL\":\"$server\",\"Username\":\"at-$server\",\"Secret\":\"p:q\"}""#;
        assert_eq!(ask(body).await, "at-gcr.io p:q");
        assert_eq!(ask(r#"echo '{"Username":"<token>","Secret":"t"}'"#).await, "identity t");
        assert_eq!(ask(r#"echo '{"Username":"","Secret":""}'"#).await, "none");
        assert_eq!(ask("echo 'credentials not found in native keychain'; exit 1").await, "none");
    }

    #[tokio::test]
    async fn failures_name_the_program_and_the_cause() {
        insta::assert_snapshot!(ask("echo 'gpg: no secret key' >&2; exit 3").await, @"helper docker-credential-t failed (exit status: 3): gpg: no secret key");
        insta::assert_snapshot!(ask("echo hello").await, @"helper docker-credential-t did not answer with the JSON of a credential helper");
        let leaky = ask(r#"echo '{"Username":"u","Secret":"hunter2"}'; exit 1"#).await;
        insta::assert_snapshot!(leaky, @"helper docker-credential-t failed (exit status: 1)");
        let absent = get("docker-credential-no", "x", Some(OsStr::new("/nonexistent:.")), LIMIT).await;
        insta::assert_snapshot!(absent.unwrap_err(), @"helper docker-credential-no is not on PATH: install it, or log in again without it");
    }

    #[tokio::test]
    async fn a_helper_that_hangs_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        script(dir.path(), "docker-credential-t", "exec sleep 600");
        let path = Some(dir.path().as_os_str());
        let got = get("docker-credential-t", "x", path, Duration::from_millis(100)).await;
        insta::assert_snapshot!(got.unwrap_err(), @"helper docker-credential-t did not answer within 0.1 s: run it by hand, it may wait for a password");
    }

    #[test]
    fn only_plain_names_are_run() {
        assert_eq!(program("ecr-login").unwrap(), "docker-credential-ecr-login");
        for bad in ["", "/bin/sh", "../x", "a/b", "a\\b", "a b", "a\0", "\u{e9}"] {
            assert!(program(bad).is_err(), "{bad:?}");
        }
    }
}
