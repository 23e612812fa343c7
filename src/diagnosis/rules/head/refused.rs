//! GET is answered, HEAD is not.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::rules::pairs::{Pair, cells, pairs};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::{Answer, CellView};

/// The pairs of which GET is served and HEAD gets one of these, and whether that is so for the plainest request.
fn refused<'a>(case: &Case<'a>, statuses: &[u16]) -> Option<(Vec<Pair<'a>>, bool)> {
    let mut pairs = pairs(case, Endpoint::Manifests);
    let served =
        |p: &Pair<'_>| p.get.1.status == 200 && (p.get.1.kind.is_index() || p.get.1.kind.is_manifest());
    let main = pairs.iter().find(|p| served(p)).map(|p| p.head.0);
    pairs.retain(|p| served(p) && statuses.contains(&p.head.1.status));
    let first = pairs.first()?.head.0;
    Some((pairs, main == Some(first)))
}

fn finding(id: &'static str, pairs: &[Pair<'_>], main: bool) -> Finding {
    let severity = if main { Severity::Warning } else { Severity::Note };
    let first = &pairs[0];
    Finding::new(id, severity, Confidence::Certain, Whose::Registry)
        .explain(format!(
            "{}, while {}. {} pairs of cells are like that.",
            quote(first.head.0, first.head.1),
            quote(first.get.0, first.get.1),
            pairs.len()
        ))
        .evidence([first.head.0, first.get.0].into_iter().chain(cells(pairs)))
}

/// 404.
pub(crate) const NOT_FOUND: Rule = Rule {
    id: "head-404-get-200",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let Some((pairs, main)) = refused(case, &[404]) else { return blob_not_found(case) };
        Some(finding(self::NOT_FOUND.id, &pairs, main).title("HEAD of a manifest is 404, GET is 200").remedy(
            "Client: use GET instead of HEAD. Registry operator: route HEAD like GET, in the proxy and in \
                     the repository's settings.",
        ))
    },
};

/// The config is 404 to every HEAD, those that came after a GET had brought it too, and 200 to every GET.
fn blob_not_found(case: &Case<'_>) -> Option<Finding> {
    let asked = |method: &'static str| {
        case.plain(move |c| {
            c.endpoint == Endpoint::Blobs && c.subject == Some(Subject::Config) && c.method.as_str() == method
        })
        .collect::<Vec<_>>()
    };
    let (heads, gets) = (asked("HEAD"), asked("GET"));
    let all = |cells: &[(&CellView, &Answer)], status: u16| {
        cells.len() > 1 && cells.iter().all(|(_, a)| a.status == status)
    };
    if !all(&heads, 404) || !all(&gets, 200) {
        return None;
    }
    let hops = |answer: &Answer| case.evidence.exchange(&answer.exchange).map(|e| &e.hops);
    let start = |answer: &Answer| hops(answer)?.first().map(|hop| hop.timing.start);
    let end = |answer: &Answer| hops(answer)?.last().map(|hop| hop.timing.start + hop.timing.total);
    // A cache that had yet to fetch it is another matter.
    let fetched = gets.iter().filter_map(|(_, a)| end(a)).min_by(f64::total_cmp)?;
    if !heads.iter().any(|(_, a)| start(a).is_some_and(|at| at >= fetched)) {
        return None;
    }
    let (head_id, head) = case.answer("HEAD blobs/config accept=none")?;
    let (get_id, get) = case.answer("GET blobs/config accept=none")?;
    let layers = case.plain(|c| c.endpoint == Endpoint::Blobs && c.subject == Some(Subject::Layer));
    let layers = layers.filter(|(c, a)| c.method.as_str() == "HEAD" && a.status == 404);
    Some(
        Finding::new(NOT_FOUND.id, Severity::Warning, Confidence::Certain, Whose::Registry)
            .title("HEAD of a blob is 404, GET is 200")
            .explain(format!(
                "{}, while {}. So it is with all {} HEAD requests for the config, those that came after a GET had \
                 brought it among them.",
                quote(head_id, head),
                quote(get_id, get),
                heads.len()
            ))
            .remedy(
                "Client: use GET to check whether a blob exists. Registry or proxy operator: answer HEAD of a blob \
                 as GET.",
            )
            .evidence(
                [head_id, get_id]
                    .into_iter()
                    .chain(heads.iter().map(|(c, _)| &c.id))
                    .chain(layers.map(|(c, _)| &c.id)),
            ),
    )
}

