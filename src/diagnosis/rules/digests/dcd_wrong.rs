//! Bytes that differ from what the digest header names: who changed what.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::rules::indexes::collapsed;
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{Method, Response};
use crate::oci::digest::Digest;
use crate::oci::document::BodyKind;
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::{Answer, CellView};

type Seen<'a> = (&'a CellView, &'a Answer);

/// Headers that only something between leaves.
const MARKS: &[&str] = &[
    "via",
    "x-cache",
    "x-cache-status",
    "x-cache-hits",
    "age",
    "x-served-by",
    "cf-cache-status",
    "x-varnish",
];

/// Manifests and indexes whose bytes are not those that were named, the tag first. Schema 1 is not among them, nor
/// what another rule accounts for.
fn wrong<'a>(case: &Case<'a>) -> Vec<Seen<'a>> {
    let collapsed = collapsed::mismatches(case);
    let mut wrong: Vec<Seen<'a>> = case
        .plain(|c| c.endpoint == Endpoint::Manifests && c.method == Method::Get)
        .filter(|(_, a)| a.bytes_match == Some(false) && (a.kind.is_manifest() || a.kind.is_index()))
        .filter(|(c, _)| !collapsed.contains(&&c.id))
        .filter(|(c, _)| response(case, &c.id).is_some_and(|r| r.header("content-encoding").is_none()))
        .collect();
    wrong.sort_by_key(|(c, _)| (c.subject != Some(Subject::Tag), c.accept != "all"));
    wrong
}

fn response<'a>(case: &Case<'a>, id: &CellId) -> Option<&'a Response> {
    case.evidence.response(&id.0)
}

/// What shows that bytes were changed on the way.
enum Proof {
    /// Without its white space the body has the digest that was announced.
    WhiteSpace,
    /// HEAD announces the same digest and another length: that of the original.
    Length(CellId, u64),
    /// Something between says that it was there.
    Mark(String),
}

/// JSON without the white space between its tokens.
fn minified(body: &[u8]) -> Vec<u8> {
    let (mut out, mut quoted, mut escaped) = (Vec::with_capacity(body.len()), false, false);
    for &byte in body {
        if quoted || !byte.is_ascii_whitespace() {
            out.push(byte);
        }
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else {
            quoted = byte == b'"';
        }
    }
    out
}

fn proof(case: &Case<'_>, (cell, answer): Seen<'_>) -> Option<Proof> {
    let response = response(case, &cell.id)?;
    let announced = Digest::parse(answer.docker_content_digest.as_deref()?).ok()?;
    if announced.matches(&minified(&response.body.kept)) == Some(true) {
        return Some(Proof::WhiteSpace);
    }
    let subject = cell.subject?;
    let head = case.answer(&format!("HEAD manifests/{} accept={}", subject.as_str(), cell.accept));
    if let Some((id, head)) = head
        && head.docker_content_digest == answer.docker_content_digest
        && let Some(length) = head.content_length.filter(|l| *l > 0 && *l != response.body.size)
    {
        return Some(Proof::Length(id.clone(), length));
    }
    let mark = MARKS.iter().find_map(|name| Some(format!("{name}: {}", response.header(name)?)));
    mark.map(Proof::Mark)
}

/// The body's own digest, asked for, and served: then the bytes are good, and the header is wrong.
fn found_by_own_digest<'a>(case: &Case<'a>, answer: &Answer) -> Option<Seen<'a>> {
    case.plain(|c| {
        c.endpoint == Endpoint::Manifests && matches!(c.subject, Some(Subject::Index | Subject::Manifest))
    })
    .find(|(_, a)| a.status == 200 && a.bytes_match == Some(true) && a.body_digest == answer.body_digest)
}

/// All manifests are wrong, and something shows that it was done on the way.
fn rewritten<'a>(case: &Case<'a>) -> Option<(Vec<Seen<'a>>, Proof)> {
    let wrong = wrong(case);
    let first = *wrong.first()?;
    let json = |kind: BodyKind| kind.is_manifest() || kind.is_index();
    let spared = case
        .plain(|c| c.endpoint == Endpoint::Manifests && c.method == Method::Get)
        .any(|(_, a)| a.status == 200 && json(a.kind) && a.bytes_match == Some(true));
    if spared || found_by_own_digest(case, first.1).is_some() {
        return None;
    }
    let proof = wrong.iter().find_map(|seen| proof(case, *seen))?;
    Some((wrong, proof))
}

/// For the tag the header is wrong, by digest all is well.
fn unreliable<'a>(case: &Case<'a>) -> Option<(Vec<Seen<'a>>, Seen<'a>)> {
    let mut wrong = wrong(case);
    wrong.retain(|(c, _)| c.subject == Some(Subject::Tag));
    let control = wrong.iter().find_map(|(_, a)| found_by_own_digest(case, a))?;
    wrong.retain(|(_, a)| found_by_own_digest(case, a).is_some());
    Some((wrong, control))
}

