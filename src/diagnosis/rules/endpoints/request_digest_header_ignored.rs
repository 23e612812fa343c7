//! `Docker-Content-Digest` as a request header.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};

/// The header changes nothing.
pub(crate) const RULE: Rule = Rule {
    id: "request-digest-header-ignored",
    layer: Layer::Content,
    under: &["config-is-a-blob"],
    examine: |case| {
        let pairs = ["docker-config", "all"].into_iter().filter_map(|accept| {
            let with = case.answer(&format!("GET manifests/tag accept={accept} digest-header=config"))?;
            let without = case.answer(&format!("GET manifests/tag accept={accept}"))?;
            Some((with, without))
        });
        let same = |a: &crate::report::Answer, b: &crate::report::Answer| {
            (a.status, a.kind, &a.docker_content_digest, &a.error_code)
                == (b.status, b.kind, &b.docker_content_digest, &b.error_code)
        };
        let ((with, answer), (without, plain)) = pairs.into_iter().find(|(w, p)| same(w.1, p.1))?;
        Some(
            Finding::new(
                "request-digest-header-ignored",
                Severity::Note,
                Confidence::Certain,
                Whose::Request,
            )
            .explain(format!("{}, and without the header: {}.", quote(with, answer), quote(without, plain)))
            .remedy(
                "Put the digest into the path: /blobs/<digest> for a config, /manifests/<digest> for a manifest.",
            )
            .evidence([with, without]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, find, probe};

    #[test]
    fn fires_on_gcr_as_it_was() {
        assert_fires("request-digest-header-ignored", &["gcr-2018"], "deepvariant-docker/deepvariant:0.5.0");
    }

    #[test]
    fn silent_where_there_is_no_config() {
        assert!(find(&probe(&[], "lab/schema1"), "request-digest-header-ignored").is_none());
    }
}
