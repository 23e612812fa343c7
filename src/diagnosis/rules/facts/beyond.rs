//! The registry is there, and where it sends its clients nobody is.

use url::Url;

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{FailureKind, TransportError};
use crate::plan::Endpoint;
use crate::report::{CellView, Did};

/// The place behind a redirect at which a cell ended, and how it ended.
fn lost<'a>(case: &Case<'a>, cell: &'a CellView) -> Option<(String, &'a TransportError)> {
    let Did::Failed { exchange, error } = &cell.did else { return None };
    let exchange = case.evidence.exchange(exchange)?;
    let place = Url::parse(&exchange.last().request.url).ok()?.origin().ascii_serialization();
    (exchange.hops.len() > 1).then_some((place, error))
}

fn why(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::HostNotFound => "its name does not resolve",
        FailureKind::Refused | FailureKind::Unreachable => "connection refused",
        FailureKind::Timeout => "no answer in time",
        FailureKind::PlainHttpOnTls => "it speaks plain HTTP, the URL is https",
        FailureKind::TlsOnPlainHttp => "it speaks TLS, the URL is http",
        FailureKind::TlsUntrusted
        | FailureKind::TlsExpired
        | FailureKind::TlsNotYetValid
        | FailureKind::TlsWrongName
        | FailureKind::TlsClientCertificate
        | FailureKind::Tls => "TLS failed",
        FailureKind::RedirectRefused => "the redirect is not followed for safety",
        _ => "the connection broke",
    }
}

/// Blobs are sent from a place that cannot be reached.
pub(crate) const RULE: Rule = Rule {
    id: "redirect-target-unreachable",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let blobs = |c: &&CellView| c.endpoint == Endpoint::Blobs;
        let failed: Vec<_> = case
            .evidence
            .cells
            .iter()
            .filter(blobs)
            .filter_map(|cell| Some((cell, lost(case, cell)?)))
            .collect();
        // The plainest requests for a blob are among them, and none of a blob got through.
        let plain = ["GET blobs/config accept=none", "HEAD blobs/layer accept=none"];
        let (cell, (place, error)) = failed.iter().find(|(c, _)| plain.contains(&c.id.0.as_str()))?;
        if case.plain(|c| c.endpoint == Endpoint::Blobs).any(|(_, a)| a.status == 200) {
            return None;
        }
        let here = ["config", "layer"]
            .into_iter()
            .find_map(|subject| case.answer(&format!("GET blobs/{subject} accept=none redirects=stop")));
        let sent = here.map_or(String::new(), |(id, a)| format!("{}; ", quote(id, a)));
        let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
        Some(
            Finding::new(RULE.id, severity, Confidence::Certain, Whose::Registry)
                .title(format!("Blobs are redirected to {place}: {}", why(error.kind)))
                .explain(format!(
                    "{sent}{}, redirected to {place}, ended with {error}. So did {} requests for blobs, while the registry \
                     itself answers.",
                    cell.id,
                    failed.len()
                ))
                .remedy(format!(
                    "Client: allow {place} in DNS, firewall and proxy, and trust its CA. Registry operator: make it \
                     reachable, or serve blobs directly (CNCF distribution: storage.redirect.disable)."
                ))
                .evidence(here.map(|(id, _)| id).into_iter().chain(failed.iter().map(|(c, _)| &c.id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn the_storage_is_not_to_be_had() {
        assert_fires(RULE.id, &["blob-redirect-plain-http"], "lab/docker");
        let report = probe(&["blob-redirect-plain-http"], "lab/docker");
        let title = &find(&report, RULE.id).unwrap().title;
        assert!(title.ends_with("it speaks plain HTTP, the URL is https"), "{title}");
    }

    #[test]
    fn silent_where_it_is() {
        assert_silent(RULE.id);
        for quirk in
            ["blob-redirect-strip-auth-s3", "presigned-for-get-only", "signed-url-must-be-byte-exact"]
        {
            assert!(find(&probe(&[quirk], "lab/docker"), RULE.id).is_none(), "{quirk}");
        }
    }
}
