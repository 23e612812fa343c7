//! A compatibility page, and a fingerprint, in Markdown.

use std::fmt::Write as _;

use super::escape::{code, prose};
use crate::compare::fingerprint::Fingerprint;
use crate::compare::side_by_side::{Row, SideBySide};

/// Which paths and clients work where, what was found, and what differs.
pub fn page(page: &SideBySide) -> String {
    let mut out = String::from(
        "# Compatibility\n\n| | image | base URL | behind it | outcome | asked |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for (at, (side, outcome)) in page.columns.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            at + 1,
            code(&side.image),
            code(&side.base_url),
            side.shape.unwrap_or("nothing learned"),
            outcome.as_str(),
            side.created
        );
    }
    for remark in &page.remarks {
        let _ = writeln!(out, "\n> {}", prose(remark));
    }
    table("Metadata paths", "path", &page.paths, page, &mut out);
    table("Findings", "finding", &page.findings, page, &mut out);
    table("What differs", "cells", &page.cells, page, &mut out);
    let _ = writeln!(out, "\n{} cells do the same everywhere.", page.alike);
    out
}

fn table(title: &str, what: &str, rows: &[Row], page: &SideBySide, out: &mut String) {
    if rows.is_empty() {
        return;
    }
    let numbers: String = (1..=page.columns.len()).map(|n| format!(" {n} |")).collect();
    let rule: String = page.columns.iter().map(|_| " --- |").collect();
    let _ = writeln!(out, "\n## {title}\n\n| {what} |{numbers}\n| --- |{rule}");
    for row in rows {
        let values: String = row.values.iter().map(|v| format!(" {} |", value(v))).collect();
        let _ = writeln!(out, "| {} |{values}", code(&row.label));
    }
}

fn value(text: &str) -> String {
    match text {
        "works" => "✅ works".to_owned(),
        "fails" => "❌ fails".to_owned(),
        "broken" => "❌ broken".to_owned(),
        "warning" => "⚠️ warning".to_owned(),
        "note" | "not-applicable" | "inconclusive" | "not-tried" | "-" => text.to_owned(),
        other => code(other),
    }
}

/// Which registry this is most like.
pub fn fingerprint(found: &Fingerprint) -> String {
    let name = match found.named.as_slice() {
        [] => "unknown".to_owned(),
        names => names.iter().map(|n| code(n)).collect::<Vec<_>>().join(" or "),
    };
    let mut out = format!("## {name}\n\n{}\n", prose(&found.why));
    if found.candidates.is_empty() {
        return out;
    }
    out.push_str("\n| recorded | close | signs |\n| --- | --- | --- |\n");
    for c in &found.candidates {
        let _ = writeln!(
            out,
            "| {} | {:.1} % ({} of {}) | {} |",
            code(&c.name),
            c.closeness() * 100.0,
            c.same,
            c.compared,
            c.signs.iter().map(|s| code(s)).collect::<Vec<_>>().join(" ")
        );
    }
    out
}
