//! Compression on the way.

use std::io::Read as _;

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{Method, Response};
use crate::oci::digest::Digest;
use crate::plan::Endpoint;
use crate::report::{Answer, CellView};

const GZIP: &str = "GET manifests/tag accept=all encoding=gzip";
const IDENTITY: &str = "GET manifests/tag accept=all encoding=identity";
const PLAIN: &str = "GET manifests/tag accept=all";
/// No manifest is larger, decoded.
const LARGEST: u64 = 8 << 20;

/// The content coding of an answer, where it has one.
fn coding(response: &Response) -> Option<&str> {
    let value = response.header("content-encoding")?.trim();
    (!value.is_empty() && !value.eq_ignore_ascii_case("identity")).then_some(value)
}

/// What gzip holds.
fn decoded(body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(body).take(LARGEST).read_to_end(&mut out).ok()?;
    (!out.is_empty()).then_some(out)
}

/// Whether the decoded bytes are what was meant, and the raw ones are not: by the digest header, or else by what
/// came uncoded.
fn is_only_coded(case: &Case<'_>, (cell, answer): (&CellView, &Answer)) -> bool {
    let Some(response) = case.evidence.response(&cell.id.0) else { return false };
    let Some(plain) = decoded(&response.body.kept) else { return false };
    let asked = cell.subject.and_then(|s| case.evidence.recording.subjects.digest(s).cloned());
    let announced = answer.docker_content_digest.as_deref().and_then(|d| Digest::parse(d).ok());
    let uncoded = [IDENTITY, PLAIN].into_iter().find_map(|id| {
        let control = case.evidence.response(id).filter(|r| r.status == 200 && coding(r).is_none())?;
        Some(control.body.sha256.clone())
    });
    let wanted = [asked, announced, uncoded];
    wanted.iter().flatten().any(|digest| digest.matches(&plain) == Some(true))
        && !wanted.iter().flatten().any(|digest| digest.matches(&response.body.kept) == Some(true))
}

/// gzip between registry and client.
pub(crate) const RULE: Rule = Rule {
    id: "proxy-gzips",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let coded: Vec<_> = case
            .evidence
            .answers(|c| c.endpoint == Endpoint::Manifests && c.method == Method::Get)
            .filter(|(c, a)| {
                a.status == 200 && case.evidence.response(&c.id.0).is_some_and(|r| coding(r).is_some())
            })
            .filter(|seen| is_only_coded(case, *seen))
            .collect();
        // Asked for nothing of the kind, a client does not look for it.
        let asked = |c: &CellView| {
            case.evidence.plan(&c.id).is_some_and(|p| p.vary.encoding.as_deref() == Some("gzip"))
        };
        let unasked = coded.iter().find(|(c, _)| !asked(c));
        let (cell, answer) = *unasked.or_else(|| coded.iter().find(|(c, _)| c.id.0 == GZIP))?;
        let response = case.evidence.response(&cell.id.0)?;
        let control = [IDENTITY, PLAIN].into_iter().find_map(|id| {
            let seen = case.answer(id).filter(|(_, a)| a.status == 200)?;
            coding(case.evidence.response(id)?).is_none().then_some(seen)
        });
        let always = unasked.is_some() && control.is_none();
        let severity = match (unasked.is_some(), case.main_path_works()) {
            (true, false) => Severity::Broken,
            (true, true) => Severity::Warning,
            (false, _) => Severity::Note,
        };
        // HEAD for the same shows what the coding does to its headers.
        let heads = case
            .evidence
            .answers(|c| c.endpoint == Endpoint::Manifests && c.method == Method::Head)
            .filter(|(c, _)| case.evidence.response(&c.id.0).is_some_and(|r| coding(r).is_some()))
            .map(|(c, _)| &c.id);
        let besides: Vec<&str> = [
            ("its length is not told", response.header("content-length").is_none()),
            ("its entity tag is weak", response.header("etag").is_some_and(|e| e.starts_with("W/"))),
        ]
        .into_iter()
        .filter_map(|(words, is)| is.then_some(words))
        .collect();
        let besides =
            if besides.is_empty() { String::new() } else { format!(" Besides, {}.", besides.join(", and ")) };
        let title = match (unasked.is_some(), always) {
            (_, true) => "Manifests are compressed whatever Accept-Encoding says",
            (true, _) => "Manifests are compressed although the client did not request it",
            _ => "Manifests are compressed by a proxy when gzip is accepted",
        };
        Some(
            Finding::new(
                self::RULE.id,
                severity,
                if control.is_some() || always { Confidence::Certain } else { Confidence::Likely },
                Whose::Proxy,
            )
            .title(title)
            .explain(format!(
                "{} \u{2192} 200, with Content-Encoding: {}: the bytes on the wire hash to {}, and decoded they have the digest \
                 of the manifest.{besides}{}",
                cell.id,
                coding(response).unwrap_or_default(),
                answer.body_digest.as_ref().map_or(String::new(), ToString::to_string),
                control.map_or(String::new(), |(id, a)| format!(" Without the coding: {}.", quote(id, a)))
            ))
            .remedy(
                "Client: send Accept-Encoding: identity, or decode before you hash. Proxy operator: disable \
                 compression for /v2/ (nginx: gzip off, or remove application/vnd.* and application/json from \
                 gzip_types).",
            )
            .evidence(
                std::iter::once(&cell.id)
                    .chain(control.map(|(id, _)| id))
                    .chain(coded.iter().map(|(c, _)| &c.id))
                    .chain(heads),
            ),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{all, assert_fires, assert_silent, find, probe};
    use crate::diagnosis::{Confidence, Severity};

    #[test]
    fn compressed_where_asked() {
        for image in ["lab/oci", "lab/docker-list"] {
            assert_fires("proxy-gzips", &["proxy-gzips"], image);
        }
        let report = probe(&["proxy-gzips"], "lab/oci");
        let top: Vec<_> = report.findings.iter().map(|f| f.id).collect();
        let finding = find(&report, "proxy-gzips").unwrap();
        assert_eq!((finding.severity, finding.confidence), (Severity::Note, Confidence::Certain));
        let children: Vec<_> = finding.children.iter().map(|c| c.id).collect();
        assert!(
            children.contains(&"etag-weak") && children.contains(&"head-no-content-length"),
            "{children:?}, {top:?}"
        );
    }

    #[test]
    fn compressed_unasked() {
        let report = probe(&["proxy-gzips-always"], "lab/oci");
        let top = &report.findings[0];
        assert_eq!((top.id, top.severity), ("proxy-gzips", Severity::Broken), "{:?}", all(&report));
        assert_eq!(report.findings.iter().filter(|f| f.severity > Severity::Note).count(), 1);
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_silent("proxy-gzips");
        let report = probe(&["etag-weak", "head-no-content-length"], "lab/oci");
        assert!(find(&report, "proxy-gzips").is_none());
    }
}
