//! Blobs in parts (RFC 9110, section 14).

use super::Seen;
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};

const ONE: &str = "GET blobs/layer accept=none range=0-0";
const AGAIN: &str = "GET blobs/layer accept=none again=2 range=0-0";
const MANY: &str = "GET blobs/layer accept=none range=0-0,2-2";
/// The same without Range.
const WHOLE: [&str; 2] =
    ["GET blobs/layer accept=none redirects=anonymous", "GET blobs/layer accept=none redirects=stop"];

/// The whole layer, got without Range.
fn whole<'a>(case: &Case<'a>) -> Option<Seen<'a>> {
    WHOLE.into_iter().filter_map(|id| case.answer(id)).find(|(_, a)| a.status == 200)
}

/// Whether the registry says, in whichever answer, that it serves parts.
fn advertised(case: &Case<'_>) -> bool {
    let ids = WHOLE.into_iter().chain([ONE, "HEAD blobs/layer accept=none"]);
    let mut responses = ids.filter_map(|id| case.evidence.response(id));
    responses.any(|r| r.header("accept-ranges").is_some_and(|v| v.trim().eq_ignore_ascii_case("bytes")))
}

/// Refused for itself, not for want of credentials or patience.
fn is_refusal(status: u16) -> bool {
    status >= 400 && !matches!(status, 401 | 404 | 408 | 429)
}

/// The whole for a part.
pub(crate) const IGNORED: Rule = Rule {
    id: "range-ignored-200",
    layer: Layer::Optional,
    about: "a request for one range of a blob is answered with the whole blob",
    page: "A server may ignore Range, and then answers 200 with everything. Registries do so that do not know ranges, and \
           pull-through caches while they fetch a blob for the first time (distribution, Harbor). A client that resumes a \
           download has to look at the status: after 200 the bytes begin at the beginning, and adding them to what is there \
           spoils the file. Lazy pulling does not pay on such a registry.",
    references: &[
        "RFC 9110, section 14.2",
        "https://github.com/goharbor/harbor/issues/23875",
        "https://github.com/project-zot/zot/issues/762",
    ],
    under: &[],
    examine: |case| {
        // More than the byte that was asked for, so it is not a part under a wrong status.
        let ignored = |(_, a): &Seen<'_>| {
            let size = case.evidence.exchange(&a.exchange).and_then(|e| e.response()).map(|r| r.body.size);
            a.status == 200 && size.is_some_and(|n| n > 1)
        };
        let (one, again) = (case.answer(ONE)?, case.answer(AGAIN));
        let ((id, answer), other) = match again {
            _ if ignored(&one) => (one, again),
            Some(again) if ignored(&again) => (again, Some(one)),
            _ => return None,
        };
        let beside = other.map_or(String::new(), |(id, a)| match a.status {
            206 => format!(" The same request another time: {}. A cache fills.", quote(id, a)),
            _ => format!(" The same request another time: {}.", quote(id, a)),
        });
        let many = case.answer(MANY).filter(ignored).map(|(id, _)| id);
        let claim = if advertised(case) { " Yet it says Accept-Ranges: bytes." } else { "" };
        Some(
            Finding::new(self::IGNORED.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title("a range of a blob is not served: the whole blob comes")
                .explain(format!("{} for the one byte that was asked for.{beside}{claim}", quote(id, answer)))
                .remedy(
                    "Look at the status before using the bytes: after 200, leave out those that you have, or start again. On \
                     a cache, ask again once it holds the blob.",
                )
                .evidence(std::iter::once(id).chain(other.map(|(id, _)| id)).chain(whole(case).map(|(id, _)| id)).chain(many)),
        )
    },
};

