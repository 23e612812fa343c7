//! A pasted line is the words that were meant, whatever a registry or a user put into them.

use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::exchange::{Header, Method, SentRequest};
use crate::render::{escape, fixture};
use crate::report::{Recommendation, SnippetStep, TlsHint, TokenHint};

/// Text in which what a shell, a terminal or a CI system acts on is frequent.
fn hostile() -> impl Strategy<Value = String> {
    let acting = prop::sample::select(
        "'\"\\$`!%#~*?[]{}()<>|&;=-:@ \t\n\r\u{0}\u{1b}\u{7f}\u{a0}\u{200b}\u{202e}é漢"
            .chars()
            .collect::<Vec<_>>(),
    );
    let one = prop_oneof![3 => acting, 1 => any::<char>(), 1 => prop::char::range('a', 'z')];
    let joined = prop::collection::vec(one, 0..40).prop_map(|chars| chars.into_iter().collect::<String>());
    let bytes = prop::collection::vec(any::<u8>(), 0..60);
    let known = prop::sample::select([escape::NASTY, escape::COMMANDS].concat());
    prop_oneof![
        4 => joined,
        1 => bytes.prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        1 => known.prop_map(str::to_owned),
    ]
}

/// What an argument can hold of it.
fn meant(text: &str) -> String {
    text.replace('\0', "").trim_end_matches('\n').to_owned()
}

fn header(value: &str) -> String {
    if value.trim_matches([' ', '\t']).is_empty() { "Accept;".to_owned() } else { format!("Accept: {value}") }
}

fn sent(url: &str, accept: &str) -> SentRequest {
    let header = Header { name: "accept".into(), value: accept.into() };
    SentRequest { method: Method::Get, url: url.into(), headers: vec![header] }
}

fn recommendation(realm: &str, url: &str, accept: &str) -> Recommendation {
    let step =
        SnippetStep { url: url.into(), accept: vec![accept.into()], yields: accept.into(), needs: None };
    Recommendation {
        steps: vec![step],
        token: Some(TokenHint::Bearer { url: realm.into(), with_credentials: false }),
        tls: TlsHint::Default,
        ..fixture::recommendation()
    }
}

/// The words of a line, as a POSIX shell splits it; what `printf` writes is read by [`printed`].
fn words(line: &str) -> Vec<String> {
    let words = shlex::split(line).unwrap_or_else(|| panic!("no shell line: {line}"));
    words.iter().map(|word| printed(word)).filter(|w| w != "--globoff" && w != "--path-as-is").collect()
}

fn printed(word: &str) -> String {
    let Some(format) = word.strip_prefix("$(printf '").and_then(|rest| rest.strip_suffix("')")) else {
        return word.to_owned();
    };
    let (mut bytes, mut rest) = (Vec::new(), format.as_bytes());
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (b'\\', [a, b, c, after @ ..]) => {
                let digit = |d: &u8| d.checked_sub(b'0').filter(|d| *d < 8).unwrap();
                bytes.push(digit(a) * 64 + digit(b) * 8 + digit(c));
                after
            }
            (b'%', [b'%', after @ ..]) => {
                bytes.push(b'%');
                after
            }
            (b'\\' | b'%' | b'\'' | b'"' | b'$' | b'`', _) => panic!("printf would act: {format}"),
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    String::from_utf8(bytes).unwrap().trim_end_matches('\n').to_owned()
}

fn assert_quiet(line: &str) {
    assert!(!line.chars().any(escape::is_deceptive), "{line:?}");
    assert!(!escape::has_command(line), "{line:?}");
    assert_eq!(escape::terminal(line), line, "a renderer would change it");
}

fn is_note(line: &str) -> bool {
    line.starts_with("# no line to paste, ")
}

