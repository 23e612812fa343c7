//! The founding case: an image config is a blob, whatever is asked at `/manifests/`.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;

/// The config is to be had as a blob, and asking for its media type at `/manifests/` gives something else.
pub(crate) const RULE: Rule = Rule {
    id: "config-is-a-blob",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let (blob_id, blob) = case.answer("GET blobs/config accept=none")?;
        if blob.status != 200 || blob.bytes_match != Some(true) {
            return None;
        }
        let config = |kind| kind == BodyKind::Config;
        let asked: Vec<_> = ["GET manifests/tag accept=docker-config", "GET manifests/tag accept=oci-config"]
            .into_iter()
            .filter_map(|id| case.answer(id))
            .collect();
        // A registry that does serve the config there has another habit, and another finding.
        if asked.is_empty() || asked.iter().any(|(_, a)| a.status == 200 && config(a.kind)) {
            return None;
        }
        let (first, answer) = asked[0];
        let twist = match (answer.status, answer.kind) {
            (200, BodyKind::Schema1) => " It looks like success and is a schema 1 manifest, not the config.",
            (200, _) => " It looks like success and is not the config.",
            _ => "",
        };
        Some(
            Finding::new("config-is-a-blob", Severity::Note, Confidence::Certain, Whose::Request)
                .explain(format!(
                    "{}, while {} and its bytes have the digest that the manifest names.{twist} The config's media type \
                     is never negotiable at /manifests/.",
                    quote(first, answer),
                    quote(blob_id, blob)
                ))
                .remedy(
                    "GET the manifest with the manifest types in Accept, read config.digest, then GET /blobs/<that \
                     digest>; follow a redirect without Authorization.",
                )
                .evidence([first, blob_id].into_iter().chain(asked.iter().map(|(id, _)| *id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, find, probe};

    #[test]
    fn fires_on_gcr_as_it_was() {
        assert_fires("config-is-a-blob", &["gcr-2018"], "deepvariant-docker/deepvariant:0.5.0");
    }

    #[test]
    fn silent_where_there_is_no_config() {
        assert!(find(&probe(&[], "lab/schema1"), "config-is-a-blob").is_none());
    }
}
