//! The page, and how it is kept short.

use chrono::SecondsFormat;

use crate::diagnosis::Severity;
use crate::recording::CLIENT;
use crate::render::escape::{self, code_span, fence, markdown};
use crate::render::markdown::LIMIT;
use crate::render::markdown::detail::Detail;
use crate::render::markdown::finding::{self, cut};
use crate::render::snippet::{self, curl};
use crate::render::table::{TableOptions, parts};
use crate::render::text;
use crate::report::{Outcome, Report, Verdict};

/// Columns of what stands in a block of plain text: as wide as a thread shows without scrolling.
const COLUMNS: TableOptions = TableOptions { width: 110, color: false, verbose: 0 };

/// Bytes of the line that probes again.
const PROBE: usize = 2000;

/// Reports of one call before the rest is only counted.
const REPORTS: usize = 40;

/// Markdown for a bug thread.
pub fn render(reports: &[Report]) -> String {
    let mut out = String::new();
    if reports.len() > 1 {
        for report in reports.iter().take(REPORTS) {
            out.push_str(&format!("- {}\n", cut(&parts::summary(report).join(", "), 300)));
        }
        if reports.len() > REPORTS {
            out.push_str(&format!("- and {} more\n", reports.len() - REPORTS));
        }
        out.push('\n');
    }
    let told = &reports[..reports.len().min(REPORTS)];
    for (at, report) in told.iter().enumerate() {
        // What a short report leaves is for those after it.
        let budget = LIMIT.saturating_sub(out.chars().count()) / (told.len() - at);
        let page = fit(report, budget.saturating_sub(8));
        if out.chars().count() + page.chars().count() + 8 > LIMIT {
            continue;
        }
        if at > 0 {
            out.push_str("\n---\n\n");
        }
        out.push_str(&page);
    }
    out
}

/// As much of a report as fits.
fn fit(report: &Report, budget: usize) -> String {
    let mut detail = Detail::ALL;
    loop {
        let page = page(report, detail);
        if page.chars().count() <= budget {
            return page;
        }
        match detail.less() {
            Some(less) => detail = less,
            None => return page,
        }
    }
}

fn page(report: &Report, detail: Detail) -> String {
    let mut sections = vec![verdict(report)];
    if detail.findings() {
        sections.push(environment(report));
    }
    sections.push(recommended(report, detail));
    sections.push(finding::section(report, detail));
    sections.push(paths(report, detail));
    let folded = |title: &str, lines: Vec<String>| match lines.is_empty() {
        true => String::new(),
        false => format!(
            "<details><summary>{title}</summary>\n\n{}\n\n</details>\n",
            fence("text", lines.iter().map(String::as_str))
        ),
    };
    if detail.matrix() {
        sections.push(folded("Matrix: what each Accept value got", parts::matrix(report, &COLUMNS)));
    }
    if detail.others() {
        sections.push(folded("Other endpoints and probes", parts::others(report, &COLUMNS)));
    }
    if detail.not_sent() {
        sections.push(folded("Not sent", parts::not_tried(report, &COLUMNS)));
    }
    sections.push(reproduce(report));
    if !detail.left_out().is_empty() {
        sections.push(format!(
            "*Left out to keep this below {LIMIT} characters: {}. The JSON report has everything.*\n",
            detail.left_out().join("; ")
        ));
    }
    sections.retain(|section| !section.is_empty());
    sections.join("\n")
}

/// Two lines.
fn verdict(report: &Report) -> String {
    let head = format!(
        "**{}**: {}\\\n",
        parts::outcome(report.outcome),
        code_span(&escape::cell(&report.recording.target.image, 200))
    );
    let worst = report.findings.iter().max_by_key(|f| f.severity).map(|worst| {
        // Of equals the first: what explains most.
        report.findings.iter().find(|f| f.severity == worst.severity).unwrap_or(worst)
    });
    let mut second = Vec::new();
    second.extend(
        report.recommended.as_ref().map(|way| format!("Take {}.", code_span(&escape::cell(&way.path, 60)))),
    );
    match (report.outcome, worst) {
        // A stranger's words never begin a line, where even plain ones may mean a list.
        (Outcome::Inconclusive, None) => second.push(format!("Cause: {}", cut(&parts::cause(report), 300))),
        (Outcome::Broken, None) => {
            second.extend(parts::furthest(report).map(|path| format!("Cause: {}", cut(&path.why, 300))));
        }
        // A note is no fault: it does not belong in a verdict.
        (Outcome::Works | Outcome::Degraded, Some(worst)) if worst.severity == Severity::Note => {}
        (_, Some(worst)) => second.push(format!("Worst finding: {}", cut(&worst.title, 300))),
        (_, None) => {}
    }
    match parts::counts(&report.findings) {
        Some(counts) => second.push(format!("({counts})")),
        None => second.push("(no findings)".to_owned()),
    }
    format!("{head}{}\n", second.join(" "))
}

