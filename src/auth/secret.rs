//! What credentials can be, and the `Authorization` values made from them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// Credentials for one registry.
#[derive(Clone)]
pub enum Secret {
    /// A user name and a password (or an access token used as one).
    Basic {
        /// The user name; kept out of every record as well.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A refresh token, to be traded at the token endpoint (OAuth2).
    IdentityToken(SecretString),
    /// A token to be sent to the registry as it is.
    RegistryToken(SecretString),
    /// No credentials.
    None,
}

impl Secret {
    /// The `Basic` header value, where there are Basic credentials.
    pub(crate) fn basic_header(&self) -> Option<SecretString> {
        match self {
            Secret::Basic { username, password } => Some(basic(username, password)),
            _ => None,
        }
    }

    /// Whether there is anything to identify with.
    pub(crate) fn is_some(&self) -> bool {
        !matches!(self, Secret::None)
    }
}

/// Written by hand: a derived one would print the user name.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Secret::Basic { .. } => "Basic(<redacted>)",
            Secret::IdentityToken(_) => "IdentityToken(<redacted>)",
            Secret::RegistryToken(_) => "RegistryToken(<redacted>)",
            Secret::None => "None",
        })
    }
}

/// What was found, where, and what went wrong on the way.
#[derive(Debug, Clone)]
pub struct Found {
    /// The credentials.
    pub secret: Secret,
    /// Where they come from: `anonymous`, `--username`, `~/.docker/config.json, key gcr.io`.
    pub source: String,
    /// Sources that could not be used, each with what to do about it.
    pub problems: Vec<String>,
}

impl Found {
    /// Nobody in particular.
    pub fn anonymous() -> Found {
        Found { secret: Secret::None, source: "anonymous".to_owned(), problems: Vec::new() }
    }
}

/// `Basic` with the base64 of `user:password` (RFC 7617).
pub(crate) fn basic(username: &str, password: &SecretString) -> SecretString {
    let pair = format!("{username}:{}", password.expose_secret());
    format!("Basic {}", STANDARD.encode(pair)).into()
}

/// `Bearer` with a token (RFC 6750).
pub(crate) fn bearer(token: &SecretString) -> SecretString {
    format!("Bearer {}", token.expose_secret()).into()
}

/// Whether a token can stand in a header line: visible ASCII, and of a size that servers take.
/// Anything else comes from a broken or hostile source, and could split the header.
pub(crate) fn is_sendable(token: &str) -> bool {
    !token.is_empty() && token.len() <= 64 << 10 && token.bytes().all(|b| (0x21..=0x7e).contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_no_secret_and_no_user() {
        let found = Found {
            secret: Secret::Basic { username: "alice".into(), password: "hunter2".into() },
            source: "--username".into(),
            problems: vec![],
        };
        let shown = format!("{found:?}");
        assert!(!shown.contains("alice") && !shown.contains("hunter2"), "{shown}");
        let shown = format!("{:?}", Secret::RegistryToken("hunter2".into()));
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn colon_in_password_survives() {
        let secret = Secret::Basic { username: "u".into(), password: "a:b".into() };
        let header = secret.basic_header().expect("basic");
        assert_eq!(header.expose_secret(), "Basic dTphOmI=");
    }

    #[test]
    fn a_token_that_would_split_a_header_is_not_sent() {
        assert!(is_sendable("abc.def-_~+/="));
        for bad in ["", "a b", "a\r\nX: y", "t\u{e9}", "a\0"] {
            assert!(!is_sendable(bad), "{bad:?}");
        }
    }
}
