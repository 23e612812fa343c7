//! Redaction at capture: no later stage can leak what it never had.

mod headers;
pub mod rescrub;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::words::{Keys, REDACTED, hide_in_text, hide_in_url, is_sensitive_key};

/// Shorter texts are not looked for: they would blot out innocent ones everywhere.
const SHORTEST: usize = 3;
/// A signed query's values are looked for elsewhere only when long enough to be the secret part.
const SHORTEST_SIGNED: usize = 16;

/// Request headers that say nothing secret even where a user gave them: their values are common
/// words (media types), and looking for those elsewhere would blot out the facts.
pub(super) fn is_harmless(name: &str) -> bool {
    name.starts_with("accept")
        || name.starts_with("if-")
        || matches!(
            name,
            "user-agent"
                | "range"
                | "host"
                | "cache-control"
                | "pragma"
                | "connection"
                | "content-type"
                | "docker-content-digest"
                | "via"
                | "origin"
                | "referer"
        )
}

/// Knows the secrets of one exchange, and takes them out of what was captured.
#[derive(Clone, Default)]
pub(super) struct Scrubber {
    known: Arc<Known>,
    redact_headers: Arc<[String]>,
}

#[derive(Clone, Default)]
struct Known {
    /// Longest first, so that no secret survives behind one that it contains.
    secrets: Vec<Vec<u8>>,
    first: FirstBytes,
}

#[derive(Clone)]
struct FirstBytes([bool; 256]);

impl Default for FirstBytes {
    fn default() -> Self {
        FirstBytes([false; 256])
    }
}

impl Known {
    fn new(secrets: BTreeSet<Vec<u8>>) -> Known {
        let mut secrets: Vec<Vec<u8>> = secrets.into_iter().filter(|s| s.len() >= SHORTEST).collect();
        secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        let mut first = FirstBytes::default();
        for secret in &secrets {
            first.0[usize::from(secret[0])] = true;
        }
        Known { secrets, first }
    }

    fn at(&self, text: &[u8]) -> Option<usize> {
        self.secrets.iter().find(|secret| text.starts_with(secret)).map(Vec::len)
    }

    /// The text without its secrets, or nothing where there are none: one pass, whatever their number.
    fn scrub(&self, text: &[u8]) -> Option<Vec<u8>> {
        if self.secrets.is_empty() {
            return None;
        }
        let mut out: Option<Vec<u8>> = None;
        let (mut at, mut copied) = (0, 0);
        while at < text.len() {
            let found = if self.first.0[usize::from(text[at])] { self.at(&text[at..]) } else { None };
            let Some(length) = found else {
                at += 1;
                continue;
            };
            let out = out.get_or_insert_with(|| Vec::with_capacity(text.len()));
            out.extend_from_slice(&text[copied..at]);
            out.extend_from_slice(REDACTED.as_bytes());
            at += length;
            copied = at;
        }
        let mut out = out?;
        out.extend_from_slice(&text[copied..]);
        Some(out)
    }
}

