//! `Link` (RFC 8288): where the next page of a list is.

/// The target of a link, as written: relative or absolute, never re-encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTarget {
    /// The text between the brackets.
    pub raw: String,
    /// Whether there were brackets; some registries leave them out.
    pub bracketed: bool,
}

/// The first link of relation `next`, over all lines of the header.
pub fn next<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<LinkTarget> {
    values.find_map(next_of)
}

fn next_of(value: &str) -> Option<LinkTarget> {
    // Where no bracket closes any more, none is looked for: the time is linear in the header.
    let last_close = value.rfind('>').unwrap_or(0);
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return None;
        }
        let closes = value.len() - rest.len() < last_close;
        let (link, params, after) = one_link(rest, closes);
        if !link.raw.is_empty() && is_next(params) {
            return Some(link);
        }
        rest = after;
    }
}

/// One link, its parameters, and what follows it.
fn one_link(text: &str, closes: bool) -> (LinkTarget, &str, &str) {
    let closed = text.strip_prefix('<').filter(|_| closes).and_then(|inner| inner.split_once('>'));
    if let Some((target, rest)) = closed {
        let (params, after) = cut(rest, is_comma);
        return (LinkTarget { raw: target.trim().to_owned(), bracketed: true }, params, after);
    }
    // Without brackets a target ends where the parameters begin, and a comma or semicolon may be its own.
    let (link, after) = cut(text, |rest| is_comma(rest) && rest[1..].trim_start().starts_with('<'));
    let (target, params) = cut(link, |rest| {
        rest.strip_prefix(';')
            .is_some_and(|p| p.trim_start().get(..3).is_some_and(|name| name.eq_ignore_ascii_case("rel")))
    });
    let raw = target.trim().trim_start_matches('<').trim().to_owned();
    (LinkTarget { raw, bracketed: false }, params, after)
}

fn is_comma(rest: &str) -> bool {
    rest.starts_with(',')
}

/// Splits before the first place outside double quotes that fits; the byte there is dropped.
fn cut(text: &str, fits: impl Fn(&str) -> bool) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' | ';' if !quoted && fits(&text[at..]) => return (&text[..at], &text[at + 1..]),
            _ => {}
        }
    }
    (text, "")
}

fn is_next(params: &str) -> bool {
    let mut rest = params;
    while !rest.is_empty() {
        let (param, after) = cut(rest, |r| r.starts_with(';'));
        rest = after;
        let Some((name, value)) = param.split_once('=') else { continue };
        if name.trim().eq_ignore_ascii_case("rel") {
            let value = value.trim().trim_matches(['"', '\'', ',']);
            return value.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(value: &str) -> Option<(String, bool)> {
        next([value].into_iter()).map(|link| (link.raw, link.bracketed))
    }

    #[test]
    fn brackets_and_their_absence() {
        for (value, raw, bracketed) in [
            (r#"</v2/a/tags/list?last=b&n=1>; rel="next""#, "/v2/a/tags/list?last=b&n=1", true),
            ("<?n=1>;REL=NEXT", "?n=1", true),
            (r#"<a>; rel="prev", <b>; rel="first next""#, "b", true),
            (r#"<x?a=1,2;3>; title="a, <c>; rel=prev"; rel="next""#, "x?a=1,2;3", true),
            ("https://r.example/v2/_catalog?n=1; rel=next", "https://r.example/v2/_catalog?n=1", false),
            ("/x?a=1;b=2,3; Rel=\"next\"", "/x?a=1;b=2,3", false),
            ("</x; rel=\"next\"", "/x", false),
            ("< /x; rel=\"next\"", "/x", false),
            ("<é?last=%C3%a9>; rel=next", "é?last=%C3%a9", true),
            (", ,<b>; rel = \"next\"", "b", true),
        ] {
            assert_eq!(found(value), Some((raw.to_owned(), bracketed)), "{value}");
        }
        for none in
            ["", ",", "<a>", "<a>; rel=prev", "rel=next", "<>; rel=next", "; rel=next", "<a>; relation=next"]
        {
            assert_eq!(found(none), None, "{none}");
        }
    }

    #[test]
    fn a_header_of_open_brackets_is_read_in_one_pass() {
        // Quadratic it is minutes.
        for part in ["<a,", "<", ",<", "a;rel,", " ,", "<a>;\"", "<a>,", "a\",<"] {
            assert_eq!(found(&part.repeat(40_000)), None, "{part}");
        }
    }

    #[test]
    fn the_next_link_may_stand_on_a_later_line() {
        let lines = ["<a>; rel=prev", "<b>; rel=next"];
        assert_eq!(next(lines.into_iter()).map(|l| l.raw).as_deref(), Some("b"));
    }
}
