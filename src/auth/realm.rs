//! Where a challenge may send us, and with what.
//!
//! A realm is a stranger's word. It may be relative, plain http under an https registry, or point
//! into our own network. What it may get from us is decided here, before anything is sent.

use url::{Host, Url};

use super::token::clip;

/// A realm that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Realm {
    /// Absolute, without user info or fragment.
    pub(crate) url: Url,
    /// Whether credentials may be sent there: over TLS, or on loopback.
    pub(crate) credentials: bool,
}

/// Resolves a realm (or a redirect of the token endpoint) against `base`. The error says why it is not asked.
pub(crate) fn resolve(text: &str, base: Option<&Url>, registry: Option<&Url>) -> Result<Realm, String> {
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
    let inside = place(&url);
    if inside != Place::Public && registry.is_some_and(|r| place(r) == Place::Public) {
        return Err(format!(
            "the realm {shown:?} is a private or loopback address, named by a public registry"
        ));
    }
    let credentials = url.scheme() == "https" || inside == Place::Loopback;
    Ok(Realm { url, credentials })
}

/// Whether an https registry names a plain http realm.
pub(crate) fn is_downgrade(realm: &Url, registry: Option<&Url>) -> bool {
    realm.scheme() == "http" && registry.is_some_and(|r| r.scheme() == "https")
}

/// Where a host is, by its name or address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Anywhere.
    Public,
    /// In some private network.
    Private,
    /// On the machine that asks.
    Loopback,
}

/// By the name alone: what a name resolves to is for the transport to see.
pub(crate) fn place(url: &Url) -> Place {
    match url.host() {
        Some(Host::Ipv4(ip)) => place_v4(ip),
        Some(Host::Ipv6(ip)) => match ip.to_ipv4_mapped() {
            Some(v4) => place_v4(v4),
            None if ip.is_loopback() => Place::Loopback,
            None if ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local() => {
                Place::Private
            }
            None => Place::Public,
        },
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let last = name.rsplit('.').next().unwrap_or_default();
            if name == "localhost" || last == "localhost" {
                Place::Loopback
            // Names that only a private network resolves: one label, and the reserved suffixes.
            } else if !name.contains('.')
                || matches!(last, "local" | "internal" | "lan" | "intranet" | "test")
            {
                Place::Private
            } else {
                Place::Public
            }
        }
        None => Place::Public,
    }
}

fn place_v4(ip: std::net::Ipv4Addr) -> Place {
    let [a, b, ..] = ip.octets();
    if ip.is_loopback() {
        Place::Loopback
    } else if ip.is_private() || ip.is_link_local() || a == 0 || (a == 100 && (64..128).contains(&b)) {
        Place::Private
    } else {
        Place::Public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(realm: &str, registry: &str) -> String {
        let registry = Url::parse(registry).unwrap();
        match resolve(realm, Some(&registry), Some(&registry)) {
            Ok(r) => {
                let down = if is_downgrade(&r.url, Some(&registry)) { " downgrade" } else { "" };
                format!("{}{}{down}", r.url, if r.credentials { " credentials" } else { "" })
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
    fn a_public_registry_cannot_send_us_inside() {
        for inside in [
            "http://127.0.0.1/t",
            "https://127.1/t",
            "https://2130706433/t",
            "https://localhost/t",
            "https://x.localhost./t",
            "https://10.1.2.3/t",
            "https://169.254.169.254/t",
            "https://100.64.0.1/t",
            "https://[::1]/t",
            "https://[::ffff:10.0.0.1]/t",
            "https://[fd00::1]/t",
            "https://0.0.0.0/t",
            "https://metadata.internal/t",
            "https://token/t",
        ] {
            assert!(shown(inside, "https://r.example").contains("private or loopback"), "{inside}");
            assert!(!shown(inside, "http://localhost:5000").contains("private or loopback"), "{inside}");
        }
    }

    #[test]
    fn only_http_and_https() {
        insta::assert_snapshot!(shown("file:///etc/passwd", "https://r.example"), @r#"the realm "file:///etc/passwd" is neither https nor http"#);
        insta::assert_snapshot!(shown("https://", "https://r.example"), @r#"the realm "https://" is not a URL"#);
    }
}
