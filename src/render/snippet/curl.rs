//! curl lines: each on its own line, runnable in any POSIX shell, never holding a secret.

use super::{LONGEST, refusal, whole};
use crate::exchange::{Exchange, Header, Method, SentRequest};
use crate::render::escape;
use crate::report::{Recommendation, SnippetStep, TlsHint, TokenHint};

/// Reads `token` or `access_token` out of a token answer, with what every system has.
const PICK_TOKEN: &str =
    r#"tr ',' '\n' | sed -n 's/.*"\(access_\)\{0,1\}token" *: *"\([^"]*\)".*/\2/p' | head -n 1"#;

const BASIC: &str = r#"-u "$REGISTRY_USER:$REGISTRY_PASSWORD""#;
const BEARER: &str = r#"-H "Authorization: Bearer $TOKEN""#;

/// The lines that take the recommended path: the token, where one is wanted, then one per request.
/// curl itself drops the Authorization line when a redirect leads to another host.
pub fn recommended(recommendation: &Recommendation) -> Vec<String> {
    let tls = tls(recommendation.tls);
    let mut lines = Vec::new();
    let authorization = match &recommendation.token {
        None => None,
        Some(TokenHint::Basic) => Some(BASIC),
        Some(TokenHint::Given) => Some(BEARER),
        Some(TokenHint::Bearer { url, with_credentials }) => {
            let mut words = vec!["curl -fsS".to_owned()];
            words.extend(tls.map(str::to_owned));
            words.extend(with_credentials.then(|| BASIC.to_owned()));
            lines.push(match url_words(url) {
                Ok(url) => {
                    words.push(url);
                    format!("TOKEN=$({} | {PICK_TOKEN})", words.join(" "))
                }
                Err(comment) => comment,
            });
            Some(BEARER)
        }
    };
    lines.extend(recommendation.steps.iter().map(|step| self::step(step, authorization, tls)));
    lines.into_iter().map(|line| whole(line, LONGEST)).collect()
}

/// The environment variables that must be set before [`recommended`] runs.
pub fn variables(recommendation: &Recommendation) -> Vec<&'static str> {
    let mut names = match &recommendation.token {
        Some(TokenHint::Basic | TokenHint::Bearer { with_credentials: true, .. }) => {
            vec!["REGISTRY_USER", "REGISTRY_PASSWORD"]
        }
        Some(TokenHint::Given) => vec!["TOKEN"],
        Some(TokenHint::Bearer { with_credentials: false, .. }) | None => Vec::new(),
    };
    if recommendation.tls == TlsHint::OwnCa {
        names.push("CA_FILE");
    }
    names
}

fn step(step: &SnippetStep, authorization: Option<&str>, tls: Option<&str>) -> String {
    let url = match url_words(&step.url) {
        Ok(url) => url,
        Err(comment) => return comment,
    };
    let mut words = vec!["curl -fsSL".to_owned()];
    words.extend(tls.map(str::to_owned));
    words.extend(accept(step.accept.iter().map(String::as_str)));
    words.extend(authorization.map(str::to_owned));
    words.push(url);
    words.join(" ")
}

/// One line for a request that was recorded. It shows the response head, so that a failing and a
/// working line can be laid side by side, and does not follow redirects.
pub fn request(request: &SentRequest, tls: TlsHint) -> String {
    whole(line(request, tls, false), LONGEST)
}

/// The same for a whole exchange: redirects are followed where they were.
pub fn exchange(exchange: &Exchange, tls: TlsHint) -> String {
    match exchange.hops.first() {
        Some(hop) => whole(line(&hop.request, tls, exchange.hops.len() > 1), LONGEST),
        None => String::new(),
    }
}

fn line(request: &SentRequest, tls: TlsHint, follow: bool) -> String {
    let url = match url_words(&request.url) {
        Ok(url) => url,
        Err(comment) => return comment,
    };
    let mut words = vec![
        match request.method {
            // A client's own, which is shown and never asked to be repeated.
            Method::Put | Method::Patch | Method::Delete => {
                return format!("# a {} of the client's own", request.method);
            }
            Method::Get => "curl -sS -i",
            Method::Head => "curl -sS -I",
            // Only ever to a token endpoint, and the form holds a secret.
            Method::Post => r#"curl -sS -i -d "$TOKEN_REQUEST""#,
        }
        .to_owned(),
    ];
    words.extend(follow.then(|| "-L".to_owned()));
    words.extend(self::tls(tls).map(str::to_owned));
    let values = |name: &'static str| {
        request.headers.iter().filter(move |h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value.as_str())
    };
    words.extend(accept(values("accept")));
    words.extend(request.headers.iter().filter_map(header));
    words.push(url);
    words.join(" ")
}

