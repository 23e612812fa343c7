//! HEAD without credentials.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};

/// Anyone may GET, nobody may HEAD without a token.
pub(crate) const RULE: Rule = Rule {
    id: "head-anonymous-always-401",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (head_id, head) = case.answer("HEAD manifests/tag accept=all token=none")?;
        let (get_id, get) = case.answer("GET manifests/tag accept=all token=none")?;
        if head.status != 401 || get.status != 200 {
            return None;
        }
        // With what the challenge asks for it works, or it does not.
        let (with_id, with) = case.answer("HEAD manifests/tag accept=all")?;
        let (severity, then) = match with.status {
            200 => (Severity::Note, "With a token, which anyone is given, HEAD works"),
            _ => (Severity::Warning, "What the challenge asks for does not help"),
        };
        Some(
            Finding::new(self::RULE.id, severity, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, while {}. {then}: {}.",
                    quote(head_id, head),
                    quote(get_id, get),
                    quote(with_id, with)
                ))
                .remedy("Client: fetch an anonymous token from the realm of the challenge before HEAD, or use GET.")
                .evidence([head_id, get_id, with_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn fires_as_on_harbor() {
        assert_fires("head-anonymous-always-401", &["head-anonymous-always-401"], "lab/oci");
    }

    #[test]
    fn silent_where_get_wants_a_token_too() {
        assert!(find(&probe(&["bearer-auth"], "lab/oci"), "head-anonymous-always-401").is_none());
        assert_silent("head-anonymous-always-401");
    }
}
