//! What holds for every format alike.

use super::*;
use crate::render::table::TableOptions;
use crate::report::Outcome;

/// Every page of a format, with this text wherever a registry's, an image's or a file's can be.
fn pages(text: &'static str) -> Vec<(&'static str, String)> {
    let mut pages = Vec::new();
    for outcome in [Outcome::Works, Outcome::Broken, Outcome::Inconclusive] {
        let reports = [fixture::hostile(text, outcome)];
        pages.push(("summary", table::summary_line(&reports[0])));
        pages.push(("json", json::render(&reports[0])));
        pages.push(("json array", json::render_all(&reports)));
        pages.push(("markdown", markdown::render(&reports)));
        pages.push(("html", html::render(&reports)));
        pages.push(("svg", svg::render(&reports)));
        pages.push(("junit", junit::render(&reports)));
        pages.push(("sarif", sarif::render(&reports)));
        pages.push(("har", har::render(&reports)));
        pages.push(("ndjson", ndjson::render(&reports)));
        pages.push(("github", github::render(&reports)));
    }
    let report = fixture::hostile(text, Outcome::Degraded);
    let (diff, check) = (fixture::altered(text), fixture::altered_check(text));
    pages.push(("diff json", json::compared::diff(&diff)));
    pages.push(("diff markdown", compared::diff(&diff)));
    pages.push(("diff html", html::compared::diff(&diff)));
    pages.push(("diff svg", svg::compared::diff(&diff)));
    pages.push(("diff junit", compared::junit::diff(&diff)));
    pages.push(("diff sarif", sarif::compared::diff(&diff, &report)));
    pages.push(("diff har", har::compared::diff(&diff, &report, &report)));
    pages.push(("diff ndjson", compared::ndjson::diff(&diff)));
    pages.push(("diff github", compared::github::diff(&diff)));
    pages.push(("check json", json::compared::check(&check)));
    pages.push(("check markdown", compared::check(&check)));
    pages.push(("check html", html::compared::check(&check)));
    pages.push(("check svg", svg::compared::check(&check)));
    pages.push(("check junit", compared::junit::check(&check)));
    pages.push(("check sarif", sarif::compared::check(&check, &report)));
    pages.push(("check har", har::compared::check(&check, Some(&report), &report)));
    pages.push(("check ndjson", compared::ndjson::check(&check)));
    pages.push(("check github", compared::github::check(&check)));
    let mut page = fixture::three_hostile(text);
    // A date is written by us alone.
    page.columns.iter_mut().for_each(|(side, _)| side.created = "2026-11-21".to_owned());
    pages.push(("compare markdown", compared::page(&page)));
    pages.push(("compare html", html::compared::compare(&page)));
    pages
}

/// Every table of this width.
fn tables(text: &'static str, width: usize) -> Vec<(&'static str, String)> {
    let mut pages = Vec::new();
    for (verbose, color) in [(0, false), (2, false), (1, true)] {
        let options = TableOptions { width, color, verbose };
        for outcome in [Outcome::Degraded, Outcome::Broken, Outcome::Inconclusive] {
            pages.push(("table", table::render(&fixture::hostile(text, outcome), &options)));
        }
        pages.push(("diff table", table::diff::diff(&fixture::altered(text), &options)));
        pages.push(("check table", table::diff::check(&fixture::altered_check(text), &options)));
        let page = fixture::three_hostile(text);
        pages.push(("compare table", table::side_by_side::side_by_side(&page, &options)));
    }
    pages
}

/// Colour is no part of the text: without it, nothing may begin a line either.
fn assert_no_command(text: &str, name: &str, page: &str) {
    let mut bare = page.split("\u{1b}[").map(|part| part.split_once('m').map_or(part, |(_, rest)| rest));
    let first = page.split("\u{1b}[").next().unwrap_or_default().to_owned();
    bare.next();
    let bare: String = std::iter::once(first.as_str()).chain(bare).collect();
    for page in [page, &bare] {
        let command = page.lines().find(|line| {
            escape::has_command(line) || (line.trim_start().starts_with("::") && !name.ends_with("github"))
        });
        assert_eq!(command, None, "{name}: {text:?}");
    }
}

/// All of them in one text, each a word's beginning; and a line's, where a format has lines.
#[test]
fn no_format_holds_a_command_to_a_ci_system() {
    for joint in [" ", "\n"] {
        let text: &'static str = Box::leak(escape::COMMANDS.join(joint).into_boxed_str());
        for (name, page) in pages(text) {
            assert_no_command(text, name, &page);
        }
    }
}

/// Each by itself, for a table shows the beginning of a text; over all of them, every width.
#[test]
fn no_table_of_any_width_holds_a_command_to_a_ci_system() {
    for (at, text) in escape::COMMANDS.iter().enumerate() {
        for (name, page) in tables(text, 20 + 9 * at) {
            assert_no_command(text, name, &page);
        }
    }
}

/// The escapes are spellings: what a program reads is what a registry sent.
#[test]
fn what_programs_read_is_what_was_sent() {
    for text in escape::COMMANDS {
        let read = |page: &str| serde_json::from_str::<serde_json::Value>(page).unwrap();
        let report = fixture::hostile(text, Outcome::Works);
        let json = read(&json::render(&report));
        assert_eq!(json["paths"][0]["metadata"]["env"][0], *text);
        let har = read(&har::render(std::slice::from_ref(&report)));
        let entries = har["log"]["entries"].as_array().unwrap();
        let headers =
            |e: &serde_json::Value| e["response"]["headers"].as_array().cloned().unwrap_or_default();
        assert!(entries.iter().flat_map(headers).any(|h| h["value"] == *text), "{text:?}");
        let lines: Vec<_> = ndjson::render(&[report]).lines().map(read).collect();
        assert_eq!(lines[0]["image"], *text);
    }
}
