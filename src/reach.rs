//! How near a host is to this machine: the one classifier of addresses and names.
//!
//! A registry may send its clients elsewhere: by a redirect, by the realm of a challenge. It must not send them nearer
//! to this machine than it is itself, where it could not go on its own (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// How near an address is: the greater, the more a request to it can do that its author could not do alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Reachable from anywhere.
    Public,
    /// Inside some network: private, shared, reserved and multicast addresses.
    Private,
    /// On this link; cloud metadata services are here.
    LinkLocal,
    /// This machine.
    Loopback,
}

impl Reach {
    /// By the IANA special-purpose address registries (RFC 6890). An IPv6 address that carries an IPv4 address reaches
    /// what that one reaches.
    pub(crate) fn of(ip: IpAddr) -> Reach {
        match ip {
            IpAddr::V4(ip) => Reach::of_v4(ip),
            IpAddr::V6(ip) => Reach::of_v6(ip),
        }
    }

    fn of_v4(ip: Ipv4Addr) -> Reach {
        match ip.octets() {
            // 0.0.0.0 reaches this machine.
            [127 | 0, ..] => Reach::Loopback,
            [169, 254, ..] => Reach::LinkLocal,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Reach::Private,
            // Carrier-grade NAT, protocol assignments, benchmarks; multicast and reserved.
            [100, 64..=127, ..] | [192, 0, 0, _] | [198, 18 | 19, ..] | [224..=255, ..] => Reach::Private,
            _ => Reach::Public,
        }
    }

    fn of_v6(ip: Ipv6Addr) -> Reach {
        let v4 = |high: u16, low: u16| {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Reach::of_v4(Ipv4Addr::new(a, b, c, d))
        };
        match ip.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Reach::Loopback,
            // IPv4-compatible, IPv4-mapped, IPv4-translated (RFC 4291, RFC 2765).
            [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => v4(high, low),
            // NAT64 (RFC 6052).
            [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
            // NAT64 for local use (RFC 8215).
            [0x64, 0xff9b, 1, _, _, _, high, low] => v4(high, low).max(Reach::Private),
            // 6to4 (RFC 3056), and Teredo (RFC 4380), which inverts the client's address.
            [0x2002, high, low, ..] => v4(high, low),
            [0x2001, 0, _, _, _, _, high, low] => v4(!high, !low),
            [0xfe80..=0xfebf, ..] => Reach::LinkLocal,
            // Unique local, site-local, discard-only, multicast.
            [0xfc00..=0xfdff | 0xfec0..=0xfeff | 0x100 | 0xff00..=0xffff, ..] => Reach::Private,
            _ => Reach::Public,
        }
    }

    /// The nearest of some addresses: one bad one among good ones is enough. `None` for none.
    pub(crate) fn nearest(addresses: &[IpAddr]) -> Option<Reach> {
        addresses.iter().map(|ip| Reach::of(*ip)).max()
    }

    /// By the text of a host alone, as it stands in a URL: for names that are not resolved here.
    pub(crate) fn by_text(host: &str) -> Reach {
        if let Some(ip) = literal(host) {
            return Reach::of(ip);
        }
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let last = name.rsplit('.').next().unwrap_or_default();
        // Names that only a private network resolves: one label, and the reserved suffixes.
        let private = !name.contains('.')
            || matches!(last, "local" | "internal" | "lan" | "intranet" | "test")
            || name.ends_with(".home.arpa");
        match last {
            "localhost" => Reach::Loopback,
            _ if private => Reach::Private,
            _ => Reach::Public,
        }
    }

    /// [`Reach::by_text`] of a URL's host.
    pub(crate) fn of_url(url: &Url) -> Reach {
        match url.host() {
            Some(Host::Ipv4(ip)) => Reach::of_v4(ip),
            Some(Host::Ipv6(ip)) => Reach::of_v6(ip),
            Some(Host::Domain(name)) => Reach::by_text(name),
            None => Reach::Public,
        }
    }

    /// `a private address`
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Reach::Public => "a public address",
            Reach::Private => "a private address",
            Reach::LinkLocal => "a link-local address",
            Reach::Loopback => "an address of this machine",
        }
    }
}

/// The address that a host of a URL literally is.
pub(crate) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let cases = [
            (Reach::Loopback, "127.0.0.1 127.8.8.8 ::1 0.0.0.0 0.1.2.3 :: ::ffff:127.0.0.1 64:ff9b::7f00:1"),
            (Reach::Loopback, "2002:7f00:1:: 2001::80ff:fffe ::127.0.0.1 64:ff9b:1::7f00:1 ::ffff:0:7f00:1"),
            (Reach::Private, "10.1.1.1 172.31.0.1 192.168.9.9 100.64.0.1 fd00::1 ::ffff:10.0.0.1"),
            (Reach::Private, "198.18.0.1 198.19.255.255 192.0.0.8 224.0.0.1 240.0.0.1 255.255.255.255"),
            (Reach::Private, "2002:a00:1:: 64:ff9b::a00:1 64:ff9b:1::808:808 fec0::1 ff02::1 100::1"),
            (Reach::LinkLocal, "169.254.169.254 fe80::1 febf::1 64:ff9b::a9fe:a9fe ::ffff:169.254.169.254"),
            (Reach::LinkLocal, "2002:a9fe:a9fe::1"),
            (Reach::Public, "8.8.8.8 172.32.0.1 100.128.0.1 192.0.1.1 198.20.0.1 223.255.255.255"),
            (Reach::Public, "2606:4700::1 2002:808:808:: 64:ff9b::808:808 ::ffff:8.8.8.8 2001:4860::1"),
        ];
        for (wanted, addresses) in cases {
            for address in addresses.split(' ') {
                assert_eq!(Reach::of(address.parse().unwrap()), wanted, "{address}");
            }
        }
        let among = |texts: [&str; 2]| Reach::nearest(&texts.map(|text| text.parse().unwrap()));
        assert_eq!(among(["8.8.8.8", "10.0.0.1"]), Some(Reach::Private));
        assert_eq!(Reach::nearest(&[]), None);
    }

    #[test]
    fn texts() {
        let cases = [
            (Reach::Loopback, "localhost LOCALHOST. a.localhost 127.0.0.2 [::1] 0.0.0.0 [::ffff:127.0.0.1]"),
            (Reach::Private, "token metadata.internal r.lan a.local x.test nas.home.arpa 10.0.0.1 [fd00::1]"),
            (Reach::LinkLocal, "169.254.169.254 [fe80::1]"),
            (Reach::Public, "localhost.example r.example 8.8.8.8 local.example.com"),
        ];
        for (wanted, hosts) in cases {
            for host in hosts.split(' ') {
                assert_eq!(Reach::by_text(host), wanted, "{host}");
            }
        }
    }

    #[test]
    fn spellings_that_a_url_resolves() {
        for url in ["https://127.1/t", "https://2130706433/t", "https://0x7f.0.0.1/", "https://x.localhost./"]
        {
            assert_eq!(Reach::of_url(&Url::parse(url).unwrap()), Reach::Loopback, "{url}");
        }
    }
}
