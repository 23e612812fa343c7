//! Accept that does not arrive.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Method;
use crate::oci::document::BodyKind;
use crate::oci::media_type as mt;
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::{Answer, PathKind, Verdict};

/// Accept values that a registry which sees them has reason to answer differently.
const TELLING: [&str; 7] =
    ["none", "all", "docker-manifest", "docker-list", "oci-manifest", "oci-index", "json"];
/// Others, which must not be answered otherwise where they were asked.
const OTHERS: [&str; 4] = ["any", "all-lines", "docker-only", "oci-only"];

type Seen<'a> = (&'a CellId, &'a Answer);

fn get<'a>(case: &Case<'a>, subject: Subject, accept: &str) -> Option<Seen<'a>> {
    case.answer(&format!("GET manifests/{} accept={accept}", subject.as_str()))
}

/// What came in answer to every Accept value, if it was the same as for none.
fn alike<'a>(case: &Case<'a>, subject: Subject) -> Option<Vec<Seen<'a>>> {
    let (_, none) = get(case, subject, "none")?;
    let telling: Vec<Seen<'a>> =
        TELLING.into_iter().map(|accept| get(case, subject, accept)).collect::<Option<_>>()?;
    let others = OTHERS.into_iter().filter_map(|accept| get(case, subject, accept));
    let seen: Vec<Seen<'a>> = telling.into_iter().chain(others).collect();
    let shape = |a: &Answer| (a.status, a.kind, a.error_code.clone());
    seen.iter().all(|(_, a)| shape(a) == shape(none)).then_some(seen)
}

/// The answer's body, as text.
fn text(case: &Case<'_>, id: &CellId) -> String {
    let body = case.evidence.body(&id.0).unwrap_or_default();
    String::from_utf8_lossy(&body[..body.len().min(4096)]).into_owned()
}

/// The media type that an error says is there and not accepted.
fn objected(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    // The header it objects to, or its sender.
    if !lower.contains("accept") && !lower.contains("not supported by client") {
        return None;
    }
    let token = |c: char| c.is_ascii_alphanumeric() || "/.+-_".contains(c);
    if let Some(at) = lower.find("application/vnd.") {
        return Some(
            lower[at..]
                .chars()
                .take_while(|c| token(*c))
                .collect::<String>()
                .trim_end_matches('.')
                .to_owned(),
        );
    }
    let named = [
        ("oci index", mt::OCI_INDEX),
        ("oci image index", mt::OCI_INDEX),
        ("oci manifest", mt::OCI_MANIFEST),
        ("oci image manifest", mt::OCI_MANIFEST),
        ("manifest list", mt::DOCKER_LIST),
        ("schema 2 manifest", mt::DOCKER_MANIFEST),
        ("schema2 manifest", mt::DOCKER_MANIFEST),
    ];
    named.into_iter().find(|(words, _)| lower.contains(words)).map(|(_, media_type)| media_type.to_owned())
}

/// Whether the request of a cell went out with this type in Accept.
fn sent(case: &Case<'_>, answer: &Answer, media_type: &str) -> bool {
    let hop = case.evidence.exchange(&answer.exchange).and_then(|e| e.hops.first());
    let headers = hop.iter().flat_map(|hop| &hop.request.headers).filter(|h| h.name == "accept");
    headers.flat_map(|h| h.value.split(',')).any(|entry| mt::base(entry) == media_type)
}

/// Whether an error repeats, as what the client accepts, the type that it misses: then the header did arrive.
fn repeats(text: &str, media_type: &str) -> bool {
    text.to_ascii_lowercase().matches(media_type).count() > 1
}

/// Something that shows that Accept did not arrive.
struct Loss<'a> {
    asked: Seen<'a>,
    control: Seen<'a>,
    words: String,
    confidence: Confidence,
    cells: Vec<Seen<'a>>,
}

/// The registry misses a type in Accept that was there.
fn contradicted<'a>(case: &Case<'a>, subject: Subject) -> Option<Loss<'a>> {
    let cells = alike(case, subject)?;
    let asked = get(case, subject, "all").filter(|(_, a)| matches!(a.status, 400 | 404 | 406 | 415))?;
    let said = text(case, asked.0);
    let missed = objected(&said)?;
    if !sent(case, asked.1, &missed) || repeats(&said, &missed) {
        return None;
    }
    // What is said of a tag that is not there is no word about this one.
    let nowhere = if subject == Subject::Tag { "absent-tag" } else { "absent-digest" };
    let control = case.answer(&format!("GET manifests/{nowhere} accept=all"))?;
    if control.1.status == 429 || objected(&text(case, control.0)).is_some() {
        return None;
    }
    let message = asked.1.error_message.clone().unwrap_or_default();
    let words = format!(
        "{}: \"{message}\", though that request does accept {missed}. All {} Accept values are answered like none at \
         all, so the registry looks at Accept, and never sees it",
        quote(asked.0, asked.1),
        cells.len()
    );
    Some(Loss { asked, control, words, confidence: Confidence::Certain, cells })
}

