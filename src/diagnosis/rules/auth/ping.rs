//! What the ping says of credentials, and what the resources say.

use super::{ANONYMOUS, NORMAL, PING, challenges, lines};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};

/// 401 on the resource, and no word on how to identify.
pub(crate) const MISSING_ON_RESOURCE: Rule = Rule {
    id: "challenge-missing-on-resource",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (ping_id, ping) = case.answer(PING)?;
        let (id, answer) = case.answer(ANONYMOUS)?;
        let silent = answer.status == 401 && lines(case, ANONYMOUS).is_empty();
        if !silent || ping.status != 401 || challenges(case, PING).is_empty() {
            return None;
        }
        let more = case
            .evidence
            .answers(|c| c.endpoint != crate::plan::Endpoint::Token)
            .filter(|(c, a)| a.status == 401 && lines(case, &c.id.0).is_empty())
            .map(|(c, _)| &c.id);
        Some(
            Finding::new(
                "challenge-missing-on-resource",
                Severity::Warning,
                Confidence::Certain,
                Whose::Registry,
            )
            .explain(format!(
                "{} without WWW-Authenticate; {} with: {}. Clients that look for the challenge on the resource, as \
                 containerd does, cannot go on.",
                quote(id, answer),
                quote(ping_id, ping),
                lines(case, PING).join(", ")
            ))
            .remedy(
                "Client: read the challenge from GET /v2/ and get a token with scope repository:<name>:pull. \
                 Registry operator: send WWW-Authenticate with every 401, and let no proxy remove it.",
            )
            .evidence([id, ping_id].into_iter().chain(more)),
        )
    },
};

/// The ping lets anyone in, the resource does not.
pub(crate) const OPEN_PING: Rule = Rule {
    id: "ping-200-resource-401",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (ping_id, ping) = case.answer(PING)?;
        let (id, answer) = case.answer(ANONYMOUS)?;
        if ping.status != 200 || answer.status != 401 || challenges(case, ANONYMOUS).is_empty() {
            return None;
        }
        let control = case.answer(NORMAL).filter(|(_, a)| a.status == 200);
        let with = control.map_or(String::new(), |(id, a)| format!(" With credentials: {}.", quote(id, a)));
        Some(
            Finding::new("ping-200-resource-401", Severity::Warning, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, and {}, with the challenge: {}.{with} Clients that decide by the ping (docker, podman, crane) never \
                     send credentials here.",
                    quote(ping_id, ping),
                    quote(id, answer),
                    lines(case, ANONYMOUS).join(", ")
                ))
                .remedy(
                    "Client: answer the challenge of the manifest itself. Registry operator: send a challenge with \
                     /v2/, best as 401, when some repositories are private.",
                )
                .evidence([id, ping_id].into_iter().chain(control.map(|(id, _)| id))),
        )
    },
};

/// The ping wants credentials, the resource does not.
pub(crate) const CLOSED_PING: Rule = Rule {
    id: "ping-401-resource-200",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (ping_id, ping) = case.answer(PING)?;
        let (id, answer) = case.answer(ANONYMOUS)?;
        if ping.status != 401 || answer.status != 200 {
            return None;
        }
        Some(
            Finding::new("ping-401-resource-200", Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, and {}, both without Authorization.",
                    quote(ping_id, ping),
                    quote(id, answer)
                ))
                .remedy("Request the manifest without credentials first; do not stop at the ping.")
                .evidence([ping_id, id]),
        )
    },
};

/// 200, and a challenge nonetheless.
pub(crate) const CHALLENGE_WITH_200: Rule = Rule {
    id: "ping-200-with-challenge",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(PING).filter(|(_, a)| a.status == 200)?;
        let lines = lines(case, PING);
        let line = lines.first()?;
        let control = case.answer(ANONYMOUS);
        let more = control.map_or(String::new(), |(id, a)| format!(" {}.", quote(id, a)));
        Some(
            Finding::new("ping-200-with-challenge", Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!("{}, with WWW-Authenticate: {line}.{more}", quote(id, answer)))
                .remedy("Keep the challenge: send credentials if you have them, and continue without them if not.")
                .evidence(std::iter::once(id).chain(control.map(|(id, _)| id))),
        )
    },
};

/// Engines are asked for credentials, others not.
pub(crate) const BY_USER_AGENT: Rule = Rule {
    id: "ping-varies-by-user-agent",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (own_id, own) = case.answer(PING)?;
        let (id, answer) = case.answer("GET ping accept=none agent=docker token=none")?;
        if !matches!((own.status, answer.status), (200, 401) | (401, 200)) {
            return None;
        }
        Some(
            Finding::new("ping-varies-by-user-agent", Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!("{}, and {}: only the User-Agent differs.", quote(id, answer), quote(own_id, own)))
                .remedy(
                    "Debug with the User-Agent of the client that fails; use the challenge of the manifest, which \
                     does not depend on it.",
                )
                .evidence([id, own_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 5] = [
        "challenge-missing-on-resource",
        "ping-200-resource-401",
        "ping-401-resource-200",
        "ping-200-with-challenge",
        "ping-varies-by-user-agent",
    ];

    #[test]
    fn each_fires_on_its_quirk() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
        }
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_none_of(&IDS);
    }

    #[test]
    fn silent_where_everything_wants_a_token() {
        let report = probe(&["bearer-auth"], "lab/oci");
        assert!(IDS.iter().all(|id| find(&report, id).is_none()));
    }
}
