use pulldown_cmark::{Event, Options, Parser, Tag};

use super::*;
use crate::render::{escape, fixture};
use crate::report::{Outcome, Report};

/// The tags that the page itself writes.
const OURS: [&str; 12] = [
    "<table>",
    "<tr>",
    "<td valign=\"top\">",
    "</td>",
    "</tr>",
    "</table>",
    "<details>",
    "</details>",
    "<summary>",
    "</summary>",
    "<details><summary>",
    "</summary>\n",
];

fn events(text: &str) -> Vec<Event<'_>> {
    Parser::new_ext(
        text,
        Options::ENABLE_TABLES | Options::ENABLE_GFM | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH,
    )
    .collect()
}

/// What must not be in a page, whatever a registry said.
fn assert_tame(text: &str) {
    let mut html = String::new();
    for event in events(text) {
        match event {
            Event::Html(tag) | Event::InlineHtml(tag) => html.push_str(&tag),
            Event::Start(
                Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::FootnoteDefinition(_)
                | Tag::Table(_)
                | Tag::BlockQuote(_),
            ) => {
                panic!("{event:?} in\n{text}")
            }
            Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::TaskListMarker(_) => {
                panic!("{event:?} in\n{text}")
            }
            // Outside code nothing that a forge would turn into more.
            Event::Text(_) => {}
            _ => {}
        }
    }
    for tag in html.split_inclusive('>') {
        let tag = tag.trim();
        let tag = tag.rfind('<').map_or(tag, |at| &tag[at..]);
        assert!(tag.is_empty() || OURS.contains(&tag), "{tag} in\n{text}");
    }
    assert!(!prose(text).contains(['@', '#', '`', '<']), "{}", prose(text));
    assert!(text.chars().all(|c| c == '\n' || !escape::is_deceptive(c)));
    assert!(text.chars().count() <= LIMIT);
}

/// The words outside code, where mentions and the like would live.
fn prose(text: &str) -> String {
    let mut block = false;
    let mut words = String::new();
    for event in events(text) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => block = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => block = false,
            Event::Text(text) if !block => {
                words.push_str(&text);
                words.push('\n');
            }
            _ => {}
        }
    }
    words
}

fn headings(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut inside = false;
    for event in events(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                inside = true;
                out.push(String::new());
            }
            Event::End(pulldown_cmark::TagEnd::Heading(_)) => inside = false,
            Event::Text(text) | Event::Code(text) if inside => out.last_mut().unwrap().push_str(&text),
            _ => {}
        }
    }
    out
}

fn one(report: Report) -> String {
    render(&[report])
}

#[test]
fn pages_read_well() {
    insta::assert_snapshot!("every", one(fixture::every()));
    insta::assert_snapshot!("degraded", one(fixture::degraded()));
    insta::assert_snapshot!("unreachable", one(fixture::unreachable()));
    for report in [
        fixture::every(),
        fixture::founding_case(),
        fixture::degraded(),
        fixture::broken(),
        fixture::unreachable(),
    ] {
        assert_tame(&one(report));
    }
}

#[test]
fn a_reader_of_markdown_finds_the_parts() {
    let text = one(fixture::every());
    let found = headings(&text);
    for wanted in ["Environment", "Recommended path", "Findings", "Metadata paths", "How to reproduce"] {
        assert!(found.iter().any(|heading| heading == wanted), "{found:?}");
    }
    // The failing and the working request, each in a block of its own inside one table.
    let table = text.split("<table>").nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!(table.matches("<td").count(), 2, "{table}");
    assert!(table.contains("**Fails:** `GET manifests/tag accept=json` → 404"), "{table}");
    assert!(table.contains("**Works:** `GET manifests/tag accept=docker-manifest` → 200"), "{table}");
    assert_eq!(
        events(table).iter().filter(|e| matches!(e, Event::Start(Tag::CodeBlock(_)))).count(),
        4,
        "{table}"
    );
    assert!(table.contains("Bearer $TOKEN"));
}

#[test]
fn nothing_a_stranger_says_is_more_than_text() {
    for nasty in escape::NASTY {
        for outcome in [Outcome::Works, Outcome::Broken, Outcome::Inconclusive] {
            let text = one(fixture::hostile(nasty, outcome));
            assert_tame(&text);
            let found = headings(&text);
            assert!(found.iter().filter(|h| h.starts_with('▲')).count() == 1, "{nasty:?}: {found:?}");
        }
    }
}

#[test]
fn a_long_report_is_cut_to_what_tells_most() {
    let mut report = fixture::every();
    let mut long = report.findings[0].clone();
    long.explanation = "word ".repeat(600);
    report.findings = vec![long; 200];
    let text = one(report);
    assert_tame(&text);
    assert!(text.contains("Left out to keep this below 60000 characters: what was not sent;"), "{text}");
    assert!(text.contains("### Recommended path") && text.contains("curl -fsSL"), "the way must stay");

    // Endless single texts, which no dropping of sections would mend.
    let mut report = fixture::every();
    let endless = "x".repeat(100_000);
    report.recording.target.image.clone_from(&endless);
    report.findings[0].reproduce = vec![endless.clone(), endless.clone()];
    report.recommended.as_mut().unwrap().steps[0].url = format!("https://r.example/{endless}");
    report.paths[1].why = endless;
    assert_tame(&one(report));
}

#[test]
fn several_reports_share_the_room() {
    let mut reports = vec![fixture::every(), fixture::unreachable()];
    reports.extend(std::iter::repeat_with(fixture::degraded).take(60));
    let text = render(&reports);
    assert_tame(&text);
    assert!(text.starts_with("- ▲ works, with faults"), "{}", &text[..200]);
    assert!(text.contains("- and 22 more"));
}
