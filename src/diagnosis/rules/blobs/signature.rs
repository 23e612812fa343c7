//! What a signature holds for: one method, one spelling; and the status of the redirect that brings it.

use super::{Seen, blob_redirects};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Method;
use crate::plan::Endpoint;

/// HEAD is refused where GET is served, both without Authorization.
fn for_get_only<'a>(case: &Case<'a>, subject: &str) -> Option<[Seen<'a>; 2]> {
    let refused = |(_, a): &Seen<'a>| a.redirects > 0 && matches!(a.status, 400 | 403 | 405 | 501);
    let head =
        case.answer(&format!("HEAD blobs/{subject} accept=none redirects=anonymous")).filter(refused)?;
    let get = case.answer(&format!("GET blobs/{subject} accept=none redirects=anonymous"))?;
    (get.1.status == 200 && get.1.redirects > 0).then_some([head, get])
}

/// Signed for GET.
pub(crate) const GET_ONLY: Rule = Rule {
    id: "presigned-for-get-only",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let found: Vec<_> =
            ["layer", "config"].into_iter().filter_map(|subject| for_get_only(case, subject)).collect();
        let [head, get] = *found.first()?;
        let status = head.1.status;
        let more = case
            .plain(|c| c.endpoint == Endpoint::Blobs && c.method == Method::Head)
            .filter(|(_, a)| a.redirects > 0 && a.status == status)
            .map(|(c, _)| &c.id);
        Some(
            Finding::new(self::GET_ONLY.id, Severity::Warning, Confidence::Certain, Whose::Registry)
                .title(format!("HEAD of a blob is {status} after its redirect, GET is 200"))
                .explain(format!(
                    "{} after {} redirect, while {}. Neither sent Authorization there.",
                    quote(head.0, head.1),
                    head.1.redirects,
                    quote(get.0, get.1)
                ))
                .remedy(
                    "Client: do not follow the redirect of a HEAD (it shows that the blob exists), or send GET with \
                     Range: bytes=0-0. Registry operator: sign the URL for HEAD too, or answer HEAD without a \
                     redirect.",
                )
                .evidence([head.0, get.0].into_iter().chain(found.iter().flatten().map(|(id, _)| *id)).chain(more)),
        )
    },
};

/// Signed for another spelling.
pub(crate) const BYTE_EXACT: Rule = Rule {
    id: "signed-url-must-be-byte-exact",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let refused = |seen: &Seen<'_>| {
            let body = case.evidence.body(&seen.0.0).unwrap_or_default();
            seen.1.redirects > 0
                && matches!(seen.1.status, 400 | 403)
                && String::from_utf8_lossy(body).contains("SignatureDoesNotMatch")
        };
        let id = |vary: &str| case.answer(&format!("GET blobs/config accept=none{vary}"));
        let first = id("").filter(refused)?;
        // Not for want of, nor because of, Authorization.
        let bare = id(" redirects=anonymous").filter(refused)?;
        let (severity, what) = match case.main_path_works() {
            true => (Severity::Warning, ""),
            false => (Severity::Broken, " No blob is to be had by it."),
        };
        let more = super::blobs(case).filter(|(_, a)| a.redirects > 0 && a.status == first.1.status);
        Some(
            Finding::new(self::BYTE_EXACT.id, severity, Confidence::Likely, Whose::Proxy)
                .explain(format!(
                    "{}, and {}: both times the URL was sent byte for byte as it came, and the store says \
                     \"SignatureDoesNotMatch\".{what}",
                    quote(first.0, first.1),
                    quote(bare.0, bare.1)
                ))
                .remedy(
                    "Proxy operator: do not rewrite Location, path, query or Host between registry, client and \
                     store. Registry operator: set the storage host name to the one that clients use; check key and \
                     clock. Client: send the Location byte for byte.",
                )
                .evidence([first.0, bare.0].into_iter().chain(more.map(|(id, _)| id))),
        )
    },
};

/// Another status than 307.
pub(crate) const STATUS: Rule = Rule {
    id: "redirect-status-variants",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let all = blob_redirects(case);
        let odd: Vec<_> = all.iter().filter(|r| r.method == Method::Get && r.status != 307).collect();
        let first = *odd.first()?;
        let control = super::open(case).map(|(id, _)| id);
        let lasting = if matches!(first.status, 301 | 308) {
            " It is a permanent redirect, which caches may keep for longer than the URL holds."
        } else {
            ""
        };
        Some(
            Finding::new(self::STATUS.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("Blobs are redirected with {} instead of 307", first.status))
                .explain(format!(
                    "{}: GET was first answered {}, with a Location at {}.{lasting}",
                    quote(first.seen.0, first.seen.1),
                    first.status,
                    first.place()
                ))
                .remedy("Follow 301, 302, 303, 307 and 308 alike for GET and HEAD; store none of them.")
                .evidence(std::iter::once(first.seen.0).chain(control).chain(odd.iter().map(|r| r.seen.0))),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{all, assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 3] =
        ["presigned-for-get-only", "signed-url-must-be-byte-exact", "redirect-status-variants"];

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
    fn severities() {
        let severity = |id: &'static str| find(&probe(&[id], "lab/oci"), id).unwrap().severity;
        assert_eq!(IDS.map(severity), [Severity::Warning, Severity::Broken, Severity::Note]);
    }

    #[test]
    fn silent_on_faithful_registries_and_good_redirects() {
        assert_none_of(&IDS);
        for quirk in ["blob-redirect-strip-auth-s3", "head-blob-401-get-307"] {
            let report = probe(&[quirk], "lab/oci");
            assert!(IDS.iter().all(|id| find(&report, id).is_none()), "{:?}", all(&report));
        }
    }
}
