//! `WWW-Authenticate` challenges (RFC 9110, section 11.6.1), as http-auth reads them.

use http_auth::parser::ChallengeParser;

/// One challenge of a `WWW-Authenticate` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme as sent.
    pub scheme: String,
    /// The parameters in order.
    pub params: Vec<(String, String)>,
    /// The token68 form, where it was used.
    pub token68: Option<String>,
    /// Whether the line breaks the grammar and was read all the same.
    pub lenient: bool,
}

impl Challenge {
    /// Every challenge of one header line.
    pub fn parse_line(line: &str) -> Vec<Challenge> {
        ChallengeParser::new(line)
            .map_while(Result::ok)
            .map(|c| Challenge {
                scheme: c.scheme.to_owned(),
                params: c.params.iter().map(|(k, v)| ((*k).to_owned(), v.to_unescaped())).collect(),
                token68: None,
                lenient: false,
            })
            .collect()
    }

    /// Whether the scheme is Bearer (RFC 6750).
    pub fn is_bearer(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("bearer")
    }

    /// Whether the scheme is Basic (RFC 7617).
    pub fn is_basic(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("basic")
    }

    /// The first parameter of that name, whatever its case.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}