/// One range, not several.
pub(crate) const MULTIRANGE: Rule = Rule {
    id: "multirange-unsupported",
    layer: Layer::Optional,
    about: "one range of a blob is served, several in one request are not",
    page: "A request may ask for several ranges at once. Some stores refuse that with 400 (GCR), some answer with the whole \
           blob (ECR), and of CNCF distribution it depends on the Go release it was built with, so it says nothing about \
           the version. Lazy pullers such as stargz-snapshotter ask for several and fall back to one.",
    references: &[
        "RFC 9110, section 14.2",
        "https://github.com/containerd/stargz-snapshotter/issues/81",
        "https://github.com/containerd/stargz-snapshotter/issues/350",
    ],
    under: &[],
    examine: |case| {
        let one = [ONE, AGAIN].into_iter().filter_map(|id| case.answer(id)).find(|(_, a)| a.status == 206)?;
        let (id, answer) = case.answer(MANY)?;
        let title = match answer.status {
            200 => "several ranges of a blob are not served: the whole blob comes".to_owned(),
            status if is_refusal(status) => format!("several ranges of a blob are refused with {status}"),
            _ => return None,
        };
        Some(
            Finding::new(self::MULTIRANGE.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title(title)
                .explain(format!("{}, while {}.", quote(id, answer), quote(one.0, one.1)))
                .remedy("Ask for one range in a request.")
                .evidence([id, one.0]),
        )
    },
};

/// No range at all.
pub(crate) const REFUSED: Rule = Rule {
    id: "blob-range-400",
    layer: Layer::Optional,
    about: "a request for a range of a blob is refused, the whole is served",
    page: "A Range that a server does not know is to be ignored, and the whole sent. Here any request with Range is an error, \
           so a download that broke off cannot be resumed and lazy pulling fails, although a download in one go succeeds. \
           GitLab's registry of 2019 and Artifactory have been seen to do so; a proxy that does not let Range through to \
           signed URLs does it too.",
    references: &[
        "RFC 9110, section 14.2",
        "https://github.com/giuseppe/crfs-plugin/issues/1",
        "https://github.com/oras-project/oras-go/issues/368",
    ],
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(ONE).filter(|(_, a)| is_refusal(a.status))?;
        let again = case.answer(AGAIN);
        // Once only is an accident, not a rule.
        if again.is_some_and(|(_, a)| !is_refusal(a.status)) {
            return None;
        }
        let (whole_id, served) = whole(case)?;
        let claim = if advertised(case) { " Yet it says Accept-Ranges: bytes." } else { "" };
        let many = case.answer(MANY).filter(|(_, a)| is_refusal(a.status));
        Some(
            Finding::new(self::REFUSED.id, Severity::Warning, Confidence::Certain, Whose::Registry)
                .title(format!("a range of a blob is refused with {}", answer.status))
                .explain(format!(
                    "{}, while the whole is served: {}.{claim}",
                    quote(id, answer),
                    quote(whole_id, served)
                ))
                .remedy(
                    "Clients: start a broken download again without Range. On the server: ignore a Range that is not \
                     supported, and do not say Accept-Ranges: bytes.",
                )
                .evidence([id, whole_id].into_iter().chain(again.map(|(id, _)| id)).chain(many.map(|(id, _)| id))),
        )
    },
};

/// The boundary of a Content-Type, where RFC 2045 and RFC 9110 would not have it so.
fn bad_boundary(content_type: &str) -> Option<&str> {
    let at = content_type.to_ascii_lowercase().find("boundary=")?;
    let value = content_type.get(at + "boundary=".len()..)?;
    if value.starts_with('"') {
        return None;
    }
    let value = value.split(';').next().unwrap_or_default().trim();
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    (value.is_empty() || !value.chars().all(token)).then_some(value)
}

/// A boundary that is no token.
pub(crate) const BOUNDARY: Rule = Rule {
    id: "multipart-boundary-invalid",
    layer: Layer::Optional,
    about: "the boundary of a multipart answer has characters that want quotes, without quotes",
    page: "An answer with several ranges is multipart/byteranges, and its Content-Type names the boundary between them. A \
           boundary with a colon or another such character has to stand in quotes; CloudFront sends it without. Strict \
           parsers, that of Go among them, refuse the header and with it the answer; containers/image reads it by hand. Ask \
           for one range at a time.",
    references: &[
        "RFC 9110, sections 5.6.6 and 14.6",
        "RFC 2046, section 5.1.1",
        "containers/image, docker/docker_image_src.go",
    ],
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(MANY).filter(|(_, a)| a.status == 206)?;
        let content_type = answer.content_type.as_deref()?;
        if !content_type.trim_start().to_ascii_lowercase().starts_with("multipart/byteranges") {
            return None;
        }
        let boundary = bad_boundary(content_type)?;
        let one = case.answer(ONE).filter(|(_, a)| a.status == 206);
        Some(
            Finding::new(self::BOUNDARY.id, Severity::Note, Confidence::Certain, Whose::Proxy)
                .title("the boundary between several ranges is not quoted, and strict clients cannot read it")
                .explain(format!(
                    "{} with Content-Type: {content_type}: \"{boundary}\" is no token.{}",
                    quote(id, answer),
                    one.map_or(String::new(), |(id, a)| format!(" One range is served: {}.", quote(id, a)))
                ))
                .remedy("Ask for one range in a request, or read the boundary up to the end of the line.")
                .evidence(std::iter::once(id).chain(one.map(|(id, _)| id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{all, assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 4] =
        ["range-ignored-200", "multirange-unsupported", "blob-range-400", "multipart-boundary-invalid"];

    #[test]
    fn each_fires_on_its_quirk_and_no_other_does() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
            let report = probe(&[id], "lab/oci");
            let others = IDS.iter().filter(|other| **other != id);
            assert!(others.into_iter().all(|other| find(&report, other).is_none()), "{:?}", all(&report));
        }
    }

    #[test]
    fn behind_a_redirect_too() {
        let report = probe(&["blob-redirect-strip-auth-s3"], "lab/oci");
        assert!(IDS.iter().all(|id| find(&report, id).is_none()), "{:?}", all(&report));
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
    }

    #[test]
    fn boundaries() {
        let bad =
            |boundary: &str| bad_boundary(&format!("multipart/byteranges; Boundary={boundary}")).is_some();
        assert!(bad("CloudFront:0A"));
        assert!(bad("a b") && bad("") && bad("a/b; x=y"));
        assert!(!bad("\"CloudFront:0A\"") && !bad("THIS_STRING-SEPARATES.1") && !bad("a; charset=x"));
    }
}
