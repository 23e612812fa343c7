//! What regprobe is delivered by, besides the action: the GitLab template, run as its runner would, and the Containerfile.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::support::{Running, run};

fn text(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// What stands below `key:` of the template's job, without its indentation.
fn block(text: &str, key: &str) -> String {
    let lines = text.lines().skip_while(|line| line.trim_end() != format!("  {key}:")).skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with("    "));
    lines.map(|line| format!("{}\n", line.get(4..).unwrap_or_default())).collect()
}

/// Exit code and what was said. The runner hands a script over line by line, to a shell that ends at the first failure.
fn job(dir: &Path, shell: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let template = text("ci/gitlab-ci.yml");
    let script = block(&template, "script");
    let script: String = script
        .strip_prefix("- |\n")
        .unwrap()
        .lines()
        .map(|l| format!("{}\n", l.get(2..).unwrap_or("")))
        .collect();
    let bin = dir.join("bin");
    if !bin.exists() {
        std::fs::create_dir(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_regprobe"), bin.join("regprobe")).unwrap();
    }
    let defaults = block(&template, "variables");
    let defaults = defaults.lines().map(|l| l.split_once(": ").unwrap());
    let defaults = defaults.map(|(name, value)| (name, value.trim_matches('\'')));
    let output = Command::new(shell)
        .args(["-e", "-c", &script])
        .current_dir(dir)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .env("HOME", dir)
        .envs(defaults)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn the_gitlab_job_passes_fails_and_says_when_it_could_not_tell() {
    let (dir, lab) = (tempfile::tempdir().unwrap(), Running::faithful());
    let (image, quick) = (lab.image("lab/oci"), ("SUITE", "quick"));
    for shell in ["sh", "bash"] {
        let (code, said) = job(dir.path(), shell, &[("IMAGE", &image), quick]);
        assert_eq!(code, 0, "{shell}: {said}");
    }
    // What the job keeps and shows is what it says it does.
    let template = text("ci/gitlab-ci.yml");
    for file in ["regprobe.json", "regprobe.xml"] {
        assert!(block(&template, "artifacts").contains(file));
        assert!(dir.path().join(file).metadata().unwrap().len() > 100, "{file}");
    }
    let broken = Running::quirks(&["head-405"]);
    let worse = broken.image("lab/oci");
    let with = |fail_on: &str| job(dir.path(), "sh", &[("IMAGE", &worse), quick, ("FAIL_ON", fail_on)]).0;
    assert_eq!((with("note"), with("never")), (1, 0));
    // 3 is the code that may fail.
    assert_eq!(block(&template, "allow_failure"), "exit_codes: 3\n");
    let (code, said) = job(dir.path(), "sh", &[("IMAGE", "http://127.0.0.1:1/lab/oci"), quick]);
    assert_eq!(code, 3, "{said}");
    assert_eq!(job(dir.path(), "sh", &[("IMAGE", &image), ("SUITE", "qick")]).0, 2);
}

#[test]
fn the_gitlab_job_with_a_baseline_fails_on_regressions_only() {
    let (dir, lab) = (tempfile::tempdir().unwrap(), Running::faithful());
    let image = lab.image("lab/oci");
    let base = dir.path().join("base.json");
    let base = base.to_str().unwrap();
    let probe = ["probe", &image, "--suite", "quick", "--platform", "linux/amd64", "-o", base];
    assert_eq!(run(&probe).0, 0);
    let with = |image: &str| {
        let variables =
            [("IMAGE", image), ("SUITE", "quick"), ("BASELINE", "base.json"), ("FAIL_ON", "note")];
        job(dir.path(), "sh", &variables)
    };
    // The job's test report is that of the check, and not of the probe before it.
    let tested = |failures: bool, errors: bool| {
        let xml = std::fs::read_to_string(dir.path().join("regprobe.xml")).unwrap();
        assert!(xml.contains("against the baseline"), "{xml}");
        assert_eq!((xml.contains("<failure"), xml.contains("<error")), (failures, errors), "{xml}");
    };
    let (code, said) = with(&image);
    assert_eq!(code, 0, "{said}");
    tested(false, false);
    let worse = Running::quirks(&["head-405"]);
    let (code, said) = with(&worse.image("lab/oci"));
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("head-405"), "{said}");
    tested(true, false);
    let (code, said) = with("http://127.0.0.1:1/lab/oci");
    assert_eq!(code, 3, "{said}");
    tested(false, true);
}

#[test]
fn the_gitlab_job_logs_in_and_tells_no_password() {
    let (dir, lab) = (tempfile::tempdir().unwrap(), Running::quirks(&["basic-auth"]));
    let image = lab.image("lab/oci");
    let with = |password: &str| {
        let user = [("REGISTRY_USERNAME", "lab"), ("REGISTRY_PASSWORD", password)];
        job(dir.path(), "sh", &[&user[..], &[("IMAGE", &image), ("SUITE", "quick")]].concat())
    };
    let (code, said) = with("lab");
    assert_eq!(code, 0, "{said}");
    let (code, mut said) = with("not-the-password-of-it");
    assert_eq!(code, 1, "{said}");
    for file in ["regprobe.json", "regprobe.xml"] {
        said.push_str(&std::fs::read_to_string(dir.path().join(file)).unwrap());
    }
    assert!(!said.contains("not-the-password-of-it"));
}

/// The image of each `FROM`, and the name of its stage.
fn stages(containerfile: &str) -> Vec<(&str, Option<&str>)> {
    let from = containerfile.lines().filter_map(|line| line.strip_prefix("FROM "));
    from.map(|from| from.split_once(" AS ").map_or((from, None), |(image, name)| (image, Some(name))))
        .collect()
}

#[test]
fn the_containerfile_fits_the_tree() {
    let containerfile = text("Containerfile");
    let stages = stages(&containerfile);
    let [(builder, Some(build)), (runtime, None)] = stages[..] else { panic!("{stages:?}") };

    // Built by the toolchain that everything is tested with.
    let toolchain = text("rust-toolchain.toml");
    let channel = toolchain.lines().find_map(|l| l.strip_prefix("channel = ")).unwrap().trim_matches('"');
    let (_, tag) = builder.rsplit_once(':').unwrap();
    let (version, distribution) = tag.split_once("-slim-").unwrap();
    assert_eq!(version, channel);
    assert!(containerfile.contains(&format!("\nENV RUSTUP_TOOLCHAIN={channel}\n")));
    // The same release of Debian, so that the glibc that runs it is the one it was linked with.
    assert_eq!(runtime, format!("docker.io/library/debian:{distribution}-slim"));

    // What is copied exists, and nothing that is built from is left out of it.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ignored = text(".dockerignore");
    for line in containerfile.lines().filter_map(|line| line.strip_prefix("COPY ")) {
        match line.strip_prefix(&format!("--from={build} ")) {
            Some(line) => {
                // Made by the build, where `WORKDIR` and cargo put it.
                assert_eq!(line, "/src/target/release/regprobe /usr/local/bin/regprobe");
                assert!(
                    containerfile.contains("\nWORKDIR /src\n") && !text("Cargo.toml").contains("target-dir")
                );
            }
            None => {
                let (source, _) = line.rsplit_once(' ').unwrap();
                for source in source.split(' ') {
                    assert!(root.join(source).exists(), "{source}");
                }
            }
        }
    }
    for needed in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "build.rs", "src", "probes", "reports"]
    {
        assert!(root.join(needed).exists(), "{needed}");
        assert!(!ignored.lines().any(|line| line.trim_matches('/') == needed), "{needed} is not copied");
    }
    let entrypoint = containerfile.lines().find_map(|l| l.strip_prefix("ENTRYPOINT ")).unwrap();
    assert_eq!(serde_json::from_str::<Vec<String>>(entrypoint).unwrap(), ["/usr/local/bin/regprobe"]);
    assert!(containerfile.contains("\nRUN cargo build --release --locked --bin regprobe\n"));
}
