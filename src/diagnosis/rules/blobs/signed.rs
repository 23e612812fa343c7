//! Blobs behind signed URLs, which grant access by themselves and want no other credentials.

use std::collections::BTreeSet;

use url::{Host, Url};

use super::{Redirect, Seen, authorized, blob_redirects, exchange, open};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};

/// Whose manner a URL is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// A shared access signature: `sig`, with what it grants beside it.
    Azure,
    /// `X-Amz-Signature`, `X-Goog-Signature`, `Signature` and their like.
    Other,
}

/// By the names in its query; their values are not recorded.
fn manner(url: &Url) -> Option<Manner> {
    let keys: BTreeSet<String> = url.query_pairs().map(|(key, _)| key.to_ascii_lowercase()).collect();
    let has = |key: &str| keys.contains(key);
    if has("sig") && ["sv", "se", "sp", "sr"].into_iter().any(has) {
        return Some(Manner::Azure);
    }
    let signs = |key: &String| {
        matches!(key.as_str(), "sig" | "signature" | "sign" | "hmac" | "verify" | "q-signature")
            || (key.starts_with("x-") && key.ends_with("-signature"))
    };
    keys.iter().any(signs).then_some(Manner::Other)
}

/// A request that kept Authorization across a redirect and was refused for it: without, the same is got.
fn refused<'a>(case: &Case<'a>) -> Option<[Seen<'a>; 2]> {
    let with = case.answer("GET blobs/config accept=none").filter(|(_, a)| a.redirects > 0)?;
    let without = case.answer("GET blobs/config accept=none redirects=anonymous")?;
    let kept = exchange(case, with).is_some_and(|e| authorized(e.last()));
    (kept && matches!(with.1.status, 400 | 401 | 403) && without.1.status == 200 && without.1.redirects > 0)
        .then_some([with, without])
}

fn says(case: &Case<'_>, seen: Seen<'_>, word: &str) -> bool {
    let body = case.evidence.body(&seen.0.0).unwrap_or_default();
    String::from_utf8_lossy(body).contains(word)
}

fn examine(case: &Case<'_>, id: &'static str, wanted: Manner, error: &str) -> Option<Finding> {
    let open = open(case)?;
    let refused = refused(case);
    let all = blob_redirects(case);
    let how = |r: &Redirect<'_>| match (manner(&r.to), refused) {
        // A place that refuses Authorization is one, signed or not.
        (None, Some([with, _])) if says(case, with, "InvalidAuthenticationInfo") => Some(Manner::Azure),
        (None, Some(_)) => Some(Manner::Other),
        (manner, _) => manner,
    };
    let found: Vec<&Redirect<'_>> =
        all.iter().filter(|r| (r.crosses() || refused.is_some()) && how(r) == Some(wanted)).collect();
    let first = *found.first()?;
    let severity = match (refused, case.main_path_works()) {
        (None, _) => Severity::Note,
        (Some(_), true) => Severity::Warning,
        (Some(_), false) => Severity::Broken,
    };
    let title = match refused {
        None => "Blobs are redirected to signed URLs that need no Authorization",
        Some(_) => "Blob redirect to a URL that rejects Authorization",
    };
    let credentials = exchange(case, first.seen).is_some_and(|e| e.hops.first().is_some_and(authorized));
    let mut words = format!(
        "{} leads to {}; followed without Authorization, {}.",
        quote(first.seen.0, first.seen.1),
        first.place(),
        quote(open.0, open.1)
    );
    if let Some([with, without]) = refused {
        words.push_str(&format!(
            " With Authorization {}, without it {}.",
            quote(with.0, with.1),
            quote(without.0, without.1)
        ));
    }
    if credentials {
        words.push_str(
            " The registry itself was asked with Authorization, which a client must leave behind here.",
        );
    }
    let remedy = format!(
        "Follow the redirect without the Authorization header; with it, the storage refuses the request with 400 \
         {error}."
    );
    let control = refused.into_iter().flatten().map(|(id, _)| id);
    Some(
        Finding::new(id, severity, Confidence::Certain, Whose::Request)
            .title(title)
            .explain(words)
            .remedy(remedy)
            .evidence(control.chain([first.seen.0, open.0]).chain(found.iter().map(|r| r.seen.0))),
    )
}

/// In the manner of S3.
pub(crate) const S3: Rule = Rule {
    id: "blob-redirect-strip-auth-s3",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        examine(case, self::S3.id, Manner::Other, "InvalidArgument (\"Only one auth mechanism allowed\")")
    },
};

/// In the manner of Azure.
pub(crate) const AZURE: Rule = Rule {
    id: "blob-redirect-strip-auth-azure",
    layer: Layer::Content,
    under: &[],
    examine: |case| examine(case, self::AZURE.id, Manner::Azure, "InvalidAuthenticationInfo"),
};

