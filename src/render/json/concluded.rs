//! What a report file concluded when it was written, for comparing with what is concluded now.

use super::types::{FindingV1, ReportV1};
use crate::report::Report;

/// The opinions in a report, in words that compare.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Concluded {
    /// The version that concluded.
    pub by: String,
    /// works, degraded, broken or inconclusive.
    pub outcome: String,
    /// The path to take.
    pub recommended_path: Option<String>,
    /// Each path with its verdict, sorted.
    pub paths: Vec<(String, String)>,
    /// Each finding with its severity and confidence, consequences included, sorted.
    pub findings: Vec<(String, String)>,
    /// Anomalies and those unexplained.
    pub anomalies: (u64, u64),
}

impl Concluded {
    /// From a file's types.
    pub fn of(report: &ReportV1) -> Concluded {
        fn walk(finding: &FindingV1, found: &mut Vec<(String, String)>) {
            found.push((finding.id.clone(), format!("{}, {}", finding.severity, finding.confidence)));
            finding.children.iter().for_each(|child| walk(child, found));
        }
        let mut findings = Vec::new();
        report.findings.iter().for_each(|finding| walk(finding, &mut findings));
        findings.sort();
        let mut paths: Vec<(String, String)> =
            report.paths.iter().map(|path| (path.id.clone(), path.verdict.clone())).collect();
        paths.sort();
        Concluded {
            by: report.tool.version.clone(),
            outcome: report.summary.outcome.clone(),
            recommended_path: report.summary.recommended_path.clone(),
            paths,
            findings,
            anomalies: (report.summary.anomalies, report.summary.unexplained),
        }
    }

    /// From a report judged just now.
    pub fn now(report: &Report) -> Concluded {
        let mut now = Concluded::of(&super::write::report(report));
        env!("CARGO_PKG_VERSION").clone_into(&mut now.by);
        now
    }

    /// What `now` says otherwise, a line each; nothing when all is the same.
    pub fn differs(&self, now: &Concluded) -> Vec<String> {
        let mut lines = Vec::new();
        if self.outcome != now.outcome {
            lines.push(format!("outcome: {} then, {} now", self.outcome, now.outcome));
        }
        if self.recommended_path != now.recommended_path {
            let name = |path: &Option<String>| path.clone().unwrap_or_else(|| "none".to_owned());
            let (then, now) = (name(&self.recommended_path), name(&now.recommended_path));
            lines.push(format!("recommended path: {then} then, {now} now"));
        }
        lines.extend(changes("path", &self.paths, &now.paths));
        lines.extend(changes("finding", &self.findings, &now.findings));
        if self.anomalies != now.anomalies {
            let told = |(all, left): (u64, u64)| format!("{all} ({left} unexplained)");
            lines.push(format!("anomalies: {} then, {} now", told(self.anomalies), told(now.anomalies)));
        }
        lines
    }
}

fn changes(what: &str, then: &[(String, String)], now: &[(String, String)]) -> Vec<String> {
    let get = |rows: &[(String, String)], id: &str| {
        rows.iter().find(|(known, _)| known == id).map(|(_, said)| said.clone())
    };
    let mut ids: Vec<&String> = then.iter().chain(now).map(|(id, _)| id).collect();
    ids.sort();
    ids.dedup();
    let line = |id: &&String| match (get(then, id), get(now, id)) {
        (Some(a), Some(b)) if a != b => Some(format!("{what} {id}: {a} then, {b} now")),
        (Some(a), None) => Some(format!("{what} {id}: {a} then, not now")),
        (None, Some(b)) => Some(format!("{what} {id}: not then, {b} now")),
        _ => None,
    };
    ids.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_otherwise() {
        let row = |id: &str, said: &str| (id.to_owned(), said.to_owned());
        let then = Concluded {
            by: "0.1.0".to_owned(),
            outcome: "works".to_owned(),
            recommended_path: Some("oci-index".to_owned()),
            paths: vec![row("any-type", "works")],
            findings: vec![row("a", "note, likely"), row("b", "note, likely")],
            anomalies: (3, 0),
        };
        assert_eq!(then.differs(&then.clone()), Vec::<String>::new());
        let now = Concluded {
            outcome: "broken".to_owned(),
            recommended_path: None,
            paths: vec![row("any-type", "fails")],
            findings: vec![row("b", "warning, certain"), row("c", "note, certain")],
            anomalies: (4, 1),
            ..then.clone()
        };
        insta::assert_snapshot!(then.differs(&now).join("\n"), @r"
        outcome: works then, broken now
        recommended path: oci-index then, none now
        path any-type: works then, fails now
        finding a: note, likely then, not now
        finding b: note, likely then, warning, certain now
        finding c: not then, note, certain now
        anomalies: 3 (0 unexplained) then, 4 (1 unexplained) now
        ");
    }
}
