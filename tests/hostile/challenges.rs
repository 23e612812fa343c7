//! `WWW-Authenticate` of every kind of nonsense.

use crate::case::{BROKEN, Case, FAILS, case};
use crate::server::{Act, Reply, bytes};

/// 401 for everything, with this challenge.
fn challenge(name: &'static str, value: impl Into<Vec<u8>>) -> Case {
    let value = value.into();
    case(name, FAILS, move |_| denied(&value))
}

/// 401 with this challenge.
pub(crate) fn denied(value: impl AsRef<[u8]>) -> Act {
    Reply::new("401 Unauthorized", "application/json", r#"{"errors":[{"code":"UNAUTHORIZED"}]}"#)
        .with("www-authenticate", value)
        .act()
}

pub(crate) fn cases() -> Vec<Case> {
    let realm = "r".repeat(300_000);
    vec![
        challenge("challenges/open-quotes", "Bearer realm=\"".repeat(6_000)),
        challenge("challenges/one-open-quote", format!("Bearer realm=\"{}", "a".repeat(90_000))),
        challenge("challenges/quotes-only", "\"".repeat(90_000)),
        challenge("challenges/backslashes", format!("Bearer realm=\"{}", "\\".repeat(90_000))),
        challenge("challenges/commas", ",".repeat(90_000)),
        challenge("challenges/schemes-20k", "Basic ".repeat(15_000)),
        challenge("challenges/parameters-15k", format!("Bearer {}", "a=b,".repeat(15_000))),
        challenge("challenges/equals-signs", "Bearer ==========, realm==,=realm=,\"realm\"=x"),
        challenge("challenges/realm-300k", format!("Bearer realm=\"http://127.0.0.1/{realm}\"")),
        challenge(
            "challenges/realm-shell",
            "Bearer realm=\"http://127.0.0.1:1/';$(touch canary);`x`\",service=\"a'b\"",
        ),
        challenge("challenges/realm-no-url", "Bearer realm=\"not a url at all\""),
        challenge("challenges/realm-file", "Bearer realm=\"file:///etc/passwd\",service=\"x\""),
        challenge("challenges/realm-empty", "Bearer realm=\"\",service=\"\",scope=\"\""),
        challenge("challenges/realm-closed-port", "Bearer realm=\"http://127.0.0.1:1/token\",service=\"x\""),
        challenge("challenges/not-utf8", b"Bearer realm=\"\xff\xfe\x80\",service=\"\xc3\x28\"".as_slice()),
        challenge(
            "challenges/duplicate-parameters",
            "Bearer realm=\"/a\",realm=\"/b\",service=a,service=b,scope=x,scope=y",
        ),
        challenge(
            "challenges/unknown-schemes",
            "Negotiate YII=, Digest realm=\"a\",nonce=\"b\", NTLM, AWS4-HMAC-SHA256, Canary x=y",
        ),
        challenge("challenges/empty", ""),
        challenge(
            "challenges/scope-60k",
            format!(
                "Bearer realm=\"/token\",service=\"s\",scope=\"{}\"",
                "repository:a/b:pull ".repeat(3_000)
            ),
        ),
        challenge(
            "challenges/basic-realm-commands",
            "Basic realm=\"::add-mask::canary ##[group]canary ##vso[task.setvariable]x\"",
        )
        .with_login(),
        case("challenges/none-with-401", BROKEN, |_| Reply::status("401 Unauthorized").act()),
        case("challenges/none-with-403", BROKEN, |_| Reply::status("403 Forbidden").act()),
        case("challenges/lines-90", FAILS, |_| {
            let reply = Reply::status("401 Unauthorized");
            (0..90)
                .fold(reply, |reply, n| {
                    reply.with("www-authenticate", format!("Bearer realm=\"/t{n}\",service=s"))
                })
                .act()
        }),
        case("challenges/proxy-authentication", FAILS, |_| {
            Reply::status("407 Proxy Authentication Required")
                .with("proxy-authenticate", "Basic realm=x")
                .act()
        })
        .with_login(),
        case("challenges/another-each-time", FAILS, |asked| {
            denied(format!(
                "Bearer realm=\"/token/{}\",service=\"s{}\",scope=\"repository:x{}:pull\"",
                asked.count, asked.count, asked.count
            ))
        })
        .with_login(),
        case("challenges/endless", FAILS, |_| {
            bytes(format!(
                "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: {}",
                "Bearer realm=\"".repeat(100_000)
            ))
        }),
    ]
}
