//! Runs what regprobe recommends, as a user would paste it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::probe::Run;

/// What a pasted command finds in the environment, where the registry needs it.
pub type Environment<'a> = &'a [(&'a str, &'a str)];

/// Runs `regprobe probe` for a person, takes the shell lines under `Recommended`, and runs them with `sh`.
/// The last one's output.
pub fn run_recommended_shell(probe: Run, dir: &Path, environment: Environment<'_>) -> Vec<u8> {
    let shown = probe.finish().stdout;
    let lines = shell_lines(&shown);
    assert!(lines.iter().any(|line| line.contains("curl")), "no curl line is recommended:\n{shown}");
    // Each command's own output goes where only the last one's is kept.
    let mut script = String::from("set -eu\n");
    for line in &lines {
        let assigns = line.starts_with("TOKEN=") || line.starts_with("export ");
        script.push_str(line);
        script.push_str(if assigns { "\n" } else { " >last-output\n" });
    }
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(&script);
    run_clean(command, dir, environment, &script);
    std::fs::read(dir.join("last-output")).expect("the last command's output")
}

/// The lines of the block under `Recommended` that are commands.
fn shell_lines(shown: &str) -> Vec<String> {
    let mut lines = shown.lines().skip_while(|line| !line.contains("Recommended")).skip(1);
    let is_command = |line: &str| ["curl ", "TOKEN=", "export "].iter().any(|start| line.starts_with(start));
    let block = lines.by_ref().map(str::trim).skip_while(|line| !is_command(line));
    block.take_while(|line| is_command(line)).map(str::to_owned).collect()
}

/// Runs the Python script that is shown for the recommended path, with the system's Python and `requests`.
pub fn run_recommended_python(probe: Run, dir: &Path, environment: Environment<'_>) -> Vec<u8> {
    let (_, report) = probe.json();
    let script = report.0["summary"]["python"].as_str().unwrap_or_default().to_owned();
    assert!(script.contains("requests"), "no Python script is recommended");
    let mut command = Command::new("/usr/bin/python3");
    command.arg("-c").arg(&script);
    run_clean(command, dir, environment, &script)
}

fn run_clean(mut command: Command, dir: &Path, environment: Environment<'_>, script: &str) -> Vec<u8> {
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    let output = command.current_dir(dir).envs(environment.iter().copied()).output().expect("a shell");
    assert!(output.status.success(), "{}\nof\n{script}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Whether two JSON texts say the same: the Python script prints the config in its own layout.
pub fn same_json(left: &[u8], right: &[u8]) -> bool {
    let parse = |bytes| serde_json::from_slice::<Value>(bytes).ok();
    parse(left).is_some() && parse(left) == parse(right)
}

#[test]
fn commands_are_found_in_what_a_person_sees() {
    let shown = "127.0.0.1:5000/x:y  works\n\n  Recommended: the manifest, then its config\n\n    \
        TOKEN=$(curl -fsS 'http://h/t?a=b' | sed 1q)\n    curl -fsSL 'http://h/v2/'\n    curl -fsSL 'http://h/v2/b'\n\n  It yields\n    curl of hair\n";
    assert_eq!(
        shell_lines(shown),
        [
            "TOKEN=$(curl -fsS 'http://h/t?a=b' | sed 1q)",
            "curl -fsSL 'http://h/v2/'",
            "curl -fsSL 'http://h/v2/b'"
        ]
    );
}
