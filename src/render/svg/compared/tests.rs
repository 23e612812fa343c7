use super::{check, diff};
use crate::render::{escape, fixture};

/// What a strict XML reader makes of it: the texts that stand in it.
fn texts(svg: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|e| panic!("{e}: {svg}"));
    let known = ["svg", "title", "style", "rect", "text", "g"];
    assert!(document.descendants().filter(|n| n.is_element()).all(|n| known.contains(&n.tag_name().name())));
    let acts =
        |n: roxmltree::Node<'_, '_>| n.attributes().any(|a| a.name().starts_with("on") || a.name() == "href");
    assert!(!document.descendants().any(acts));
    let shown = document.descendants().filter(|n| n.has_tag_name("text"));
    shown.map(|n| n.text().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_row_for_each_group() {
    insta::assert_snapshot!(texts(&diff(&fixture::altered(""))).join("\n"), @"
    What changed
    before: r.example/app:1 at https://r.example, 2026-11-21T12:00:00Z
    after: r.example/app:1 at https://r.example, 2026-11-21T12:00:00Z
    a remark
    1 regression, 1 that could not be told, 1 change, 1 improvement; 540 cells compared, 16 of them changed
    ✘ regression
    Something is otherwise
    12 cells, 2 paths
    ? could not tell
    Something is otherwise
    3 cells, 2 paths
    · change
    Something is otherwise
    1 cell, 2 paths
    ✔ improvement
    Something is otherwise
    2 paths
    ");
    insta::assert_snapshot!(texts(&check(&fixture::altered_check(""))).join("\n"), @"
    ✘ failed
    r.example/app:1
    before: r.example/app:1 at https://r.example, 2026-11-21T12:00:00Z
    after: r.example/app:1 at https://r.example, 2026-11-21T12:00:00Z
    a remark
    1 regression, 1 that could not be told, 1 change, 1 improvement; 540 cells compared, 16 of them changed
    idle
    ✘ not met
    cell GET manifests/tag: status 200
    seen: 404
    ? could not tell
    cell GET manifests/tag: status 200
    seen: 404
    ✘ regression
    Something is otherwise
    12 cells, 2 paths
    ? could not tell
    Something is otherwise
    3 cells, 2 paths
    · change
    Something is otherwise
    1 cell, 2 paths
    ✔ improvement
    Something is otherwise
    2 paths
    ~ flaky
    HEAD blobs/layer
    1 cell
    · known
    Something is otherwise
    2 cells, 2 paths
    ");
}

#[test]
fn bars_are_as_long_as_there_are_cells() {
    let svg = diff(&fixture::altered(""));
    let document = roxmltree::Document::parse(&svg).unwrap();
    let bars = document.descendants().filter(|n| n.attribute("height") == Some("9"));
    let wide: Vec<usize> = bars.map(|n| n.attribute("width").unwrap().parse().unwrap()).collect();
    assert_eq!(wide, [480, 120, 40]);
}

#[test]
fn many_groups_are_counted() {
    let mut many = fixture::altered("");
    let one = many.groups[0].clone();
    many.groups = vec![one; 50];
    let svg = diff(&many);
    assert!(texts(&svg).contains(&"and 10 more".to_owned()));
    many.groups.clear();
    many.changed = 0;
    assert!(texts(&diff(&many)).contains(&"No difference in 540 cells.".to_owned()));
}

#[test]
fn nothing_a_stranger_sends_is_markup() {
    let plain = texts(&check(&fixture::altered_check("plain"))).len();
    for nasty in escape::NASTY {
        for svg in [diff(&fixture::altered(nasty)), check(&fixture::altered_check(nasty))] {
            texts(&svg);
            assert!(!svg.chars().any(|c| c != '\n' && escape::is_deceptive(c)), "{nasty:?}");
        }
        assert_eq!(texts(&check(&fixture::altered_check(nasty))).len(), plain, "{nasty:?}");
    }
}
