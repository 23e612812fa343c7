//! What requests and redirects let one know.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;

use super::super::words::is_sensitive_key;
use super::known::{Origin, Secrets};
use super::{Scrubber, is_harmless};

/// A signed query's values are looked for elsewhere only when long enough to be the secret part.
const SHORTEST_SIGNED: usize = 16;

/// So many texts of one redirect are looked for elsewhere. Real ones sign with three or four; all of them are struck in
/// the URL itself.
const MOST_SIGNED: usize = 24;

impl Scrubber {
    /// Knows the secrets that a request carries, too.
    pub(in crate::transport) fn with_request(
        &self,
        headers: &[(String, String)],
        form: Option<&str>,
        url: &str,
    ) -> Scrubber {
        let (mut lasting, mut local) = (Secrets::new(), Secrets::new());
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            match name.as_str() {
                "authorization" | "proxy-authorization" => credentials(&mut lasting, value),
                "cookie" => {
                    let values = value.split(';').filter_map(|pair| pair.split_once('='));
                    values.filter(|(_, v)| v.len() >= 8).for_each(|(_, v)| given(&mut lasting, v.trim()));
                }
                _ if self.is_redacted_header(&name) && !is_harmless(&name) => given(&mut lasting, value),
                _ => {}
            }
        }
        if let Some(password) = password_in(url) {
            decoded(&mut lasting, password);
        }
        for (key, value) in
            form.into_iter().flat_map(|form| form.split('&')).filter_map(|p| p.split_once('='))
        {
            match key {
                // A name is hidden where it was sent; elsewhere a like-named repository is more likely meant.
                "account" | "user" | "username" => decoded(&mut local, value),
                "assertion" | "subject_token" => decoded(&mut lasting, value),
                _ if is_sensitive_key(key) => decoded(&mut lasting, value),
                _ => {}
            }
        }
        self.learn(lasting, local)
    }

    /// Knows the signing values of a redirect's target, which storage likes to echo.
    pub(in crate::transport) fn with_redirect(&self, location: &str) -> Scrubber {
        let mut more = Secrets::new();
        let query = location.split_once('?').map_or("", |(_, query)| query);
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            if more.len() >= MOST_SIGNED {
                break;
            }
            if value.len() < SHORTEST_SIGNED || !is_sensitive_key(key) {
                continue;
            }
            let decoded = percent_decode_str(value).decode_utf8_lossy().into_owned();
            let parts = [value, decoded.as_str()].into_iter().chain(decoded.split('/'));
            let parts = parts.filter(|part| part.len() >= SHORTEST_SIGNED).take(MOST_SIGNED);
            more.extend(parts.map(|part| (part.to_owned(), Origin::Signed)));
        }
        if let Some(password) = password_in(location) {
            let password = percent_decode_str(password).decode_utf8_lossy();
            more.insert(password.into_owned(), Origin::Granted);
        }
        self.with(more)
    }

    /// Knows a token that an answer granted.
    pub(in crate::transport) fn with_granted<'a>(&self, tokens: impl Iterator<Item = &'a str>) -> Scrubber {
        let tokens = tokens.map(|token| (token.to_owned(), Origin::Granted)).collect();
        self.learn(tokens, Secrets::new())
    }
}

fn given(known: &mut Secrets, secret: &str) {
    known.insert(secret.to_owned(), Origin::Given);
}

/// As it is and without its encoding, once as of a form and once as of a URL.
fn decoded(known: &mut Secrets, value: &str) {
    given(known, value);
    given(known, &percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy());
    given(known, &percent_decode_str(value).decode_utf8_lossy());
}

/// The password of a URL's user info, as it is written.
fn password_in(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (user_info, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    user_info.split_once(':').map(|(_, password)| password)
}

/// The credentials after the scheme, and for Basic the password in them. A bearer token is a server's choice, unless it
/// is known to be the user's.
fn credentials(known: &mut Secrets, value: &str) {
    let credentials = value.split_once(' ').map_or(value, |(_, credentials)| credentials).trim();
    let is = |scheme: &str| value.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
    if is("bearer ") {
        known.insert(credentials.to_owned(), Origin::Granted);
        return;
    }
    given(known, credentials);
    if !is("basic ") {
        return;
    }
    let decoded = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
        .iter()
        .find_map(|engine| engine.decode(credentials).ok())
        .map(|bytes| super::super::words::latin1(&bytes));
    if let Some(pair) = decoded {
        given(known, &pair);
        if let Some((_, password)) = pair.split_once(':') {
            given(known, password);
        }
    }
}
