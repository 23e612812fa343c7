//! Text -> [`Reference`].

use super::error::ReferenceError;
use super::front::{Front, characters, front, user_info};
use super::hub::{self, HUB};
use super::piece::{Fault, Piece};
use super::{host, name, pasted};
use crate::oci::digest::Digest;
use crate::target::Scheme;

/// The tag that is meant where none is written.
const DEFAULT_TAG: &str = "latest";
/// How credentials in a reference are shown.
const REDACTED: &str = "<redacted>";

/// An image reference, resolved: no default is left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where one was written as `http://` or `https://`.
    pub scheme: Option<Scheme>,
    /// `docker.io` for every name of Docker Hub; otherwise `host[:port]`, lower case.
    pub registry: String,
    /// The repository, with `library/` where Docker Hub wants it.
    pub repository: String,
    /// The tag; `latest` where neither tag nor digest is written.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<Digest>,
    /// What was added, resolved or looks like a mistake.
    pub notes: Vec<String>,
}

/// Parses a reference as people type it: see the module for what is accepted beyond the grammar.
pub fn parse(image: &str) -> Result<Reference, ReferenceError> {
    if let Some(secret) = user_info(image) {
        let input = format!("{}{REDACTED}{}", &image[..secret.start], &image[secret.end..]);
        return Err(ReferenceError {
            message: "credentials do not belong in a reference: leave out all before the @ and give --username and --password-stdin".to_owned(),
            input: without_query(&input),
            span: secret.start..secret.start + REDACTED.len(),
        });
    }
    read(image).map_err(|Fault { message, span }| {
        let input = without_query(image);
        let end = span.end.min(input.len());
        ReferenceError { message, span: span.start.min(end)..end, input }
    })
}

/// The query of a URL may be a signature or a token, and no fault lies within it: it is not shown.
fn without_query(image: &str) -> String {
    match image.split_once('?') {
        Some((before, query)) if before.contains("://") || query.contains('=') => format!("{before}?..."),
        _ => image.to_owned(),
    }
}

fn read(image: &str) -> Result<Reference, Fault> {
    if image.is_empty() {
        return Err(Piece::new("").fault("the reference is empty: write host/repository:tag"));
    }
    characters(image)?;
    let Front { scheme, host_first, rest } = front(image)?;
    let (left, digest) = match rest.text.find('@') {
        Some(at) => {
            let (left, digest) = rest.around(at);
            (left, Some(digest))
        }
        None => (rest, None),
    };
    let mut notes = Vec::new();
    let (registry, path) = split_host(left, host_first, &mut notes)?;
    let mut path = path;
    let mut pasted_reference = None;
    if let Some(registry) = &registry {
        if let Some(page) = hub::page(path).filter(|_| hub::is_alias(registry)) {
            path = page;
        } else if let Some(found) = pasted::pasted(path, scheme.is_some())? {
            notes.push(found.note);
            (path, pasted_reference) = (found.name, found.reference);
        }
    }
    let (repository, mut tag) = split_tag(path);
    let mut digest = digest;
    match pasted_reference {
        Some(found) if found.text.contains(':') => digest = digest.or(Some(found)),
        Some(found) => tag = tag.or(Some(found)),
        None => {}
    }
    check_lone(image, registry.as_deref(), repository, tag)?;
    name::repository(repository)?;
    tag.map(name::tag).transpose()?;
    let digest = digest.map(name::digest).transpose()?;
    let tag = tag.map(|t| t.text.to_owned()).or_else(|| digest.is_none().then(|| DEFAULT_TAG.to_owned()));
    let (registry, repository) = resolve(registry, repository.text, tag.as_deref(), &mut notes);
    last_word(rest, &repository, tag.as_deref())?;
    Ok(Reference { scheme, registry, repository, tag, digest, notes })
}

