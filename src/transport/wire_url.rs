//! A URL as it goes on the wire, byte for byte where that is possible.

use http::Uri;
use url::Url;

/// A checked URL of scheme http or https, without user info and fragment.
#[derive(Debug, Clone)]
pub(super) struct WireUrl {
    /// As sent.
    pub(super) text: String,
    /// As the URL standard reads it: for comparing, and for reqwest where the two are equal.
    pub(super) url: Url,
    /// As hyper sends it, where reqwest would change the bytes.
    pub(super) exact: Option<Uri>,
}

impl WireUrl {
    /// Checks a URL; the error says what is wrong in words.
    pub(super) fn parse(text: &str) -> Result<WireUrl, String> {
        let text = text.trim_matches([' ', '\t']);
        let text = text.split_once('#').map_or(text, |(text, _)| text);
        let mut url = Url::parse(text).map_err(|error| format!("not a URL: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("the scheme {} is neither http nor https", url.scheme()));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err("the URL has no host".to_owned());
        }
        // Both setters fail only where there can be no user info at all.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let text = without_user_info(text);
        if url.as_str() == text || url.as_str().strip_suffix('/') == Some(&text) {
            return Ok(WireUrl { text, url, exact: None });
        }
        match text.parse::<Uri>() {
            Ok(uri) if same_place(&uri, &url) => Ok(WireUrl { text, url, exact: Some(uri) }),
            // No way to send these bytes, or two readings of where they lead: the standard's reading.
            _ => Ok(WireUrl { text: url.as_str().to_owned(), url, exact: None }),
        }
    }

    /// Lower case, in brackets where it is an IPv6 address.
    pub(super) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(super) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(0)
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Host and port, for our limits.
    pub(super) fn authority(&self) -> String {
        format!("{}:{}", self.host(), self.port())
    }

    /// Same scheme, host and port: what credentials may cross.
    pub(super) fn same_origin(&self, other: &WireUrl) -> bool {
        self.url.scheme() == other.url.scheme() && self.host() == other.host() && self.port() == other.port()
    }

    /// The URL as hyper's type, for asking the proxy rule.
    pub(super) fn uri(&self) -> Option<Uri> {
        self.exact.clone().or_else(|| self.url.as_str().parse().ok())
    }
}

fn same_place(uri: &Uri, url: &Url) -> bool {
    let port = uri.port_u16().or(match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    });
    uri.scheme_str() == Some(url.scheme())
        && uri.host().is_some_and(|host| url.host_str().is_some_and(|h| h.eq_ignore_ascii_case(host)))
        && port == url.port_or_known_default()
}

fn without_user_info(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str) -> (String, bool) {
        let parsed = WireUrl::parse(text).unwrap();
        (parsed.text, parsed.exact.is_some())
    }

    #[test]
    fn bytes_stay_as_they_are() {
        let stable = "https://h.example/a%2Fb%2fc//d?X-Amz-Signature=a+b~c;d&&e=%zz|[]";
        assert_eq!(sent(stable), (stable.to_owned(), false));
        for exact in
            ["http://h/a?sig='x'", "http://h/v2/../x", "http://h/%2e%2e/x", "http://H/x", "http://h:80/x"]
        {
            assert_eq!(sent(exact), (exact.to_owned(), true), "{exact}");
        }
        assert_eq!(sent("http://h"), ("http://h".to_owned(), false));
    }

    #[test]
    fn what_cannot_be_sent_is_sent_as_the_standard_reads_it() {
        assert_eq!(sent("http://h/a b"), ("http://h/a%20b".to_owned(), false));
        assert_eq!(sent("http://1.1/x"), ("http://1.0.0.1/x".to_owned(), false));
        assert_eq!(sent("http://evil\\@good/x").0, "http://evil/@good/x");
    }

    #[test]
    fn user_info_and_fragment_are_not_sent() {
        assert_eq!(sent("http://user:pass@h/x#frag"), ("http://h/x".to_owned(), false));
        assert_eq!(sent("http://u@h/a@b?c=@d"), ("http://h/a@b?c=@d".to_owned(), false));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in ["ftp://h/x", "file:///etc/passwd", "javascript:alert(1)", "http://", "nonsense", ""] {
            assert!(WireUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn origins() {
        let same = |a: &str, b: &str| WireUrl::parse(a).unwrap().same_origin(&WireUrl::parse(b).unwrap());
        assert!(same("https://h/x", "https://H:443/y"));
        assert!(!same("https://h/x", "http://h/x"));
        assert!(!same("https://h/x", "https://h:444/x"));
        assert!(!same("https://h/x", "https://h.evil/x"));
    }
}
