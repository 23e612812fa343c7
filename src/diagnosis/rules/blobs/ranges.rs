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
                .explain(format!("{} for the one byte that was asked for.{beside}{claim}", quote(id, answer)))
                .remedy(
                    "Check the status: after 200, restart the file or skip the bytes that you have. At a cache, \
                     repeat the request once the blob is cached.",
                )
                .evidence(std::iter::once(id).chain(other.map(|(id, _)| id)).chain(whole(case).map(|(id, _)| id)).chain(many)),
        )
    },
};

/// One range, not several.
pub(crate) const MULTIRANGE: Rule = Rule {
    id: "multirange-unsupported",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let one = [ONE, AGAIN].into_iter().filter_map(|id| case.answer(id)).find(|(_, a)| a.status == 206)?;
        let (id, answer) = case.answer(MANY)?;
        let title = match answer.status {
            200 => "Several ranges in one request are ignored: 200 with the whole blob".to_owned(),
            status if is_refusal(status) => {
                format!("Several ranges in one request are refused with {status}")
            }
            _ => return None,
        };
        Some(
            Finding::new(self::MULTIRANGE.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title(title)
                .explain(format!("{}, while {}.", quote(id, answer), quote(one.0, one.1)))
                .remedy("Request one range at a time.")
                .evidence([id, one.0]),
        )
    },
};

/// No range at all.
pub(crate) const REFUSED: Rule = Rule {
    id: "blob-range-400",
    layer: Layer::Optional,
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
                .title(format!("Blob request with Range is refused with {}", answer.status))
                .explain(format!(
                    "{}, while the whole is served: {}.{claim}",
                    quote(id, answer),
                    quote(whole_id, served)
                ))
                .remedy(
                    "Client: restart the download without Range. Registry operator: ignore a Range that you do not \
                     support, and do not send Accept-Ranges: bytes.",
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
                .explain(format!(
                    "{} with Content-Type: {content_type}: \"{boundary}\" is no token.{}",
                    quote(id, answer),
                    one.map_or(String::new(), |(id, a)| format!(" One range is served: {}.", quote(id, a)))
                ))
                .remedy(
                    "Client: request one range at a time, or read the boundary up to the end of the line. Proxy \
                     operator: quote the boundary.",
                )
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
