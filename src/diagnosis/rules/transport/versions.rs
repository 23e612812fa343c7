//! HTTP/2, HTTP/1.1, and what a registry does with each.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::{BodyEnd, FailureKind, HttpVersion, Phase, TransportError};
use crate::plan::CellId;
use crate::report::{Answer, CellView, Did};

const PING: &str = "GET ping accept=none";
const H1: &str = "GET ping accept=none http=1.1";
const H2: &str = "GET ping accept=none http=2";

/// The version that a cell was answered in.
fn version(case: &Case<'_>, id: &str) -> Option<HttpVersion> {
    case.evidence.response(id).map(|r| r.version)
}

/// The ping by HTTP/1.1, where it was answered in that version, and by a registry that is up.
fn by_http1<'a>(case: &Case<'a>) -> Option<(&'a CellId, &'a Answer)> {
    let fine = |a: &Answer| a.status < 500 && !matches!(a.status, 421 | 426 | 429);
    case.answer(H1).filter(|(_, a)| fine(a) && version(case, H1) == Some(HttpVersion::Http11))
}

/// How a cell failed, if it did.
fn failure(cell: &CellView) -> Option<&TransportError> {
    match &cell.did {
        Did::Failed { error, .. } => Some(error),
        _ => None,
    }
}

/// Streams and connections that broke after the handshake.
fn broke(error: &TransportError) -> bool {
    use FailureKind as K;
    matches!(error.kind, K::Reset | K::Malformed | K::Closed | K::Other)
        && matches!(error.phase, Phase::Send | Phase::Head | Phase::Body)
}

fn severity(case: &Case<'_>) -> Severity {
    if case.main_path_works() { Severity::Warning } else { Severity::Broken }
}

/// 421 by HTTP/2 alone.
pub(crate) const MISDIRECTED: Rule = Rule {
    id: "http2-misdirected-421",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let (control_id, control) = by_http1(case)?;
        let found: Vec<_> = case
            .evidence
            .answers(|_| true)
            .filter(|(c, a)| a.status == 421 && version(case, &c.id.0) == Some(HttpVersion::Http2))
            .collect();
        let (cell, answer) = found.iter().find(|(c, _)| c.id.0 == PING).or(found.first())?;
        let pinged =
            [PING, H2].into_iter().any(|id| case.evidence.answer(id).is_some_and(|a| a.status == 421));
        Some(
            Finding::new(
                self::MISDIRECTED.id,
                severity(case),
                if pinged { Confidence::Certain } else { Confidence::Likely },
                Whose::Proxy,
            )
            .explain(format!(
                "{} by HTTP/2, while {}: only the version differs. {} answers were 421.",
                quote(&cell.id, answer),
                quote(control_id, control),
                found.len()
            ))
            .remedy(
                "Client: use HTTP/1.1 (curl --http1.1; GODEBUG=http2client=0 for Go programs). Proxy operator: \
                 disable HTTP/2 for the registry host, or give it a certificate and server block of its own.",
            )
            .evidence([&cell.id, control_id].into_iter().chain(found.iter().map(|(c, _)| &c.id))),
        )
    },
};

