//! What the ping says of credentials, and what the resources say.

use super::{ANONYMOUS, NORMAL, PING, challenges, lines};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};

/// 401 on the resource, and no word on how to identify.
pub(crate) const MISSING_ON_RESOURCE: Rule = Rule {
    id: "challenge-missing-on-resource",
    layer: Layer::Authentication,
    about: "401 for a manifest without WWW-Authenticate, while the ping has one",
    page: "A 401 must say how to identify, in WWW-Authenticate. Here only the answer to /v2/ does. Clients that ask \
           /v2/ first (docker, podman, crane) get on; clients that take the challenge from the resource itself \
           (containerd, BuildKit, oras) have nothing to go by and fail. A front end that strips the header, or a registry \
           that adds it only to its ping, does so.",
    references: &[
        "RFC 9110, sections 11.6.1 and 15.5.2",
        "https://github.com/containers/image/issues/211",
        "https://github.com/sapcc/keppel/issues/522",
    ],
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
            .title("401 for the manifest does not say how to identify; only the ping does")
            .explain(format!(
                "{} without WWW-Authenticate; {} with: {}. Clients that look for the challenge on the resource, as \
                 containerd does, cannot go on.",
                quote(id, answer),
                quote(ping_id, ping),
                lines(case, PING).join(", ")
            ))
            .remedy(
                "Ask GET /v2/ for the challenge and get a token by it, with scope repository:<name>:pull. On the server: \
                 send WWW-Authenticate with every 401, and let no proxy strip it.",
            )
            .evidence([id, ping_id].into_iter().chain(more)),
        )
    },
};

/// The ping lets anyone in, the resource does not.
pub(crate) const OPEN_PING: Rule = Rule {
    id: "ping-200-resource-401",
    layer: Layer::Authentication,
    about: "the ping is answered 200 without credentials, and the manifest 401",
    page: "Whether credentials are wanted is asked of /v2/ by docker, podman, skopeo and crane: 200 tells them that none \
           are, and they then send none, so that the 401 for the manifest is final. Registries that let the anonymous in, \
           in part, answer so. Clients that wait for the challenge of the resource itself get on.",
    references: &[
        "OCI distribution spec 1.1, end-1",
        "https://github.com/project-zot/zot/issues/3868",
        "https://github.com/containers/podman/issues/4254",
    ],
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
                .title("the ping wants no credentials, and the manifest does")
                .explain(format!(
                    "{}, and {}, with the challenge: {}.{with} Clients that decide by the ping (docker, podman, crane) never \
                     send credentials here.",
                    quote(ping_id, ping),
                    quote(id, answer),
                    lines(case, ANONYMOUS).join(", ")
                ))
                .remedy(
                    "Answer the challenge of the manifest itself, whatever the ping said. On the server: answer /v2/ with \
                     401 and a challenge wherever some repositories are not public.",
                )
                .evidence([id, ping_id].into_iter().chain(control.map(|(id, _)| id))),
        )
    },
};

/// The ping wants credentials, the resource does not.
pub(crate) const CLOSED_PING: Rule = Rule {
    id: "ping-401-resource-200",
    layer: Layer::Authentication,
    about: "the ping is answered 401 without credentials, and the manifest 200",
    page: "The image is open to anyone, and /v2/ is not. Clients that identify because the ping asks them to do a \
           round more than they must; where they have no credentials, or wrong ones, some stop at the ping though the image \
           was to be had. The answer to /v2/ says nothing about a particular repository.",
    references: &["OCI distribution spec 1.1, end-1", "https://github.com/sonatype/nexus-public/issues/217"],
    under: &[],
    examine: |case| {
        let (ping_id, ping) = case.answer(PING)?;
        let (id, answer) = case.answer(ANONYMOUS)?;
        if ping.status != 401 || answer.status != 200 {
            return None;
        }
        Some(
            Finding::new("ping-401-resource-200", Severity::Note, Confidence::Certain, Whose::Registry)
                .title("the ping wants credentials, and the manifest does not")
                .explain(format!(
                    "{}, and {}, both without Authorization.",
                    quote(ping_id, ping),
                    quote(id, answer)
                ))
                .remedy("Ask for the manifest without credentials first, and do not stop at the ping.")
                .evidence([ping_id, id]),
        )
    },
};

/// 200, and a challenge nonetheless.
pub(crate) const CHALLENGE_WITH_200: Rule = Rule {
    id: "ping-200-with-challenge",
    layer: Layer::Authentication,
    about: "the ping is answered 200, with WWW-Authenticate",
    page: "The request is let in, and the answer still carries a challenge. HTTP allows it: it says that credentials \
           might change the answer. A client that looks at the status alone will not see it; one that looks at the header \
           alone will ask for credentials that are not needed.",
    references: &["RFC 9110, section 11.6.1"],
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(PING).filter(|(_, a)| a.status == 200)?;
        let lines = lines(case, PING);
        let line = lines.first()?;
        let control = case.answer(ANONYMOUS);
        let more = control.map_or(String::new(), |(id, a)| format!(" {}.", quote(id, a)));
        Some(
            Finding::new("ping-200-with-challenge", Severity::Note, Confidence::Certain, Whose::Registry)
                .title("the ping is answered 200, and has a challenge all the same")
                .explain(format!("{}, with WWW-Authenticate: {line}.{more}", quote(id, answer)))
                .remedy("Go by the status: with 200 no credentials are needed, and they may be offered if there are any.")
                .evidence(std::iter::once(id).chain(control.map(|(id, _)| id))),
        )
    },
};

/// Engines are asked for credentials, others not.
pub(crate) const BY_USER_AGENT: Rule = Rule {
    id: "ping-varies-by-user-agent",
    layer: Layer::Authentication,
    about: "whether the ping wants credentials depends on the User-Agent",
    page: "The same request, without Authorization, is answered 401 to one User-Agent and 200 to another. It is done so \
           that docker, which goes by the ping alone, sends its credentials, while others are let in. What one client sees \
           of such a registry another need not see.",
    references: &[
        "RFC 9110, section 10.1.5",
        "https://github.com/project-zot/zot/issues/3868",
        "https://github.com/project-zot/zot/issues/3992",
    ],
    under: &[],
    examine: |case| {
        let (own_id, own) = case.answer(PING)?;
        let (id, answer) = case.answer("GET ping accept=none agent=docker token=none")?;
        if !matches!((own.status, answer.status), (200, 401) | (401, 200)) {
            return None;
        }
        Some(
            Finding::new("ping-varies-by-user-agent", Severity::Note, Confidence::Certain, Whose::Registry)
                .title("whether the ping wants credentials depends on the User-Agent")
                .explain(format!("{}, and {}: only the User-Agent differs.", quote(id, answer), quote(own_id, own)))
                .remedy(
                    "Debug with the User-Agent of the client that fails; a client should go by the challenge of the resource, \
                     which does not depend on it.",
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
