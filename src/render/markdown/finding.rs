//! A finding: what was seen, what to do, and the failing request beside the working one.

use crate::diagnosis::{Finding, Severity};
use crate::render::escape::{self, code_span, fence, markdown};
use crate::render::markdown::answer::{self, Asked};
use crate::render::markdown::detail::Detail;
use crate::render::table::parts;
use crate::render::text;
use crate::report::Report;

/// Cells listed for one finding.
const CELLS: usize = 60;

/// No rule nests deeper; a bound all the same.
const DEPTH: usize = 4;

/// The findings, worst first.
pub(super) fn section(report: &Report, detail: Detail) -> String {
    let mut sorted: Vec<&Finding> = report.findings.iter().collect();
    // Stable: what explains most stays first among equals.
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    if sorted.is_empty() {
        return "### Findings\n\nNone.\n".to_owned();
    }
    let mut out = "### Findings\n".to_owned();
    if !detail.findings() {
        for finding in sorted.iter().take(3) {
            out.push_str(&format!("\n- {}", headline(finding, detail)));
        }
        out.push('\n');
        return out;
    }
    for finding in sorted {
        out.push_str(&format!("\n#### {}\n\n", headline(finding, detail)));
        if finding.severity > Severity::Note || detail.notes() {
            out.push_str(&words(report, finding, detail));
        }
    }
    out
}

fn headline(finding: &Finding, detail: Detail) -> String {
    format!("{}: {}", parts::severity(finding.severity), cut(&finding.title, detail.longest().min(300)))
}

/// A text that may be cut, made harmless.
pub(super) fn cut(text: &str, longest: usize) -> String {
    markdown(&escape::shorten(&text.split_whitespace().collect::<Vec<_>>().join(" "), longest))
}

fn words(report: &Report, finding: &Finding, detail: Detail) -> String {
    let mut out = format!(
        "{}: {}, {}, {}\n",
        code_span(&escape::cell(finding.id, 80)),
        parts::whose(finding),
        finding.confidence.as_str(),
        text::count(finding.evidence.len(), "cell")
    );
    for (name, words) in [("Seen", &finding.explanation), ("Do", &finding.remedy)] {
        if !words.trim().is_empty() {
            out.push_str(&format!("\n**{name}:** {}\n", cut(words, detail.longest())));
        }
    }
    if detail.requests() {
        out.push_str(&requests(report, finding, detail));
    }
    for child in &finding.children {
        child_lines(&mut out, child, detail, 0);
    }
    let references: Vec<String> = finding.references.iter().map(|r| cut(r, 300)).collect();
    if !references.is_empty() && detail.cells() {
        out.push_str(&format!("\nSee: {}\n", references.join("; ")));
    }
    if detail.cells() && finding.evidence.len() > 2 {
        out.push_str(&cells(finding));
    }
    out
}

fn child_lines(out: &mut String, child: &Finding, detail: Detail, depth: usize) {
    if depth == 0 {
        out.push('\n');
    }
    out.push_str(&format!(
        "{}- so also: {} ({})\n",
        "  ".repeat(depth),
        cut(&child.title, detail.longest().min(300)),
        code_span(&escape::cell(child.id, 80))
    ));
    if depth < DEPTH {
        child.children.iter().for_each(|child| child_lines(out, child, detail, depth + 1));
    }
}

fn cells(finding: &Finding) -> String {
    let shown: Vec<String> = finding.evidence.iter().take(CELLS).map(|id| escape::cell(&id.0, 200)).collect();
    let more = finding.evidence.len().saturating_sub(CELLS);
    let more = if more > 0 { format!("\n\nand {more} more.") } else { String::new() };
    format!(
        "\n<details><summary>{}</summary>\n\n{}{more}\n\n</details>\n",
        text::count(finding.evidence.len(), "cell"),
        fence("text", shown.iter().map(String::as_str))
    )
}

/// The failing and the working request side by side; a row of one's own where there is no pair.
fn requests(report: &Report, finding: &Finding, detail: Detail) -> String {
    let mut asked = answer::asked(report, &finding.evidence, &finding.reproduce);
    asked.retain(|one| one.line.chars().count() <= detail.longest_line());
    if asked.is_empty() {
        let lines: Vec<&str> = finding
            .reproduce
            .iter()
            .map(String::as_str)
            .filter(|line| line.chars().count() <= detail.longest_line())
            .collect();
        return if lines.is_empty() { String::new() } else { format!("\n{}\n", fence("sh", lines)) };
    }
    // The failing request first, its control second: that is how rules order their evidence.
    let first = &asked[0];
    let control = asked.iter().skip(1).find(|one| is_good(one) != is_good(first)).or(asked.get(1));
    let mut out = "\n<table>\n<tr>\n".to_owned();
    for one in std::iter::once(first).chain(control) {
        out.push_str(&format!(
            "<td valign=\"top\">\n\n**{}:** {} → {}\n\n{}\n",
            if is_good(one) { "Works" } else { "Fails" },
            code_span(&escape::cell(&one.cell.id.0, 200)),
            answer::came(one.cell),
            fence("sh", [one.line])
        ));
        let lines = one.exchange.map(|exchange| answer::lines(exchange, detail)).unwrap_or_default();
        if !lines.is_empty() {
            out.push_str(&format!("\n{}\n", fence("http", lines.iter().map(String::as_str))));
        }
        out.push_str("\n</td>\n");
    }
    out.push_str("</tr>\n</table>\n");
    out
}

fn is_good(one: &Asked<'_>) -> bool {
    matches!(&one.cell.did, crate::report::Did::Answer(answer)
        if (200..400).contains(&answer.status) && answer.bytes_match != Some(false))
}
