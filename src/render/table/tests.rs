use super::*;
use crate::exchange::{FailureKind, Method, Phase};
use crate::oci::document::BodyKind;
use crate::plan::{Endpoint, Subject};
use crate::recording::NotTried;
use crate::render::{escape, fixture, text};
use crate::report::{Did, Outcome, Report};

fn page(report: &Report, width: usize) -> String {
    render(report, &TableOptions { width, ..TableOptions::default() })
}

#[test]
fn the_founding_case_at_80_and_200_columns() {
    insta::assert_snapshot!("founding_80", page(&fixture::founding_case(), 80));
    insta::assert_snapshot!("founding_200", page(&fixture::founding_case(), 200));
}

#[test]
fn a_faulty_registry_at_80_and_200_columns() {
    insta::assert_snapshot!("degraded_80", page(&fixture::degraded(), 80));
    insta::assert_snapshot!("degraded_300", page(&fixture::degraded(), 300));
}

#[test]
fn a_broken_one_and_one_that_is_not_there() {
    insta::assert_snapshot!("broken_80", page(&fixture::broken(), 80));
    insta::assert_snapshot!("unreachable_80", page(&fixture::unreachable(), 80));
}

#[test]
fn in_colour_and_with_every_word() {
    let options = TableOptions { width: 80, color: true, verbose: 0 };
    let page = render(&fixture::degraded(), &options);
    insta::assert_snapshot!("degraded_colour", page.replace('\u{1b}', "␛"));
    let stripped = page.split('\u{1b}').map(|part| part.split_once('m').map_or(part, |(_, rest)| rest));
    let first = page.split('\u{1b}').next().unwrap_or_default().to_owned();
    let plain: String = std::iter::once(first.as_str()).chain(stripped.skip(1)).collect();
    assert_eq!(plain, self::page(&fixture::degraded(), 80), "colour may add nothing but colour");
    let verbose = TableOptions { verbose: 2, ..TableOptions::default() };
    insta::assert_snapshot!("founding_verbose", render(&fixture::founding_case(), &verbose));
}

#[test]
fn the_first_screen_holds_what_matters() {
    for report in [fixture::founding_case(), fixture::degraded()] {
        let page = page(&report, 80);
        let screen: Vec<&str> = page.lines().take(24).collect();
        assert!(screen.iter().any(|line| line.starts_with("Recommended")), "{screen:?}");
        assert!(
            screen.iter().any(|line| line.starts_with("curl ") && line.contains("/blobs/")),
            "{screen:?}"
        );
        assert!(screen.iter().any(|line| line.starts_with("Yields")), "{screen:?}");
    }
}

#[test]
fn only_lines_to_paste_and_single_long_words_are_wider_than_the_terminal() {
    for report in [fixture::founding_case(), fixture::degraded(), fixture::broken(), fixture::unreachable()] {
        for width in [72, 80, 120, 200] {
            for line in page(&report, width).lines() {
                let paste = ["curl ", "TOKEN=", "    curl "].iter().any(|start| line.starts_with(start));
                assert!(paste || text::width(line) <= width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn several_reports_end_in_a_line_for_each() {
    let reports = [fixture::founding_case(), fixture::degraded(), fixture::broken(), fixture::unreachable()];
    let lines: Vec<String> = reports.iter().map(summary_line).collect();
    insta::assert_snapshot!("summary_lines", lines.join("\n"));
    let all = render_all(&reports, &TableOptions::default());
    assert!(all.ends_with(&(lines.join("\n") + "\n")));
    assert_eq!(render_all(&reports[..1], &TableOptions::default()), page(&reports[0], 80));
}

#[test]
fn nothing_a_stranger_sends_acts_on_the_terminal() {
    for nasty in escape::NASTY {
        for (outcome, verbose, width) in [(Outcome::Works, 2, 200), (Outcome::Broken, 0, 0)] {
            let report = fixture::hostile(nasty, outcome);
            let page = render(&report, &TableOptions { width, color: false, verbose });
            let bad = page.chars().find(|c| *c != '\n' && escape::is_deceptive(*c));
            assert_eq!(bad, None, "{nasty:?}\n{page}");
            assert!(!page.lines().any(|line| line.starts_with("✔ works  forged")), "{page}");
            assert!(!summary_line(&report).chars().any(escape::is_deceptive));
        }
    }
}

#[test]
fn more_behaviours_than_fit_stand_below_one_another() {
    let mut report = fixture::founding_case();
    report.cells.retain(|cell| cell.method == Method::Get);
    for (at, name) in fixture::AXIS.iter().enumerate() {
        for cell in report.cells.iter_mut().filter(|c| c.id.0 == format!("GET manifests/tag accept={name}")) {
            cell.did = fixture::answer(400 + u16::try_from(at).unwrap(), BodyKind::Html);
        }
    }
    let page = page(&report, 80);
    let matrix = page.split("Matrix").nth(1).unwrap().split("Other endpoints").next().unwrap();
    for (at, name) in fixture::AXIS.iter().enumerate() {
        assert!(matrix.contains(&format!("{} html", 400 + at)), "{matrix}");
        assert!(
            matrix.contains(&format!("{}  {name}", char::from(b'A' + u8::try_from(at).unwrap()))),
            "{matrix}"
        );
    }
    assert_eq!(matrix.matches("manifests tag ").count(), 4, "{matrix}");
    assert!(matrix.lines().all(|line| text::width(line) <= 80), "{matrix}");
}

#[test]
fn what_is_odd_shows_in_its_cell() {
    let show = |get: Did, head: Option<Did>| {
        let place = (Endpoint::Manifests, Some(Subject::Tag));
        let get = fixture::cell(Method::Get, place.0, place.1, "all", get);
        let head = head.map(|did| fixture::cell(Method::Head, place.0, place.1, "all", did));
        let failures = shown::Failures::of(&fixture::degraded());
        shown::pair(Some(&get), head.as_ref(), &failures).unwrap().text
    };
    let reset = || fixture::failed(FailureKind::Reset, Phase::Head, "");
    let unsent = || Did::NotTried(NotTried::Budget(String::new()));
    let mut other_bytes = fixture::answer(200, BodyKind::OciIndex);
    if let Did::Answer(answer) = &mut other_bytes {
        answer.bytes_match = Some(false);
    }
    assert_eq!(show(other_bytes, None), "200 idx!");
    assert_eq!(show(fixture::answer(200, BodyKind::Empty), None), "200 empty");
    assert_eq!(show(fixture::answer(404, BodyKind::Html), Some(reset())), "404/× html");
    assert_eq!(show(reset(), Some(fixture::answer(200, BodyKind::Empty))), "×/200");
    assert_eq!(show(reset(), Some(reset())), "×");
    assert_eq!(show(unsent(), Some(fixture::answer(405, BodyKind::Empty))), "h405");
    assert_eq!(show(unsent(), Some(unsent())), "·");
    assert_eq!([shown::letter(0), shown::letter(25), shown::letter(26)], ["A", "Z", "AA"]);
}

#[test]
fn an_empty_report_is_no_crash() {
    let report = fixture::report("r.example/a:1", Outcome::Inconclusive);
    assert!(page(&report, 80).starts_with("? could not tell  r.example/a:1\n"));
}
