//! Rate limits and server errors that do not end.

use crate::case::{ANY, Case, UNKNOWN, WORKS, case};
use crate::image::Image;
use crate::server::{Act, Reply};

fn throttled(name: &'static str, retry_after: &'static str) -> Case {
    case(name, UNKNOWN, move |_| too_many(retry_after))
}

fn too_many(retry_after: &str) -> Act {
    let body = r#"{"errors":[{"code":"TOOMANYREQUESTS","message":"slow down"}]}"#;
    Reply::new("429 Too Many Requests", "application/json", body).with("retry-after", retry_after).act()
}

fn always(name: &'static str, status: &'static str, body: &'static str) -> Case {
    case(name, UNKNOWN, move |_| Reply::new(status, "text/html", body).act())
}

/// A registry that works, with headers about limits that are wrong.
fn quota(name: &'static str, headers: &'static [(&'static str, &'static str)]) -> Case {
    case(name, ANY, move |asked| {
        headers.iter().fold(Image::plain(), |image, (name, value)| image.with(name, value)).act(asked)
    })
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("limits/429-always", UNKNOWN, |_| Reply::status("429 Too Many Requests").act()),
        throttled("limits/429-retry-after-0", "0"),
        throttled("limits/429-retry-after-1", "1"),
        throttled("limits/429-retry-after-a-year", "31536000"),
        throttled("limits/429-retry-after-negative", "-1"),
        throttled("limits/429-retry-after-fraction", "0.0000001"),
        throttled("limits/429-retry-after-overflow", "99999999999999999999999999"),
        throttled("limits/429-retry-after-far-date", "Fri, 31 Dec 9999 23:59:59 GMT"),
        throttled("limits/429-retry-after-past-date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        throttled("limits/429-retry-after-garbage", "soon\t;::add-mask::canary"),
        case("limits/429-every-third", ANY, |asked| {
            if asked.count % 3 == 2 { too_many("0") } else { Image::plain().act(asked) }
        }),
        case("limits/429-after-five", ANY, |asked| {
            if asked.count < 5 { Image::plain().act(asked) } else { too_many("3600") }
        }),
        always("limits/500-always", "500 Internal Server Error", ""),
        always("limits/502-always", "502 Bad Gateway", "<html><h1>Bad Gateway</h1></html>"),
        always("limits/503-always", "503 Service Unavailable", "down"),
        case("limits/503-retry-after-1", UNKNOWN, |_| {
            Reply::status("503 Service Unavailable").with("retry-after", "1").act()
        }),
        quota(
            "limits/quota-negative",
            &[("ratelimit-limit", "-100;w=-1"), ("ratelimit-remaining", "-5;w=x")],
        ),
        quota(
            "limits/quota-enormous",
            &[
                ("ratelimit-limit", "1e999;w=99999999999999999999"),
                ("ratelimit-remaining", "18446744073709551616"),
            ],
        ),
        quota(
            "limits/quota-nothing-left",
            &[("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "0;w=21600")],
        ),
        case("limits/500-every-other", ANY, |asked| {
            if asked.count % 2 == 0 {
                Image::plain().act(asked)
            } else {
                Reply::status("500 Internal Server Error").act()
            }
        }),
        case("limits/418-always", crate::case::FAILS, |_| {
            Reply::new("418 I'm a teapot", "text/plain", "short").act()
        }),
        case("limits/retry-after-on-200", WORKS, |asked| {
            Image::plain().with("retry-after", "31536000").act(asked)
        }),
    ]
}