impl Scrubber {
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a str>, redact_headers: &[String]) -> Scrubber {
        let mut known = BTreeSet::new();
        secrets.into_iter().for_each(|secret| add(&mut known, secret));
        let redact_headers = redact_headers.iter().map(|name| name.to_ascii_lowercase()).collect();
        Scrubber { known: Arc::new(Known::new(known)), redact_headers }
    }

    /// Knows the secrets that a request carries, too.
    pub(super) fn with_request(
        &self,
        headers: &[(String, String)],
        form: Option<&str>,
        url: &str,
    ) -> Scrubber {
        let mut more = BTreeSet::new();
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            match name.as_str() {
                "authorization" | "proxy-authorization" => add_credentials(&mut more, value),
                "cookie" => {
                    let values = value.split(';').filter_map(|pair| pair.split_once('='));
                    values.filter(|(_, v)| v.len() >= 8).for_each(|(_, v)| add(&mut more, v.trim()));
                }
                _ if self.is_redacted_header(&name) && !is_harmless(&name) && value.len() > SHORTEST => {
                    add(&mut more, value);
                }
                _ => {}
            }
        }
        if let Some((_, rest)) = url.split_once("://")
            && let Some((user_info, _)) = rest.split(['/', '?', '#']).next().and_then(|a| a.rsplit_once('@'))
            && let Some((_, password)) = user_info.split_once(':')
        {
            add_decoded(&mut more, password);
        }
        if let Some(form) = form {
            for (key, value) in form.split('&').filter_map(|pair| pair.split_once('=')) {
                if is_sensitive_key(key) || matches!(key, "assertion" | "subject_token") {
                    add_decoded(&mut more, value);
                }
            }
        }
        self.with(more)
    }

    /// Knows the signing values of a redirect's target, which storage likes to echo.
    pub(super) fn with_redirect(&self, location: &str) -> Scrubber {
        let mut more = BTreeSet::new();
        let query = location.split_once('?').map_or("", |(_, query)| query);
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            if !is_sensitive_key(key) {
                continue;
            }
            let decoded = percent_decode_str(value).decode_utf8_lossy().into_owned();
            let parts = decoded.split('/').chain([value, decoded.as_str()]);
            parts.filter(|part| part.len() >= SHORTEST_SIGNED).for_each(|part| add(&mut more, part));
        }
        if let Some(user_info) = location
            .split_once("://")
            .and_then(|(_, rest)| rest.split(['/', '?', '#']).next())
            .and_then(|authority| authority.rsplit_once('@'))
            .and_then(|(user_info, _)| user_info.split_once(':'))
        {
            add_decoded(&mut more, user_info.1);
        }
        self.with(more)
    }

    fn with(&self, more: BTreeSet<Vec<u8>>) -> Scrubber {
        if more.is_empty() {
            return self.clone();
        }
        let all = self.known.secrets.iter().cloned().chain(more).collect();
        Scrubber { known: Arc::new(Known::new(all)), redact_headers: Arc::clone(&self.redact_headers) }
    }

    /// What also looks for these in other exchanges than their own. Shorter ones would blot out names everywhere: a
    /// password that is a word of the repository's name, and with it every URL.
    pub(super) fn for_others(&self) -> Scrubber {
        const SHORTEST_ELSEWHERE: usize = 5;
        let long = self.known.secrets.iter().filter(|secret| secret.len() >= SHORTEST_ELSEWHERE);
        let known = Arc::new(Known::new(long.cloned().collect()));
        Scrubber { known, redact_headers: Arc::clone(&self.redact_headers) }
    }

    /// Every text it looks for.
    pub(super) fn known(&self) -> Vec<secrecy::SecretString> {
        let known = self.known.secrets.iter();
        known.filter_map(|s| String::from_utf8(s.clone()).ok()).map(secrecy::SecretString::from).collect()
    }

    pub(super) fn is_redacted_header(&self, name: &str) -> bool {
        self.redact_headers.iter().any(|redacted| redacted == name)
    }

    /// Any text without the known secrets.
    pub(super) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.known.scrub(text.as_bytes()) {
            Some(scrubbed) => Cow::Owned(String::from_utf8_lossy(&scrubbed).into_owned()),
            None => Cow::Borrowed(text),
        }
    }

    /// A body without the known secrets; that of a redirect quotes its target, so without any query value.
    pub(super) fn body(&self, body: Bytes, of_redirect: bool) -> Bytes {
        let body = match self.known.scrub(&body) {
            Some(scrubbed) => Bytes::from(scrubbed),
            None => body,
        };
        if !of_redirect {
            return body;
        }
        let hidden = match hide_in_text(&String::from_utf8_lossy(&body), Keys::All) {
            Cow::Owned(hidden) => Some(hidden),
            Cow::Borrowed(_) => None,
        };
        hidden.map_or(body, Bytes::from)
    }

    /// A URL of ours, or of a redirect.
    pub(super) fn url(&self, url: &str, keys: Keys) -> String {
        self.text(&hide_in_url(url, keys)).into_owned()
    }

    /// A message of the libraries below.
    pub(super) fn message(&self, message: &str) -> String {
        self.text(&hide_in_text(message, Keys::Sensitive)).into_owned()
    }
}

/// A secret in the forms in which it may come back.
fn add(known: &mut BTreeSet<Vec<u8>>, secret: &str) {
    if secret.len() < SHORTEST {
        return;
    }
    known.insert(secret.as_bytes().to_vec());
    known.insert(utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string().into_bytes());
    if let Ok(json) = serde_json::to_string(secret) {
        known.insert(json.trim_matches('"').as_bytes().to_vec());
    }
}

fn add_decoded(known: &mut BTreeSet<Vec<u8>>, value: &str) {
    add(known, value);
    add(known, &percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy());
    add(known, &percent_decode_str(value).decode_utf8_lossy());
}