/// Whatever is accepted, the registry converts to schema 1, as for clients that know nothing newer.
fn converted<'a>(case: &Case<'a>) -> Option<Loss<'a>> {
    let cells = alike(case, Subject::Tag)?;
    let asked = get(case, Subject::Tag, "docker-manifest")
        .filter(|(_, a)| a.status == 200 && a.kind == BodyKind::Schema1)?;
    // Schema 1 that is stored is found by its digest; what was converted on the spot is not.
    let by_digest = |accept| get(case, Subject::Manifest, accept);
    let control = by_digest("all").filter(|(_, a)| a.status == 404)?;
    by_digest("none").filter(|(_, a)| a.status == 404)?;
    // What is made on the spot is signed anew each time: bytes that come twice are kept somewhere, and only their
    // digest is not found.
    if cells.iter().filter(|(_, a)| a.body_digest == asked.1.body_digest).count() > 1 {
        return None;
    }
    let announced = asked.1.docker_content_digest.as_deref()?;
    let learned = case.evidence.recording.subjects.manifest.as_ref()?;
    if announced != learned.as_str() {
        return None;
    }
    let words = format!(
        "{}, which was not asked for; so with all {} Accept values. The digest that comes with it is not stored ({}): the \
         manifest was converted on the spot, which registries do for clients whose Accept names nothing newer",
        quote(asked.0, asked.1),
        cells.len(),
        quote(control.0, control.1)
    );
    Some(Loss { asked, control, words, confidence: Confidence::Likely, cells })
}

/// Accept gets lost on the way.
pub(crate) const RULE: Rule = Rule {
    id: "proxy-strips-accept",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let loss = contradicted(case, Subject::Tag)
            .or_else(|| contradicted(case, Subject::Digest))
            .or_else(|| converted(case))?;
        let works = |kind: PathKind| {
            case.paths.iter().any(|p| p.kind == kind && p.id != "referrers" && p.verdict == Verdict::Works)
        };
        let some = works(PathKind::Main) || works(PathKind::Legacy);
        let none = case.evidence.answers(|c| {
            c.endpoint == Endpoint::Manifests
                && c.method == Method::Get
                && matches!(
                    c.subject,
                    Some(Subject::Tag | Subject::Digest | Subject::Manifest | Subject::Index)
                )
        });
        let shape = (loss.asked.1.status, loss.asked.1.error_code.as_deref());
        let others: Vec<&CellId> =
            none.filter(|(_, a)| (a.status, a.error_code.as_deref()) == shape).map(|(c, _)| &c.id).collect();
        Some(
            Finding::new(
                self::RULE.id,
                if some { Severity::Warning } else { Severity::Broken },
                loss.confidence,
                Whose::Proxy,
            )
            .explain(format!("{}.", loss.words))
            .remedy(
                "Proxy operator: pass Accept on unchanged (nginx: no proxy_set_header Accept; CDN: forward the \
                 header and vary the cache by it). Client: request the registry past the proxy to compare; no \
                 client setting repairs this.",
            )
            .evidence(
                [loss.asked.0, loss.control.0]
                    .into_iter()
                    .chain(loss.cells.iter().map(|(id, _)| *id))
                    .chain(others),
            ),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{all, assert_fires, assert_silent, find, probe};

    #[test]
    fn the_registry_misses_what_was_sent() {
        for image in ["lab/oci", "lab/index"] {
            assert_fires("proxy-strips-accept", &["proxy-strips-accept"], image);
            let report = probe(&["proxy-strips-accept"], image);
            let finding = &report.findings[0];
            assert_eq!((finding.id, finding.severity), ("proxy-strips-accept", Severity::Broken));
            assert_eq!(finding.confidence, Confidence::Certain);
        }
    }

    #[test]
    fn the_registry_converts_what_was_asked_for_as_it_is() {
        for image in ["lab/docker", "lab/docker-list"] {
            let report = probe(&["proxy-strips-accept"], image);
            let finding =
                find(&report, "proxy-strips-accept").unwrap_or_else(|| panic!("{:?}", all(&report)));
            assert_eq!((finding.severity, finding.confidence), (Severity::Warning, Confidence::Likely));
        }
    }

    #[test]
    fn silent_where_accept_is_ignored_or_heeded() {
        assert_silent("proxy-strips-accept");
        for (quirk, image) in [
            ("oci-not-in-accept-404", "lab/oci"),
            ("no-accept-yields-schema1", "lab/docker"),
            ("joined-accept-one-value", "lab/index"),
            ("gcr-2018", "lab/index"),
            ("schema1-removed", "lab/docker"),
        ] {
            let report = probe(&[quirk], image);
            assert!(find(&report, "proxy-strips-accept").is_none(), "{quirk}");
        }
    }

    #[test]
    fn what_errors_object_to() {
        let cases = [
            ("OCI index found, but accept header does not support OCI indexes", Some(mt::OCI_INDEX)),
            ("Schema 2 manifest not supported by client", Some(mt::DOCKER_MANIFEST)),
            (
                "Manifest with tag 'x' has media type 'application/vnd.oci.image.index.v1+json', but client accepts ''.",
                Some(mt::OCI_INDEX),
            ),
            ("manifest unknown", None),
            ("access to the resource is not accepted", None),
        ];
        for (said, wanted) in cases {
            assert_eq!(objected(said).as_deref(), wanted, "{said}");
        }
        let echo = format!("has media type '{0}', but client accepts '{0}'", mt::OCI_INDEX);
        assert!(repeats(&echo, mt::OCI_INDEX));
    }
}
