//! Redaction at capture: no later stage can leak what it never had.

mod headers;
mod known;
mod learn;
pub mod rescrub;

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::words::{Keys, hide_in_text, hide_in_url, hide_user_info};
use known::{Known, Origin, Secrets, Session};

/// A larger body is looked through on a thread of its own: the one that carries the request watches the time.
const LARGE: usize = 64 * 1024;

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

/// Knows the secrets of one exchange and of those before it, and takes them out of what was captured.
#[derive(Clone, Default)]
pub(super) struct Scrubber {
    known: Arc<Known>,
    session: Arc<Session>,
    redact_headers: Arc<[String]>,
    /// The words of this call, in lower case, which are searched for nowhere.
    words: Arc<[String]>,
}

impl Scrubber {
    pub(super) fn new<'a>(
        secrets: impl IntoIterator<Item = &'a str>,
        redact_headers: &[String],
        words: &[String],
    ) -> Scrubber {
        let lower = |texts: &[String]| texts.iter().map(|text| text.to_ascii_lowercase()).collect();
        let scrubber =
            Scrubber { redact_headers: lower(redact_headers), words: lower(words), ..Scrubber::default() };
        let given = secrets.into_iter().map(|secret| (secret.to_owned(), Origin::Given)).collect();
        scrubber.learn(given, Secrets::new())
    }

    /// Knows more, the lasting part of it in every exchange from now on.
    fn learn(&self, lasting: Secrets, local: Secrets) -> Scrubber {
        Scrubber { known: self.session.learn(lasting, &self.known, local), ..self.clone() }
    }

    /// Knows more in this exchange.
    fn with(&self, more: Secrets) -> Scrubber {
        Scrubber { known: self.session.join(&self.known, more), ..self.clone() }
    }

    /// Every text it looks for.
    pub(super) fn known(&self) -> Vec<secrecy::SecretString> {
        self.known.texts(&self.words).map(secrecy::SecretString::from).collect()
    }

    pub(super) fn is_redacted_header(&self, name: &str) -> bool {
        self.redact_headers.iter().any(|redacted| redacted == name)
    }

    /// Any text without the known secrets.
    pub(super) fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.known.matcher(&self.words).strike_text(text).map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// A body without the known secrets; that of a redirect quotes its target, so without any query value.
    pub(super) fn body(&self, body: Bytes, of_redirect: bool) -> Bytes {
        let body = match self.known.matcher(&self.words).strike(&body) {
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

    /// The same, a large body beside the task that asks.
    pub(super) async fn body_aside(&self, body: Bytes, of_redirect: bool) -> Bytes {
        if body.len() < LARGE {
            return self.body(body, of_redirect);
        }
        let scrubber = self.clone();
        // A body that could not be looked through is not kept.
        tokio::task::spawn_blocking(move || scrubber.body(body, of_redirect)).await.unwrap_or_default()
    }

    /// A URL of ours, or of a redirect.
    pub(super) fn url(&self, url: &str, keys: Keys) -> String {
        // Secrets go before the query is taken apart: a `&` in one would leave a part of it.
        let known = self.text(&hide_user_info(url)).into_owned();
        self.text(&hide_in_url(&known, keys)).into_owned()
    }

    /// A message of the libraries below, or a header line.
    pub(super) fn message(&self, message: &str) -> String {
        let known = self.text(&hide_user_info(message)).into_owned();
        self.text(&hide_in_text(&known, Keys::Sensitive)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
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
        let scrubber = Scrubber::new([], &[], &[]).with_request(&request, None, "http://h/");
        let echo = format!("{encoded} me:s3cr3t/\"word s3cr3t/\"word s3cr3t%2F%22word s3cr3t/\\\"word");
        let scrubbed = scrubber.text(&echo);
        assert_eq!(scrubbed, "<redacted> <redacted> <redacted> <redacted> <redacted>");
    }

    #[test]
    fn the_longest_secret_wins() {
        let scrubber = Scrubber::new(["uvwxy", "uvwxyzgh", "x"], &[], &[]);
        assert_eq!(scrubber.text("uvwxyzgh uvwxyz x uv"), "<redacted> <redacted>z x uv");
        assert!(matches!(scrubber.text("nothing"), Cow::Borrowed(_)));
        assert_eq!(scrubber.body(Bytes::from_static(b"\xffuvwxy\xfe"), false), &b"\xff<redacted>\xfe"[..]);
    }

    #[test]
    fn recorded_headers() {
        let scrubber = Scrubber::new(["hunter2"], &["X-Key".to_owned()], &[]);
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
    fn a_redirect_teaches_so_much_and_no_more() {
        let value = |n: usize| format!("{n:05}-signature-of-this-part");
        let query: Vec<String> = (0..13_000).map(|n| format!("sig={}", value(n))).collect();
        let location = format!("https://s3.example/x?{}", query.join("&"));
        let mut scrubber = Scrubber::new(["hunter2"], &[], &[]);
        for _ in 0..20 {
            scrubber = scrubber.with_redirect(&location.replace("sig=0", "sig=x"));
        }
        scrubber = scrubber.with_redirect(&location);
        let patterns = scrubber.known.matcher(&[]).patterns();
        assert!((10..2_000).contains(&patterns), "{patterns} patterns");
        let body = Bytes::from(format!("{}hunter2 {} {}", "s".repeat(4 << 20), value(1), value(12_999)));
        let body = scrubber.body(body, false);
        assert!(body.ends_with(format!("s<redacted> <redacted> {}", value(12_999)).as_bytes()));
        // In a URL all of them go, by their place.
        let shown = scrubber.response_header("location", &location);
        assert_eq!((shown.matches("<redacted>").count(), shown.contains("signature")), (13_000, false));
        // Granted by the thousand, they are bounded as well.
        let tokens: Vec<String> = (0..13_000).map(|n| format!("{}{n:05}", "token-".repeat(50))).collect();
        let scrubber = scrubber.with_granted(tokens.iter().map(String::as_str));
        assert!(scrubber.known().len() < 300, "{}", scrubber.known().len());
        assert_eq!(scrubber.text("hunter2"), "<redacted>", "the user's own is never crowded out");
    }

    #[test]
    fn words_of_the_call_and_what_servers_choose() {
        let words = ["registry.example".to_owned(), "team/app".to_owned(), "v2".to_owned()];
        let scrubber = Scrubber::new(["team/app", "latest", "hunter2"], &[], &words);
        let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
        let granted = ["application/json", digest.as_str(), "/v2/team/app/manifests/v2", "tk-55d1e8aa-token"];
        let scrubber = scrubber.with_granted(granted.into_iter());
        let said = format!(
            "hunter2 tk-55d1e8aa-token bGF0ZXN0 in /v2/team/app/manifests/v2 latest {digest} application/json"
        );
        assert_eq!(
            scrubber.text(&said),
            format!(
                "<redacted> <redacted> <redacted> in /v2/team/app/manifests/v2 latest {digest} application/json"
            )
        );
    }

    #[test]
    fn what_one_exchange_learnt_all_of_them_know() {
        let scrubber = Scrubber::new([], &[], &[]);
        let encoded = STANDARD.encode("me:hunter2");
        let basic = [("Authorization".to_owned(), format!("Basic {encoded}"))];
        scrubber.with_request(&basic, Some("username=myteam"), "http://h/");
        let other = scrubber.with_request(&[], None, "http://h/");
        assert_eq!(other.text("hunter2 of myteam"), "<redacted> of myteam");
    }

    #[test]
    fn media_types_given_by_the_user_stay_readable() {
        let names = ["accept".to_owned(), "x-api".to_owned()];
        let request =
            [("Accept".to_owned(), "text/plain".to_owned()), ("X-Api".to_owned(), "k3y!9".to_owned())];
        let scrubber = Scrubber::new([], &names, &[]).with_request(&request, None, "http://h/");
        assert_eq!(scrubber.text("text/plain k3y!9"), "text/plain <redacted>");
    }
}