fn environment(report: &Report) -> String {
    let recording = &report.recording;
    let requests: usize = recording.exchanges.iter().map(|exchange| exchange.hops.len()).sum();
    let mut run = vec![
        format!("suite {}", code_span(&escape::cell(&recording.suite, 40))),
        text::count(requests, "request"),
    ];
    if recording.pulls > 0 {
        run.push(text::count(usize::try_from(recording.pulls).unwrap_or(usize::MAX), "pull"));
    }
    run.push(text::duration(recording.wall_ms));
    let access = match recording.access.scheme.as_str() {
        "" | "none" => "none".to_owned(),
        scheme => format!("{} {}", cut(scheme, 20), cut(&recording.access.source, 100)),
    };
    let mut lines = vec![
        format!("tool: regprobe {}", cut(&recording.tool_version, 40)),
        format!("registry: {}", code_span(&escape::cell(&recording.base_url, 200))),
        format!("date: {}", recording.created.to_rfc3339_opts(SecondsFormat::Secs, true)),
        format!("run: {}", run.join(", ")),
        format!("authentication: {}", access.trim_end()),
        format!("platform: {}", code_span(&escape::cell(&recording.target.platform.to_string(), 60))),
    ];
    if let Some(taken) = &recording.subjects.platform {
        lines[5] = format!("platform: {}", code_span(&escape::cell(&taken.to_string(), 60)));
    }
    lines.extend(recording.notes.iter().map(|note| format!("note: {}", cut(&note.text, 400))));
    let lines: String = lines.iter().map(|line| format!("- {line}\n")).collect();
    format!("### Environment\n\n{lines}")
}

fn recommended(report: &Report, detail: Detail) -> String {
    let Some(recommendation) = &report.recommended else {
        return nearest(report);
    };
    let mut out = format!(
        "### Recommended path\n\nTake {}: {}\n\n",
        code_span(&escape::cell(&recommendation.path, 60)),
        cut(&recommendation.title, 200)
    );
    let lines = curl::recommended(recommendation);
    if lines.iter().any(|line| line.chars().count() > detail.longest_line()) {
        out.push_str(
            "Its requests are too long for this page; they are in the JSON report, under `summary.curl`.\n",
        );
    } else {
        out.push_str(&fence("sh", lines.iter().map(String::as_str)));
        out.push('\n');
    }
    let variables = curl::variables(recommendation);
    if !variables.is_empty() {
        let names: Vec<String> = variables.iter().map(|name| format!("`${name}`")).collect();
        out.push_str(&format!("\nSet {} before you paste these.\n", names.join(", ")));
    }
    let path = report.paths.iter().find(|path| path.id == recommendation.path);
    if let Some(metadata) = path.and_then(|path| path.metadata.as_ref()).filter(|_| detail.findings()) {
        let yields = parts::yields(metadata, &COLUMNS);
        out.push_str(&format!("\n{}\n", fence("text", yields.iter().map(String::as_str))));
    }
    out
}

/// Where no path works, what came nearest; where it could not be told, what to do.
fn nearest(report: &Report) -> String {
    match (report.outcome, parts::furthest(report)) {
        (Outcome::Inconclusive, _) => format!(
            "### Recommended path\n\nCould not tell: {}\n\n**Do:** {}\n",
            cut(&parts::cause(report), 400),
            markdown(parts::advice(report))
        ),
        (_, Some(path)) => format!(
            "### Recommended path\n\nNone works. {} gets furthest: {}\n",
            code_span(&escape::cell(&path.id, 60)),
            cut(&parts::reason(path), 400)
        ),
        _ => "### Recommended path\n\nNone works.\n".to_owned(),
    }
}

fn paths(report: &Report, detail: Detail) -> String {
    let told = |verdict| detail.failing_paths() || verdict == Verdict::Works;
    let lines: Vec<String> = report
        .paths
        .iter()
        .filter(|path| told(path.verdict))
        .map(|path| {
            let why = parts::reason(path);
            let colon = if why.is_empty() { "" } else { ": " };
            format!(
                "- {} {} ({}){colon}{}\n",
                parts::verdict(path),
                code_span(&escape::cell(&path.id, 60)),
                path.kind.as_str(),
                cut(&why, detail.longest().min(400))
            )
        })
        .collect();
    if lines.is_empty() { String::new() } else { format!("### Metadata paths\n\n{}", lines.concat()) }
}

fn reproduce(report: &Report) -> String {
    let recording = &report.recording;
    let image = escape::shell(&recording.target.image);
    // What was recorded from a client was asked by no suite.
    let probe = (recording.suite != CLIENT).then(|| {
        format!("regprobe probe {image} --suite {} -o report.json", escape::shell(&recording.suite))
    });
    let probe = probe.map(|line| snippet::whole(line, PROBE));
    let again = "# The same run again; of this one, the JSON report (-o report.json) has every exchange.";
    let lines = probe.iter().flat_map(|line| [again, line.as_str()]).chain([
        "# That report, served as a registry on loopback: no network, no credentials.",
        "regprobe replay report.json",
    ]);
    format!("### How to reproduce\n\n{}\n", fence("sh", lines))
}
