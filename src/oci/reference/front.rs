//! What can stand before a reference, and what must not be in it at all.

use std::ops::Range;

use super::piece::{Fault, Piece};
use crate::target::Scheme;

/// Where other tools keep images that are not in a registry.
const TRANSPORTS: [&str; 8] =
    ["oci", "oci-archive", "docker-archive", "docker-daemon", "dir", "containers-storage", "ostree", "sif"];

/// A reference without its scheme.
pub(super) struct Front<'a> {
    pub(super) scheme: Option<Scheme>,
    /// A URL names its host first, dot or no dot.
    pub(super) host_first: bool,
    pub(super) rest: Piece<'a>,
}

/// The bytes of `user:password`, where a reference has some. Generous: what may be a password is not shown.
pub(super) fn user_info(text: &str) -> Option<Range<usize>> {
    let url = text.find("://").map(|at| at + 3).or_else(|| bare_scheme(text).map(|s| s.len() + 1));
    let start = url.unwrap_or(0);
    let rest = text.get(start..)?;
    let mut end = rest.len();
    while let Some(at) = rest.get(..end)?.rfind('@') {
        let after = rest.get(at + 1..end)?;
        let is_digest = ["sha256:", "sha384:", "sha512:"].iter().any(|a| after.starts_with(a));
        let before_host = after.contains('/') && !is_digest;
        let in_authority = url.is_some() && !rest.get(..at)?.contains('/');
        let no_digest = url.is_some() && !after.contains(':') && !is_digest;
        if before_host || in_authority || no_digest {
            return Some(start..start + at);
        }
        end = at;
    }
    None
}

/// Blanks, control characters, and anything that is not ASCII.
pub(super) fn characters(text: &str) -> Result<(), Fault> {
    for (at, c) in text.char_indices() {
        let message = match c {
            '!'..='~' => continue,
            c if c.is_whitespace() && (at == 0 || at + c.len_utf8() == text.len()) => {
                "the reference begins or ends with a blank: remove it".to_owned()
            }
            c if c.is_whitespace() => {
                "a blank stands inside the reference: give one reference per argument".to_owned()
            }
            c if c.is_control() => {
                format!("the reference holds the control character U+{:04X}: remove it", u32::from(c))
            }
            c => format!(
                "U+{:04X} is not ASCII: type the reference by hand; a host outside ASCII is written in its xn-- form",
                u32::from(c)
            ),
        };
        return Err(Fault { message, span: at..at + c.len_utf8() });
    }
    Ok(())
}

/// Takes the scheme off. The text is ASCII without blanks.
pub(super) fn front(text: &str) -> Result<Front<'_>, Fault> {
    let whole = Piece::new(text);
    if let Some(at) = text.find(['?', '#']) {
        return Err(whole
            .from(at)
            .fault("queries and fragments are no part of a reference: end it before this"));
    }
    let scheme_end = text
        .find("://")
        .filter(|at| text[..*at].bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)));
    if let Some(at) = scheme_end {
        let name = whole.part(0..at);
        let (scheme, host_first) = match name.text.to_ascii_lowercase().as_str() {
            "https" => (Some(Scheme::Https), true),
            "http" => (Some(Scheme::Http), true),
            "oci" => (None, true),
            "docker" => (None, false),
            "" => {
                return Err(whole.part(0..3).fault("`://` without a scheme: write https:// or leave it out"));
            }
            other => {
                return Err(name.fault(format!(
                    "the scheme `{other}` is not known: write https://, http://, oci://, docker:// or none"
                )));
            }
        };
        return Ok(Front { scheme, host_first, rest: whole.from(at + 3) });
    }
    if let Some(name) = bare_scheme(text) {
        return Err(whole
            .part(0..name.len() + 1)
            .fault(format!("`{name}:` is followed by two slashes: write {name}://host/repository:tag")));
    }
    if let Some(name) = text.split_once(':').map(|(name, _)| name).filter(|name| TRANSPORTS.contains(name)) {
        return Err(whole.part(0..name.len() + 1).fault(format!(
            "`{name}:` names a place on this machine, and regprobe asks registries: write host/repository:tag"
        )));
    }
    Ok(Front { scheme: None, host_first: false, rest: whole })
}

fn bare_scheme(text: &str) -> Option<&'static str> {
    let name = text.split_once(':')?.0;
    ["https", "http"].into_iter().find(|scheme| name.eq_ignore_ascii_case(scheme))
}
