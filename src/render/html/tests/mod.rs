//! The page as text. What it does in a browser is tested in `tests/browser`.

mod gallery;
mod sample;

pub(in crate::render::html) use sample::EVIL;

use super::render;
use crate::render::{escape, fixture};
use crate::report::Outcome;

/// The texts of every element of a name, as they stand in the page.
pub(in crate::render::html) fn inside<'a>(page: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    page.split(open).skip(1).map(|rest| rest.split(close).next().unwrap()).collect()
}

/// What a policy must call the page's only style.
pub(in crate::render::html) fn style_hash(page: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    let [style] = inside(page, "<style>", "</style>")[..] else { panic!("one style") };
    base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style))
}

/// A page without what is ours and never changes: the style and the script.
fn bare(page: &str) -> String {
    let style = inside(page, "<style>", "</style>")[0];
    let script = inside(page, "<script>", "</script>")[0];
    let policy = inside(page, "Content-Security-Policy\" content=\"", "\"")[0];
    page.replace(style, "…").replace(script, "…").replace(policy, "…")
}

#[test]
fn it_reads_as_it_did() {
    insta::assert_snapshot!("degraded", bare(&render(&[sample::filled(fixture::degraded())])));
    insta::assert_snapshot!("unreachable", bare(&render(&[fixture::unreachable()])));
}

#[test]
fn hostile_strings_read_as_they_did() {
    let report = sample::hostile("</script><img src=x onerror=alert(1)>\u{202e}&\"'");
    insta::assert_snapshot!("hostile", bare(&render(&[report])));
}

#[test]
fn the_policy_names_the_style_and_the_script_that_are_there() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let page = render(&[fixture::founding_case()]);
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text));
    let [policy] = inside(&page, "Content-Security-Policy\" content=\"", "\"")[..] else {
        panic!("one policy")
    };
    // As a browser reads the attribute.
    let policy = policy.replace("&#39;", "'").replace("&#34;", "\"");
    for (directive, open, close) in
        [("style-src", "<style>", "</style>"), ("script-src", "<script>", "</script>")]
    {
        let [text] = inside(&page, open, close)[..] else { panic!("one {directive}") };
        assert!(policy.contains(&format!("{directive} 'sha256-{}'", hash(text))), "{policy}");
        assert!(!text.contains('\r') && !text.contains("</"));
    }
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    let head = page.split("<style>").next().unwrap();
    assert!(head.contains("Content-Security-Policy"), "the policy comes before what it governs");
    assert_eq!(page.matches("<script").count(), 3);
    assert!(!page.contains(" style=\"") && !page.contains(" src=\""));
}

#[test]
fn nothing_a_stranger_sends_is_markup() {
    let plain = render(&[sample::hostile("plain")]);
    let tags = |page: &str| page.matches('<').count();
    for nasty in escape::NASTY.iter().chain(sample::EVIL) {
        let page = render(&[sample::hostile(nasty)]);
        // Strings in which there is something to mark, or which are empty, change what is drawn, but bring no tag.
        if !nasty.trim().is_empty() && !nasty.starts_with("https://") && *nasty != "Z" {
            assert_eq!(tags(&page), tags(&plain), "{nasty:?}");
        }
        let bad = page.chars().find(|c| *c != '\n' && escape::is_deceptive(*c));
        assert_eq!(bad, None, "{nasty:?}");
        let json = inside(&page, "<script type=\"application/json\" id=\"data\">", "</script>")[0];
        serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert!(!json.contains('<'));
    }
}

#[test]
fn every_outcome_verdict_and_severity_is_said_in_words() {
    let page = render(&[
        sample::filled(fixture::founding_case()),
        sample::filled(fixture::degraded()),
        sample::filled(fixture::broken()),
        fixture::unreachable(),
    ]);
    for words in [
        "✔ works",
        "▲ works, with faults",
        "✘ broken",
        "? could not tell",
        "✘ fails",
        "– not applicable",
        "· not sent",
        "▲ warning",
        "· note",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let ids = inside(&page, " id=\"", "\"");
    let unique: std::collections::HashSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "ids stand once");
    for target in inside(&page, " href=\"#", "\"") {
        assert!(ids.contains(&target), "#{target} leads nowhere");
    }
}

#[test]
fn the_same_reports_give_the_same_bytes() {
    let reports = || [sample::filled(fixture::degraded()), fixture::hostile("x", Outcome::Works)];
    assert_eq!(render(&reports()), render(&reports()));
    assert!(render(&[]).contains("0 images"));
}

#[test]
fn a_body_stands_in_the_page_once() {
    let page = render(&[sample::filled(fixture::founding_case())]);
    assert_eq!(page.matches("MANIFEST_UNKNOWN\\\"").count(), 1);
    assert!(page.len() < 2_000_000, "{}", page.len());
}
