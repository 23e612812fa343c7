//! Whether a secret can be told from ordinary text.

use super::REDACTED;
use super::vocabulary;

/// Fewer bytes stand everywhere by chance.
const SHORTEST: usize = 5;

/// Fewer hexadecimal digits stand in some digest of a report by chance; numbers are among them.
const SHORTEST_HEX: usize = 8;

/// So short a text of digits and the marks of dates, versions and addresses is one of those.
const SHORTEST_NUMERIC: usize = 16;

/// What a server chose is searched from this length on: `anonymous`, which OpenShift grants everyone, is a word.
const SHORTEST_GRANT: usize = 16;

/// From this one on where it has letters and digits, as few words have.
const SHORTEST_MIXED: usize = 8;

/// Whether a secret of the user's is searched by its value. `words` are those of this call, in lower case: host,
/// repository, tag. A secret that is part of one of them stands in every URL.
pub(crate) fn is_telling(secret: &str, words: &[String]) -> bool {
    let hex = secret.bytes().all(|b| b.is_ascii_hexdigit());
    let numeric = secret.bytes().all(|b| b.is_ascii_digit() || b".:-/+ ".contains(&b));
    let long_enough = match (hex, numeric) {
        (true, _) => secret.len() >= SHORTEST_HEX,
        (_, true) => secret.len() >= SHORTEST_NUMERIC,
        _ => secret.len() >= SHORTEST,
    };
    long_enough
        && !is_monotonous(secret)
        && !REDACTED.contains(secret)
        && !secret.contains(REDACTED)
        && !is_digest(secret)
        && !vocabulary::is_media_type(secret)
        && !vocabulary::holds(&secret.to_ascii_lowercase())
        && !words.iter().any(|word| word.contains(&secret.to_ascii_lowercase()))
}

/// Whether what a server granted or signed is searched by its value. The server chose it, and may have chosen what
/// stands in the report anyway: so what could be a part of a digest or the beginning of a URL is not searched.
pub(crate) fn is_telling_grant(granted: &str, words: &[String]) -> bool {
    let mixed = |b: fn(&u8) -> bool| granted.as_bytes().iter().any(b);
    let mixed = mixed(u8::is_ascii_digit) && mixed(u8::is_ascii_alphabetic);
    granted.len() >= if mixed { SHORTEST_MIXED } else { SHORTEST_GRANT }
        && !granted.bytes().all(|b| b.is_ascii_hexdigit())
        // No token has these (RFC 6750, section 2.1), and what stands in a struck place has: with them a chain of
        // tokens could be made, each found where the last one was struck.
        && !granted.contains(['<', '>', '[', ']', '\\', '"', ' '])
        && !["http://", "https://"].iter().any(|scheme| granted.starts_with(scheme))
        && !words.iter().any(|word| word.len() >= SHORTEST && granted.to_ascii_lowercase().contains(word))
        && is_telling(granted, words)
}

/// Lines of dashes and the like.
fn is_monotonous(text: &str) -> bool {
    let mut seen: Vec<char> = text.chars().take(64).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() < 3 || !seen.iter().any(|c| c.is_alphanumeric())
}

/// `algorithm:hex`, or the beginning of one.
fn is_digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, hex)| {
        matches!(algorithm, "sha256" | "sha384" | "sha512") && hex.bytes().all(|b| b.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_ordinary_words() {
        let words =
            ["registry.example:5000".to_owned(), "team/app-frontend".to_owned(), "v1.2.3-rc1".to_owned()];
        let hex = "0123456789abcdef".repeat(4);
        for secret in [
            "hunter2",
            "correct-horse",
            "s3cr3t/7b0c+2f&1d<e>'\"9",
            "p\u{e4}ssword",
            "deadbeef",
            &hex,
            "20260131",
        ] {
            assert!(is_telling(secret, &words), "{secret}");
        }
        let digest = format!("sha256:{hex}");
        for word in [
            "",
            "abc",
            "latest",
            "Latest",
            "amd64",
            "manifests",
            "manif",
            "application/json",
            "text/html; charset=utf-8",
            "application/vnd.oci.image.manifest.v1+json",
            &digest,
            "anonymous",
            "beef5",
            "12345",
            "1.2.3.4",
            "2026-01-31",
            "-------",
            "aaaaaaa",
            "redacted",
            "x<redacted>y",
            "frontend",
            "Registry.Example",
            "team/app-frontend",
        ] {
            assert!(!is_telling(word, &words), "{word}");
        }
    }

    #[test]
    fn grants_are_the_servers_choice() {
        let words = ["registry.example".to_owned(), "team/app".to_owned()];
        for token in
            ["eyJhbGciOiJFUzI1NiJ9", "tk-55d1e8aa-token", "DockerToken.0f1e2d3c-aaaa-bbbb-cccc-0123456789ab"]
        {
            assert!(is_telling_grant(token, &words), "{token}");
        }
        let hex = "0123456789abcdef".repeat(4);
        for token in [
            "anonymous",
            "short-one",
            &hex,
            &hex[..40],
            "https://elsewhere.example/v2/",
            "/v2/team/app/manifests/latest",
            "ed>tk-55d1e8aa-token",
        ] {
            assert!(!is_telling_grant(token, &words), "{token}");
        }
    }
}
