//! The page: what to know first, then what to do, then the evidence.

use crate::render::escape;
use crate::render::style::{Tone, paint};
use crate::render::table::{
    TableOptions, account, advice, findings, head, matrix_view, paths, recommended, rest, summary_line,
};
use crate::render::text;
use crate::report::{Outcome, Report};

/// Terminals narrower than this are not drawn for.
const NARROWEST: usize = 40;

/// Lines that the smallest usual terminal shows.
const SCREEN: usize = 24;

/// One report. The first screen holds the outcome, the findings and the way; below is the evidence,
/// and a last line says the outcome again, for the end of a long page is what a terminal shows.
pub fn render(report: &Report, options: &TableOptions) -> String {
    let options = &bounded(options);
    let mut page = body(report, options);
    if page.lines().count() > SCREEN {
        let parts: Vec<String> =
            head::summary(report).iter().map(|part| escape::shorten(part, options.width)).collect();
        page.push('\n');
        page.push_str(&text::join(&parts, "  ", options.width, "").join("\n"));
        page.push('\n');
    }
    page
}

/// Several reports, one after another, and at the end a line for each.
pub fn render_all(reports: &[Report], options: &TableOptions) -> String {
    if let [report] = reports {
        return render(report, options);
    }
    let options = &bounded(options);
    let rule = format!("\n{}\n\n", paint(&"─".repeat(options.width), Tone::Dim, options.color));
    let mut out: String = reports.iter().map(|report| body(report, options) + &rule).collect();
    out.extend(reports.iter().map(|report| summary_line(report) + "\n"));
    out
}

fn bounded(options: &TableOptions) -> TableOptions {
    TableOptions { width: options.width.max(NARROWEST), ..*options }
}

fn body(report: &Report, options: &TableOptions) -> String {
    let reached = advice::reached(report);
    let mut sections = vec![head::section(report, options)];
    if reached || !report.findings.is_empty() {
        sections.push(head::findings(report, options));
    }
    if report.outcome == Outcome::Inconclusive {
        sections.push(untold(report, options));
    }
    sections.push(recommended::section(report, options));
    sections.push(findings::section(report, options));
    sections.push(account::anomalies(report, options));
    if reached {
        sections.push(paths::section(report, options));
        sections.push(matrix_view::section(report, options));
        sections.push(rest::endpoints(report, options));
        sections.push(rest::probes(report, options));
        sections.push(paths::broken(report, options));
    }
    sections.push(recommended::in_python(report, options));
    sections.push(rest::not_tried(report, options));
    sections.push(account::coverage(report, options));
    if options.verbose > 1 {
        sections.push(rest::every_cell(report, options));
    }
    let full: Vec<String> = sections.into_iter().filter(|s| !s.is_empty()).map(|s| s.join("\n")).collect();
    full.join("\n\n") + "\n"
}

/// Why it could not be told, and what to do about it.
fn untold(report: &Report, options: &TableOptions) -> Vec<String> {
    let mut lines = text::wrap(&advice::cause(report), options.width, "Cause   ");
    if report.findings.iter().all(|finding| finding.remedy.is_empty()) {
        lines.extend(text::wrap(advice::remedy(report), options.width, "Do      "));
    }
    lines
}