/// Cells whose mismatch is accounted for here or by the rule for collapsed lists.
pub(in crate::diagnosis::rules) fn mismatches<'a>(case: &Case<'a>) -> Vec<&'a CellId> {
    let mut cells = collapsed::mismatches(case);
    cells.extend(rewritten(case).into_iter().flat_map(|(seen, _)| seen).map(|(c, _)| &c.id));
    cells.extend(unreliable(case).into_iter().flat_map(|(seen, _)| seen).map(|(c, _)| &c.id));
    cells
}

/// The header for a tag is not to be trusted.
pub(crate) const UNRELIABLE: Rule = Rule {
    id: "dcd-unreliable-for-tags",
    layer: Layer::Integrity,
    under: &[],
    examine: |case| {
        let (wrong, (control, served)) = unreliable(case)?;
        let (cell, answer) = *wrong.first()?;
        let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
        Some(
            Finding::new(self::UNRELIABLE.id, severity, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}: announced is {}, the bytes hash to {}, and under that digest they are served as well: {}.",
                    quote(&cell.id, answer),
                    answer.docker_content_digest.as_deref().unwrap_or_default(),
                    answer.body_digest.as_ref().map_or(String::new(), ToString::to_string),
                    quote(&control.id, served)
                ))
                .remedy(
                    "Client: hash the body and continue with that digest. Registry operator: announce the digest of \
                     the bytes that you send.",
                )
                .evidence([&cell.id, &control.id].into_iter().chain(wrong.iter().map(|(c, _)| &c.id))),
        )
    },
};

/// Changed on the way.
pub(crate) const REWRITTEN: Rule = Rule {
    id: "manifest-rewritten-by-proxy",
    layer: Layer::Integrity,
    under: &["proxy-gzips"],
    examine: |case| {
        let (wrong, proof) = rewritten(case)?;
        let (cell, answer) = *wrong.first()?;
        // Nobody has what was made on the way: whoever asks for it by its digest is told 404.
        let by_digest = |c: &CellView| {
            c.endpoint == Endpoint::Manifests && matches!(c.subject, Some(Subject::Index | Subject::Manifest))
        };
        let lost = case.evidence.answers(by_digest).filter(|(_, a)| a.status == 404).map(|(c, _)| &c.id);
        let (confidence, shown, more) = match proof {
            Proof::WhiteSpace => (
                Confidence::Certain,
                "Without its white space the body has the digest that was announced: it was written anew."
                    .to_owned(),
                None,
            ),
            Proof::Length(id, length) => (
                Confidence::Likely,
                format!("{id} announces the same digest and {length} bytes: the length of the original."),
                Some(id),
            ),
            Proof::Mark(mark) => {
                (Confidence::Likely, format!("Something between left its mark ({mark})."), None)
            }
        };
        Some(
            Finding::new(self::REWRITTEN.id, Severity::Broken, confidence, Whose::Proxy)
                .explain(format!(
                    "{}: announced is {}, the bytes hash to {}. So it is with all {} manifests that came. {shown}",
                    quote(&cell.id, answer),
                    answer.docker_content_digest.as_deref().unwrap_or("nothing"),
                    answer.body_digest.as_ref().map_or(String::new(), ToString::to_string),
                    wrong.len()
                ))
                .remedy(
                    "Client: request the registry past the proxy and compare. Proxy operator: exempt the registry \
                     from inspection and rewriting, or purge the cache.",
                )
                .evidence(
                    std::iter::once(&cell.id)
                        .chain(more.as_ref())
                        .chain(wrong.iter().map(|(c, _)| &c.id))
                        .chain(lost),
                ),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn white_space_between_tokens_goes_and_inside_strings_stays() {
        assert_eq!(minified(b"{\n  \"a b\\\" c\" : [1, 2]\n}\n"), b"{\"a b\\\" c\":[1,2]}");
    }

    #[test]
    fn a_header_that_names_something_else() {
        let quirk = "dcd-unreliable-for-tags";
        for image in ["lab/oci", "lab/index"] {
            assert_fires(quirk, &[quirk], image);
            let report = probe(&[quirk], image);
            assert!(find(&report, "digest-mismatch").is_none());
            assert!(find(&report, "manifest-rewritten-by-proxy").is_none());
        }
        assert_silent(quirk);
    }

    #[test]
    fn a_proxy_that_rewrites() {
        let quirk = "manifest-rewritten-by-proxy";
        for image in ["lab/docker", "lab/index"] {
            assert_fires(quirk, &[quirk], image);
            let report = probe(&[quirk], image);
            assert!(find(&report, "digest-mismatch").is_none());
            assert!(find(&report, "dcd-unreliable-for-tags").is_none());
        }
        assert_silent(quirk);
    }
}