/// 405.
pub(crate) const NOT_ALLOWED: Rule = Rule {
    id: "head-405",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let (pairs, main) = refused(case, &[400, 403, 405, 501])?;
        let title = match pairs[0].head.1.status {
            status @ (400 | 403) => format!("HEAD of a manifest is {status}, GET is 200"),
            _ => "HEAD of a manifest is not allowed, GET is 200".to_owned(),
        };
        Some(finding(self::NOT_ALLOWED.id, &pairs, main).title(title).remedy(
            "Client: use GET instead of HEAD. Registry or proxy operator: allow HEAD wherever GET is \
                     allowed.",
        ))
    },
};

/// Blobs: 401 to HEAD.
pub(crate) const BLOB: Rule = Rule {
    id: "head-blob-401-get-307",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        type Seen<'a> = (&'a CellId, &'a Answer);
        let pair = |subject: &str| -> Option<[Seen<'_>; 2]> {
            let head = case.answer(&format!("HEAD blobs/{subject} accept=none redirects=stop"))?;
            let get = case.answer(&format!("GET blobs/{subject} accept=none redirects=stop"))?;
            let given = matches!(get.1.status, 200 | 301 | 302 | 303 | 307 | 308);
            (matches!(head.1.status, 401 | 403) && given).then_some([head, get])
        };
        let found: Vec<_> = ["layer", "config"].into_iter().filter_map(pair).collect();
        let [(head_id, head), (get_id, get)] = *found.first()?;
        let status = head.status;
        let more = case.plain(move |c| c.endpoint == Endpoint::Blobs && c.method.as_str() == "HEAD");
        let more = more.filter(|(_, a)| a.status == status).map(|(c, _)| &c.id);
        Some(
            Finding::new(self::BLOB.id, Severity::Warning, Confidence::Certain, Whose::Registry)
                .title(format!("HEAD of a blob is {status}, GET with the same credentials is {}", get.status))
                .explain(format!("{}, while {}.", quote(head_id, head), quote(get_id, get)))
                .remedy(
                    "Client: check the blob by GET without following the redirect. Registry operator: answer HEAD \
                     as GET.",
                )
                .evidence([head_id, get_id].into_iter().chain(found.iter().flatten().map(|(id, _)| *id)).chain(more)),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn head_404() {
        assert_fires("head-404-get-200", &["head-404-get-200"], "lab/oci");
        assert!(find(&probe(&[], "lab/oci:not-there"), "head-404-get-200").is_none());
        assert_silent("head-404-get-200");
    }

    #[test]
    fn head_405() {
        assert_fires("head-405", &["head-405"], "lab/index");
        assert!(find(&probe(&["head-405"], "lab/index"), "head-404-get-200").is_none());
        assert_silent("head-405");
    }

    #[test]
    fn head_403() {
        assert_fires("head-405", &["head-403"], "lab/docker");
        assert!(find(&probe(&["policy-412"], "lab/docker"), "head-405").is_none());
        assert!(find(&probe(&["head-anonymous-always-401"], "lab/docker"), "head-405").is_none());
    }

    #[test]
    fn head_blob_404() {
        assert_fires("head-404-get-200", &["head-blob-404"], "lab/docker");
        for other in ["blob-404-until-manifest-pulled", "head-blob-401-get-307", "presigned-for-get-only"] {
            assert!(find(&probe(&[other], "lab/docker"), "head-404-get-200").is_none(), "{other}");
        }
        assert!(find(&probe(&["config-blob-missing"], "lab/docker"), "head-404-get-200").is_none());
    }

    #[test]
    fn head_blob_401() {
        assert_fires("head-blob-401-get-307", &["head-blob-401-get-307"], "lab/docker");
        let redirected = probe(&["blob-redirect-strip-auth-s3"], "lab/docker");
        assert!(find(&redirected, "head-blob-401-get-307").is_none());
        assert_silent("head-blob-401-get-307");
    }
}
