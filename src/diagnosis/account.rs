//! Anomalies, and an account of each: explained by a finding, or told as it is, ready to send.

use std::collections::BTreeMap;

use crate::diagnosis::Finding;
use crate::diagnosis::standing::ASIDE;
use crate::evidence::Evidence;
use crate::exchange::{Method, SentRequest};
use crate::oracle::{self, Citation};
use crate::plan::{Cell, CellId, Vary};
use crate::report::{CellView, Did};

/// An answer outside what the specs allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anomaly {
    /// The cell.
    pub cell: CellId,
    /// What it breaks.
    pub cites: Citation,
    /// The finding that explains it.
    pub explained_by: Option<&'static str>,
}

/// Anomalies of one kind that nothing explains, with what to send the registry's maintainers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexplained {
    /// What they break.
    pub cites: Citation,
    /// The cells, in the plan's order.
    pub cells: Vec<CellId>,
    /// Ready to send.
    pub text: String,
    /// The first of the requests.
    pub curl: Option<String>,
}

/// Every anomaly, in the plan's order, not yet explained.
pub(super) fn anomalies(evidence: &Evidence<'_>) -> Vec<Anomaly> {
    let cells = evidence.cells.iter().zip(&evidence.recording.cells);
    cells
        .filter_map(|(view, record)| {
            let cites = oracle::anomaly(&record.cell, view, evidence.recording)?;
            Some(Anomaly { cell: view.id.clone(), cites, explained_by: None })
        })
        .collect()
}

/// Gives each anomaly to the first finding that shows it; then, to the finding that shows its twin.
pub(super) fn explain(evidence: &Evidence<'_>, anomalies: &mut [Anomaly], findings: &[Finding]) {
    for anomaly in anomalies.iter_mut() {
        anomaly.explained_by = findings.iter().find(|f| explains(f, &anomaly.cell)).map(|f| f.id);
    }
    let cell = |anomaly: &Anomaly| Cell::parse_id(&anomaly.cell.0).ok();
    // HEAD is answered as GET is (RFC 9110, section 9.3.2), and a request that is sent again, or varied in one thing, as
    // the plain one: where the status and the rule broken are the same, so is the cause.
    let plain = |anomaly: &Anomaly| {
        let Did::Answer(answer) = &evidence.cell(&anomaly.cell.0)?.did else { return None };
        let cell = Cell { method: Method::Get, vary: Vary::default(), ..cell(anomaly)? };
        Some((cell, answer.status, anomaly.cites))
    };
    let is_plain = |a: &Anomaly| cell(a).is_some_and(|c| c.vary == Vary::default());
    follow(anomalies, is_plain, plain);
    // And a refusal in the words of an explained one, at the same endpoint. (404 and 5xx say
    // too little for that.)
    let refused = |anomaly: &Anomaly| {
        let view = evidence.cell(&anomaly.cell.0)?;
        let Did::Answer(answer) = &view.did else { return None };
        let told = answer.status >= 400 && !matches!(answer.status, 404 | 500..);
        let words = (answer.status, answer.error_code.clone(), answer.content_type.clone(), answer.kind);
        told.then_some((view.method, view.endpoint, words))
    };
    follow(anomalies, |_| true, refused);
}

