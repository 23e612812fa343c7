//! The 404 that names the right type.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::{Endpoint, Subject};

/// The media type that the message says is stored.
pub(super) fn stored(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("has media type '")?;
    let (media_type, rest) = rest.split_once('\'')?;
    rest.starts_with(", but client accepts").then_some(media_type)
}

/// 404 for what is there, because Accept does not name its exact type.
pub(crate) const RULE: Rule = Rule {
    id: "gcr-accept-mismatch-message",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let refused: Vec<_> = case
            .plain(|c| {
                c.endpoint == Endpoint::Manifests
                    && matches!(c.subject, Some(Subject::Tag | Subject::Manifest))
            })
            .filter(|(_, a)| {
                a.status == 404 && a.error_message.as_deref().is_some_and(|m| stored(m).is_some())
            })
            .collect();
        let (cell, answer) = refused
            .iter()
            .find(|(c, _)| c.subject == Some(Subject::Tag) && c.accept == "json")
            .or(refused.first())?;
        let message = answer.error_message.as_deref()?;
        let named = stored(message)?;
        // The words are believed only where the bytes bear them out.
        let served = case
            .plain(|c| {
                c.endpoint == Endpoint::Manifests
                    && c.subject == Some(Subject::Tag)
                    && c.method.as_str() == "GET"
            })
            .find(|(_, a)| {
                a.status == 200
                    && a.content_type.as_deref().is_some_and(|t| crate::oci::media_type::base(t) == named)
            });
        let confidence = if served.is_some() { Confidence::Certain } else { Confidence::Likely };
        let severity = if case.main_path_works() { Severity::Note } else { Severity::Warning };
        let control = served.map_or(String::new(), |(c, a)| format!(" With that type: {}.", quote(&c.id, a)));
        Some(
            Finding::new("gcr-accept-mismatch-message", severity, confidence, Whose::Registry)
                .explain(format!("{}: \"{message}\".{control}", quote(&cell.id, answer)))
                .remedy(format!("Send Accept: {named}, exactly as written, without q-values or wildcards."))
                .evidence(
                    std::iter::once(&cell.id)
                        .chain(served.map(|(c, _)| &c.id))
                        .chain(refused.iter().map(|(c, _)| &c.id)),
                ),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent};

    #[test]
    fn fires_on_gcr_as_it_was() {
        assert_fires("gcr-accept-mismatch-message", &["gcr-2018"], "deepvariant-docker/deepvariant:0.5.0");
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_silent("gcr-accept-mismatch-message");
    }
}
