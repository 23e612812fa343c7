//! GitHub Actions: one workflow command a finding, which Actions shows as an annotation.

use crate::diagnosis::{Finding, Severity};
use crate::render::escape::{self, workflow_message, workflow_property};
use crate::render::snippet;
use crate::render::table::parts;
use crate::report::{Outcome, Report};

/// Characters of a title and of what stands below it: Actions cuts at 4 KiB.
const TITLE: usize = 200;
const MESSAGE: usize = 1500;

/// Workflow commands, one a line, the worst first; the last one of a report says its outcome.
pub fn render(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        let mut sorted: Vec<&Finding> = report.findings.iter().collect();
        sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        for finding in sorted {
            out.push_str(&command(level(finding.severity), &finding.title, &words(report, finding)));
        }
        out.push_str(&last(report));
    }
    out
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Broken => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

fn words(report: &Report, finding: &Finding) -> Vec<String> {
    let mut lines = vec![report.recording.target.image.clone()];
    lines.extend(
        [&finding.explanation, &finding.remedy].into_iter().filter(|w| !w.trim().is_empty()).cloned(),
    );
    lines.extend(finding.reproduce.iter().take(2).map(|line| snippet::whole(line.clone(), MESSAGE)));
    lines.push(format!("regprobe explain {}", finding.id));
    lines
}

fn last(report: &Report) -> String {
    let level = match report.outcome {
        Outcome::Works | Outcome::Degraded => "notice",
        Outcome::Broken | Outcome::Inconclusive => "error",
    };
    let mut lines = vec![parts::summary(report).join(" · ")];
    if report.outcome == Outcome::Inconclusive {
        lines.push(parts::advice(report).to_owned());
    }
    command(level, "regprobe", &lines)
}

/// One workflow command.
pub(super) fn command(level: &str, title: &str, lines: &[String]) -> String {
    let flat = |text: &str| {
        // A line to paste is one already, and its blanks have a meaning.
        let pasted = text.starts_with("curl ") && !text.contains(['\n', '\r']);
        if pasted { text.to_owned() } else { text.split_whitespace().collect::<Vec<_>>().join(" ") }
    };
    let lines: Vec<String> =
        lines.iter().map(|line| workflow_message(&escape::shorten(&flat(line), MESSAGE))).collect();
    // `%0A` is how a command writes a line end.
    format!(
        "::{level} title={}::{}\n",
        workflow_property(&escape::shorten(&flat(title), TITLE)),
        lines.join("%0A")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::fixture;

    #[test]
    fn annotations_read_well() {
        insta::assert_snapshot!("every", render(&[fixture::every(), fixture::unreachable()]));
    }

    #[test]
    fn a_line_is_a_command_of_ours_and_nothing_else() {
        for nasty in escape::NASTY {
            let text = render(&[fixture::hostile(nasty, Outcome::Inconclusive)]);
            assert_eq!(text.lines().count(), 2, "{nasty:?}: {text}");
            for line in text.lines() {
                assert!(!line.chars().any(escape::is_deceptive), "{line:?}");
                let rest = line.strip_prefix("::warning title=").or(line.strip_prefix("::error title="));
                let (title, _) = rest.unwrap().split_once("::").unwrap();
                assert!(!title.contains([',', ':']), "{line}");
            }
        }
    }
}
