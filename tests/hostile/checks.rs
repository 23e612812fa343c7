//! What must hold of every file, whoever the server is.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use pulldown_cmark::{Event, Tag};
use serde_json::Value;

/// Formats, as on the command line.
pub(crate) const FORMATS: [&str; 10] =
    ["json", "markdown", "html", "svg", "junit", "sarif", "har", "ndjson", "table", "github"];

/// Bytes of the largest file.
const FILE_BYTES: usize = 32 << 20;

/// Faults of a file in this format; `stdout` and `stderr` are formats of their own.
pub(crate) fn faults(format: &str, bytes: &[u8]) -> Vec<String> {
    if bytes.len() > FILE_BYTES {
        return vec![format!("{format}: {} MB", bytes.len() >> 20)];
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return vec![format!("{format}: not UTF-8")] };
    let mut faults = Vec::new();
    faults.extend(commands(format, text));
    faults.extend(controls(format, text));
    faults.extend(parsed(format, text).err());
    faults.iter().map(|fault| format!("{format}: {}", clip(fault))).collect()
}

fn clip(text: &str) -> String {
    let short: String = text.chars().take(300).collect();
    short.escape_debug().to_string()
}

/// Commands of CI systems, wherever their logs would see them.
fn commands(format: &str, text: &str) -> Option<String> {
    for word in ["##[", "##vso[", "##teamcity["] {
        if let Some(at) = text.find(word) {
            let around: String = text[at..].chars().take(60).collect();
            return Some(format!("a command for CI: {around}"));
        }
    }
    let line_ends = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    text.split(line_ends).map(str::trim_start).find_map(|line| {
        let name = line.strip_prefix("::")?.split([' ', ':']).next()?;
        let ours = format == "github" && ["error", "warning", "notice"].contains(&name);
        let is_command = name.starts_with(|c: char| c.is_ascii_alphabetic());
        (is_command && !ours).then(|| format!("a workflow command: {line}"))
    })
}

/// Characters that move the cursor, or turn the order of what is read.
fn controls(format: &str, text: &str) -> Option<String> {
    let data = ["json", "sarif", "har", "ndjson"].contains(&format);
    let refused = |c: char| match c {
        '\n' | '\t' => false,
        '\u{1b}' => true,
        _ if data => c < ' ',
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        c => c.is_control(),
    };
    let (at, found) = text.char_indices().find(|(_, c)| refused(*c))?;
    let around: String = text[at..].chars().take(40).collect();
    Some(format!("{:04x} in the text: {around}", u32::from(found)))
}

/// Whether its consumer reads it.
fn parsed(format: &str, text: &str) -> Result<(), String> {
    let json = |text: &str| serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
    match format {
        "json" => {
            let report = json(text)?;
            valid(&report)?;
            shell(&report)
        }
        "sarif" | "har" => json(text).map(|_| ()),
        "ndjson" => text.lines().try_for_each(|line| json(line).map(|_| ())),
        "junit" | "svg" => {
            let document = roxmltree::Document::parse(text).map_err(|error| error.to_string())?;
            let foreign = document.descendants().find(|node| {
                matches!(node.tag_name().name(), "script" | "img" | "canary" | "foreignObject")
                    || node.attributes().any(|attribute| attribute.name().starts_with("on"))
            });
            foreign.map_or(Ok(()), |node| Err(format!("a foreign element: {:?}", node.tag_name())))
        }
        "html" => {
            match ["<img src=x", "<script>canary", "<canary"].into_iter().find(|tag| text.contains(tag)) {
                Some(tag) => Err(format!("a foreign element: {tag}")),
                None => Ok(()),
            }
        }
        "markdown" => markdown(text),
        _ => Ok(()),
    }
}

fn markdown(text: &str) -> Result<(), String> {
    let options = pulldown_cmark::Options::ENABLE_TABLES;
    pulldown_cmark::Parser::new_ext(text, options).try_for_each(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) if html.contains("canary") => {
            Err(format!("a foreign element: {html}"))
        }
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. })
            if dest_url.contains("canary") =>
        {
            Err(format!("a foreign link: {dest_url}"))
        }
        Event::Start(Tag::Heading { .. }) => Ok(()),
        _ => Ok(()),
    })
}

fn valid(report: &Value) -> Result<(), String> {
    static VALIDATOR: OnceLock<jsonschema::Validator> = OnceLock::new();
    let validator = VALIDATOR.get_or_init(|| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/report.schema.json");
        let schema = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    });
    match validator.iter_errors(report).next() {
        Some(error) => Err(format!("{}: {error}", error.instance_path())),
        None => Ok(()),
    }
}

/// Lines that are made to be pasted are shell lines, each on its own.
fn shell(report: &Value) -> Result<(), String> {
    let findings = report["findings"].as_array().into_iter().flatten();
    let reproduce = findings.flat_map(|finding| finding["reproduce"].as_array().into_iter().flatten());
    let recommended = report["recommended"]["curl"].as_array().into_iter().flatten();
    let mut lines: Vec<&str> = reproduce.chain(recommended).filter_map(Value::as_str).collect();
    lines.sort_unstable();
    lines.dedup();
    // Each in a function of its own: a quote that is left open reaches into the next one, and breaks it.
    let script: String = lines.iter().map(|line| format!("f() {{\n{line}\n}}\n")).collect();
    let mut child = Command::new("sh")
        .arg("-n")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut input = child.stdin.take().ok_or("no stdin")?;
    let written = std::io::Write::write_all(&mut input, script.as_bytes());
    drop(input);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    match (output.status.success(), written) {
        (true, Ok(())) => Ok(()),
        _ => Err(format!("a curl line is no shell line: {}", String::from_utf8_lossy(&output.stderr))),
    }
}