/// curl adds `Accept: */*` unless told otherwise; `Accept:` takes it away.
fn accept<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let lines: Vec<String> = values.map(|value| plain_header("Accept", value)).collect();
    if lines.is_empty() { vec!["-H Accept:".to_owned()] } else { lines }
}

fn plain_header(name: &str, value: &str) -> String {
    // `Name:` would remove the header, `Name;` sends it empty. Blanks around a value are no part of it.
    let text = if value.trim_matches([' ', '\t']).is_empty() {
        format!("{name};")
    } else {
        format!("{name}: {value}")
    };
    format!("-H {}", escape::shell(&text))
}

fn header(header: &Header) -> Option<String> {
    let name = header.name.to_ascii_lowercase();
    let simple = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    // Anything else is no header of ours; `@` would even make curl read a file.
    if name.is_empty() || !name.bytes().all(simple) {
        return None;
    }
    match name.as_str() {
        "accept" | "host" | "content-length" | "connection" => None,
        "user-agent" if header.value.starts_with("regprobe") => None,
        "authorization" if header.value.starts_with("Basic ") && is_redacted(&header.value) => {
            Some(BASIC.to_owned())
        }
        "authorization" if is_redacted(&header.value) => Some(BEARER.to_owned()),
        _ if is_redacted(&header.value) => {
            let variable: String = name.to_ascii_uppercase().replace('-', "_");
            Some(format!("-H \"{}: ${{{variable}}}\"", title_case(&name)))
        }
        _ => Some(plain_header(&title_case(&name), &header.value)),
    }
}

fn is_redacted(value: &str) -> bool {
    value.contains("<redacted>")
}

fn title_case(name: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}

fn tls(hint: TlsHint) -> Option<&'static str> {
    match hint {
        TlsHint::Default => None,
        TlsHint::OwnCa => Some(r#"--cacert "$CA_FILE""#),
        TlsHint::Insecure => Some("--insecure"),
    }
}

