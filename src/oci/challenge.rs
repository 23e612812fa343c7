//! `WWW-Authenticate` (RFC 9110, section 11.6.1).
//!
//! `http_auth` reads what keeps to the grammar; what it refuses is read again tolerantly, so that a
//! careless challenge still says where the token is, and is known to be careless.

use http_auth::parser::ChallengeParser;

use super::challenge_lenient;

/// One challenge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge {
    /// The scheme as sent; empty where none was.
    pub scheme: String,
    /// The parameters in order, names as sent, values without their quotes.
    pub params: Vec<(String, String)>,
    /// What stands in place of parameters, as with Negotiate.
    pub token68: Option<String>,
    /// The line is outside the grammar of RFC 9110, and strict clients may fail on it.
    pub lenient: bool,
}

impl Challenge {
    /// The challenges of one header line.
    pub fn parse_line(line: &str) -> Vec<Challenge> {
        // The strict parser has no token68 and no obs-text; the tolerant one knows that both are legal.
        strict(line).unwrap_or_else(|| challenge_lenient::parse(line))
    }

    /// The first parameter of that name; names are case-insensitive.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the scheme is Bearer (RFC 6750); schemes are case-insensitive.
    pub fn is_bearer(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("bearer")
    }

    /// Whether the scheme is Basic (RFC 7617).
    pub fn is_basic(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("basic")
    }

    /// `realm`: with Bearer, the URL of the token endpoint.
    pub fn realm(&self) -> Option<&str> {
        self.param("realm")
    }

    /// `service`
    pub fn service(&self) -> Option<&str> {
        self.param("service")
    }

    /// `scope`
    pub fn scope(&self) -> Option<&str> {
        self.param("scope")
    }

    /// `error` (RFC 6750, section 3.1).
    pub fn error(&self) -> Option<&str> {
        self.param("error")
    }
}

fn strict(line: &str) -> Option<Vec<Challenge>> {
    // The strict parser wants at least one challenge; an empty line is outside the grammar, and holds none.
    let mut all = Vec::new();
    for challenge in ChallengeParser::new(line) {
        let challenge = challenge.ok()?;
        let params = challenge.params.iter().map(|(name, value)| ((*name).to_owned(), value.to_unescaped()));
        all.push(Challenge {
            scheme: challenge.scheme.to_owned(),
            params: params.collect(),
            ..Challenge::default()
        });
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Scheme(name=value|...)`, `~` before what is outside the grammar.
    fn show(line: &str) -> String {
        let one = |c: &Challenge| {
            let params: Vec<String> = c.params.iter().map(|(n, v)| format!("{n}={v}")).collect();
            let token = c.token68.as_ref().map(|t| format!(" {t}")).unwrap_or_default();
            format!("{}{}({}){token}", if c.lenient { "~" } else { "" }, c.scheme, params.join("|"))
        };
        Challenge::parse_line(line).iter().map(one).collect::<Vec<_>>().join(" & ")
    }

    #[track_caller]
    fn check(table: &[(&str, &str)]) {
        for (line, wanted) in table {
            assert_eq!(show(line), *wanted, "{line}");
        }
    }

    #[test]
    fn what_keeps_to_the_grammar() {
        check(&[
            (
                r#"Bearer realm="https://a/t",service="s",scope="x y""#,
                "Bearer(realm=https://a/t|service=s|scope=x y)",
            ),
            ("Basic realm=openshift", "Basic(realm=openshift)"),
            (r#"BASIC realm="Nexus Manager""#, "BASIC(realm=Nexus Manager)"),
            (r#"Bearer realm = "a" , service= "b""#, "Bearer(realm=a|service=b)"),
            (r#",Basic realm="a",, x="""#, "Basic(realm=a|x=)"),
            ("Negotiate", "Negotiate()"),
            (r#"Negotiate, Basic realm="x""#, "Negotiate() & Basic(realm=x)"),
            (r#"Bearer realm="a",service="b",Basic realm="c""#, "Bearer(realm=a|service=b) & Basic(realm=c)"),
            (r#"Basic realm="a\"b""#, "Basic(realm=a\"b)"),
            (r#"Basic realm="a", realm="b""#, "Basic(realm=a|realm=b)"),
        ]);
    }

    #[test]
    fn legal_though_the_strict_parser_refuses_it() {
        check(&[
            ("NTLM TlRMTVNTUAAC==", "NTLM() TlRMTVNTUAAC=="),
            (r#"Negotiate abc==, Basic realm="x""#, "Negotiate() abc== & Basic(realm=x)"),
            (r#"Basic realm="x", Negotiate abc"#, "Basic(realm=x) & Negotiate() abc"),
            (r#"Basic realm="Zürich""#, "Basic(realm=Zürich)"),
        ]);
    }

    #[test]
    fn what_does_not_keep_to_the_grammar() {
        check(&[
            ("Bearer realm=https://x/token,service=s", "~Bearer(realm=https://x/token|service=s)"),
            (
                "Bearer realm=https://x:5000/token?a=b,service=s",
                "~Bearer(realm=https://x:5000/token?a=b|service=s)",
            ),
            ("Basic realm=/", "~Basic(realm=/)"),
            (r#"Bearer realm="a";service="b""#, "~Bearer(realm=a|service=b)"),
            (r#"Bearer realm="a" service="b""#, "~Bearer(realm=a|service=b)"),
            (r#"Bearer realm="a,service=b"#, "~Bearer(realm=a|service=b)"),
            (r#"Bearer realm="a"#, "~Bearer(realm=a)"),
            (r#"Bearer realm="a,service="b""#, "~Bearer(realm=a|service=b)"),
            ("Bearer realm=\"a\\", "~Bearer(realm=a)"),
            ("Bearer realm=,service=s", "~Bearer(realm=|service=s)"),
            ("Bearer realm=", "~Bearer(realm=)"),
            ("Bearer realm='https://x/t'", "~Bearer(realm=https://x/t)"),
            ("Basic realm=Nexus Repository Manager", "~Basic(realm=Nexus Repository Manager)"),
            (r#"Basic realm="a" Bearer realm="b""#, "~Basic(realm=a) & ~Bearer(realm=b)"),
            (
                "Bearer realm=https://x/t,scope=repository:a/b:pull,push",
                "~Bearer(realm=https://x/t|scope=repository:a/b:pull,push)",
            ),
            (r#"realm="https://x/t""#, "~(realm=https://x/t)"),
            ("Basic realm=Zürich", "~Basic(realm=Zürich)"),
            ("", ""),
            (" , ", ""),
        ]);
    }

    #[test]
    fn a_line_of_open_quotes_is_read_in_one_pass() {
        // Quadratic it is minutes.
        for part in [
            "a=\"b,",
            "a=\"\",b=\"c,",
            "realm=\"x\\",
            "a=\"",
            "a=\"b\"c",
            "a ",
            "basic ",
            ",a=",
            "a=\"b,c=",
            "a b=\"\"\"",
        ] {
            let all = Challenge::parse_line(&part.repeat(30_000));
            assert!(all.iter().all(|c| c.lenient) || part.contains("basic"), "{part}");
        }
    }

    #[test]
    fn names_are_case_insensitive() {
        let all = Challenge::parse_line(r#"BEARER Realm="r",SERVICE="s",Scope="c",error="invalid_token""#);
        let one = &all[0];
        assert!(one.is_bearer() && !one.is_basic());
        assert_eq!(
            (one.realm(), one.service(), one.scope(), one.error()),
            (Some("r"), Some("s"), Some("c"), Some("invalid_token"))
        );
    }
}
