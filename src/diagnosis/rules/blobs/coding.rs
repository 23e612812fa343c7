//! Codings put on blobs on their way, and lengths lost with them.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;

use super::Seen;
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{BodyEnd, Method, Response};
use crate::oci::digest::Digest;

/// A config is small; what unpacks to more is a bomb.
const MOST: u64 = 16 << 20;

/// The coding that an answer says it has.
fn coding(response: &Response) -> Option<&str> {
    response
        .header("content-encoding")
        .map(str::trim)
        .filter(|c| !c.is_empty() && !c.eq_ignore_ascii_case("identity"))
}

/// What a coding made of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// They are as stored, and only called coded.
    Nothing,
    /// Decoded they are as stored.
    Coded,
    /// Neither, or it could not be seen.
    Other,
}

fn made(response: &Response, digest: &Digest) -> Made {
    if response.body.end != BodyEnd::Complete {
        return Made::Other;
    }
    if response.body.sha256 == *digest || response.body.sha512 == *digest {
        return Made::Nothing;
    }
    let mut decoded = Vec::new();
    let read = MultiGzDecoder::new(&response.body.kept[..]).take(MOST).read_to_end(&mut decoded);
    match read {
        Ok(_) if digest.matches(&decoded) == Some(true) => Made::Coded,
        _ => Made::Other,
    }
}

/// Cells that got a blob with a coding, as asked or not, and what it made of it.
fn coded<'a>(case: &Case<'a>, ids: &[&str]) -> Option<(Seen<'a>, &'a str, Made)> {
    let subjects = &case.evidence.recording.subjects;
    ids.iter().find_map(|id| {
        let seen = case.answer(id).filter(|(_, a)| a.status == 200)?;
        let response = case.evidence.response(id)?;
        let digest = if id.contains("/layer") { subjects.layer.as_ref() } else { subjects.config.as_ref() };
        Some((seen, coding(response)?, made(response, digest?)))
    })
}

/// Coded blobs.
pub(crate) const ENCODING: Rule = Rule {
    id: "blob-content-encoding",
    layer: Layer::Content,
    under: &["proxy-gzips"],
    examine: |case| {
        let unasked = coded(
            case,
            &[
                "GET blobs/config accept=none",
                "GET blobs/config accept=none encoding=identity",
                "GET blobs/layer accept=none redirects=anonymous",
                "GET blobs/layer accept=none redirects=stop",
            ],
        );
        let control = "GET blobs/config accept=none encoding=identity";
        let asked = || coded(case, &["GET blobs/config accept=none encoding=gzip"]);
        let ((id, answer), name, made) = unasked.or_else(asked)?;
        let severity = match (unasked.is_some(), made) {
            (false, Made::Coded) => Severity::Note,
            _ if case.main_path_works() => Severity::Warning,
            (true, _) => Severity::Broken,
            (false, _) => Severity::Warning,
        };
        let what = match made {
            Made::Nothing => "the bytes are as stored: they are called coded and are not",
            Made::Coded => "decoded, the bytes have the digest that they were asked for by",
            Made::Other if answer.bytes_match == Some(false) => {
                "the bytes do not have the digest that they were asked for by"
            }
            Made::Other => "the bytes could not be compared with the digest that they were asked for by",
        };
        let title = match (unasked.is_some(), made) {
            (_, Made::Nothing) => format!("Blobs labelled Content-Encoding: {name} but stored as is"),
            (true, _) => format!("Blobs served with unrequested Content-Encoding: {name}"),
            (false, _) => format!("Blobs served with Content-Encoding: {name} on request"),
        };
        let beside = case.answer(control).filter(|(_, a)| a.status == 200);
        let words = beside.filter(|(other, _)| *other != id).map_or(String::new(), |(other, a)| {
            let length = a.content_length.map_or(String::new(), |n| format!(", of {n} bytes"));
            format!(" Beside it, {}{length}.", quote(other, a))
        });
        let more = super::blobs(case).filter(|(other, a)| {
            a.status == 200 && case.evidence.response(&other.0).and_then(coding).is_some()
        });
        let confidence = if made == Made::Other { Confidence::Likely } else { Confidence::Certain };
        Some(
            Finding::new(self::ENCODING.id, severity, confidence, Whose::Proxy)
                .title(title)
                .explain(format!("{}, with Content-Encoding: {name}; {what}.{words}", quote(id, answer)))
                .remedy(
                    "Client: send Accept-Encoding: identity for blobs, and hash before decoding. Proxy operator: \
                     disable compression and guessed encodings for /v2/.",
                )
                .evidence(std::iter::once(id).chain(beside.map(|(id, _)| id)).chain(more.map(|(id, _)| id))),
        )
    },
};

