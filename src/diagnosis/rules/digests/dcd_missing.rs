//! No digest header.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::rules::pairs::{cells, pairs};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::digest::Digest;
use crate::plan::Endpoint;
use crate::report::Answer;

fn announced(answer: &Answer) -> Option<Digest> {
    answer.docker_content_digest.as_deref().and_then(|text| Digest::parse(text.trim()).ok())
}

/// HEAD has it, GET has not.
pub(crate) const ON_GET: Rule = Rule {
    id: "dcd-missing-on-get",
    layer: Layer::Integrity,
    under: &[],
    examine: |case| {
        let mut pairs = pairs(case, Endpoint::Manifests);
        pairs.retain(|p| p.head.1.status == 200 && p.get.1.status == 200);
        let first = *pairs.first()?;
        // One that has it somewhere has no habit of leaving it out.
        if pairs.iter().any(|p| p.get.1.docker_content_digest.is_some()) {
            return None;
        }
        let digest = announced(first.head.1)?;
        pairs.retain(|p| announced(p.head.1).is_some());
        Some(
            Finding::new(self::ON_GET.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{} without Docker-Content-Digest, while {} announces {digest}. {} pairs of cells show it.",
                    quote(first.get.0, first.get.1),
                    quote(first.head.0, first.head.1),
                    pairs.len()
                ))
                .remedy("Hash the body of the GET (sha256 of the bytes received), or read the digest by HEAD.")
                .evidence([first.get.0, first.head.0].into_iter().chain(cells(&pairs))),
        )
    },
};

/// Nobody has it.
pub(crate) const EVERYWHERE: Rule = Rule {
    id: "dcd-missing-everywhere",
    layer: Layer::Integrity,
    under: &[],
    examine: |case| {
        let mut pairs = pairs(case, Endpoint::Manifests);
        let first = pairs.iter().find(|p| p.get.1.status == 200).copied()?;
        // HEAD that is refused is another matter, and says nothing about its headers.
        if first.head.1.status != 200 || !served(case) {
            return None;
        }
        pairs.retain(|p| p.get.1.status == 200 && p.head.1.status == 200);
        let etag = [first.get.0, first.head.0].into_iter().find_map(|id| {
            let etag = case.evidence.response(&id.0)?.header("etag")?;
            etag.contains("sha256:").then_some(etag)
        });
        let (whose, why) = match etag {
            Some(etag) => (
                Whose::Proxy,
                format!(
                    " The entity tag still holds a digest ({etag}): a proxy in between seems to strip the header."
                ),
            ),
            None => (Whose::Registry, String::new()),
        };
        Some(
            Finding::new(self::EVERYWHERE.id, Severity::Warning, Confidence::Certain, whose)
                .explain(format!(
                    "{} and {} come without the header, as do all others. Clients that learn a tag's digest by HEAD \
                     (Diun, Flux, oras resolve, Watchtower) fail here.{why}",
                    quote(first.get.0, first.get.1),
                    quote(first.head.0, first.head.1)
                ))
                .remedy(if etag.is_some() {
                    "Proxy operator: pass Docker-Content-Digest on. Client: GET the manifest and hash its bytes."
                } else {
                    "Client: GET the manifest and take the sha256 of its bytes. Registry operator: send \
                     Docker-Content-Digest."
                })
                .evidence([first.get.0, first.head.0].into_iter().chain(cells(&pairs))),
        )
    },
};

/// Whether manifests are served at all, and none of them with the header.
fn served(case: &Case<'_>) -> bool {
    let mut answers =
        case.plain(|c| c.endpoint == Endpoint::Manifests).filter(|(_, a)| a.status == 200).peekable();
    answers.peek().is_some() && answers.all(|(_, a)| a.docker_content_digest.is_none())
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn missing_on_get() {
        assert_fires("dcd-missing-on-get", &["dcd-missing-on-get"], "lab/oci");
        assert!(find(&probe(&["dcd-missing-everywhere"], "lab/oci"), "dcd-missing-on-get").is_none());
        assert_silent("dcd-missing-on-get");
    }

    #[test]
    fn missing_everywhere() {
        assert_fires("dcd-missing-everywhere", &["dcd-missing-everywhere"], "lab/docker");
        assert!(find(&probe(&["dcd-missing-on-get"], "lab/docker"), "dcd-missing-everywhere").is_none());
        assert_silent("dcd-missing-everywhere");
    }
}
