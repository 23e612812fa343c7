//! Names in what a registry or a library wrote: hosts in URLs, addresses in messages.

use std::net::IpAddr;

pub(super) fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.is_empty() => host,
        _ => authority,
    }
}

/// The authorities of the URLs in a text.
pub(super) fn urls_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("://").map(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        let end = rest.find(|c: char| "/?#\"'<>, ;\\".contains(c)).unwrap_or(rest.len());
        let authority = &rest[..end];
        authority.rsplit_once('@').map_or(authority, |(_, host)| host)
    })
}

/// The addresses in a message of the libraries below.
pub(super) fn addresses_in(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_ascii_hexdigit() || ".:".contains(c)));
    words
        .flat_map(|word| [word.trim_matches([':', '.']), without_port(word)])
        .filter(|word| word.len() > 2 && word.parse::<IpAddr>().is_ok())
        .map(str::to_owned)
        .collect()
}

/// A list of repositories with other names for those that have none yet.
pub(super) fn catalog(text: &str, known: &str) -> Option<String> {
    let mut value: serde_json::Value = serde_json::from_str(text).ok()?;
    let names = value.get_mut("repositories")?.as_array_mut()?;
    for (at, name) in names.iter_mut().enumerate().filter(|(_, name)| *name != known) {
        *name = format!("repository-{}", at + 1).into();
    }
    Some(value.to_string())
}
