//! When to come back (`Retry-After`) and how much is left (`RateLimit` in its several forms).

use std::time::{Duration, SystemTime};

use crate::exchange::Header;

/// What a registry says about its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quota {
    /// Requests per window.
    pub limit: Option<u64>,
    /// Requests left in this window.
    pub remaining: Option<u64>,
    /// The length of the window.
    pub window_seconds: Option<u64>,
}

/// How long to wait (RFC 9110, section 10.2.3): seconds, or a date, even one that is not quite an HTTP date.
/// A date that has passed is no wait at all.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    if value.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    }
    let then = httpdate::parse_http_date(value)
        .ok()
        .or_else(|| chrono::DateTime::parse_from_rfc2822(value).ok().map(SystemTime::from))?;
    Some(then.duration_since(now).unwrap_or_default())
}

/// The limit that the header lines tell, or `None` if they tell none.
pub fn quota(headers: &[Header]) -> Option<Quota> {
    let value =
        |names: &[&str]| headers.iter().find(|h| names.contains(&h.name.as_str())).map(|h| h.value.as_str());
    let mut quota = Quota::default();
    if let Some(limit) = value(&["ratelimit-limit", "x-ratelimit-limit", "x-rate-limit-limit"]) {
        quota.limit = leading_number(limit);
        quota.window_seconds = parameter(limit, &["w"]);
    }
    if let Some(remaining) =
        value(&["ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining"])
    {
        quota.remaining = leading_number(remaining);
        quota.window_seconds = quota.window_seconds.or_else(|| parameter(remaining, &["w"]));
    }
    if let Some(both) = value(&["ratelimit"]) {
        quota.limit = quota.limit.or_else(|| parameter(both, &["limit", "q"]));
        quota.remaining = quota.remaining.or_else(|| parameter(both, &["remaining", "r"]));
        quota.window_seconds = quota.window_seconds.or_else(|| parameter(both, &["w"]));
    }
    if let Some(policy) = value(&["ratelimit-policy"]) {
        quota.limit = quota.limit.or_else(|| parameter(policy, &["q"])).or_else(|| leading_number(policy));
        quota.window_seconds = quota.window_seconds.or_else(|| parameter(policy, &["w"]));
    }
    (quota != Quota::default()).then_some(quota)
}

/// `100;w=21600` -> 100
fn leading_number(value: &str) -> Option<u64> {
    let value = value.trim_start();
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    value[..digits].parse().ok()
}

/// The number of a parameter, whether commas or semicolons stand between parameters.
fn parameter(value: &str, names: &[&str]) -> Option<u64> {
    value.split([';', ',']).find_map(|part| {
        let (name, number) = part.split_once('=')?;
        let known = names.iter().any(|wanted| name.trim().eq_ignore_ascii_case(wanted));
        if known { leading_number(number.trim_start().trim_start_matches('"')) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn seconds_and_dates() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = at(784_111_777 - 30);
        let wait = |value| retry_after(value, now);
        let half_a_minute = Some(Duration::from_secs(30));
        assert_eq!(wait(" 30 "), half_a_minute);
        assert_eq!(wait("0"), Some(Duration::ZERO));
        assert_eq!(wait("1.5"), Some(Duration::from_millis(1500)));
        assert_eq!(wait("99999999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        for date in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 09:49:37 +0100",
        ] {
            assert_eq!(wait(date), half_a_minute, "{date}");
        }
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", at(784_111_999)), Some(Duration::ZERO));
        for none in ["", " ", ".", "-1", "soon", "1994-11-06", "30s", "1.2.3"] {
            assert_eq!(wait(none), None, "{none:?}");
        }
    }

    #[test]
    fn every_form_of_limit() {
        let of = |lines: &[(&str, &str)]| {
            let headers: Vec<Header> = lines
                .iter()
                .map(|(name, value)| Header { name: (*name).to_owned(), value: (*value).to_owned() })
                .collect();
            quota(&headers).map(|q| (q.limit, q.remaining, q.window_seconds))
        };
        assert_eq!(
            of(&[("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "76;w=21600")]),
            Some((Some(100), Some(76), Some(21600)))
        );
        assert_eq!(
            of(&[("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "0")]),
            Some((Some(5000), Some(0), None))
        );
        assert_eq!(
            of(&[("ratelimit", "limit=100, remaining=76, reset=50"), ("ratelimit-policy", "100;w=60")]),
            Some((Some(100), Some(76), Some(60)))
        );
        assert_eq!(
            of(&[("ratelimit", "\"default\";r=50;t=30"), ("ratelimit-policy", "\"default\";q=100;w=60")]),
            Some((Some(100), Some(50), Some(60)))
        );
        assert_eq!(of(&[("ratelimit-limit", "-1")]), None);
        assert_eq!(of(&[("content-type", "100;w=1")]), None);
    }
}