/// The credentials after the scheme, and for Basic the password in them.
fn add_credentials(known: &mut BTreeSet<Vec<u8>>, value: &str) {
    let credentials = value.split_once(' ').map_or(value, |(_, credentials)| credentials).trim();
    add(known, credentials);
    if !value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("basic ")) {
        return;
    }
    let decoded = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
        .iter()
        .find_map(|engine| engine.decode(credentials).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    if let Some(pair) = decoded {
        add(known, &pair);
        if let Some((_, password)) = pair.split_once(':') {
            add(known, password);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;
    use crate::exchange::Header;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(
                http::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                http::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        map
    }

    fn shown(headers: &[Header]) -> String {
        headers.iter().map(|h| format!("{}: {}\n", h.name, h.value)).collect()
    }

    #[test]
    fn basic_credentials_in_every_form() {
        let encoded = STANDARD.encode("me:s3cr3t/\"word");
        let request = vec![("Authorization".to_owned(), format!("Basic {encoded}"))];
        let scrubber = Scrubber::new([], &[]).with_request(&request, None, "http://h/");
        let echo = format!("{encoded} me:s3cr3t/\"word s3cr3t/\"word s3cr3t%2F%22word s3cr3t/\\\"word");
        let scrubbed = scrubber.text(&echo);
        assert_eq!(scrubbed, "<redacted> <redacted> <redacted> <redacted> <redacted>");
    }

    #[test]
    fn the_longest_secret_wins() {
        let scrubber = Scrubber::new(["abc", "abcdef", "x"], &[]);
        assert_eq!(scrubber.text("abcdef abcd x ab"), "<redacted> <redacted>d x ab");
        assert!(matches!(scrubber.text("nothing"), Cow::Borrowed(_)));
        assert_eq!(scrubber.body(Bytes::from_static(b"\xffabc\xfe"), false), &b"\xff<redacted>\xfe"[..]);
    }

    #[test]
    fn recorded_headers() {
        let scrubber = Scrubber::new(["hunter2"], &["X-Key".to_owned()]);
        let request = headers(&[
            ("accept", "a/b"),
            ("authorization", "Bearer abc"),
            ("proxy-authorization", "weird"),
            ("cookie", "a=b"),
            ("x-key", "k"),
        ]);
        insta::assert_snapshot!(shown(&scrubber.request_headers(&request)), @r"
        accept: a/b
        authorization: Bearer <redacted>
        proxy-authorization: <redacted>
        cookie: <redacted>
        x-key: <redacted>
        ");
        let response = headers(&[
            ("set-cookie", "sid=abc; Path=/; HttpOnly"),
            ("set-cookie", "novalue"),
            ("authentication-info", "nextnonce=abc"),
            ("location", "https://u:p@s3/x?a=b&c"),
            ("link", "</v2/_catalog?n=1&token=t>; rel=\"next\""),
            ("www-authenticate", "Bearer realm=\"https://u:p@h/token?token=x\",service=\"s\""),
            ("x-echo", "it is hunter2"),
        ]);
        insta::assert_snapshot!(shown(&scrubber.response_headers(&response)), @r#"
        set-cookie: sid=<redacted>; Path=/; HttpOnly
        set-cookie: =<redacted>
        authentication-info: <redacted>
        location: https://<redacted>@s3/x?a=<redacted>&c
        link: </v2/_catalog?n=1&token=<redacted>>; rel="next"
        www-authenticate: Bearer realm="https://<redacted>@h/token?token=x",service="s"
        x-echo: it is <redacted>
        "#);
    }

    #[test]
    fn a_redirect_teaches_its_signature() {
        let location =
            "https://s3/x?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026&digest=sha256:0123456789abcdef";
        let scrubber = Scrubber::default().with_redirect(location);
        assert_eq!(
            scrubber.text("<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId> sha256:0123456789abcdef"),
            "<AWSAccessKeyId><redacted></AWSAccessKeyId> sha256:0123456789abcdef"
        );
    }

    #[test]
    fn media_types_given_by_the_user_stay_readable() {
        let names = ["accept".to_owned(), "x-api".to_owned()];
        let request =
            [("Accept".to_owned(), "text/plain".to_owned()), ("X-Api".to_owned(), "k3y!".to_owned())];
        let scrubber = Scrubber::new([], &names).with_request(&request, None, "http://h/");
        assert_eq!(scrubber.text("text/plain k3y!"), "text/plain <redacted>");
    }
}