/// To a subdomain.
pub(crate) const SUBDOMAIN: Rule = Rule {
    id: "redirect-to-subdomain-keeps-auth",
    layer: Layer::Content,
    under: &["blob-redirect-strip-auth-s3", "blob-redirect-strip-auth-azure"],
    examine: |case| {
        let all = blob_redirects(case);
        let below: Vec<_> = all.iter().filter(|r| is_below(&r.to, &r.from)).collect();
        let first = *below.first()?;
        let sent = exchange(case, first.seen)?.hops.first().is_some_and(authorized);
        let confidence = if sent { Confidence::Certain } else { Confidence::Likely };
        let control = open(case).map(|(id, _)| id);
        Some(
            Finding::new(self::SUBDOMAIN.id, Severity::Note, confidence, Whose::Registry)
                .explain(format!(
                    "{} leads from {} to {}.",
                    quote(first.seen.0, first.seen.1),
                    first.from.host_str().unwrap_or_default(),
                    first.to.host_str().unwrap_or_default()
                ))
                .remedy(
                    "Client: drop Authorization whenever a redirect changes the host. Registry operator: put the \
                     storage under a name that is not a subdomain of the registry.",
                )
                .evidence(std::iter::once(first.seen.0).chain(control).chain(below.iter().map(|r| r.seen.0))),
        )
    },
};

fn is_below(to: &Url, from: &Url) -> bool {
    match (to.host(), from.host()) {
        (Some(Host::Domain(to)), Some(Host::Domain(from))) => {
            let (to, from) = (to.trim_end_matches('.'), from.trim_end_matches('.'));
            to.to_ascii_lowercase().ends_with(&format!(".{}", from.to_ascii_lowercase()))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{all, assert_fires, assert_none_of, find, probe};
    use crate::exchange::Outcome;
    use crate::judge;
    use crate::probes::Probes;

    const IDS: [&str; 3] =
        ["blob-redirect-strip-auth-s3", "blob-redirect-strip-auth-azure", "redirect-to-subdomain-keeps-auth"];

    #[test]
    fn each_manner_has_its_finding() {
        for (id, other) in [(IDS[0], IDS[1]), (IDS[1], IDS[0])] {
            assert_fires(id, &[id], "lab/oci");
            let report = probe(&[id], "lab/oci");
            assert!(find(&report, other).is_none() && find(&report, IDS[2]).is_none(), "{:?}", all(&report));
            assert_eq!(find(&report, id).unwrap().severity, Severity::Note);
        }
        let report = probe(&["bearer-auth", "blob-redirect-strip-auth-s3"], "lab/oci");
        assert!(find(&report, IDS[0]).unwrap().explanation.contains("asked with Authorization"));
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn manners() {
        let azure = "https://x.example/b?sv=1&sr=b&sig=<redacted>&se=2";
        assert_eq!(manner(&url(azure)), Some(Manner::Azure));
        for other in
            ["X-Amz-Signature=x", "X-Goog-Signature=x", "Expires=1&Signature=x&Key-Pair-Id=k", "verify=1-x"]
        {
            assert_eq!(manner(&url(&format!("https://x.example/b?{other}"))), Some(Manner::Other), "{other}");
        }
        assert_eq!(manner(&url("https://x.example/b?v=1")), None);
    }

    #[test]
    fn the_same_store_under_a_subdomain() {
        let report = probe(&["bearer-auth", "redirect-to-subdomain-keeps-auth"], "lab/oci");
        assert!(find(&report, IDS[2]).is_none(), "an address has no subdomains");
        let mut recording = report.recording.clone();
        for exchange in &mut recording.exchanges {
            for hop in &mut exchange.hops {
                hop.request.url = hop.request.url.replacen("127.0.0.1", "registry.example.com", 1);
                if let Outcome::Answered(response) = &mut hop.outcome {
                    for header in response.headers.iter_mut().filter(|h| h.name == "location") {
                        header.value = header.value.replacen("127.0.0.1", "blobs.registry.example.com", 1);
                    }
                }
            }
        }
        let report = judge::judge(recording, &Probes::embedded().unwrap());
        let finding = find(&report, IDS[2]).unwrap();
        assert_eq!((finding.severity, finding.confidence), (Severity::Note, Confidence::Certain));
        assert!(find(&report, IDS[0]).unwrap().children.iter().any(|c| c.id == IDS[2]));
    }

    #[test]
    fn refused_with_authorization_on_the_same_host() {
        // A store behind the registry's own name: Authorization is kept, and refused.
        let report = probe(&["bearer-auth", "blob-redirect-strip-auth-s3"], "lab/oci");
        let mut recording = report.recording.clone();
        let plain: Vec<_> = recording
            .cells
            .iter()
            .filter(|c| c.id.0.starts_with("GET blobs/config") && !c.id.0.contains("redirects="))
            .filter_map(|c| match &c.state {
                crate::recording::CellState::Answered(id) => Some(id.clone()),
                _ => None,
            })
            .collect();
        for exchange in recording.exchanges.iter_mut().filter(|e| plain.contains(&e.id)) {
            let sent = exchange.hops[0].request.headers.clone();
            if let Some(hop) = exchange.hops.get_mut(1) {
                hop.request.headers = sent;
                if let Outcome::Answered(response) = &mut hop.outcome {
                    response.status = 400;
                }
            }
        }
        let report = judge::judge(recording, &Probes::embedded().unwrap());
        let finding = find(&report, IDS[0]).unwrap();
        assert_eq!(finding.severity, Severity::Broken);
        assert_eq!(finding.evidence[0].0, "GET blobs/config accept=none");
    }
}
