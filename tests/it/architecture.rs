//! The rules of the house, read off the `use` lines and the files themselves.

use std::fs;
use std::path::{Path, PathBuf};

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with its path below `src/`, and its text without test modules at its end.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    assert!(found.len() > 100);
    let shown = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
    let code = |text: String| text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    found.iter().map(|path| (shown(path), code(fs::read_to_string(path).unwrap()))).collect()
}

/// Files outside the allowed places that name a crate in code.
fn strays(name: &str, allowed: &[&str]) -> Vec<String> {
    let mentions = |text: &str| {
        text.lines().filter(|l| !l.trim_start().starts_with("//")).any(|line| {
            line.match_indices(&format!("{name}::")).any(|(at, _)| {
                // `hyper_util::` is not `hyper::`, and `crate::cli` is not a crate called `cli`.
                !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            })
        })
    };
    sources()
        .into_iter()
        .filter(|(path, text)| !allowed.iter().any(|a| path.starts_with(a)) && mentions(text))
        .map(|(path, _)| path)
        .collect()
}

#[test]
fn libraries_stay_where_they_belong() {
    assert_eq!(strays("reqwest", &["transport/"]), [] as [String; 0]);
    // The lab is a server; clients are in the transport alone.
    assert_eq!(strays("hyper", &["transport/", "lab/"]), [] as [String; 0]);
    assert_eq!(strays("hyper_util", &["transport/", "lab/"]), [] as [String; 0]);
    assert_eq!(strays("comfy_table", &["render/table/"]), [] as [String; 0]);
    assert_eq!(strays("clap", &["cli.rs", "cli/", "command/"]), [] as [String; 0]);
    assert_eq!(strays("indicatif", &["command/"]), [] as [String; 0]);
}

#[test]
fn judging_is_synchronous_and_does_no_io() {
    let pure = [
        "oci/",
        "plan",
        "compare",
        "evidence",
        "oracle",
        "paths.rs",
        "diagnosis/",
        "signature",
        "report.rs",
        "judge.rs",
        "render/",
        "exchange.rs",
        "recording.rs",
        "target.rs",
        "runner/learn.rs",
        "runner/meter.rs",
    ];
    let forbidden =
        ["tokio::", "std::net::Tcp", "std::fs", "std::env::var", "async fn", ".await", "crate::transport"];
    let mut found = Vec::new();
    for (path, text) in sources() {
        if !pure.iter().any(|p| path.starts_with(p)) {
            continue;
        }
        for line in text.lines().filter(|l| !l.trim_start().starts_with("//")) {
            for word in forbidden.iter().filter(|w| line.contains(**w)) {
                // Snippet and escape tests run a shell, and are tests.
                if !path.contains("test") && !path.contains("fixture") {
                    found.push(format!("{path}: {word}"));
                }
            }
        }
    }
    assert_eq!(found, [] as [String; 0]);
}

#[test]
fn facts_know_no_opinions_and_opinions_no_words() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let forbidden: &[&str] = match path.as_str() {
            "exchange.rs" | "recording.rs" => {
                &["crate::diagnosis", "crate::report", "crate::render", "crate::paths"]
            }
            p if p.starts_with("transport/") || p.starts_with("oci/") => {
                &["crate::diagnosis", "crate::render", "crate::evidence", "crate::judge", "crate::runner"]
            }
            "diagnosis/testing.rs" => continue, // whole runs, for tests alone
            p if p.starts_with("diagnosis/") || p.starts_with("evidence") => {
                &["crate::render", "crate::transport"]
            }
            p if p.starts_with("lab/") => {
                &["crate::runner", "crate::transport", "crate::diagnosis", "crate::judge"]
            }
            _ => continue,
        };
        found.extend(forbidden.iter().filter(|f| text.contains(**f)).map(|f| format!("{path} uses {f}")));
    }
    assert_eq!(found, [] as [String; 0]);
}

#[test]
fn files_are_short() {
    let mut found = Vec::new();
    for directory in ["src", "tests", "benches"] {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(directory), &mut found);
    }
    let mut lengths: Vec<(usize, String)> = found
        .iter()
        .map(|path| (fs::read_to_string(path).unwrap().lines().count(), path.display().to_string()))
        .collect();
    lengths.sort();
    let long: Vec<_> = lengths.iter().filter(|(lines, _)| *lines > 600).collect();
    assert!(long.is_empty(), "above 600 lines: {long:?}");
    let median = lengths[lengths.len() / 2].0;
    assert!(median < 170, "the median file has {median} lines");
}

#[test]
fn main_tells_the_story() {
    let main = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs")).unwrap();
    assert!(main.lines().count() <= 60);
}
