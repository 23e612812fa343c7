//! The tolerant reading of `WWW-Authenticate`, which knows when it was needed.

use super::challenge::Challenge;

/// Schemes that begin a challenge even where the comma before them is missing.
const SCHEMES: [&str; 6] = ["basic", "bearer", "digest", "negotiate", "ntlm", "oauth"];
/// Parameters that are never a token68, though `realm=` could be read as one.
const PARAMS: [&str; 5] = ["realm", "service", "scope", "error", "charset"];
/// What may follow a comma inside a scope that lost its quotes.
const ACTIONS: [&str; 4] = ["pull", "push", "delete", "*"];

/// Values without their closing quote that are searched for the next parameter; each search may run to the end of the
/// line. A real challenge has at most one.
const MAX_OPEN: usize = 8;

/// Reads a line; every challenge of it says whether the line was outside the grammar.
pub(super) fn parse(line: &str) -> Vec<Challenge> {
    let mut reader =
        Reader { rest: line, found: Vec::new(), outside: false, comma: true, unquoted: false, open: 0 };
    while !reader.rest.is_empty() {
        reader.step();
    }
    let outside = reader.outside;
    reader.found.iter_mut().for_each(|c| c.lenient = outside);
    reader.found
}

struct Reader<'a> {
    rest: &'a str,
    found: Vec<Challenge>,
    /// Something was outside the grammar.
    outside: bool,
    /// A comma stood before what comes now.
    comma: bool,
    /// The last value had no quotes.
    unquoted: bool,
    /// Values whose closing quote was missing or misplaced.
    open: usize,
}

impl<'a> Reader<'a> {
    fn step(&mut self) {
        self.separators();
        let word = self.take(|c| !matches!(c, ' ' | '\t' | ',' | ';' | '=' | '"'));
        if word.is_empty() {
            // A quote, an equals sign or a separator where a name belongs.
            self.outside |= !self.rest.is_empty();
            let mut chars = self.rest.chars();
            chars.next();
            self.rest = chars.as_str();
            return;
        }
        let after = self.rest.trim_start_matches([' ', '\t']);
        match after.strip_prefix('=') {
            Some(value) => {
                self.rest = value.trim_start_matches([' ', '\t']);
                self.param(word);
            }
            None => self.word(word),
        }
        self.comma = false;
    }

    fn separators(&mut self) {
        let run = self.take(|c| matches!(c, ' ' | '\t' | ',' | ';'));
        self.comma |= run.contains([',', ';']);
        self.outside |= run.contains(';');
    }

    /// A word without a value: a scheme, or the rest of a value that lost its quotes.
    fn word(&mut self, word: &str) {
        let scheme = SCHEMES.iter().any(|s| word.eq_ignore_ascii_case(s));
        let unquoted = self.unquoted;
        let last = self.found.last_mut().and_then(|c| c.params.last_mut());
        if let Some((name, value)) = last.filter(|_| unquoted && !scheme) {
            let in_scope = self.comma && name.eq_ignore_ascii_case("scope") && ACTIONS.contains(&word);
            if in_scope || !self.comma {
                value.push(if self.comma { ',' } else { ' ' });
                value.push_str(word);
                self.outside = true;
                return;
            }
        }
        self.outside |= !self.comma || !word.bytes().all(is_token);
        self.unquoted = false;
        let token68 = self.token68();
        self.found.push(Challenge { scheme: word.to_owned(), token68, ..Challenge::default() });
    }

    /// What follows a scheme, if it is a token68 (RFC 9110, section 11.2).
    fn token68(&mut self) -> Option<String> {
        let start = self.rest.strip_prefix([' ', '\t'])?.trim_start_matches([' ', '\t']);
        let body =
            start.find(|c: char| !c.is_ascii_alphanumeric() && !"-._~+/".contains(c)).unwrap_or(start.len());
        let (body, tail) = start.split_at(body);
        let after = tail.trim_start_matches('=');
        let ends = after.trim_start_matches([' ', '\t']);
        let known = PARAMS.iter().any(|p| body.eq_ignore_ascii_case(p))
            || SCHEMES.iter().any(|s| body.eq_ignore_ascii_case(s));
        if body.is_empty() || known || !(ends.is_empty() || ends.starts_with(',')) {
            return None;
        }
        self.rest = after;
        Some(start[..start.len() - after.len()].to_owned())
    }

    fn param(&mut self, name: &str) {
        let value = match self.rest.strip_prefix('"') {
            Some(inner) => {
                self.unquoted = false;
                self.quoted(inner)
            }
            None => {
                self.unquoted = true;
                self.bare()
            }
        };
        if self.found.is_empty() {
            self.found.push(Challenge::default());
            self.outside = true;
        }
        if let Some(challenge) = self.found.last_mut() {
            let first = challenge.params.is_empty() && challenge.token68.is_none();
            self.outside |=
                !self.comma && !first || challenge.token68.is_some() || !name.bytes().all(is_token);
            challenge.params.push((name.to_owned(), value));
        }
    }

    fn bare(&mut self) -> String {
        let value = self.take(|c| !matches!(c, ' ' | '\t' | ',' | ';' | '"'));
        self.outside |= value.is_empty() || !value.bytes().all(is_token);
        let inner = value.strip_prefix('\'').and_then(|v| v.strip_suffix('\''));
        inner.unwrap_or(value).to_owned()
    }

    /// A quoted string; where its end is missing, it ends before what looks like the next parameter.
    fn quoted(&mut self, inner: &'a str) -> String {
        let mut value = String::new();
        let mut chars = inner.char_indices();
        let mut end = None;
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    end = Some(at);
                    break;
                }
                '\\' => value.extend(chars.next().map(|(_, c)| c)),
                c => {
                    self.outside |= c.is_control() && c != '\t';
                    value.push(c);
                }
            }
        }
        if let Some(end) = end {
            let after = &inner[end + 1..];
            if after.is_empty() || after.starts_with([' ', '\t', ',', ';']) {
                self.rest = after;
                return value;
            }
        }
        self.outside = true;
        self.open += 1;
        let next = if self.open > MAX_OPEN { None } else { next_param(inner) };
        let (text, rest) = match (next, end) {
            (Some(at), _) => inner.split_at(at),
            (None, Some(end)) => (&inner[..end], &inner[end + 1..]),
            (None, None) => (inner, ""),
        };
        self.rest = rest;
        text.trim_end_matches(['\\', '"', ' ', '\t']).to_owned()
    }

    fn take(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let (taken, rest) = self.rest.split_at(self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len()));
        self.rest = rest;
        taken
    }
}

/// Where a comma is followed by `name=`.
fn next_param(text: &str) -> Option<usize> {
    text.match_indices(',').map(|(at, _)| at).find(|at| {
        let name = text[at + 1..].trim_start_matches([' ', '\t']);
        let end = name.bytes().take_while(|b| is_token(*b)).count();
        end > 0 && name[end..].trim_start_matches([' ', '\t']).starts_with('=')
    })
}

/// RFC 9110, section 5.6.2.
fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b)
}
