//! Repository, tag and digest: the grammar of the distribution spec ("Pulling manifests"), with places.

use std::ops::Range;

use super::piece::{Fault, Piece};
use crate::oci::digest::Digest;

/// What clients accept at most; the spec says that many impose this limit.
const MAX_REPOSITORY: usize = 255;
const MAX_TAG: usize = 128;

/// Checks a repository.
pub(super) fn repository(piece: Piece<'_>) -> Result<(), Fault> {
    let text = piece.text;
    if text.is_empty() {
        return Err(piece.fault("the repository is missing: write host/repository:tag"));
    }
    if let Some(at) = text.find("//") {
        return Err(piece.fault_at(at..at + 2, "two slashes follow each other: one separates components"));
    }
    if text.starts_with('/') {
        return Err(piece.fault_at(0..1, "a reference does not begin with a slash: remove it"));
    }
    if text.ends_with('/') {
        return Err(piece.fault_at(
            text.len() - 1..text.len(),
            "a repository does not end with a slash: remove it or finish the name",
        ));
    }
    for component in piece.components() {
        check_component(component)?;
    }
    if text.len() > MAX_REPOSITORY {
        return Err(piece.fault(format!(
            "a repository has {MAX_REPOSITORY} characters at most, this one {}",
            text.len()
        )));
    }
    Ok(())
}

fn check_component(component: Piece<'_>) -> Result<(), Fault> {
    let text = component.text;
    if let Some(upper) = run(text, |b| b.is_ascii_uppercase()) {
        return Err(component.fault_at(
            upper,
            format!("a repository has no upper-case letters: write {}", text.to_ascii_lowercase()),
        ));
    }
    if let Some(colon) = text.find(':') {
        return Err(component
            .fault_at(colon..colon + 1, "a colon stands before the tag, at the very end, and nowhere else"));
    }
    let separator = |b: u8| matches!(b, b'.' | b'_' | b'-');
    if let Some(bad) = run(text, |b| !b.is_ascii_lowercase() && !b.is_ascii_digit() && !separator(b)) {
        return Err(component.fault_at(
            bad.clone(),
            format!("`{}` may not stand in a repository: a-z, 0-9, . _ - and / may", &text[bad]),
        ));
    }
    if text.starts_with(['.', '_', '-']) || text.ends_with(['.', '_', '-']) {
        return Err(component.fault("each component of a repository begins and ends with a-z or 0-9"));
    }
    let mut from = 0;
    while let Some(found) = run(&text[from..], separator) {
        let range = from + found.start..from + found.end;
        let separators = &text[range.clone()];
        if !matches!(separators, "." | "_" | "__") && !separators.bytes().all(|b| b == b'-') {
            return Err(component.fault_at(
                range,
                format!("`{separators}` does not separate: one dot, one or two underscores, or dashes do"),
            ));
        }
        from = range.end;
    }
    Ok(())
}

/// The first run of bytes of a kind.
fn run(text: &str, kind: impl Fn(u8) -> bool) -> Option<Range<usize>> {
    let start = text.bytes().position(&kind)?;
    let length = text.bytes().skip(start).take_while(|b| kind(*b)).count();
    Some(start..start + length)
}

/// Checks a tag.
pub(super) fn tag(piece: Piece<'_>) -> Result<(), Fault> {
    let text = piece.text;
    if text.is_empty() {
        return Err(piece.fault("the tag is missing after the colon: write one, or leave the colon out"));
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    if let Some(bad) = run(text, |b| !allowed(b)) {
        if &text[bad.clone()] == "+" {
            return Err(piece.fault_at(bad, "`+` may not stand in a tag: write _ in its place, as Helm does"));
        }
        return Err(piece.fault_at(
            bad.clone(),
            format!("`{}` may not stand in a tag: letters, digits, _ . and - may", &text[bad]),
        ));
    }
    if text.starts_with(['.', '-']) {
        return Err(piece.fault_at(0..1, "a tag begins with a letter, a digit or an underscore"));
    }
    if text.len() > MAX_TAG {
        return Err(piece.fault(format!("a tag has {MAX_TAG} characters at most, this one {}", text.len())));
    }
    Ok(())
}

/// Checks a digest.
pub(super) fn digest(piece: Piece<'_>) -> Result<Digest, Fault> {
    if piece.text.is_empty() {
        return Err(piece.fault("the digest is missing after the @: write sha256:..., or leave the @ out"));
    }
    if let Some(at) = piece.text.find('@') {
        return Err(
            piece.fault_at(at..at + 1, "a second @: one digest is enough, and the tag stands before it")
        );
    }
    Digest::parse(piece.text).map_err(|fault| piece.fault(format!("this is no digest: {fault}")))
}
