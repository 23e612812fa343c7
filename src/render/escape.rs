//! Strangers' text made harmless, per place it goes to: a terminal, a shell line, a Python literal, and below this
//! module the places of each report format.

mod commands;
mod data;
mod markdown;
mod workflow;

#[cfg(test)]
pub(crate) use commands::{COMMANDS, has_command};
pub use commands::{guard, json};
pub use data::{formula, sarif, xml};
pub use markdown::{code_span, fence, markdown};
pub use workflow::{workflow_message, workflow_property};

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// Marks that may sit on one letter before the rest is shown as numbers: real orthographies need two
/// or three, a tower of them paints over the lines above.
const MARKS: usize = 3;

/// Whether a character does something other than showing itself: controls, bidi overrides and
/// isolates, zero-width and other invisible characters, line separators.
pub fn is_deceptive(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// For a terminal or a job's log: one line, in which everything that would act instead of showing is spelled out,
/// commands to a CI system included. Ordinary letters of every script stay as they are.
pub fn terminal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (c, acts) in acting(text) {
        if acts {
            spell(&mut out, c);
        } else {
            out.push(c);
        }
    }
    match commands::disarm(&out, "\\x3a", "\\x23") {
        Cow::Owned(harmless) => harmless,
        Cow::Borrowed(_) => out,
    }
}

/// Each character, and whether it does something other than showing itself where it stands.
fn acting(text: &str) -> impl Iterator<Item = (char, bool)> + '_ {
    let mut marks = 0;
    text.chars().map(move |c| {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        (c, is_deceptive(c) || marks > MARKS)
    })
}

fn spell(out: &mut String, c: char) {
    let code = u32::from(c);
    // Writing to a String cannot fail.
    let _ = match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        _ if code < 0x100 => write!(out, "\\x{code:02x}"),
        _ => write!(out, "\\u{{{code:x}}}"),
    };
}

/// At most `width` columns, with `…` in place of what did not fit. Wide characters count twice.
pub fn shorten(text: &str, width: usize) -> String {
    let mut used = 0;
    // Where to cut if it turns out not to fit: the last place that leaves a column for the sign.
    let mut cut = 0;
    for (at, c) in text.char_indices() {
        if used < width {
            cut = at;
        }
        used += c.width().unwrap_or(0);
        if used > width {
            let sign = if width == 0 { "" } else { "…" };
            return format!("{}{sign}", &text[..cut]);
        }
    }
    text.to_owned()
}

/// [`terminal`] and [`shorten`] in one: a cell of a table.
pub fn cell(text: &str, width: usize) -> String {
    // A character shows as at most ten (`\u{10ffff}`) and takes at least one byte: what lies beyond
    // this many cannot be seen, and a stranger's megabytes need not be walked.
    let bounded: String = text.chars().take(width.saturating_mul(4).saturating_add(64)).collect();
    shorten(&terminal(&bounded), width)
}