/// HTTP/2 breaks, or is refused.
pub(crate) const RESET: Rule = Rule {
    id: "http2-stream-reset-or-426",
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let (control_id, control) = by_http1(case)?;
        let refused: Vec<_> = case
            .evidence
            .answers(|c| c.id.0 != H1)
            .filter(|(c, a)| a.status == 426 && version(case, &c.id.0) == Some(HttpVersion::Http2))
            .collect();
        if let Some((cell, answer)) = refused.first() {
            return Some(
                told(case, Confidence::Certain, "426 Upgrade Required over HTTP/2; HTTP/1.1 works")
                    .explain(format!(
                        "{} by HTTP/2, while {}: only the version differs.",
                        quote(&cell.id, answer),
                        quote(control_id, control)
                    ))
                    .evidence([&cell.id, control_id].into_iter().chain(refused.iter().map(|(c, _)| &c.id))),
            );
        }
        // A server that answers in HTTP/1.1 where both are offered never agreed to HTTP/2.
        let default = case.evidence.cell(PING)?;
        let agreed = version(case, PING) == Some(HttpVersion::Http2) || failure(default).is_some_and(broke);
        if !agreed {
            return None;
        }
        let broken: Vec<(&CellView, &TransportError)> = case
            .evidence
            .cells
            .iter()
            .filter(|c| c.id.0 != H1)
            .filter_map(|cell| {
                let cut = || match &case.evidence.response(&cell.id.0)?.body.end {
                    BodyEnd::Broken(error) if version(case, &cell.id.0) == Some(HttpVersion::Http2) => {
                        Some(error)
                    }
                    _ => None,
                };
                let error = failure(cell).or_else(cut).filter(|e| broke(e))?;
                Some((cell, error))
            })
            .collect();
        let pings: Vec<_> = broken.iter().filter(|(c, _)| c.id.0 == PING || c.id.0 == H2).collect();
        let (cell, error) = pings.first().copied().or(broken.first())?;
        let confidence = if pings.len() == 2 { Confidence::Certain } else { Confidence::Likely };
        Some(
            told(case, confidence, "HTTP/2 streams break after the handshake; HTTP/1.1 works")
                .explain(format!(
                    "{} \u{2192} {error}, while {}. {} requests broke in this way.",
                    cell.id,
                    quote(control_id, control),
                    broken.len()
                ))
                .evidence([&cell.id, control_id].into_iter().chain(broken.iter().map(|(c, _)| &c.id))),
        )
    },
};

fn told(case: &Case<'_>, confidence: Confidence, title: &str) -> Finding {
    Finding::new(self::RESET.id, severity(case), confidence, Whose::Proxy).title(title).remedy(
        "Client: use HTTP/1.1 (curl --http1.1; GODEBUG=http2client=0 for Go programs). Proxy operator: do not offer \
         h2 in ALPN for this registry, or update the proxy.",
    )
}

