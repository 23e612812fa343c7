//! Bytes that are not what they are called.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::rules::digests::dcd_wrong;
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::Subject;

/// Bytes that do not match the digest they were asked for by, or announced with.
pub(crate) const DIGEST_MISMATCH: Rule = Rule {
    id: "digest-mismatch",
    layer: Layer::Integrity,
    about: "bytes do not match the digest that names them",
    page: "A body was hashed as it came, and the hash is not the digest that it was asked for by, or that the \
           registry's own Docker-Content-Digest header announces. Something changed the bytes: a proxy that rewrites \
           JSON, a cache that answers with another object, storage that is damaged; or the header is wrong. Clients \
           verify, and refuse. The signed schema 1 is hashed as the spec of that time has it, without its signatures.",
    references: &["OCI distribution spec 1.1, \"Pulling manifests\" and \"Pulling blobs\" (clients verify)"],
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
                    "bytes that were asked for by digest do not have that digest"
                } else {
                    "the digest header does not name the bytes that come with it"
                })
                .explain(format!(
                    "{}: the bytes hash to {actual}, announced was {header}. {} cells in all.",
                    quote(&cell.id, answer),
                    wrong.len()
                ))
                .remedy(
                    "Ask the registry directly, past every proxy and cache, and compare; hash bodies yourself before you \
                     trust a header.",
                )
                .evidence(wrong.iter().map(|(c, _)| &c.id)),
        )
    },
};
