//! A compatibility page, and a fingerprint, in Markdown.

use std::fmt::Write as _;

use super::again::{again, counts};
use super::escape::{code, fence, prose};
use crate::compare::fingerprint::Fingerprint;
use crate::compare::side_by_side::{Row, SideBySide};
use crate::render::text;

/// Which paths and clients work where, what was found, and what differs.
pub fn page(page: &SideBySide) -> String {
    let mut out = String::from(
        "# Compatibility\n\n| | image | base URL | behind it | outcome | recommended path | asked |\n| --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (at, ((side, outcome), run)) in page.columns.iter().zip(&page.runs).enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            at + 1,
            code(&side.image),
            code(&side.base_url),
            side.shape.unwrap_or("nothing learned"),
            outcome.as_str(),
            run.recommended.as_deref().map_or("none".to_owned(), code),
            side.created
        );
    }
    for remark in &page.remarks {
        let _ = writeln!(out, "\n> {}", prose(remark));
    }
    let mut about = String::new();
    for (at, ((side, _), run)) in page.columns.iter().zip(&page.runs).enumerate() {
        let mut words = vec![format!("suite {}", code(&side.suite)), text::count(run.requests, "request")];
        words.extend(run.platform.iter().map(|p| code(p)));
        words.push(format!("regprobe {}", code(&run.tool)));
        let notes: String =
            run.notes.iter().map(|n| format!(". {}", prose(n.trim_end_matches('.')))).collect();
        let _ = writeln!(about, "- {}: {}{notes}", at + 1, words.join(", "));
    }
    let _ = write!(out, "\n{}\n\n{about}", everywhere(page));
    table("Metadata paths", "path", &page.paths, page, &mut out);
    table("Findings", "finding", &page.findings, page, &mut out);
    table("What differs", "cells", &page.cells, page, &mut out);
    let _ = writeln!(out, "\n{}", counts(page));
    let _ = writeln!(out, "\n## This page again\n\n{}", fence(&again(page)));
    out
}

fn everywhere(page: &SideBySide) -> String {
    let ids: Vec<String> = page.everywhere().iter().map(|row| code(&row.label)).collect();
    match ids.as_slice() {
        [] => "No metadata path of today's clients works everywhere.".to_owned(),
        ids => format!("Works everywhere: {}.", ids.join(", ")),
    }
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
        let title = if row.title.is_empty() { String::new() } else { format!(" {}", prose(&row.title)) };
        let _ = writeln!(out, "| {}{title} |{values}", code(&row.label));
    }
}

fn value(text: &str) -> String {
    match text {
        "works" => "✅ works".to_owned(),
        "fails" => "❌ fails".to_owned(),
        "broken" => "❌ broken".to_owned(),
        "warning" => "⚠️ warning".to_owned(),
        "note" | "not-applicable" | "inconclusive" | "not-tried" | "not-exercised" | "-" => text.to_owned(),
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

#[cfg(test)]
mod tests {
    use crate::render::{escape, fixture};

    #[test]
    fn it_reads_as_it_did() {
        let page = super::page(&fixture::three());
        insta::assert_snapshot!("page", page);
    }

    #[test]
    fn nothing_a_stranger_sends_is_markup() {
        // The page without its end, which is shell lines in a fence.
        let page = |text| {
            let mut page = fixture::three_hostile(text);
            // A date is written by us alone.
            page.columns.iter_mut().for_each(|(side, _)| side.created = "2026-11-21".to_owned());
            super::page(&page)
        };
        let body = |page: &str| page.split("## This page again").next().unwrap_or_default().to_owned();
        let lines = body(&page("plain")).lines().count();
        for nasty in escape::NASTY {
            let page = page(nasty);
            // What joins words, and what makes a sign an emoji, are ours.
            let ours = ['\n', '\u{2060}', '\u{fe0f}'];
            let bad = page.chars().find(|c| !ours.contains(c) && escape::is_deceptive(*c));
            assert_eq!(bad, None, "{nasty:?}");
            let body = body(&page);
            assert_eq!(body.lines().count(), lines, "{nasty:?}");
            // Outside of code spans no tag begins.
            assert!(!body.split('`').step_by(2).any(|text| text.contains('<')), "{nasty:?}");
        }
    }
}
