//! Token endpoints that hand out anything but a token, or nothing.

use std::io::Write;

use crate::case::{ANY, Case, FAILS, WORKS, case};
use crate::challenges::denied;
use crate::image::{DOCKER, Image, digest};
use crate::server::{Act, Asked, Reply, endless, raw, silence};

/// A registry that works with any token, and a token endpoint that answers so.
fn endpoint(
    name: &'static str,
    exit: &'static [i32],
    answer: impl Fn(&Asked) -> Act + Send + Sync + 'static,
) -> Case {
    case(name, exit, move |asked| {
        if asked.path.starts_with("/token") {
            answer(asked)
        } else if asked.has("authorization") {
            Image::plain().act(asked)
        } else {
            let realm = format!("http://{}/token", asked.here);
            denied(format!("Bearer realm=\"{realm}\",service=\"s\",scope=\"repository:a/b:pull\""))
        }
    })
}

/// This text is the token.
fn token(name: &'static str, text: &str) -> Case {
    let body = serde_json::json!({ "token": text }).to_string();
    endpoint(name, WORKS, move |_| Reply::json(body.clone()).act())
}

/// This is the answer's body.
fn body(name: &'static str, exit: &'static [i32], body: impl Into<Vec<u8>>) -> Case {
    let body = body.into();
    endpoint(name, exit, move |_| Reply::json(body.clone()).act())
}

pub(crate) fn cases() -> Vec<Case> {
    let plain = Image::plain();
    vec![
        token("tokens/is-a-media-type", DOCKER),
        token("tokens/is-the-manifest-digest", &digest(&plain.manifest)),
        token("tokens/is-a-rule-id", "config-is-a-blob"),
        token("tokens/is-a-common-word", "manifest"),
        token("tokens/is-a-field-name", "schema_version"),
        token("tokens/is-a-path", "/v2/a/b/manifests/c"),
        token("tokens/is-the-platform", "linux/amd64"),
        token("tokens/is-one-letter", "e"),
        token("tokens/is-the-tool", "regprobe"),
        token("tokens/is-the-address", "127.0.0.1"),
        token("tokens/is-the-word-bearer", "Bearer"),
        token("tokens/of-20kb", &"t".repeat(20_000)),
        body("tokens/of-1mb", ANY, format!(r#"{{"token":"{}"}}"#, "t".repeat(1 << 20))),
        body("tokens/with-line-ends", ANY, r#"{"token":"a\r\nx-evil: canary\r\n\r\nb"}"#),
        body("tokens/with-escapes", ANY, r#"{"token":"a\u001b[2J::add-mask::canary\u202e"}"#),
        body("tokens/empty", FAILS, r#"{"token":""}"#),
        body("tokens/null", FAILS, r#"{"token":null,"access_token":null}"#),
        body("tokens/number", FAILS, r#"{"token":17}"#),
        body("tokens/array", FAILS, r#"[{"token":"a"}]"#),
        body(
            "tokens/two",
            ANY,
            r#"{"token":"a-first-token","access_token":"a-second-token","token":"a-third-token"}"#,
        ),
        body("tokens/expires-negative", ANY, r#"{"token":"a-token-of-some-length","expires_in":-1}"#),
        body("tokens/expires-enormous", ANY, r#"{"token":"a-token-of-some-length","expires_in":1e300}"#),
        body(
            "tokens/expires-text",
            ANY,
            r#"{"token":"a-token-of-some-length","expires_in":"::add-mask::canary","issued_at":"NaN"}"#,
        ),
        body("tokens/html", FAILS, "<html><script>canary()</script></html>"),
        body("tokens/two-million-nodes", FAILS, format!("[{}0]", "0,".repeat(2_000_000))),
        body("tokens/nested", FAILS, "[".repeat(500_000)),
        endpoint("tokens/refused", FAILS, |_| denied("Basic realm=x")).with_login(),
        endpoint("tokens/forbidden", FAILS, |_| Reply::status("403 Forbidden").act()).with_login(),
        endpoint("tokens/server-error", FAILS, |_| Reply::status("500 Internal Server Error").act())
            .with_login(),
        endpoint("tokens/throttled", FAILS, |_| {
            Reply::status("429 Too Many Requests").with("retry-after", "31536000").act()
        }),
        endpoint("tokens/hangs", FAILS, |_| raw(silence)).with_login(),
        endpoint("tokens/closes", FAILS, |_| raw(|_| Ok(()))),
        endpoint("tokens/endless", FAILS, |_| {
            raw(|out| {
                out.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"token\":\"")?;
                endless(out, &[b't'; 65536])
            })
        }),
        endpoint("tokens/redirect-circle", FAILS, |asked| {
            Reply::status("307 Temporary Redirect").with("location", format!("/token/{}", asked.count)).act()
        })
        .with_login(),
        endpoint("tokens/redirect-to-file", FAILS, |_| {
            Reply::status("302 Found").with("location", "file:///etc/passwd").act()
        }),
        endpoint("tokens/redirect-to-closed-port", FAILS, |_| {
            Reply::status("307 Temporary Redirect").with("location", "http://127.0.0.1:1/token").act()
        })
        .with_login(),
        endpoint("tokens/another-each-time", WORKS, |asked| {
            Reply::json(format!(r#"{{"token":"token-number-{}"}}"#, asked.count)).act()
        }),
        endpoint("tokens/echoes-the-credentials", ANY, |asked| {
            Reply::new("401 Unauthorized", "text/plain", asked.head.clone()).act()
        })
        .with_login(),
        case("tokens/never-accepted", FAILS, |asked| {
            if asked.path.starts_with("/token") {
                return Reply::json(format!(r#"{{"token":"token-number-{}"}}"#, asked.count)).act();
            }
            denied(format!(
                "Bearer realm=\"http://{}/token\",service=\"s\",error=\"invalid_token\"",
                asked.here
            ))
        })
        .with_login(),
    ]
}
