//! Values of flags, from text.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use secrecy::SecretString;

use super::settings::{Resolve, UserHeader};
use crate::oci::document::Platform;

/// `15`, `15s`, `500ms`, `2m`; never nothing.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let scale = match unit {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        _ => return Err("a time is written 15, 15s, 500ms or 2m".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "a time is written 15, 15s, 500ms or 2m".to_owned())?;
    match number.checked_mul(scale) {
        Some(0) => Err("a time of nothing would end before it began".to_owned()),
        Some(ms) => Ok(Duration::from_millis(ms)),
        None => Err("that is longer than anybody waits".to_owned()),
    }
}

/// `os/architecture[/variant]`
pub fn platform(text: &str) -> Result<Platform, String> {
    Platform::parse(text)
}

/// `Name: value`. Fields that the cells themselves vary, and credentials, are refused with what to use instead.
pub fn header(text: &str) -> Result<UserHeader, String> {
    let (name, value) = text.split_once(':').ok_or("a header is written 'Name: value'")?;
    // RFC 9110, section 5.6.2: the characters of a token.
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        return Err("the name before the `:` is not one a header can have".to_owned());
    }
    let value = value.trim();
    if !value.bytes().all(|b| b == b' ' || b == b'\t' || b.is_ascii_graphic()) {
        return Err("the value holds bytes that cannot be sent: only visible ASCII".to_owned());
    }
    let name = name.to_ascii_lowercase();
    let instead = match name.as_str() {
        "authorization" => {
            "credentials are read from stdin: --token-stdin, or --username with --password-stdin"
        }
        "user-agent" => "use --user-agent",
        "host" => "name the host in the image reference; --resolve says where it is",
        "accept" | "accept-encoding" | "range" | "if-none-match" | "docker-content-digest" => {
            "this is what the cells vary; to send other values, give --probes a directory"
        }
        "connection" | "content-length" | "te" | "trailer" | "transfer-encoding" | "upgrade" => {
            "HTTP's framing is not for us to forge"
        }
        _ => return Ok(UserHeader { name, value: SecretString::from(value) }),
    };
    Err(format!("{name} cannot be given: {instead}"))
}

/// `HOST:PORT:ADDR[,ADDR]`, as curl takes it.
pub fn resolve(text: &str) -> Result<Resolve, String> {
    let wanted = || "this is written HOST:PORT:ADDR, as in registry.example:443:127.0.0.1".to_owned();
    let mut parts = text.splitn(3, ':');
    let (Some(host), Some(port), Some(addresses)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wanted());
    };
    if host.is_empty() {
        return Err(wanted());
    }
    let port = port.parse().map_err(|_| format!("the part after the host is not a port; {}", wanted()))?;
    let addresses = addresses.split(',').map(|address| {
        let bare = address.strip_prefix('[').and_then(|a| a.strip_suffix(']')).unwrap_or(address);
        bare.parse::<IpAddr>()
            .map_err(|_| format!("what follows the port is not an IP address; {}", wanted()))
    });
    Ok(Resolve { host: host.to_ascii_lowercase(), port, addresses: addresses.collect::<Result<_, _>>()? })
}

/// `HOST:PORT` to listen on: an IP address or `localhost`; port 0 takes a free one.
pub fn listen(text: &str) -> Result<SocketAddr, String> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric
        .parse()
        .map_err(|_| "an address is written 127.0.0.1:5000, [::1]:5000 or localhost:5000".to_owned())
}

/// Requests per second, above nothing.
pub fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("a rate is a number of requests per second, as in 10 or 0.5".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn durations() {
        let ms = |text| duration(text).map(|d| d.as_millis());
        assert_eq!(ms("15"), Ok(15_000));
        assert_eq!(ms("15s"), Ok(15_000));
        assert_eq!(ms("500ms"), Ok(500));
        assert_eq!(ms("2m"), Ok(120_000));
        for bad in
            ["", "0", "0ms", "s", "-1", "1.5s", "1h", "15 s", "99999999999999999999", "18446744073709551615m"]
        {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn platforms() {
        assert_eq!(platform("linux/arm64/v8").map(|p| p.to_string()), Ok("linux/arm64/v8".to_owned()));
        for bad in ["", "linux", "linux/", "/amd64", "a/b/c/d", "linux/am d64", "linux/\u{1b}[m"] {
            assert!(platform(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn headers_are_secret_and_some_are_not_ours_to_set() {
        let given = header("X-Api-Key:  s3cret ").unwrap();
        assert_eq!((given.name.as_str(), given.value.expose_secret()), ("x-api-key", "s3cret"));
        assert!(!format!("{given:?}").contains("s3cret"));
        for bad in
            ["X", ": v", "A b: c", "X: a\r\nY: b", "X: \u{e9}", "Authorization: Basic eA==", "accept: */*"]
        {
            let error = header(bad).unwrap_err();
            assert!(!error.contains("eA=="), "{error}");
        }
    }

    #[test]
    fn resolutions_are_curls() {
        let given = resolve("Registry.example:443:127.0.0.1,[::1]").unwrap();
        assert_eq!((given.host.as_str(), given.port, given.addresses.len()), ("registry.example", 443, 2));
        assert_eq!(resolve("r:5000:::1").map(|r| r.addresses), Ok(vec!["::1".parse().unwrap()]));
        for bad in ["", "r", "r:443", "r:443:", "r:x:127.0.0.1", ":443:127.0.0.1", "r:443:name"] {
            assert!(resolve(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_and_rates() {
        assert_eq!(listen("localhost:0"), Ok("127.0.0.1:0".parse().unwrap()));
        assert!(listen("[::1]:5000").is_ok());
        assert!(listen("5000").is_err() && listen("registry.example:5000").is_err());
        assert_eq!(rate("0.5"), Ok(0.5));
        assert!(["0", "-1", "inf", "NaN", "x"].iter().all(|r| rate(r).is_err()));
    }
}
