//! `sha256:zz`.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::Subject;

/// A path in the server's storage, if a text holds one: at least three components, and none of our own.
fn leaked(text: &str) -> Option<&str> {
    text.split(['"', '\'', ' ', '\\', '\n'])
        .filter(|word| !word.starts_with("/v2/"))
        .find(|word| word.starts_with('/') && word.len() < 400 && word.matches('/').count() >= 3)
}

/// What is neither a tag nor a digest is answered 5xx.
pub(crate) const RULE: Rule = Rule {
    id: "malformed-digest-handling",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let asked = ["GET manifests/malformed-digest accept=all", "GET blobs/malformed-digest accept=none"];
        let failing: Vec<_> = asked
            .into_iter()
            .filter_map(|id| case.answer(id))
            .filter(|(_, a)| (500..600).contains(&a.status))
            .collect();
        let (id, answer) = *failing.first()?;
        // A server that fails at everything has another fault.
        let control = case.answer("GET manifests/absent-tag accept=all")?;
        if control.1.status >= 500 {
            return None;
        }
        let text = case.evidence.body(&id.0).map(String::from_utf8_lossy).unwrap_or_default();
        let leak = leaked(&text)
            .map_or(String::new(), |path| format!(" The error tells a path inside the server: {path}."));
        let others = case.plain(|c| c.subject == Some(Subject::MalformedDigest));
        let others = others.filter(|(_, a)| a.status >= 500).map(|(c, _)| &c.id);
        Some(
            Finding::new(self::RULE.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("Malformed digest answered {} instead of 400 or 404", answer.status))
                .explain(format!(
                    "{}, while {}.{leak}",
                    quote(id, answer),
                    quote(control.0, control.1)
                ))
                .remedy(
                    "Validate digests before the request (sha256: and 64 lower-case hexadecimal digits); do not \
                     retry this error.",
                )
                .evidence([id, control.0].into_iter().chain(failing.iter().map(|(id, _)| *id)).chain(others)),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn fires_on_500() {
        assert_fires("malformed-digest-handling", &["malformed-digest-handling"], "lab/oci");
        let report = probe(&["malformed-digest-handling"], "lab/oci");
        let finding = find(&report, "malformed-digest-handling").unwrap();
        assert!(finding.explanation.contains("/docker/registry/v2/"), "{}", finding.explanation);
    }

    #[test]
    fn paths() {
        assert_eq!(leaked(r#"{"Path":"/docker/registry/v2/x"}"#), Some("/docker/registry/v2/x"));
        assert_eq!(leaked(r#"no "/v2/lab/oci/manifests/sha256:zz""#), None);
    }

    #[test]
    fn silent_on_400() {
        assert_silent("malformed-digest-handling");
    }
}
