//! Where a challenge may send us, and with what.
//!
//! A realm is a stranger's word. It may be relative, or plain http under an https registry: whether it may get
//! credentials is decided here. Whether it leads into our own network is for the transport to see, which resolves names.

use url::Url;

use super::token::clip;
use crate::reach::Reach;

/// A realm that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Realm {
    /// Absolute, without user info or fragment.
    pub(crate) url: Url,
    /// Whether credentials may be sent there: over TLS, or on loopback.
    pub(crate) credentials: bool,
}

impl Realm {
    /// Whether it lies nearer to us than the registry by the text of both: the transport will hardly ask it.
    pub(crate) fn leads_inside(&self, registry: Option<&Url>) -> bool {
        registry.is_some_and(|registry| Reach::of_url(registry) < Reach::of_url(&self.url))
    }
}

/// Resolves a realm (or a redirect of the token endpoint) against `base`. The error says why it is not asked.
pub(crate) fn resolve(text: &str, base: Option<&Url>) -> Result<Realm, String> {
    let parsed = match base {
        Some(base) => base.join(text.trim()),
        None => Url::parse(text.trim()),
    };
    // For the messages only: what a stranger wrote may be long.
    let shown = clip(text);
    let Ok(mut url) = parsed else {
        return Err(format!("the realm {shown:?} is not a URL"));
    };
    if !matches!(url.scheme(), "https" | "http") {
        return Err(format!("the realm {shown:?} is neither https nor http"));
    }
    // User info in a realm would be credentials that nobody gave us. Both calls only fail for URLs without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_fragment(None);
    let credentials = url.scheme() == "https" || Reach::of_url(&url) == Reach::Loopback;
    Ok(Realm { url, credentials })
}

/// Whether an https registry names a plain http realm.
pub(crate) fn is_downgrade(realm: &Url, registry: Option<&Url>) -> bool {
    realm.scheme() == "http" && registry.is_some_and(|r| r.scheme() == "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(realm: &str, registry: &str) -> String {
        let registry = Url::parse(registry).unwrap();
        match resolve(realm, Some(&registry)) {
            Ok(r) => {
                let down = if is_downgrade(&r.url, Some(&registry)) { " downgrade" } else { "" };
                let inside = if r.leads_inside(Some(&registry)) { " inside" } else { "" };
                format!("{}{}{down}{inside}", r.url, if r.credentials { " credentials" } else { "" })
            }
            Err(why) => why,
        }
    }

    #[test]
    fn credentials_only_over_tls_or_on_loopback() {
        let hub = "https://registry-1.docker.io";
        assert_eq!(shown("https://auth.docker.io/token", hub), "https://auth.docker.io/token credentials");
        assert_eq!(shown("http://auth.docker.io/token", hub), "http://auth.docker.io/token downgrade");
        assert_eq!(shown("http://a.example/t", "http://r.example"), "http://a.example/t");
        let local = "http://localhost:5000";
        assert_eq!(shown("http://127.0.0.1:5001/t", local), "http://127.0.0.1:5001/t credentials");
        assert_eq!(shown("http://10.0.0.1/t", local), "http://10.0.0.1/t");
    }

    #[test]
    fn relative_realms_belong_to_the_registry() {
        assert_eq!(
            shown("/token?x=1", "https://r.example:8443"),
            "https://r.example:8443/token?x=1 credentials"
        );
        assert_eq!(shown("//a.example/t", "https://r.example"), "https://a.example/t credentials");
    }

    #[test]
    fn user_info_and_fragment_go() {
        assert_eq!(
            shown("https://u:p@a.example/t#x", "https://r.example"),
            "https://a.example/t credentials"
        );
    }

    #[test]
    fn from_farther_out_to_nearer_in() {
        let inside = |realm, registry| shown(realm, registry).ends_with(" inside");
        for realm in
            ["https://127.1/t", "https://10.1.2.3/t", "https://[::ffff:10.0.0.1]/t", "https://token/t"]
        {
            assert!(inside(realm, "https://r.example"), "{realm}");
            assert!(!inside(realm, "http://localhost:5000"), "{realm}");
        }
        assert!(inside("http://localhost/t", "https://10.0.0.1"));
        assert!(!inside("https://10.0.0.2/t", "https://10.0.0.1"));
    }

    #[test]
    fn only_http_and_https() {
        insta::assert_snapshot!(shown("file:///etc/passwd", "https://r.example"), @r#"the realm "file:///etc/passwd" is neither https nor http"#);
        insta::assert_snapshot!(shown("https://", "https://r.example"), @r#"the realm "https://" is not a URL"#);
    }
}
