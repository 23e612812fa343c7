//! Text that a CI system executes when it stands in a job's log. GitHub Actions: a line that begins with `::` after
//! blanks, and `##[name]` anywhere in a line (workflow commands). Azure Pipelines: `##vso[...]` and `##[...]` (logging
//! commands). TeamCity: `##teamcity[...]` (service messages).
//!
//! Wrapping can move any word to the beginning of a line, so every word that begins with `::` is changed. The second
//! character is spelled out, as a control character is: the reader still sees what was sent.

use std::borrow::Cow;

/// How our own annotations begin (`render/github.rs`).
const OURS: [&str; 3] = ["::error title=", "::warning title=", "::notice title="];

/// No word of it begins with `::`, and no `##` leads to a bracket: the second character is written as given here.
pub(super) fn disarm<'a>(text: &'a str, colon: &str, hash: &str) -> Cow<'a, str> {
    let word = |at: usize| text[..at].chars().next_back().is_none_or(char::is_whitespace);
    spelled(text, &seconds(text, word), colon, hash)
}

/// JSON text, in which all of this stands inside strings: another spelling of the same value.
pub fn json(text: String) -> String {
    match disarm(&text, "\\u003a", "\\u0023") {
        Cow::Owned(changed) => changed,
        Cow::Borrowed(_) => text,
    }
}

/// The last look at what goes to stdout or stderr, in any format: annotations of ours stay, every other command is
/// spelled out in a way that is harmless in prose and the same value in JSON. The formats leave it nothing to do.
pub fn guard(text: &str) -> Cow<'_, str> {
    let line = |at: usize| {
        let before = text[..at].trim_end_matches(|c: char| c.is_whitespace() && !is_line_end(c));
        (before.is_empty() || before.ends_with(is_line_end))
            && !OURS.iter().any(|o| text[at..].starts_with(o))
    };
    spelled(text, &seconds(text, line), "\\u003a", "\\u0023")
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

/// Where the second characters are, sorted; `begins` says whether a `::` stands where it would be read.
fn seconds(text: &str, begins: impl Fn(usize) -> bool) -> Vec<usize> {
    if !text.contains("::") && !text.contains("##") {
        return Vec::new();
    }
    let colons = text.match_indices("::").filter(|(at, _)| begins(*at)).map(|(at, _)| at + 1);
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let hashes = text.match_indices('[').filter_map(|(at, _)| {
        let before = text[..at].trim_end_matches(name);
        before.ends_with("##").then(|| before.len() - 1)
    });
    let mut all: Vec<usize> = colons.chain(hashes).collect();
    all.sort_unstable();
    all
}

fn spelled<'a>(text: &'a str, seconds: &[usize], colon: &str, hash: &str) -> Cow<'a, str> {
    if seconds.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 6 * seconds.len());
    let mut done = 0;
    for &at in seconds {
        out.push_str(&text[done..at]);
        out.push_str(if text[at..].starts_with(':') { colon } else { hash });
        done = at + 1;
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// Commands, plain and in disguise. Every renderer is tested with all of them.
#[cfg(test)]
pub(crate) const COMMANDS: &[&str] = &[
    "::add-mask::a",
    "::stop-commands::x",
    " \t::set-output name=x::y",
    "\u{a0}\u{2003}::add-path::/x",
    "word ::error file=a::b word ::debug::c",
    "a\n::warning::b\r::notice::c",
    ":::group::a ::::endgroup::",
    "##[add-mask]a",
    "###[error]a",
    "x##[group]y ##[endgroup]",
    "##vso[task.setvariable variable=x;issecret=true]y",
    "text ##vso[task.complete result=Failed;]",
    "##teamcity[buildStatus status='SUCCESS' text='x']",
    "#\u{200b}#[error]a",
    "#\0#vso[task.logissue type=error]a",
    "\u{1b}[0m::error::a #\u{1b}[0m#[error]b",
    ":\u{200b}:add-mask::a",
    "\0::add-mask::a :\0:add-mask::b",
    "\u{feff}::add-mask::a",
    "\"::add-mask::a\" '##[error]b' \\##[error]c",
    "::error title=forged::a",
];

/// Whether a CI system would execute something in it that is not an annotation of ours.
#[cfg(test)]
pub(crate) fn has_command(text: &str) -> bool {
    matches!(guard(text), Cow::Owned(_))
}

#[cfg(test)]
mod tests {
    use super::super::{
        NASTY, cell, python, sarif, shell, terminal, workflow_message, workflow_property, xml,
    };
    use super::*;

    #[test]
    fn the_second_character_is_spelled_out_and_nothing_else() {
        for (text, shown) in [
            ("::add-mask::x", r":\x3aadd-mask::x"),
            ("a ::b::c", r"a :\x3ab::c"),
            ("std::io::Error [::1]:5000 a::b", "std::io::Error [::1]:5000 a::b"),
            ("##[error]", r"#\x23[error]"),
            ("a##vso[b]##teamcity[c", r"a#\x23vso[b]#\x23teamcity[c"),
            ("## heading [x] #1 ##a b[", "## heading [x] #1 ##a b["),
            ("#####[x", r"####\x23[x"),
            ("\u{3000}::x", "\u{3000}:\\x3ax"),
        ] {
            assert_eq!(terminal(text), shown);
            assert_eq!(terminal(&terminal(text)), shown);
        }
    }

    #[test]
    fn no_place_holds_a_command() {
        for text in COMMANDS.iter().chain(NASTY) {
            let places = [terminal(text), xml(text), sarif(text), shell(text), python(text), cell(text, 30)];
            for shown in places.iter().chain(&[workflow_message(text), workflow_property(text)]) {
                // Wherever it is put, and wherever its lines are broken.
                for page in
                    [shown.clone(), shown.split(' ').collect::<Vec<_>>().join("\n"), format!("x {shown}")]
                {
                    assert!(!page.lines().any(|l| l.trim_start().starts_with("::")), "{text:?}: {page:?}");
                    assert!(!has_command(&page), "{text:?}: {page:?}");
                }
            }
        }
    }

    #[test]
    fn json_means_what_it_meant() {
        for text in COMMANDS.iter().chain(NASTY) {
            let written = json(serde_json::to_string(&[text, text]).unwrap());
            assert_eq!(serde_json::from_str::<[String; 2]>(&written).unwrap(), [*text, *text]);
            assert!(!has_command(&written), "{written}");
        }
        let plain = r#"{"a::b":"c::d","e":[]}"#;
        assert_eq!(json(plain.to_owned()), plain);
    }

    #[test]
    fn the_guard_lets_only_annotations_of_ours_pass() {
        for ours in ["::error title=a::b\n::notice title=c::d\n", "a ::b::\n{\"x\":\"::y\"}\n", "[1]\n## [x]"]
        {
            assert_eq!(guard(ours), ours);
        }
        assert_eq!(guard("a\n \t::x::\r::y"), "a\n \t:\\u003ax::\r:\\u003ay");
        assert_eq!(guard("::error title=a::b ##[c]"), "::error title=a::b #\\u0023[c]");
        for text in COMMANDS {
            assert!(!has_command(&guard(text)), "{text:?}");
        }
    }
}