/// Host and path. No host: an image on Docker Hub.
fn split_host<'a>(
    left: Piece<'a>,
    host_first: bool,
    notes: &mut Vec<String>,
) -> Result<(Option<String>, Piece<'a>), Fault> {
    let Some(slash) = left.text.find('/') else {
        if host_first || left.text.starts_with('[') || left.text.parse::<std::net::Ipv6Addr>().is_ok() {
            host::host(left)?;
            return Err(left.from(left.text.len()).fault("the repository is missing after the host"));
        }
        return Ok((None, left));
    };
    let (first, path) = left.around(slash);
    match first.text {
        "" => return Err(left.part(0..1).fault("a reference does not begin with a slash: remove it")),
        "." | ".." | "~" => {
            return Err(first.fault("this is a path on this machine, and regprobe asks registries"));
        }
        _ if !host_first && !host::is_host(first.text) => return Ok((None, left)),
        _ => {}
    }
    let host = host::host(first)?;
    if host != first.text {
        if !host_first && !host::is_host(&host) {
            notes.push(format!(
                "`{}` has upper-case letters, so it is taken as a host, as Docker does: repositories have none",
                first.text
            ));
        }
        notes.push(format!("host names ignore case: asking {host}"));
    }
    if path.text.is_empty() {
        return Err(path.fault("the repository is missing after the host"));
    }
    if path.text.starts_with('/') {
        return Err(left
            .part(slash..slash + 2)
            .fault("two slashes follow each other: one separates components"));
    }
    Ok((Some(host), path))
}

/// The tag begins at the first colon after the last slash.
fn split_tag(path: Piece<'_>) -> (Piece<'_>, Option<Piece<'_>>) {
    let last = path.text.rfind('/').map_or(0, |at| at + 1);
    match path.text[last..].find(':') {
        Some(at) => {
            let (name, tag) = path.around(last + at);
            (name, Some(tag))
        }
        None => (path, None),
    }
}

/// A digest or an image id that stands alone: Docker reads or refuses them in ways that help nobody.
fn check_lone(
    image: &str,
    registry: Option<&str>,
    repository: Piece<'_>,
    tag: Option<Piece<'_>>,
) -> Result<(), Fault> {
    if registry.is_some() || repository.text.contains('/') {
        return Ok(());
    }
    if Digest::parse(image).is_ok_and(|d| matches!(d.algorithm(), "sha256" | "sha512")) {
        return Err(Piece::new(image)
            .fault("this is a digest without a repository: write host/repository@sha256:..."));
    }
    let id = repository.text;
    if tag.is_none() && id.len() == 64 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(repository.fault(
            "64 hexadecimal digits are an image's id, not its name: write host/repository@sha256:...",
        ));
    }
    Ok(())
}

/// Registry and repository by the names that the API wants.
fn resolve(host: Option<String>, name: &str, tag: Option<&str>, notes: &mut Vec<String>) -> (String, String) {
    let is_lone = host.is_none();
    let note = match host {
        Some(host) if host != HUB && !hub::is_alias(&host) => return (host, name.to_owned()),
        Some(host) if host != HUB => Some(format!("{host} is Docker Hub: it is called {HUB} here")),
        Some(_) => None,
        None => hub::lone_host_note(name, tag.filter(|t| *t != DEFAULT_TAG)),
    };
    let (repository, added) = hub::qualify(name);
    // What a lone host was read as names `library/` already.
    let told = is_lone && note.is_some();
    notes.extend(note);
    notes.extend(added.filter(|_| !told));
    (HUB.to_owned(), repository)
}

/// The grammar's second opinion, so that ours cannot drift from it.
fn last_word(rest: Piece<'_>, repository: &str, tag: Option<&str>) -> Result<(), Fault> {
    let text = format!("registry.example/{repository}:{}", tag.unwrap_or(DEFAULT_TAG));
    match oci_spec::distribution::Reference::try_from(text.as_str()) {
        Ok(read) if read.repository() == repository => Ok(()),
        Ok(_) => Err(rest.fault("the reference is outside the grammar")),
        Err(fault) => Err(rest.fault(format!("the reference is outside the grammar: {fault}"))),
    }
}
