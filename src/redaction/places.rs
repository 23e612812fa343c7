//! Hiding what is secret by its place in a text: user info and query values of URLs.

use std::borrow::Cow;

use super::REDACTED;

/// Whose query values are hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Those known to sign, to grant, or to name a user.
    Sensitive,
    /// All: redirect targets, where we cannot know what signs.
    All,
}

impl Keys {
    fn hides(self, key: &str) -> bool {
        self == Keys::All || is_sensitive_key(key)
    }
}

/// Query keys whose values sign a URL, grant access, or name a user.
pub(crate) fn is_sensitive_key(key: &str) -> bool {
    const PREFIXES: [&str; 6] = ["x-amz-", "x-goog-", "x-oss-", "x-cos-", "q-sign", "x-ms-"];
    const KEYS: [&str; 48] = [
        "access_token",
        "accesskeyid",
        "account",
        "api_key",
        "apikey",
        "auth",
        "authorization",
        "awsaccesskeyid",
        "client_secret",
        "code",
        "credential",
        "expires",
        "googleaccessid",
        "hmac",
        "id_token",
        "jwt",
        "key",
        "key-pair-id",
        "ossaccesskeyid",
        "passwd",
        "password",
        "policy",
        "pwd",
        "refresh_token",
        "se",
        "secret",
        "session",
        "sig",
        "sign",
        "signature",
        "ske",
        "skoid",
        "sks",
        "skt",
        "sktid",
        "skv",
        "sp",
        "spr",
        "sr",
        "st",
        "sts",
        "sv",
        "ticket",
        "token",
        "user",
        "username",
        "verify",
        "private_token",
    ];
    let key = key.to_ascii_lowercase();
    PREFIXES.iter().any(|prefix| key.starts_with(prefix)) || KEYS.contains(&key.as_str())
}

/// Hides query values and user info of one URL.
pub(crate) fn hide_in_url(url: &str, keys: Keys) -> String {
    let url = hide_user_info(url);
    let (rest, fragment) = match url.split_once('#') {
        Some((rest, fragment)) => (rest, Some(fragment)),
        None => (&*url, None),
    };
    let Some((path, query)) = rest.split_once('?') else {
        return match fragment {
            Some(_) if keys == Keys::All => format!("{rest}#{REDACTED}"),
            _ => url.into_owned(),
        };
    };
    let mut shown = format!("{path}?");
    for (index, pair) in query.split('&').enumerate() {
        if index > 0 {
            shown.push('&');
        }
        match pair.split_once('=') {
            Some((key, value)) if !value.is_empty() && keys.hides(key) => {
                shown.push_str(key);
                shown.push('=');
                shown.push_str(REDACTED);
            }
            // A query that is one long word is a token, not a key.
            None if keys == Keys::All && pair.len() > 24 => shown.push_str(REDACTED),
            _ => shown.push_str(pair),
        }
    }
    if let Some(fragment) = fragment {
        shown.push('#');
        shown.push_str(if keys == Keys::All { REDACTED } else { fragment });
    }
    shown
}

/// Hides query values of URLs that stand somewhere in a text, and user info.
pub(crate) fn hide_in_text(text: &str, keys: Keys) -> Cow<'_, str> {
    let text = hide_user_info(text);
    if !text.contains('=') || !text.contains(['?', '&']) {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(at) = rest.find(['?', '&']) {
        let (before, after) = rest.split_at(at + 1);
        shown.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix("amp;") {
            shown.push_str("amp;");
            rest = after;
        }
        let in_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '%');
        let end = rest.find(|c| !in_key(c)).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let Some(value) = after.strip_prefix('=') else { continue };
        if key.is_empty() || !keys.hides(key) {
            continue;
        }
        shown.push_str(key);
        shown.push('=');
        let closes = |c: char| matches!(c, '&' | '#' | '"' | '\'' | '<' | '>' | ',') || c.is_whitespace();
        let end = value.find(closes).unwrap_or(value.len());
        if end > 0 {
            shown.push_str(REDACTED);
        }
        rest = &value[end..];
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// Hides `user:password@` after every `://`.
pub(crate) fn hide_user_info(text: &str) -> Cow<'_, str> {
    if !text.contains("://") || !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let closes = |c: char| matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | ',' | '\\' | ' ');
        let end = after.find(closes).unwrap_or(after.len());
        let (authority, after) = after.split_at(end);
        match authority.rsplit_once('@') {
            Some((_, host)) => {
                shown.push_str(REDACTED);
                shown.push('@');
                shown.push_str(host);
            }
            None => shown.push_str(authority),
        }
        rest = after;
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// An argument fit for a message: without user info, whatever it contains, and without what a query may grant.
pub(crate) fn hide_in_argument(argument: &str) -> String {
    let start = argument.find("://").map_or(0, |at| at + 3);
    let (front, rest) = argument.split_at(start);
    let at = rest.rmatch_indices('@').map(|(at, _)| at).find(|at| {
        let digest = ["sha256:", "sha384:", "sha512:"].iter().any(|name| rest[at + 1..].starts_with(name));
        !digest && (start > 0 || rest[..*at].contains(':'))
    });
    let shown = match at {
        Some(at) => format!("{front}{REDACTED}{}", &rest[at..]),
        None => argument.to_owned(),
    };
    hide_in_text(&shown, Keys::Sensitive).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let hide = hide_in_url;
        assert_eq!(
            hide("https://u:p@h/a?X-Amz-Signature=abc&n=2&&x=#f", Keys::Sensitive),
            "https://<redacted>@h/a?X-Amz-Signature=<redacted>&n=2&&x=#f"
        );
        assert_eq!(
            hide("https://h/a?b='c'&flag&n=2#tok", Keys::All),
            "https://h/a?b=<redacted>&flag&n=<redacted>#<redacted>"
        );
        assert_eq!(hide("/a?0123456789012345678901234567890", Keys::All), "/a?<redacted>");
        assert_eq!(hide("/v2/a/tags/list?last=b&n=1", Keys::Sensitive), "/v2/a/tags/list?last=b&n=1");
    }

    #[test]
    fn texts() {
        assert_eq!(
            hide_in_text("<a href=\"http://s/x?sig=abc&amp;se=1&amp;n=2\">Temporary</a>", Keys::Sensitive),
            "<a href=\"http://s/x?sig=<redacted>&amp;se=<redacted>&amp;n=2\">Temporary</a>"
        );
        assert_eq!(
            hide_in_text("<http://u@h/v2/_catalog?n=1&token=z>; rel=\"next\"", Keys::Sensitive),
            "<http://<redacted>@h/v2/_catalog?n=1&token=<redacted>>; rel=\"next\""
        );
        assert_eq!(hide_in_text("a=b ? c & d", Keys::All), "a=b ? c & d");
    }

    #[test]
    fn arguments() {
        let hide = hide_in_argument;
        assert_eq!(hide("http://u:p/w'@x@host:1/"), "http://<redacted>@host:1/");
        assert_eq!(hide("u:p@host:443:127.0.0.1"), "<redacted>@host:443:127.0.0.1");
        assert_eq!(hide("https://h/a:b?token=x&n=1"), "https://h/a:b?token=<redacted>&n=1");
        for plain in ["h/a:b@sha256:0", "https://h:1/a:b@sha256:0", "a@b", "--resolve", ""] {
            assert_eq!(hide(plain), plain);
        }
    }
}