/// Chunked instead of measured.
pub(crate) const NO_LENGTH: Rule = Rule {
    id: "cloudflare-edge-drops-length",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let bases = [
            "GET blobs/config accept=none",
            "HEAD blobs/config accept=none",
            "GET manifests/tag accept=all",
            "HEAD manifests/tag accept=all",
        ];
        let lost = |base: &&str| -> Option<[Seen<'_>; 2]> {
            let (with, without) = (format!("{base} encoding=gzip"), format!("{base} encoding=identity"));
            let (gzip, identity) = (case.answer(&with)?, case.answer(&without)?);
            let bare = case.evidence.response(&with)?;
            let measured = case.evidence.response(&without)?;
            (gzip.1.status == 200
                && identity.1.status == 200
                && coding(bare).is_none()
                && bare.header("content-length").is_none()
                && measured.header("content-length").is_some()
                && (base.starts_with(Method::Head.as_str()) || gzip.1.body_digest == identity.1.body_digest))
                .then_some([gzip, identity])
        };
        let found: Vec<_> = bases.iter().filter_map(lost).collect();
        let [gzip, identity] = *found.first()?;
        Some(
            Finding::new(self::NO_LENGTH.id, Severity::Note, Confidence::Certain, Whose::Proxy)
                .explain(format!(
                    "{}, without Content-Length and without Content-Encoding, while {}, with Content-Length: {}.",
                    quote(gzip.0, gzip.1),
                    quote(identity.0, identity.1),
                    identity.1.content_length.unwrap_or_default()
                ))
                .remedy(
                    "Client: send Accept-Encoding: identity, or take the size from the descriptor in the manifest. \
                     Proxy operator: disable compression for /v2/.",
                )
                .evidence(found.iter().flatten().map(|(id, _)| *id)),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{all, assert_fires, assert_none_of, find, probe};
    use crate::exchange::{Header, Outcome};
    use crate::judge;
    use crate::probes::Probes;
    use crate::recording::CellState;

    const IDS: [&str; 2] = ["blob-content-encoding", "cloudflare-edge-drops-length"];

    #[test]
    fn each_fires_on_its_quirk_and_the_other_does_not() {
        for (id, other) in [(IDS[0], IDS[1]), (IDS[1], IDS[0])] {
            assert_fires(id, &[id], "lab/oci");
            let report = probe(&[id], "lab/oci");
            assert!(find(&report, other).is_none(), "{:?}", all(&report));
            let finding = find(&report, id).unwrap();
            assert_eq!((finding.severity, finding.confidence), (Severity::Note, Confidence::Certain));
        }
    }

    #[test]
    fn layers_that_are_called_coded() {
        let mut recording = probe(&[], "lab/oci").recording.clone();
        let wanted = |id: &str| id.starts_with("GET blobs/layer accept=none redirects=");
        let ids: Vec<_> = recording
            .cells
            .iter()
            .filter_map(|c| match &c.state {
                CellState::Answered(exchange) if wanted(&c.id.0) => Some(exchange.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(ids.len(), 2);
        for exchange in recording.exchanges.iter_mut().filter(|e| ids.contains(&e.id)) {
            if let Outcome::Answered(response) = &mut exchange.hops[0].outcome {
                response.headers.push(Header { name: "content-encoding".into(), value: "x-gzip".into() });
            }
        }
        let report = judge::judge(recording, &Probes::embedded().unwrap());
        let finding = find(&report, IDS[0]).unwrap();
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.title.contains("labelled Content-Encoding: x-gzip"), "{}", finding.title);
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
    }
}