/// No protocol is agreed on.
pub(crate) const ALPN_NONE: Rule = Rule {
    id: "alpn-none",
    layer: Layer::Optional,
    under: &[],
    examine: |case| {
        let (control_id, control) = by_http1(case)?;
        let tls = case.evidence.recording.base_url.starts_with("https:");
        let cell = case.evidence.cell(H2)?;
        // What refuses the handshake for want of a common protocol knows ALPN.
        let error = failure(cell).filter(|e| broke(e))?;
        if !tls || version(case, PING) != Some(HttpVersion::Http11) {
            return None;
        }
        Some(
            Finding::new(self::ALPN_NONE.id, Severity::Note, Confidence::Likely, Whose::Registry)
                .explain(format!(
                    "{} \u{2192} {error}: the handshake was finished, and HTTP/2 is not understood; {}.",
                    cell.id,
                    quote(control_id, control)
                ))
                .remedy("Use HTTP/1.1; nothing else is needed.")
                .evidence([&cell.id, control_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{all, assert_none_of, find, probe};
    use crate::exchange::{Exchange, ExchangeId, Outcome};
    use crate::judge;
    use crate::probes::Probes;
    use crate::recording::{CellState, Recording};
    use crate::report::Report;

    const IDS: [&str; 3] = ["http2-misdirected-421", "http2-stream-reset-or-426", "alpn-none"];

    fn error(kind: FailureKind, phase: Phase) -> Outcome {
        Outcome::Failed(TransportError { kind, phase, message: "stream error".to_owned() })
    }

    /// The lab speaks plain HTTP/1.1: its recording, as a server with TLS would have made it. `change` sees what
    /// went by HTTP/2; the ping by HTTP/2 alone, which was not tried, is made from the ordinary one.
    fn over_tls(default: HttpVersion, change: impl Fn(&str, &mut Outcome)) -> Report {
        let mut recording: Recording = probe(&[], "lab/oci").recording.clone();
        recording.base_url = "https://registry.example.com".to_owned();
        let exchange = |recording: &Recording, id: &str| {
            let record = recording.cells.iter().find(|r| r.id.0 == id).unwrap();
            let (CellState::Answered(id) | CellState::Failed(id)) = &record.state else {
                unreachable!("{id}")
            };
            recording.exchanges.iter().find(|e| e.id == *id).unwrap().clone()
        };
        let forced = Exchange { id: ExchangeId("x9999".to_owned()), ..exchange(&recording, PING) };
        recording.exchanges.push(forced);
        for record in &mut recording.cells {
            if record.id.0 == H2 {
                record.state = CellState::Answered(ExchangeId("x9999".to_owned()));
            }
            let (CellState::Answered(id) | CellState::Failed(id)) = record.state.clone() else { continue };
            let exchange = recording.exchanges.iter_mut().find(|e| e.id == id).unwrap();
            let spoken = match record.id.0.as_str() {
                H1 => HttpVersion::Http11,
                H2 => HttpVersion::Http2,
                _ => default,
            };
            for hop in &mut exchange.hops {
                if let Outcome::Answered(response) = &mut hop.outcome {
                    response.version = spoken;
                }
                if spoken == HttpVersion::Http2 {
                    change(&record.id.0, &mut hop.outcome);
                }
            }
            if matches!(exchange.last().outcome, Outcome::Failed(_)) {
                record.state = CellState::Failed(id);
            }
        }
        judge::judge(recording, &Probes::embedded().unwrap())
    }

    fn only(report: &Report, id: &str) -> (Severity, Confidence) {
        for other in IDS.iter().filter(|other| **other != id) {
            assert!(find(report, other).is_none(), "{other} beside {id}");
        }
        let finding = find(report, id).unwrap_or_else(|| panic!("{id}: {:?}", all(report)));
        assert_eq!(report.findings[0].id, id);
        (finding.severity, finding.confidence)
    }

    fn status(outcome: &mut Outcome, status: u16) {
        let Outcome::Answered(response) = outcome else { return };
        response.status = status;
        response.headers.clear();
    }

    #[test]
    fn misdirected() {
        let report = over_tls(HttpVersion::Http2, |_, outcome| status(outcome, 421));
        assert_eq!(only(&report, "http2-misdirected-421"), (Severity::Broken, Confidence::Certain));
    }

    #[test]
    fn upgrade_required() {
        let report = over_tls(HttpVersion::Http2, |_, outcome| status(outcome, 426));
        assert_eq!(only(&report, "http2-stream-reset-or-426"), (Severity::Broken, Confidence::Certain));
    }

    #[test]
    fn streams_are_reset() {
        let report =
            over_tls(HttpVersion::Http2, |_, outcome| *outcome = error(FailureKind::Reset, Phase::Head));
        assert_eq!(only(&report, "http2-stream-reset-or-426"), (Severity::Broken, Confidence::Certain));
        let report = over_tls(HttpVersion::Http2, |id, outcome| {
            if id.contains("blobs/layer") {
                *outcome = error(FailureKind::Reset, Phase::Head);
            }
        });
        assert_eq!(only(&report, "http2-stream-reset-or-426"), (Severity::Warning, Confidence::Likely));
    }

    #[test]
    fn no_protocol_is_agreed_on() {
        let report =
            over_tls(HttpVersion::Http11, |_, outcome| *outcome = error(FailureKind::Malformed, Phase::Head));
        assert_eq!(only(&report, "alpn-none"), (Severity::Note, Confidence::Likely));
        let report =
            over_tls(HttpVersion::Http11, |_, outcome| *outcome = error(FailureKind::Tls, Phase::Tls));
        assert!(IDS.iter().all(|id| find(&report, id).is_none()));
    }

    #[test]
    fn silent_where_both_versions_work() {
        let report = over_tls(HttpVersion::Http2, |_, _| {});
        assert!(IDS.iter().all(|id| find(&report, id).is_none()), "{:?}", all(&report));
        assert_none_of(&IDS);
    }
}
