//! What a recording proxy leaves out of a head, and the one thing that it changes.

use http::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue};

use super::wire_url::WireUrl;

/// Fields that end at the next hop (RFC 9110, section 7.6.1), besides those that `Connection` names. The rest of what a
/// proxy must not hand on, `Host` and `Expect`, is of the request alone.
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The header lines that go on to the next hop.
pub(super) fn end_to_end(headers: &HeaderMap, request: bool) -> HeaderMap {
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let ends_here = |name: &HeaderName| {
        let name = name.as_str();
        let own = request && matches!(name, "host" | "expect");
        own || HOP_BY_HOP.contains(&name) || named.iter().any(|n| n == name)
    };
    headers.iter().filter(|(name, _)| !ends_here(name)).map(|(n, v)| (n.clone(), v.clone())).collect()
}

/// Turns absolute URLs of the registry's own into the proxy's, where a client would follow them: `Location`, `Link`, and
/// the realm of a challenge. Otherwise the client would walk past the proxy, and most take no credentials along to what
/// is another host for them.
pub(super) fn homeward(headers: &mut HeaderMap, upstream: &WireUrl, proxy: &str) {
    for name in ["location", "link", "www-authenticate"] {
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else { continue };
        let lines: Vec<HeaderValue> = headers.get_all(&name).iter().cloned().collect();
        headers.remove(&name);
        for line in lines {
            let turned = line.to_str().ok().and_then(|text| turn(text, name == "location", upstream, proxy));
            let line = turned.and_then(|text| HeaderValue::from_str(&text).ok()).unwrap_or(line);
            headers.append(&name, line);
        }
    }
}

/// The text with the registry's own URLs turned; nothing where there are none.
fn turn(text: &str, whole: bool, upstream: &WireUrl, proxy: &str) -> Option<String> {
    if whole {
        return turned(text.trim(), upstream, proxy);
    }
    let lower = text.to_ascii_lowercase();
    let (mut out, mut copied) = (String::new(), 0);
    for (at, _) in lower.match_indices("http") {
        if at < copied || !text[..at].ends_with(['"', '<', '=']) {
            continue;
        }
        let end = text[at..].find(['"', '>', ',', ' ']).map_or(text.len(), |end| at + end);
        let Some(url) = turned(&text[at..end], upstream, proxy) else { continue };
        out.push_str(&text[copied..at]);
        out.push_str(&url);
        copied = end;
    }
    (copied > 0).then(|| out + &text[copied..])
}

fn turned(url: &str, upstream: &WireUrl, proxy: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    if !WireUrl::parse(url).ok()?.same_origin(upstream) {
        return None;
    }
    let path = rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]);
    Some(format!("{proxy}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(name: &'static str, value: &str) -> String {
        let upstream = WireUrl::parse("https://registry.example").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        homeward(&mut headers, &upstream, "http://127.0.0.1:5");
        headers[name].to_str().unwrap().to_owned()
    }

    #[test]
    fn only_urls_of_the_registry_itself_are_turned() {
        let own = "https://registry.example:443/v2/a/blobs/uploads/1?_state=https://registry.example/x";
        assert_eq!(
            home("location", own),
            "http://127.0.0.1:5/v2/a/blobs/uploads/1?_state=https://registry.example/x"
        );
        for other in ["https://cdn.example/x?y", "http://registry.example/x", "/v2/a/blobs/uploads/1"] {
            assert_eq!(home("location", other), other);
        }
        assert_eq!(
            home(
                "www-authenticate",
                r#"Bearer realm="https://registry.example/token",service="registry.example""#
            ),
            r#"Bearer realm="http://127.0.0.1:5/token",service="registry.example""#
        );
        let elsewhere = r#"Bearer realm="https://auth.example/token",service="registry.example""#;
        assert_eq!(home("www-authenticate", elsewhere), elsewhere);
        assert_eq!(
            home("link", "<https://registry.example/v2/a/tags/list?last=b>; rel=\"next\""),
            "<http://127.0.0.1:5/v2/a/tags/list?last=b>; rel=\"next\""
        );
    }

    #[test]
    fn fields_of_one_hop_end_here() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "x-mine, close"),
            ("x-mine", "1"),
            ("host", "127.0.0.1"),
            ("transfer-encoding", "chunked"),
            ("accept", "a/b"),
            ("accept", "c/d"),
            ("authorization", "Bearer x"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        let on: Vec<String> =
            end_to_end(&headers, true).iter().map(|(n, v)| format!("{n}={}", v.to_str().unwrap())).collect();
        assert_eq!(on, ["accept=a/b", "accept=c/d", "authorization=Bearer x"]);
        assert!(end_to_end(&headers, false).contains_key("host"));
    }
}
