//! What `/v2/` says of itself.

use url::Url;

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Outcome;
use crate::report::Did;

const PING: &str = "GET ping accept=none";
const UNSLASHED: &str = "GET ping accept=none slash=no";

/// Where the first answer to the ping without its slash points, if it is a redirect.
fn location(case: &Case<'_>) -> Option<(u16, String)> {
    let (Did::Answer(crate::report::Answer { exchange, .. }) | Did::Failed { exchange, .. }) =
        &case.evidence.cell(UNSLASHED)?.did
    else {
        return None;
    };
    let hop = case.evidence.exchange(exchange)?.hops.first()?;
    let Outcome::Answered(response) = &hop.outcome else { return None };
    let redirect = (300..400).contains(&response.status);
    redirect.then(|| response.header("location").map(|l| (response.status, l.to_owned()))).flatten()
}

/// `/v2` is not `/v2/`.
pub(crate) const NO_SLASH: Rule = Rule {
    id: "ping-no-slash",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let (control_id, control) = case.answer(PING).filter(|(_, a)| matches!(a.status, 200 | 401))?;
        let cell = case.evidence.cell(UNSLASHED)?;
        let base = Url::parse(&case.evidence.recording.base_url).ok()?;
        let (title, seen) = match (location(case), &cell.did) {
            (Some((status, to)), _) => {
                let target = base.join(&to).ok()?;
                // Another host's name may be right; another scheme or port of the same host is a proxy's mistake.
                if target.origin() == base.origin() {
                    return None;
                }
                // Where /v2/ goes there as well, the slash is not what makes the difference.
                if control.redirects > 0 {
                    return None;
                }
                (
                    format!(
                        "/v2 without its slash is redirected to {}",
                        target.origin().ascii_serialization()
                    ),
                    format!("{} \u{2192} {status}, Location: {to}", cell.id),
                )
            }
            (None, Did::Answer(answer)) if answer.status == 404 => {
                ("/v2 without its slash is 404".to_owned(), quote(&cell.id, answer))
            }
            _ => return None,
        };
        Some(
            Finding::new(self::NO_SLASH.id, Severity::Note, Confidence::Certain, Whose::Request)
                .title(title)
                .explain(format!("{seen}, while {}.", quote(control_id, control)))
                .remedy(
                    "Client: request /v2/, with the slash. Proxy operator: send relative redirects (nginx: \
                     absolute_redirect off).",
                )
                .evidence([&cell.id, control_id]),
        )
    },
};

/// No `Docker-Distribution-API-Version`.
pub(crate) const NO_API_VERSION: Rule = Rule {
    id: "api-version-header-missing",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(PING).filter(|(_, a)| matches!(a.status, 200 | 401))?;
        let missing = |id: &str| {
            case.evidence.response(id).is_some_and(|r| {
                r.header("docker-distribution-api-version").is_none_or(|v| v.trim().is_empty())
            })
        };
        // That it is a registry must be shown by something else.
        if !missing(PING) || !case.main_path_works() {
            return None;
        }
        let bare = "GET ping accept=none token=none";
        let more = case.answer(bare).filter(|(id, _)| missing(&id.0));
        Some(
            Finding::new(self::NO_API_VERSION.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{}, without that header; the image is available all the same.",
                    quote(id, answer)
                ))
                .remedy("Decide by the status of /v2/ alone; only very old Docker engines need the header.")
                .evidence(std::iter::once(id).chain(more.map(|(id, _)| id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 2] = ["ping-no-slash", "api-version-header-missing"];

    #[test]
    fn each_fires_on_its_quirk() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
        }
    }

    #[test]
    fn a_redirect_to_an_inner_port() {
        let report = probe(&["ping-no-slash-wrong-port"], "lab/oci");
        let finding = find(&report, "ping-no-slash").unwrap();
        assert!(finding.title.contains(":9"), "{}", finding.title);
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
        let report = probe(&["bearer-auth"], "lab/oci");
        assert!(IDS.iter().all(|id| find(&report, id).is_none()));
    }
}