/// What has no explanation yet gets that of the first that is of the same kind and has one.
fn follow<K: PartialEq>(
    anomalies: &mut [Anomaly],
    leads: impl Fn(&Anomaly) -> bool,
    kind: impl Fn(&Anomaly) -> Option<K>,
) {
    let told: Vec<(K, &'static str)> =
        anomalies.iter().filter(|a| leads(a)).filter_map(|a| Some((kind(a)?, a.explained_by?))).collect();
    for anomaly in anomalies.iter_mut().filter(|a| a.explained_by.is_none()) {
        let own = kind(anomaly);
        anomaly.explained_by = told.iter().find(|(k, _)| Some(k) == own.as_ref()).map(|(_, id)| *id);
    }
}

fn explains(finding: &Finding, cell: &CellId) -> bool {
    let own = !ASIDE.contains(&finding.id) && finding.evidence.contains(cell);
    own || finding.children.iter().any(|child| explains(child, cell))
}

/// What is left over, grouped by what was broken and what came instead.
///
/// `curl` says a request as a command.
pub(crate) fn unexplained(
    evidence: &Evidence<'_>,
    anomalies: &[Anomaly],
    curl: impl Fn(&SentRequest) -> String,
) -> Vec<Unexplained> {
    let mut groups: BTreeMap<(Citation, String), Vec<&CellView>> = BTreeMap::new();
    for anomaly in anomalies.iter().filter(|a| a.explained_by.is_none()) {
        let Some(view) = evidence.cell(&anomaly.cell.0) else { continue };
        groups.entry((anomaly.cites, came(view))).or_default().push(view);
    }
    let account = |((cites, came), cells): ((Citation, String), Vec<&CellView>)| {
        let first = cells.first()?;
        let others = match cells.len() {
            1 => String::new(),
            2 => format!(" One more request is answered like this: `{}`.", cells[1].id),
            n => format!(" {} more requests are answered like this, `{}` among them.", n - 1, cells[1].id),
        };
        let curl = request(evidence, first).map(&curl);
        let text = format!(
            "`{}` came back as {came}. {cites}.{others} No behaviour that regprobe knows accounts for it.",
            first.id
        );
        Some(Unexplained { cites, cells: cells.iter().map(|c| c.id.clone()).collect(), text, curl })
    };
    groups.into_iter().filter_map(account).collect()
}

fn request<'a>(evidence: &Evidence<'a>, view: &CellView) -> Option<&'a SentRequest> {
    let (Did::Answer(crate::report::Answer { exchange, .. }) | Did::Failed { exchange, .. }) = &view.did
    else {
        return None;
    };
    Some(&evidence.exchange(exchange)?.hops.first()?.request)
}

fn came(view: &CellView) -> String {
    match &view.did {
        Did::NotTried(why) => why.reason().to_owned(),
        Did::Failed { error, .. } => format!("no answer ({}: {})", error.kind.as_str(), error.message),
        Did::Answer(answer) => {
            let mut text = answer.status.to_string();
            if let Some(code) = &answer.error_code {
                text.push_str(&format!(" {code}"));
            } else if answer.bytes_match == Some(false) {
                text.push_str(" with bytes that the digest does not name");
            } else {
                text.push_str(&format!(", {}", crate::paths::name(answer.kind)));
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::explains;
    use crate::diagnosis::testing::probe;
    use crate::diagnosis::{Confidence, Finding, Severity, Whose};
    use crate::plan::CellId;

    /// How an error is written is no reason for it; what hangs under such a finding may be one.
    #[test]
    fn the_form_of_an_error_accounts_for_none() {
        let cell = CellId("GET manifests/tag accept=none".to_owned());
        let of =
            |id| Finding::new(id, Severity::Note, Confidence::Certain, Whose::Registry).evidence([&cell]);
        let cause = of("type-not-in-accept-404");
        assert!(explains(&cause, &cell) && !explains(&cause, &CellId("GET tags accept=json".to_owned())));
        let mut form = of("error-charset");
        assert!(!explains(&form, &cell));
        form.children.push(cause);
        assert!(explains(&form, &cell));
    }

    #[test]
    fn what_nothing_explains_is_told_ready_to_send() {
        let report = probe(&[], "lab/oci");
        assert!(report.anomalies.iter().all(|a| a.explained_by.is_some()), "{:?}", report.unexplained);
        let mut recording = report.recording.clone();
        // An answer nobody has catalogued: the absent tag is a teapot.
        let id = "GET manifests/absent-tag accept=all";
        let crate::recording::CellState::Answered(exchange) =
            &recording.cells.iter().find(|c| c.id.0 == id).unwrap().state
        else {
            panic!("{id} was not answered")
        };
        let hops = &mut recording.exchanges.iter_mut().find(|e| e.id == *exchange).unwrap().hops;
        let crate::exchange::Outcome::Answered(response) = &mut hops.last_mut().unwrap().outcome else {
            panic!()
        };
        response.status = 418;
        let report = crate::judge::judge(recording, &crate::probes::Probes::embedded().unwrap());
        let [account] = report.unexplained.as_slice() else { panic!("{:?}", report.unexplained) };
        insta::assert_snapshot!(account.text, @r#"`GET manifests/absent-tag accept=all` came back as 418 MANIFEST_UNKNOWN. OCI distribution spec, "Pulling manifests": what is not found MUST be answered 404. No behaviour that regprobe knows accounts for it."#);
        assert!(account.curl.as_deref().unwrap().starts_with("curl "));
    }
}
