//! Bytes that are not what they are called.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::rules::digests::dcd_wrong;
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::Subject;

/// Bytes that do not match the digest they were asked for by, or announced with.
pub(crate) const DIGEST_MISMATCH: Rule = Rule {
    id: "digest-mismatch",
    layer: Layer::Integrity,
    under: &["proxy-gzips", "manifest-rewritten-by-proxy"],
    examine: |case| {
        // Where it is known how the difference comes about, that is the finding.
        let known = dcd_wrong::mismatches(case);
        let wrong: Vec<_> = case
            .plain(|_| true)
            .filter(|(c, a)| a.bytes_match == Some(false) && !known.contains(&&c.id))
            .collect();
        let (cell, answer) = wrong.first()?;
        let by_digest = wrong.iter().any(|(c, _)| c.subject != Some(Subject::Tag));
        let actual = answer.body_digest.as_ref().map_or(String::new(), ToString::to_string);
        let header = answer.docker_content_digest.as_deref().unwrap_or("no digest header");
        Some(
            Finding::new("digest-mismatch", Severity::Broken, Confidence::Certain, Whose::Registry)
                .title(if by_digest {
                    "Bytes requested by digest do not have that digest"
                } else {
                    "Docker-Content-Digest is not the digest of the body"
                })
                .explain(format!(
                    "{}: the bytes hash to {actual}, announced was {header}. {} cells in all.",
                    quote(&cell.id, answer),
                    wrong.len()
                ))
                .remedy(
                    "Client: request the registry directly, without proxies and caches, and compare; hash bodies \
                     instead of trusting the header. Registry or proxy operator: check storage and caches.",
                )
                .evidence(wrong.iter().map(|(c, _)| &c.id)),
        )
    },
};
