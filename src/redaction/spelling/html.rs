//! Text in HTML and XML, as different writers escape it.

/// How a writer writes one special character.
type Special = fn(char) -> Option<&'static str>;

fn markup(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

fn double(c: char) -> Option<&'static str> {
    if c == '"' { Some("&quot;") } else { markup(c) }
}

const SPECIALS: [Special; 9] = [
    |_| None,
    markup,
    double,
    |c| if c == '\'' { Some("&#39;") } else { double(c) },
    |c| if c == '\'' { Some("&#039;") } else { double(c) },
    |c| if c == '\'' { Some("&apos;") } else { double(c) },
    |c| if c == '\'' { Some("&#x27;") } else { double(c) },
    // Go.
    |c| match c {
        '\'' => Some("&#39;"),
        '"' => Some("&#34;"),
        c => markup(c),
    },
    // Mustache.
    |c| match c {
        '\'' => Some("&#39;"),
        '/' => Some("&#x2F;"),
        '`' => Some("&#x60;"),
        '=' => Some("&#x3D;"),
        c => double(c),
    },
];

/// What is written as a number.
#[derive(Clone, Copy)]
enum Numbers {
    Decimal,
    Hex,
}

fn number(c: char, numbers: Numbers) -> String {
    match numbers {
        Numbers::Decimal => format!("&#{};", u32::from(c)),
        Numbers::Hex => format!("&#x{:x};", u32::from(c)),
    }
}

/// Every way with names, or without.
pub(super) fn spellings(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for special in SPECIALS {
        let beyond: [fn(char) -> String; 4] =
            [String::from, named, |c| number(c, Numbers::Decimal), |c| number(c, Numbers::Hex)];
        let count = if text.is_ascii() { 1 } else { beyond.len() };
        for other in &beyond[..count] {
            let one = |c: char| match special(c) {
                Some(escaped) => escaped.to_owned(),
                None if c.is_ascii() => c.to_string(),
                None => other(c),
            };
            all.push(text.chars().map(one).collect());
        }
    }
    all
}

/// Every way that writes characters by their numbers.
pub(super) fn numbered(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    for numbers in [Numbers::Decimal, Numbers::Hex] {
        let some = |c: char| if c.is_ascii_alphanumeric() { c.to_string() } else { number(c, numbers) };
        let special = |c: char| match c {
            '&' | '<' | '>' | '"' | '\'' => number(c, numbers),
            c if c.is_ascii() => c.to_string(),
            c => number(c, numbers),
        };
        all.push(text.chars().map(some).collect());
        all.push(text.chars().map(special).collect());
        all.push(text.chars().map(|c| number(c, numbers)).collect());
    }
    all
}

/// The names of U+00A0 to U+00FF.
const LATIN1: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 \
    acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig \
    Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave \
    Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave \
    iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

fn named(c: char) -> String {
    let at = usize::try_from(u32::from(c)).ok().and_then(|c| c.checked_sub(0xa0));
    let name = at.and_then(|at| LATIN1.split_ascii_whitespace().nth(at));
    name.map_or_else(|| c.to_string(), |name| format!("&{name};"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers() {
        assert_eq!(
            named('\u{a0}') + &named('\u{e9}') + &named('\u{ff}') + &named('\u{100}'),
            "&nbsp;&eacute;&yuml;\u{100}"
        );
        let mut all = spellings("a'\u{e9}");
        all.extend(numbered("a'\u{e9}"));
        for wanted in ["a'\u{e9}", "a&#39;&eacute;", "a&#x27;&#xe9;", "a&#39;&#233;", "&#97;&#39;&#233;"] {
            assert!(all.iter().any(|s| s == wanted), "{wanted}: {all:?}");
        }
    }
}
