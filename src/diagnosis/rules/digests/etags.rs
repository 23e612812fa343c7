//! Entity tags, and what a 304 leaves out.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::Endpoint;

/// `W/"..."`
pub(crate) const WEAK: Rule = Rule {
    id: "etag-weak",
    layer: Layer::Optional,
    under: &["proxy-gzips"],
    examine: |case| {
        let mut weak: Vec<_> = case
            .evidence
            .answers(|c| c.endpoint == Endpoint::Manifests)
            .filter(|(_, a)| a.status == 200)
            .filter_map(|(c, a)| {
                let etag = case.evidence.response(&c.id.0)?.header("etag")?;
                etag.starts_with("W/").then_some((c, a, etag))
            })
            .collect();
        weak.sort_by_key(|(c, ..)| (c.method.as_str() != "GET", c.varied, c.accept != "all"));
        let (cell, answer, etag) = *weak.first()?;
        let strong = ["GET manifests/tag accept=all encoding=identity", "GET manifests/tag accept=all"]
            .into_iter()
            .filter_map(|id| {
                let etag = case.evidence.response(id)?.header("etag")?;
                (!etag.starts_with("W/")).then(|| case.answer(id)).flatten()
            })
            .next();
        let (whose, why) = match strong {
            Some((id, _)) => {
                (Whose::Proxy, format!(" It is not weak in {id}: what compresses on the way makes it so."))
            }
            None => (Whose::Registry, String::new()),
        };
        Some(
            Finding::new(self::WEAK.id, Severity::Note, Confidence::Certain, whose)
                .explain(format!("{} with ETag: {etag}.{why}", quote(&cell.id, answer)))
                .remedy(
                    "Send the manifest's digest in quotes, without W/, in If-None-Match, and send Accept-Encoding: \
                     identity. Do not use the ETag as a digest.",
                )
                .evidence(
                    std::iter::once(&cell.id)
                        .chain(strong.map(|(id, _)| id))
                        .chain(weak.iter().map(|(c, ..)| &c.id)),
                ),
        )
    },
};

/// A 304 that does not say of what.
pub(crate) const NOT_MODIFIED: Rule = Rule {
    id: "304-without-digest",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let (id, answer) = ["index", "manifest"].into_iter().find_map(|subject| {
            let asked = case.answer(&format!("GET manifests/tag accept=all if-none-match={subject}"))?;
            (asked.1.status == 304).then_some(asked)
        })?;
        let (control_id, control) = case.answer("GET manifests/tag accept=all")?;
        let etag = |id: &str| case.evidence.response(id).is_some_and(|r| r.header("etag").is_some());
        let told = answer.docker_content_digest.is_some() || etag(&id.0);
        let tells = control.docker_content_digest.is_some() || etag(&control_id.0);
        if told || !tells || control.status != 200 {
            return None;
        }
        Some(
            Finding::new(self::NOT_MODIFIED.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, with neither Docker-Content-Digest nor ETag, though {} has them.",
                    quote(id, answer),
                    quote(control_id, control)
                ))
                .remedy("Keep the digest that you sent in If-None-Match: a 304 confirms it.")
                .evidence([id, control_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent};

    #[test]
    fn a_weak_entity_tag() {
        assert_fires("etag-weak", &["etag-weak"], "lab/oci");
        assert_silent("etag-weak");
    }

    #[test]
    fn a_304_that_tells_nothing() {
        assert_fires("304-without-digest", &["304-without-digest"], "lab/index");
        assert_fires("304-without-digest", &["304-without-digest"], "lab/docker");
        assert_silent("304-without-digest");
    }
}
