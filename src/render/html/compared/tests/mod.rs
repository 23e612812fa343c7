//! The pages as text. What a browser makes of them is tested in `tests/browser`.

mod gallery;

use super::{check, compare, diff};
use crate::render::html::tests::{inside, style_hash};
use crate::render::{escape, fixture};

/// Each page with this text in every place that a stranger's can reach.
fn pages(text: &'static str) -> [String; 3] {
    [
        compare(&fixture::three_hostile(text)),
        diff(&fixture::altered(text)),
        check(&fixture::altered_check(text)),
    ]
}

#[test]
fn they_read_as_they_did() {
    let main = |page: &str| inside(page, "<main id=\"top\">", "</main>")[0].to_owned();
    insta::assert_snapshot!("compare", main(&compare(&fixture::three())));
    insta::assert_snapshot!("diff", main(&diff(&fixture::altered(""))));
    insta::assert_snapshot!("check", main(&check(&fixture::altered_check(""))));
    insta::assert_snapshot!(
        "hostile",
        pages("</p><img src=x onerror=alert(1)>\u{202e}&\"'").map(|p| main(&p)).join("\n")
    );
}

#[test]
fn nothing_a_stranger_sends_is_markup() {
    let tags = |page: &str| [page.matches('<').count(), page.matches('"').count()];
    let plain = pages("plain").map(|page| tags(&page));
    for nasty in escape::NASTY.iter().chain(crate::render::html::tests::EVIL) {
        for (page, plain) in pages(nasty).iter().zip(plain) {
            // Words are elements of their own, and what is empty has none.
            if !nasty.contains(' ') && !nasty.is_empty() {
                assert_eq!(tags(page), plain, "{nasty:?}");
            }
            for start in page.split('<').skip(1) {
                let name = start.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next();
                assert!(KNOWN.contains(&name.unwrap()) || start.starts_with("!doctype html>"), "{start}");
            }
            let bad = page.chars().find(|c| *c != '\n' && escape::is_deceptive(*c));
            assert_eq!(bad, None, "{nasty:?}");
        }
    }
}

/// Every element that these pages have.
const KNOWN: &[&str] = &[
    "html", "head", "meta", "title", "style", "body", "main", "header", "nav", "section", "article", "div",
    "h1", "h2", "h3", "p", "a", "b", "span", "small", "code", "pre", "ul", "li", "dl", "dt", "dd", "table",
    "caption", "thead", "tbody", "tr", "th", "td", "time", "details", "summary", "ins", "del",
];

#[test]
fn they_load_nothing_and_run_nothing() {
    for page in pages("x") {
        let policy = inside(&page, "Content-Security-Policy\" content=\"", "\"")[0].replace("&#39;", "'");
        let style = style_hash(&page);
        assert_eq!(
            policy,
            format!("default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'")
        );
        assert!(!page.contains("<script") && !page.contains(" src=") && !page.contains(" style="));
        let ids = inside(&page, " id=\"", "\"");
        let unique: std::collections::HashSet<&&str> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "ids stand once");
        for target in inside(&page, " href=\"", "\"") {
            assert!(target.strip_prefix('#').is_some_and(|t| ids.contains(&t)), "{target} leads elsewhere");
        }
        // Every table says what it is and what its heads are heads of, and scrolls in a box of its own.
        let tables = page.matches("<table").count();
        assert_eq!(page.matches("<caption").count(), tables);
        assert_eq!(
            page.matches("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=").count(),
            tables
        );
        assert_eq!(
            page.matches("<th").count(),
            page.matches("<th scope=").count() + page.matches("<thead").count()
        );
    }
}

#[test]
fn the_ends_of_a_comparison() {
    let mut same = fixture::altered("");
    same.groups.clear();
    same.changed = 0;
    assert!(diff(&same).contains("✔ no difference") && diff(&same).contains("No difference in 540 cells."));
    let mut met = fixture::altered_check("");
    (met.diff, met.passed) = (None, crate::compare::check::Passed::Yes);
    (met.unmet, met.flaky, met.excused) = Default::default();
    let page = check(&met);
    assert!(page.contains("✔ passed") && page.contains("Every expectation is met."), "{page}");
    let nobody = crate::compare::side_by_side::side_by_side(&[]);
    assert!(compare(&nobody).contains("Compatibility of 0 registries"));
    assert_eq!(compare(&fixture::three()), compare(&fixture::three()));
}
