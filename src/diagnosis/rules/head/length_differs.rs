//! Two lengths.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::rules::pairs::{Pair, pairs};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::BodyEnd;
use crate::oci::document::BodyKind;
use crate::plan::{CellId, Endpoint};
use crate::report::Answer;

/// The length that HEAD announces, and that of the body that GET got, where they are two.
fn two(case: &Case<'_>, head: &Answer, get: (&CellId, &Answer)) -> Option<(u64, u64)> {
    let response = case.evidence.response(&get.0.0)?;
    let whole = response.body.end == BodyEnd::Complete && head.status == 200 && get.1.status == 200;
    // A digest that differs tells of two things, which may well have two lengths; so does a signature made anew.
    let same = head.docker_content_digest == get.1.docker_content_digest
        || head.docker_content_digest.is_none()
        || get.1.docker_content_digest.is_none();
    if !whole || !same || get.1.kind == BodyKind::Schema1 || head.redirects != get.1.redirects {
        return None;
    }
    let announced = head.content_length?;
    (announced != response.body.size).then_some((announced, response.body.size))
}

/// HEAD's Content-Length is not the length of GET's body.
pub(crate) const RULE: Rule = Rule {
    id: "head-get-length-differ",
    layer: Layer::Integrity,
    under: &["proxy-gzips", "manifest-rewritten-by-proxy"],
    examine: |case| {
        let mut found: Vec<(Pair<'_>, u64, u64)> = Vec::new();
        for endpoint in [Endpoint::Manifests, Endpoint::Blobs] {
            let differ = pairs(case, endpoint);
            let differ =
                differ.into_iter().filter_map(|p| two(case, p.head.1, p.get).map(|(h, g)| (p, h, g)));
            found.extend(differ);
        }
        if let Some((first, head, get)) = found.first() {
            return Some(
                Finding::new(self::RULE.id, Severity::Warning, Confidence::Certain, Whose::Registry)
                    .explain(format!(
                        "{} announces {head} bytes, while {} brings {get}. {} pairs of cells differ.",
                        quote(first.head.0, first.head.1),
                        quote(first.get.0, first.get.1),
                        found.len()
                    ))
                    .remedy(
                        "Client: do not take sizes from HEAD; use GET and verify by digest. Registry or proxy \
                         operator: send with HEAD the length that GET would have.",
                    )
                    .evidence(
                        [first.head.0, first.get.0]
                            .into_iter()
                            .chain(found.iter().flat_map(|(p, ..)| [p.head.0, p.get.0])),
                    ),
            );
        }
        let head = case.answer("HEAD manifests/tag accept=all encoding=gzip")?;
        let get = case.answer("GET manifests/tag accept=all encoding=gzip")?;
        let (announced, size) = two(case, head.1, get)?;
        Some(
            Finding::new(self::RULE.id, Severity::Note, Confidence::Certain, Whose::Proxy)
                .title("Content-Length of HEAD differs from GET where gzip is accepted")
                .explain(format!(
                    "{} announces {announced} bytes, while {} brings {size}: the body is compressed on the way.",
                    quote(head.0, head.1),
                    quote(get.0, get.1)
                ))
                .remedy(
                    "Client: verify by digest, send Accept-Encoding: identity. Proxy operator: turn compression off \
                     for /v2/.",
                )
                .evidence([head.0, get.0]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent};

    #[test]
    fn fires_on_two_lengths() {
        assert_fires("head-get-length-differ", &["head-get-length-differ"], "lab/oci");
    }

    #[test]
    fn silent_on_one() {
        assert_silent("head-get-length-differ");
    }
}
