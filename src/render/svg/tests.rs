use super::render;
use crate::render::{escape, fixture};
use crate::report::Outcome;

/// What a strict XML reader makes of it, or its complaint.
fn parse(svg: &str) -> Result<usize, String> {
    let document = roxmltree::Document::parse(svg).map_err(|e| e.to_string())?;
    assert!(document.descendants().all(|n| !n.has_tag_name("script")));
    let acts =
        |n: roxmltree::Node<'_, '_>| n.attributes().any(|a| a.name().starts_with("on") || a.name() == "href");
    assert!(!document.descendants().any(acts));
    Ok(document.descendants().filter(|n| n.has_tag_name("rect")).count())
}

#[test]
fn it_looks_as_it_did() {
    insta::assert_snapshot!("degraded", render(&[fixture::degraded()]));
    insta::assert_snapshot!("unreachable", render(&[fixture::unreachable()]));
}

#[test]
fn an_xml_reader_takes_every_report() {
    let reports = [fixture::founding_case(), fixture::degraded(), fixture::broken(), fixture::unreachable()];
    let all = render(&reports);
    let sent: usize = reports.iter().map(|r| parse(&render(std::slice::from_ref(r))).unwrap()).sum();
    // The ground and the legend stand once in each.
    assert_eq!(parse(&all).unwrap(), sent - 3 * 6);
    assert_eq!(render(&reports), all);
    parse(&render(&[])).unwrap();
}

#[test]
fn nothing_a_stranger_sends_is_markup() {
    for nasty in escape::NASTY {
        let svg = render(&[fixture::hostile(nasty, Outcome::Degraded)]);
        parse(&svg).unwrap_or_else(|e| panic!("{nasty:?}: {e}"));
        assert!(!svg.chars().any(|c| c != '\n' && escape::is_deceptive(c)), "{nasty:?}");
    }
}