proptest! {
    #[test]
    fn a_recorded_request_is_the_words_that_were_meant(url in hostile(), accept in hostile()) {
        let url = format!("https://r.example/v2/{url}");
        let line = curl::request(&sent(&url, &accept), TlsHint::Default);
        assert_quiet(&line);
        prop_assert_eq!(words(&line), ["curl", "-sS", "-i", "-H", &meant(&header(&accept)), &meant(&url)]);
    }

    #[test]
    fn the_recommended_lines_are_the_words_that_were_meant(
        realm in hostile(), url in hostile(), accept in hostile()
    ) {
        let (realm, url) = (format!("http://t.example/{realm}"), format!("http://r.example/{url}"));
        let lines = curl::recommended(&recommendation(&realm, &url, &accept));
        lines.iter().for_each(|line| assert_quiet(line));
        let token = words(&lines[0]);
        prop_assert_eq!(&token[..4], ["TOKEN=$(curl", "-fsS", &meant(&realm), "|"]);
        let authorization = "Authorization: Bearer $TOKEN";
        let wanted = ["curl", "-fsSL", "-H", &meant(&header(&accept)), "-H", authorization, &meant(&url)];
        prop_assert_eq!(words(&lines[1]), wanted);
    }

    #[test]
    fn what_is_no_url_is_no_line(url in hostile()) {
        let line = curl::request(&sent(&format!("x{url}"), "a/b"), TlsHint::Default);
        assert_quiet(&line);
        prop_assert!(is_note(&line));
        // Harmless even where `#` begins no comment.
        prop_assert!(shlex::split(&line.replacen('#', "", 1)).is_some());
    }
}

/// A realm of 300 kB ended in an open quote.
#[test]
fn what_is_too_long_to_paste_is_a_note_as_a_whole() {
    let long = format!("https://r.example/{}'", "a b".repeat(100_000));
    let lines = curl::recommended(&recommendation(&long, &long, &long));
    assert!(lines.len() == 2 && lines.iter().all(|line| is_note(line) && line.len() < 100), "{lines:?}");
    for (url, accept) in [(&*long, "a/b"), ("https://r.example/", &long)] {
        let line = curl::request(&sent(url, accept), TlsHint::Default);
        assert!(is_note(&line), "{}", line.len());
    }
    let script = python::recommended(&recommendation(&long, &long, &long));
    assert!(script.starts_with("# no script to paste, it would be ") && script.len() < 100, "{script}");
    // What is not too long is there whole, in every format that shows it.
    let url = format!("https://r.example/{}", "'\u{1b}a".repeat(450));
    let line = curl::request(&sent(&url, "a/b"), TlsHint::Default);
    assert!(line.len() > LONGEST / 2 && !is_note(&line));
    let mut report = fixture::degraded();
    report.findings[0].reproduce = vec![line.clone()];
    let all = [
        crate::render::table::render(&report, &crate::render::table::TableOptions::default()),
        crate::render::json::render(&report),
        crate::render::github::render(std::slice::from_ref(&report)),
        crate::render::markdown::render(std::slice::from_ref(&report)),
        crate::render::html::render(std::slice::from_ref(&report)),
    ];
    let begins = &line[..200];
    for page in all {
        let plain =
            page.replace("\\\\", "\\").replace("\\\"", "\"").replace("&#34;", "\"").replace("&#39;", "'");
        let cut = plain.matches(begins).count() != plain.matches(&line).count();
        assert!(!cut, "{page}");
    }
}

/// The same, asked of the shells and the Python of this machine.
#[test]
#[ignore = "needs bash and python3"]
fn a_real_shell_and_a_real_python_read_what_was_meant() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut text = || {
        use proptest::strategy::ValueTree as _;
        hostile().new_tree(&mut runner).unwrap().current()
    };
    let mut script = String::from("TOKEN=t\ncurl() { printf '%s\\0' \"$@\"; }\n");
    let (mut wanted, mut scripts) = (Vec::new(), Vec::new());
    for _ in 0..500 {
        let (url, accept) = (format!("https://r.example/{}", text()), text());
        script.push_str(&curl::request(&sent(&url, &accept), TlsHint::Default));
        script.push('\n');
        wanted.extend(["-sS", "-i", "-H"].map(str::to_owned));
        wanted.extend([meant(&header(&accept)), meant(&url)]);
        scripts.push(python::recommended(&recommendation(&url, &url, &accept)));
        scripts.push(escape::python(&url));
    }
    for shell in ["bash", "sh"] {
        let check = Command::new(shell).args(["-n", "-c", &script]).output().unwrap();
        assert!(check.status.success() && check.stderr.is_empty(), "{shell}: {check:?}");
        let output = Command::new(shell).args(["-c", &script]).output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut read: Vec<&str> = text.split_terminator('\0').collect();
        read.retain(|w| *w != "--globoff" && *w != "--path-as-is");
        assert_eq!(read, wanted, "{shell}");
    }
    let check = "import ast, json, sys\nfor script in json.load(sys.stdin): ast.parse(script)";
    let mut child = Command::new("python3")
        .args(["-c", check])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    serde_json::to_writer(child.stdin.take().unwrap(), &scripts).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
