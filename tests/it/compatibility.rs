//! `compare` as a project uses it that publishes how its registries behave: files, and the same files again.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Raw, Running, run};

const ASKED: [&str; 4] = ["--suite", "quick", "--platform", "linux/amd64"];

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn three_registries_on_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let labs =
        [Running::faithful(), Running::quirks(&["head-405"]), Running::quirks(&["not-acceptable-406"])];
    let images: Vec<String> = labs.iter().map(|lab| lab.image("lab/docker")).collect();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    let files = ["page.html", "page.md", "all.json", "table=page.txt"].map(|f| match f.split_once('=') {
        Some((format, path)) => format!("{format}={}", file(path)),
        None => file(f),
    });
    let outputs: Vec<&str> = files.iter().flat_map(|f| ["-o", f.as_str()]).collect();
    let (code, out, err) = run(&[&["compare"][..], &images, &ASKED, &outputs].concat());
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("the same everywhere") && !out.contains("<html"), "{out}");

    let html = text(&dir.path().join("page.html"));
    let markdown = text(&dir.path().join("page.md"));
    for told in [
        "head-405",
        "docker-manifest",
        "works",
        "same everywhere",
        "regprobe compare http://",
        "--suite quick",
    ] {
        assert!(html.contains(told) && markdown.contains(told), "{told} in\n{markdown}");
    }
    for image in &images {
        assert!(html.contains(image) && markdown.contains(image), "{image}");
    }
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(
        html.contains("▲ warning") && html.contains("Works everywhere: ") && html.contains("<summary>Which ")
    );
    assert!(
        !html.contains("<script") && !html.contains("href=\"http"),
        "nothing leads or loads from outside"
    );
    assert_eq!(text(&dir.path().join("page.txt")).lines().count(), out.lines().count());

    // JSON is every report whole; from those, the same page.
    let all: Vec<serde_json::Value> = serde_json::from_str(&text(&dir.path().join("all.json"))).unwrap();
    assert_eq!(all.len(), 3);
    let mut each = Vec::new();
    for (n, report) in all.iter().enumerate() {
        let path = file(&format!("{n}.json"));
        std::fs::write(&path, serde_json::to_vec(report).unwrap()).unwrap();
        each.push(path);
    }
    drop(labs);
    let each: Vec<&str> = each.iter().map(String::as_str).collect();
    for name in ["again.html", "once-more.html"] {
        let (code, _, err) = run(&[&["compare"][..], &each, &["-o", &file(name)]].concat());
        assert_eq!((code, err.as_str()), (0, ""));
        assert_eq!(text(&dir.path().join(name)), html, "{name}");
    }
    let (_, out, _) = run(&[&["compare"][..], &each, &["--format", "html"]].concat());
    assert_eq!(out, html);
}

/// What makes no sense for several, or cannot be written, is told before anything is asked.
#[test]
fn faults_are_told_first() {
    let dir = tempfile::tempdir().unwrap();
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let far = Raw::serve(|_, _| {
        ASKED.fetch_add(1, Ordering::SeqCst);
    });
    let image = format!("http://{}/lab/docker", far.address);
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    for wrong in [
        ["--format".to_owned(), "junit".to_owned()],
        ["-o".to_owned(), path("page.svg")],
        ["-o".to_owned(), format!("github={}", path("page.html"))],
    ] {
        let [flag, value] = &wrong;
        let (code, out, err) = run(&["compare", &image, &image, flag, value]);
        assert_eq!((code, out.as_str()), (2, ""), "{wrong:?}");
        assert!(err.contains("table, json, markdown, html"), "{err}");
    }
    let twice = path("page.html");
    let (code, _, err) = run(&["compare", &image, "-o", &twice, "-o", &twice]);
    assert!(code == 2 && err.contains("twice"), "{err}");
    let (code, _, err) = run(&["compare", &image, "-o", &path("none/page.html")]);
    assert!(code == 2 && err.contains("cannot be written"), "{err}");
    assert_eq!(ASKED.load(Ordering::SeqCst), 0);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left behind");
}
