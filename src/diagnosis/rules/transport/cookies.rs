//! Cookies on an API that has no use for them.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Outcome;
use crate::plan::Endpoint;

/// `Set-Cookie` from the registry.
pub(crate) const SET: Rule = Rule {
    id: "set-cookie-csrf",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let all: Vec<_> = case
            .evidence
            .answers(|c| c.endpoint != Endpoint::Token)
            .filter_map(|(cell, answer)| {
                // The registry's own answer: where a redirect leads is another host's affair.
                let hop = case.evidence.exchange(&answer.exchange)?.hops.first()?;
                let Outcome::Answered(response) = &hop.outcome else { return None };
                Some((cell, answer, response.header("set-cookie")?))
            })
            .collect();
        let (cell, answer, cookie) = *all.first()?;
        let name = cookie.split('=').next().unwrap_or_default().trim();
        Some(
            Finding::new(self::SET.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, with Set-Cookie: {name}. So with {} answers in all. What comes of sending it back was not tried.",
                    quote(&cell.id, answer),
                    all.len()
                ))
                .remedy("Do not keep cookies between registry requests; disable the cookie jar of the HTTP library.")
                // A few show it; a cookie explains none of the answers that it came with.
                .evidence(all.iter().map(|(cell, ..)| &cell.id).take(3)),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent};

    #[test]
    fn cookies_are_seen() {
        assert_fires("set-cookie-csrf", &["set-cookie-csrf"], "lab/oci");
        assert_silent("set-cookie-csrf");
    }
}
