//! What the recording proxy does to headers, for the fuzz target. Panics where a property does not hold.

use http::header::{HeaderMap, HeaderValue, LINK, LOCATION, WWW_AUTHENTICATE};

use super::relay_headers::{end_to_end, homeward};
use super::wire_url::WireUrl;

/// One header line in each place where the registry's own URLs are turned into the proxy's.
pub fn homeward_of(line: &str, upstream: &str) {
    let (Ok(value), Ok(upstream)) = (HeaderValue::from_str(line), WireUrl::parse(upstream)) else { return };
    let mut headers = HeaderMap::new();
    for name in [LINK, LOCATION, WWW_AUTHENTICATE, http::header::CONNECTION] {
        headers.append(name, value.clone());
    }
    homeward(&mut headers, &upstream, "http://127.0.0.1:5000");
    for name in [LINK, LOCATION, WWW_AUTHENTICATE] {
        assert_eq!(headers.get_all(&name).iter().count(), 1, "a line of {name} is lost");
    }
    for request in [true, false] {
        assert!(end_to_end(&headers, request).get(http::header::CONNECTION).is_none());
    }
    if let Ok(url) = WireUrl::parse(line) {
        assert!(url.text.bytes().all(|byte| byte > b' ' && byte != 0x7f), "{}", url.text);
    }
}
