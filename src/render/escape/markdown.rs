//! Markdown as GitHub and GitLab read it. What a stranger wrote stands in code, where nothing is a link, a mention, an
//! issue number or HTML; plain words stay plain.

use super::terminal;

/// Letters and digits aside, what a plain word may hold.
const PLAIN: &str = ".,;:'\"()/-?→…–·✔✘▲";

/// What is not taken into the code when it stands at an end of a word.
const EDGE: &[char] = &['"', '\'', '(', ')', ',', '.', ';', ':'];

/// Prose, on one line: every word that Markdown or a forge could take for more than a word becomes code. It must not
/// stand at the beginning of a line, where even plain words may mean a list.
pub fn markdown(text: &str) -> String {
    let text = terminal(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    // Words that became code and may take in the next one.
    let mut code = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if is_plain(word) {
            flush(&mut out, &mut code);
            blank(&mut out);
            out.push_str(word);
            continue;
        }
        let core = word.trim_matches(EDGE);
        let core = if core.is_empty() { word } else { core };
        let at = word.find(core).unwrap_or(0);
        let (before, after) = (&word[..at], &word[at + core.len()..]);
        if !before.is_empty() {
            flush(&mut out, &mut code);
            blank(&mut out);
            out.push_str(before);
            // The code belongs to this word: no blank between.
            out.push_str(&code_span(core));
            out.push_str(after);
            continue;
        }
        if !code.is_empty() {
            code.push(' ');
        }
        code.push_str(core);
        if !after.is_empty() {
            flush(&mut out, &mut code);
            out.push_str(after);
        }
    }
    flush(&mut out, &mut code);
    out
}

fn flush(out: &mut String, code: &mut String) {
    if !code.is_empty() {
        blank(out);
        out.push_str(&code_span(code));
        code.clear();
    }
}

fn blank(out: &mut String) {
    if !out.is_empty() {
        out.push(' ');
    }
}

fn is_plain(word: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || PLAIN.contains(c);
    let bare = word.trim_matches(EDGE);
    // `:smile:`, https://..., www....; /close; --flag; a commit; GH-12
    word.chars().all(plain)
        && word.matches(':').count() < 2
        && !word.contains("://")
        && !bare.to_ascii_lowercase().starts_with("www.")
        && !bare.starts_with(['/', '-'])
        && !is_commit(bare)
        && !is_ticket(bare)
}

fn is_commit(word: &str) -> bool {
    word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_ticket(word: &str) -> bool {
    word.rsplit_once('-').is_some_and(|(letters, digits)| {
        !digits.is_empty()
            && digits.bytes().all(|b| b.is_ascii_digit())
            && letters.bytes().all(|b| b.is_ascii_alphabetic())
    })
}

fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// A code span: everything in it shows itself. Not for a cell of a Markdown table, whose `|` would need more.
pub fn code_span(text: &str) -> String {
    let text = terminal(text);
    let ticks = "`".repeat(longest_run(&text) + 1);
    let empty = text.trim().is_empty();
    // A blank at both ends is taken away again by the reader.
    let pad = !empty && (text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']));
    match (empty, pad) {
        (true, _) => "` `".to_owned(),
        (false, true) => format!("{ticks} {text} {ticks}"),
        (false, false) => format!("{ticks}{text}{ticks}"),
    }
}

/// A fenced block of lines, each of them made to show and do nothing.
pub fn fence<'a>(language: &str, lines: impl IntoIterator<Item = &'a str>) -> String {
    let lines: Vec<String> = lines.into_iter().map(terminal).collect();
    let run = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let ticks = "`".repeat(run.max(2) + 1);
    let mut out = format!("{ticks}{language}\n");
    for line in &lines {
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(&ticks);
    out
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser};

    use super::super::{NASTY, is_deceptive};
    use super::*;

    /// What a forge understands; quotes stay as they are there.
    fn forge() -> Options {
        Options::all() - Options::ENABLE_SMART_PUNCTUATION
    }

    /// The text that a reader of Markdown shows; it panics on anything but a paragraph with words and code.
    fn shown(markdown: &str) -> String {
        let mut text = String::new();
        for event in Parser::new_ext(markdown, forge()) {
            match event {
                Event::Text(words) | Event::Code(words) => text.push_str(&words),
                Event::Start(tag) => {
                    assert!(matches!(tag, pulldown_cmark::Tag::Paragraph), "{tag:?}: {markdown}")
                }
                Event::End(_) => {}
                other => panic!("{other:?} in {markdown}"),
            }
        }
        text
    }

    #[test]
    fn prose_reads_as_it_was_written_and_is_nothing_else() {
        for nasty in NASTY {
            let written = format!("seen: {}", markdown(nasty));
            let wanted = terminal(&nasty.split_whitespace().collect::<Vec<_>>().join(" "));
            let wanted: Vec<&str> = wanted.split(' ').filter(|w| !w.is_empty()).collect();
            assert_eq!(
                shown(&written),
                format!("seen: {}", wanted.join(" ")).trim_end(),
                "{nasty:?} → {written}"
            );
            assert!(!written.chars().any(is_deceptive), "{written:?}");
        }
        insta::assert_snapshot!(
            markdown("GET manifests/tag accept=json → 404 MANIFEST_UNKNOWN: \"Manifest with tag '0.5.0'\" @you #1 (a_b)."),
            @"GET manifests/tag `accept=json` → 404 `MANIFEST_UNKNOWN`: \"Manifest with tag '0.5.0'\" `@you #1` (`a_b`)."
        );
    }

    #[test]
    fn code_shows_itself() {
        for nasty in NASTY {
            let wanted = terminal(nasty);
            let seen = shown(&format!("x {}", code_span(nasty)));
            assert_eq!(seen.trim_end(), format!("x {wanted}").trim_end(), "{nasty:?}");
        }
    }

    #[test]
    fn a_fence_is_not_broken_out_of() {
        for nasty in NASTY {
            let block = fence("text", [*nasty, "```", "</details>"]);
            let mut texts = String::new();
            let mut blocks = 0;
            for event in Parser::new_ext(&block, forge()) {
                match event {
                    Event::Text(text) => texts.push_str(&text),
                    Event::Start(pulldown_cmark::Tag::CodeBlock(_)) => blocks += 1,
                    Event::End(_) => {}
                    other => panic!("{other:?}"),
                }
            }
            assert_eq!((blocks, texts), (1, format!("{}\n```\n</details>\n", terminal(nasty))));
        }
    }

    #[test]
    fn what_a_forge_would_link_is_code() {
        for word in [
            "@someone",
            "#12",
            "GH-12",
            "!3",
            "deadbee",
            "https://x.example/",
            "www.x.example",
            ":smile:",
            "/close",
            "a@b.example",
            "~label",
            "%m1",
        ] {
            assert!(markdown(word).contains('`'), "{word}");
        }
        for word in ["manifests/tag", "404", "application/json", "0.5.0", "(yes)", "don't"] {
            assert_eq!(markdown(word), word);
        }
    }
}