/// One word for a POSIX shell, quoted where it must be, always printable and always on one line: what
/// would act on the terminal or in a job's log is written in octal for `printf`. Two things no argument made this
/// way can hold, and both are dropped: NUL bytes, and line ends at the very end of such a word.
pub fn shell(text: &str) -> String {
    let text = text.replace('\0', "");
    if terminal(&text) != text {
        return shell_printf(&text);
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_./:@%+,-=".contains(&b);
    // A leading `=` is an expansion in zsh.
    if !text.is_empty() && text.bytes().all(plain) && !text.starts_with('=') {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What quotes and expansions are made of is in octal as well: quotes within quotes are read in more than one way.
fn shell_printf(text: &str) -> String {
    let mut format = String::new();
    for (c, acts) in acting(text) {
        match c {
            '%' => format.push_str("%%"),
            // History expansion reaches into double quotes; a leading hyphen would be an option.
            _ if acts
                || matches!(c, '!' | '\'' | '"' | '\\' | '$' | '`')
                || (c == '-' && format.is_empty()) =>
            {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(format, "\\{byte:03o}");
                }
            }
            _ => format.push(c),
        }
    }
    format!("\"$(printf '{}')\"", commands::disarm(&format, "\\072", "\\043"))
}

/// A Python string literal.
pub fn python(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        let code = u32::from(c);
        let _ = match c {
            '"' => out.write_str("\\\""),
            '\\' => out.write_str("\\\\"),
            '\n' => out.write_str("\\n"),
            '\r' => out.write_str("\\r"),
            '\t' => out.write_str("\\t"),
            _ if !is_deceptive(c) => write!(out, "{c}"),
            _ if code < 0x100 => write!(out, "\\x{code:02x}"),
            _ if code < 0x1_0000 => write!(out, "\\u{code:04x}"),
            _ => write!(out, "\\U{code:08x}"),
        };
    }
    out.push('"');
    commands::disarm(&out, "\\x3a", "\\x23").into_owned()
}

/// Strings that have broken some renderer somewhere. Every renderer is tested with all of them.
#[cfg(test)]
pub(crate) const NASTY: &[&str] = &[
    "",
    " ",
    "\u{1b}[2J\u{1b}[1;1Howned",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]8;;http://evil.example/\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{9b}31mC1",
    "\u{85}next line",
    "\u{8}\u{8}\u{8}back",
    "over\rwritten",
    "a\n✔ works  forged\n",
    "tab\tbed\u{b}\u{c}",
    "nul\0byte",
    "del\u{7f}",
    "gpj.\u{202e}exe",
    "\u{2066}isolate\u{2069}",
    "zero\u{200b}width\u{feff}\u{2060}\u{ad}",
    "line\u{2028}paragraph\u{2029}",
    "tags\u{e0041}\u{e0042}",
    "Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}algo",
    "\u{fffe}\u{ffff}\u{fffd}",
    "'; touch /tmp/owned; '",
    "$(touch /tmp/owned)",
    "`touch /tmp/owned`",
    "\"; touch /tmp/owned; \"",
    "$HOME ${IFS} $'\\x41'",
    "!! !echo \u{1b}!x",
    "%s%n%d \u{1b}%s",
    "-rf\u{1b}",
    "--config=/etc/passwd",
    "@/etc/passwd",
    "~root",
    "* ? [a-z] {a,b}",
    "=ls",
    "ends with \\",
    "\\u{1b} \\x1b \u{1b}\\033",
    "& && | || ; < > ( ) #",
    "\"\"\" ''' \\N{DASH}",
    "{0} {{x}} %(x)s",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</style></title>\" onmouseover=\"x",
    "&amp; &#x3c; ]]> <![CDATA[ <?xml <!--",
    "| a | b |\n|---|---|",
    "[x](javascript:alert(1)) ![i](http://evil.example/) `` ``` @someone #1",
    "::error file=a::b%0A::set-output name=x::y",
    "https://user:pass@evil.example/?q='\"$(id)",
    "漢字 ＦＵＬＬ 🐳👩\u{200d}🚀 é e\u{301} עברית",
];

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn is_clean(text: &str) -> bool {
        text.chars().all(|c| !is_deceptive(c))
    }

    #[test]
    fn the_gallery_shows_and_does_nothing() {
        for nasty in NASTY {
            for shown in [terminal(nasty), shell(nasty), python(nasty), cell(nasty, 12)] {
                assert!(is_clean(&shown), "{nasty:?} -> {shown:?}");
            }
        }
        for control in (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32) {
            assert!(is_clean(&terminal(&control.to_string())), "{control:?}");
        }
        assert_eq!(terminal("\u{1b}[31m\u{202e}\n\u{9b}"), r"\x1b[31m\u{202e}\n\x9b");
        assert_eq!(terminal("漢字 é e\u{301} עברית 🐳"), "漢字 é e\u{301} עברית 🐳");
        assert_eq!(terminal("a\u{300}\u{300}\u{300}\u{300}"), "a\u{300}\u{300}\u{300}\\u{300}");
    }

    #[test]
    fn shortened_text_keeps_to_its_columns() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdefg", 6), "abcde…");
        assert_eq!(shorten("漢字漢字", 5), "漢字…");
        assert_eq!(shorten("漢字漢字", 4), "漢…");
        assert_eq!(shorten("abc", 0), "");
        assert_eq!(cell(&"\u{1b}".repeat(1 << 20), 9), r"\x1b\x1b…");
    }

    #[test]
    fn plain_words_stay_unquoted() {
        assert_eq!(shell("https://gcr.io/v2/a/b/manifests/0.5.0"), "https://gcr.io/v2/a/b/manifests/0.5.0");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(shell("\u{1b}!"), r#""$(printf '\033\041')""#);
        assert_eq!(shell(""), "''");
    }

    #[test]
    fn a_shell_reads_back_every_nasty_string() {
        let mut script = String::from("curl() { printf '%s\\0' \"$@\"; }\n");
        for nasty in NASTY {
            script.push_str(&format!("curl {}\n", shell(nasty)));
        }
        for sh in ["sh", "bash"] {
            let Ok(output) = Command::new(sh).arg("-c").arg(&script).output() else { continue };
            assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
            let text = String::from_utf8(output.stdout).unwrap();
            let read: Vec<&str> = text.strip_suffix('\0').unwrap().split('\0').collect();
            let wanted: Vec<String> =
                NASTY.iter().map(|n| n.replace('\0', "").trim_end_matches('\n').to_owned()).collect();
            assert_eq!(read, wanted, "{sh}");
        }
    }

    #[test]
    #[ignore = "needs python3"]
    fn python_reads_back_every_nasty_string() {
        let list: Vec<String> = NASTY.iter().map(|n| python(n)).collect();
        let script = format!("import json\nprint(json.dumps([{}]))", list.join(", "));
        // Without Python on the machine there is nothing to ask.
        let output = Command::new("python3").args(["-c", &script]).output().unwrap();
        let read: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(read, NASTY);
    }
}