/// The URL with the options it needs; or, for what curl would take for a local file or worse, a
/// comment in place of the whole line.
fn url_words(url: &str) -> Result<String, String> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("http" | "https")) {
        return Err(refusal(&format!("not an http(s) URL: {}", escape::shell(&escape::cell(url, 200)))));
    }
    let mut words = Vec::new();
    if url.contains(['[', ']', '{', '}']) {
        words.push("--globoff".to_owned());
    }
    if url.contains("/./") || url.contains("/../") {
        words.push("--path-as-is".to_owned());
    }
    words.push(escape::shell(url));
    Ok(words.join(" "))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::render::fixture;

    fn sent(method: Method, url: &str, headers: &[(&str, &str)]) -> SentRequest {
        let header = |(name, value): &(&str, &str)| Header { name: (*name).into(), value: (*value).into() };
        SentRequest { method, url: url.into(), headers: headers.iter().map(header).collect() }
    }

    /// What the arguments of `curl` are, once a shell has read the script.
    fn arguments(script: &str) -> Vec<Vec<String>> {
        let script = format!(
            "TOKEN=t REGISTRY_USER=u REGISTRY_PASSWORD=p CA_FILE='c a' X_SECRET=s\n\
             curl() {{ printf '%s\\0' \"$@\" >&2; printf '\\0' >&2; echo '{{\"token\":\"t\"}}'; }}\n{script}\n"
        );
        let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        text.split_terminator("\0\0").map(|call| call.split('\0').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn the_recommended_lines_read_well() {
        let mut recommendation = fixture::recommendation();
        insta::assert_snapshot!(recommended(&recommendation).join("\n"), @r#"
        TOKEN=$(curl -fsS 'https://gcr.io/v2/token?service=gcr.io&scope=repository:deepvariant-docker/deepvariant:pull' | tr ',' '\n' | sed -n 's/.*"\(access_\)\{0,1\}token" *: *"\([^"]*\)".*/\2/p' | head -n 1)
        curl -fsSL -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' -H "Authorization: Bearer $TOKEN" https://gcr.io/v2/deepvariant-docker/deepvariant/manifests/0.5.0
        curl -fsSL -H Accept: -H "Authorization: Bearer $TOKEN" https://gcr.io/v2/deepvariant-docker/deepvariant/blobs/sha256:ff00000000000000000000000000000000000000000000000000000000000000
        "#);
        assert!(variables(&recommendation).is_empty());
        recommendation.token = Some(TokenHint::Basic);
        recommendation.tls = TlsHint::OwnCa;
        recommendation.steps[0].accept = vec!["a/b".into(), "c/d;q=0.5".into()];
        assert_eq!(
            arguments(&recommended(&recommendation)[0]),
            [[
                "-fsSL",
                "--cacert",
                "c a",
                "-H",
                "Accept: a/b",
                "-H",
                "Accept: c/d;q=0.5",
                "-u",
                "u:p",
                "https://gcr.io/v2/deepvariant-docker/deepvariant/manifests/0.5.0"
            ]]
        );
        assert_eq!(variables(&recommendation), ["REGISTRY_USER", "REGISTRY_PASSWORD", "CA_FILE"]);
    }

    #[test]
    fn a_token_is_read_from_the_answers_that_token_servers_give() {
        for answer in [
            r#"{"token":"A.b-c_1==","expires_in":300}"#,
            r#"{"expires_in": 300, "refresh_token": "no", "access_token" : "A.b-c_1=="}"#,
            r#"{"token":"A.b-c_1==","access_token":"A.b-c_1=="}"#,
            "{\n  \"access_token\": \"A.b-c_1==\",\n  \"scope\": \"x\"\n}",
        ] {
            let script = format!("printf %s '{answer}' | {PICK_TOKEN}");
            let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), "A.b-c_1==", "{answer}");
        }
    }

    #[test]
    fn a_recorded_request_becomes_one_line() {
        let url = "http://127.0.0.1:5000/v2/a/manifests/x";
        let head = sent(Method::Head, url, &[("user-agent", "regprobe/0.1.0"), ("host", "127.0.0.1:5000")]);
        assert_eq!(
            request(&head, TlsHint::Insecure),
            "curl -sS -I --insecure -H Accept: http://127.0.0.1:5000/v2/a/manifests/x"
        );
        let headers = [
            ("accept", "a/b"),
            ("accept", ""),
            ("authorization", "Bearer <redacted>"),
            ("user-agent", "docker/28.0"),
            ("x-secret", "<redacted>"),
            ("docker-content-digest", "sha256:00"),
            ("@/etc/passwd", "x"),
            ("a`id`", "<redacted>"),
        ];
        insta::assert_snapshot!(request(&sent(Method::Get, url, &headers), TlsHint::Default), @r#"curl -sS -i -H 'Accept: a/b' -H 'Accept;' -H "Authorization: Bearer $TOKEN" -H 'User-Agent: docker/28.0' -H "X-Secret: ${X_SECRET}" -H 'Docker-Content-Digest: sha256:00' http://127.0.0.1:5000/v2/a/manifests/x"#);
        let basic = sent(Method::Get, url, &[("accept", "*/*"), ("authorization", "Basic <redacted>")]);
        assert!(request(&basic, TlsHint::Default).contains(BASIC));
        let junk = sent(Method::Get, url, &[("accept", "*/*"), ("authorization", "Bearer junk")]);
        assert!(request(&junk, TlsHint::Default).contains("'Authorization: Bearer junk'"));
        assert!(
            request(&sent(Method::Get, "file:///etc/passwd", &[]), TlsHint::Default)
                .starts_with("# no line to paste, not an http(s) URL")
        );
    }

    #[test]
    fn hostile_urls_and_headers_stay_arguments() {
        for nasty in escape::NASTY {
            let url = format!("https://r.example/v2/{nasty}x");
            let value = format!("{nasty}x");
            let line = request(
                &sent(Method::Get, &url, &[("accept", &value), ("x-evil", &value)]),
                TlsHint::Default,
            );
            assert!(!line.chars().any(escape::is_deceptive), "{line:?}");
            let calls = arguments(&line);
            let mut seen = calls.concat();
            seen.retain(|a| a != "--globoff" && a != "--path-as-is");
            let clean = |text: String| text.replace('\0', "");
            let wanted = ["-sS", "-i", "-H"].map(str::to_owned).into_iter().chain([
                clean(format!("Accept: {value}")),
                "-H".to_owned(),
                clean(format!("X-Evil: {value}")),
                clean(url),
            ]);
            assert_eq!(seen, wanted.collect::<Vec<_>>(), "{line}");
            assert_eq!(calls.len(), 1);
        }
    }
}
