//! Doors that open to some.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::plan::{CellId, Endpoint};
use crate::report::Answer;

/// The same request under our own name and under that of a docker engine.
const PAIRS: [(&str, &str); 3] = [
    ("GET ping accept=none", "GET ping accept=none agent=docker"),
    ("GET ping accept=none token=none", "GET ping accept=none agent=docker token=none"),
    ("GET manifests/tag accept=all", "GET manifests/tag accept=all agent=docker"),
];

type Seen<'a> = (&'a CellId, &'a Answer);

/// Refusals that are no registry's way to say that a thing is missing, or that credentials are.
fn blocks(answer: &Answer) -> bool {
    (400..500).contains(&answer.status)
        && !matches!(answer.status, 401 | 404 | 407 | 408 | 421 | 425 | 426 | 429)
        || answer.status == 503
}

fn lets_in(answer: &Answer) -> bool {
    matches!(answer.status, 200 | 401)
}

/// Blocked by name.
pub(crate) const USER_AGENT: Rule = Rule {
    id: "user-agent-blocked",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let pairs: Vec<(Seen<'_>, Seen<'_>)> = PAIRS
            .into_iter()
            .filter_map(|(own, docker)| Some((case.answer(own)?, case.answer(docker)?)))
            .collect();
        let ours: Vec<_> = pairs.iter().filter(|(own, docker)| blocks(own.1) && lets_in(docker.1)).collect();
        let theirs: Vec<_> =
            pairs.iter().filter(|(own, docker)| blocks(docker.1) && lets_in(own.1)).collect();
        let (found, blocked, open, name) = match (ours.first(), theirs.first()) {
            (Some((own, docker)), None) => (&ours, *own, *docker, "regprobe's"),
            (None, Some((own, docker))) => (&theirs, *docker, *own, "the docker engine's"),
            _ => return None,
        };
        // A server that is overloaded refuses now one, now another.
        if blocked.1.status == 503 && found.len() < 2 {
            return None;
        }
        let severity = match (ours.is_empty(), case.main_path_works()) {
            (true, _) => Severity::Warning,
            (false, false) => Severity::Broken,
            (false, true) => Severity::Note,
        };
        let page = if blocked.1.kind == BodyKind::Html {
            " The refusal is a web page, not a registry's error."
        } else {
            ""
        };
        let others = case
            .evidence
            .answers(|c| c.endpoint != Endpoint::Token)
            .filter(|(c, a)| {
                let docker =
                    case.evidence.plan(&c.id).is_some_and(|p| p.vary.agent == crate::plan::Agent::Docker);
                a.status == blocked.1.status && a.kind == blocked.1.kind && docker == ours.is_empty()
            })
            .map(|(c, _)| &c.id);
        Some(
            Finding::new(
                self::USER_AGENT.id,
                severity,
                if found.len() > 1 { Confidence::Certain } else { Confidence::Likely },
                Whose::Proxy,
            )
            .title(format!("{name} User-Agent is refused, another one is answered"))
            .explain(format!(
                "{}, while {}: only the User-Agent differs.{page}",
                quote(blocked.0, blocked.1),
                quote(open.0, open.1)
            ))
            .remedy(
                "Client: send a User-Agent that names the program and a contact (curl -A 'name/version (contact)'). \
                 Proxy operator: do not filter by User-Agent under /v2/.",
            )
            .evidence([blocked.0, open.0].into_iter().chain(others)),
        )
    },
};

/// Words by which refusals say that they go by the place.
const PLACES: [&str; 6] =
    ["geo-ip", "geoip", "geo-block", "geoblock", "used cloudflare to restrict access", "your country"];

/// Blocked by place.
pub(crate) const PLACE: Rule = Rule {
    id: "geo-blocked",
    layer: Layer::Routing,
    under: &["user-agent-blocked"],
    examine: |case| {
        let found: Vec<_> = case
            .evidence
            .answers(|c| c.endpoint != Endpoint::Token)
            .filter(|(_, a)| matches!(a.status, 403 | 451))
            .filter_map(|(c, a)| {
                let body = case.evidence.body(&c.id.0)?;
                let text = String::from_utf8_lossy(&body[..body.len().min(64 << 10)]).to_ascii_lowercase();
                PLACES.into_iter().find(|words| text.contains(words)).map(|words| (c, a, words))
            })
            .collect();
        let (cell, answer, words) =
            *found.iter().find(|(c, ..)| c.id.0 == "GET manifests/tag accept=all").or(found.first())?;
        let said = answer.error_message.as_deref().unwrap_or(words);
        let control = case
            .plain(|c| {
                matches!(c.endpoint, Endpoint::Manifests | Endpoint::Ping) && c.method.as_str() == "GET"
            })
            .find(|(_, a)| matches!(a.status, 200 | 401));
        // HEAD is refused for the same, without a word.
        let silent = case
            .evidence
            .answers(|c| c.method.as_str() == "HEAD")
            .filter(|(c, a)| {
                a.status == answer.status && found.iter().any(|(f, ..)| f.endpoint == c.endpoint)
            })
            .map(|(c, _)| &c.id);
        Some(
            Finding::new(
                self::PLACE.id,
                if case.main_path_works() { Severity::Warning } else { Severity::Broken },
                Confidence::Likely,
                Whose::Registry,
            )
            .explain(format!(
                "{}, and it says \"{said}\". {} answers say so.{}",
                quote(&cell.id, answer),
                found.len(),
                control.map_or(String::new(), |(c, a)| format!(" Not so: {}.", quote(&c.id, a)))
            ))
            .remedy(
                "Pull from a mirror that serves your location, or from a network that is allowed; credentials do \
                 not help.",
            )
            .evidence(
                std::iter::once(&cell.id)
                    .chain(control.map(|(c, _)| &c.id))
                    .chain(found.iter().map(|(c, ..)| &c.id))
                    .chain(silent),
            ),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{all, assert_none_of, find, probe};
    use crate::diagnosis::{Confidence, Severity};

    const IDS: [&str; 2] = ["user-agent-blocked", "geo-blocked"];

    #[test]
    fn our_name_is_refused() {
        let report = probe(&["user-agent-blocked"], "lab/oci");
        let top = &report.findings[0];
        assert_eq!((top.id, top.severity), ("user-agent-blocked", Severity::Broken), "{:?}", all(&report));
        assert_eq!((top.confidence, report.findings.len()), (Confidence::Certain, 1));
    }

    #[test]
    fn the_engine_is_refused() {
        let report = probe(&["user-agent-blocked-docker"], "lab/oci");
        let finding = find(&report, "user-agent-blocked").unwrap();
        assert_eq!((finding.severity, finding.confidence), (Severity::Warning, Confidence::Certain));
    }

    #[test]
    fn this_place_is_refused() {
        for (quirk, id) in [("geo-blocked", "geo-blocked"), ("geo-blocked-page", "geo-blocked")] {
            let report = probe(&[quirk], "lab/oci");
            let top = &report.findings[0];
            assert_eq!((top.id, top.severity), (id, Severity::Broken), "{:?}", all(&report));
        }
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
        for quirk in ["bearer-auth", "ping-varies-by-user-agent", "403-for-missing-tag", "policy-412"] {
            let report = probe(&[quirk], "lab/oci");
            assert!(IDS.iter().all(|id| find(&report, id).is_none()), "{quirk}");
        }
    }
}
