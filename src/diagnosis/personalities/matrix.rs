//! Each personality against the table of the registry that it is: not one cell may differ, but those listed here.

use super::table::{DISTRIBUTION_2, DISTRIBUTION_3, OLAREG, Observed, Row, SHAPES, Table, rows};
use crate::diagnosis::testing::probe_as;
use crate::exchange::Method;
use crate::oci::document::BodyKind;
use crate::oci::media_type;
use crate::report::{self, Answer, CellView, Report};
use crate::signature::announced;

/// Cells that differ, and why that is right: shape, the beginning of the cell's id, the reason.
type Known = &'static [(&'static str, &'static str, &'static str)];

#[test]
fn distribution_2_8() {
    assert_as_recorded("distribution-2.8", DISTRIBUTION_2, &[]);
}

#[test]
fn distribution_3() {
    assert_as_recorded("distribution-3", DISTRIBUTION_3, &[]);
}

#[test]
fn olareg() {
    assert_as_recorded("olareg", OLAREG, &[]);
}

fn assert_as_recorded(personality: &str, table: Table, known: Known) {
    let mut compared = 0;
    let mut differences = Vec::new();
    let mut used = vec![false; known.len()];
    for (shape, image) in SHAPES {
        for row in rows(table, shape) {
            let report = probe_as(personality, image, "linux/amd64");
            let Some((cell, answer)) = answer(&report, &row) else { continue };
            compared += 1;
            let seen = (did(&report, cell, answer), kind(cell, answer));
            let recorded = (row.recorded.clone(), promised(&row, cell));
            if seen == recorded {
                continue;
            }
            let excuse = known.iter().position(|(s, start, _)| *s == shape && row.cell.starts_with(start));
            match excuse {
                Some(at) => used[at] = true,
                None => {
                    differences
                        .push(format!("{shape}: {}\n  recorded {recorded:?}\n  lab      {seen:?}", row.cell));
                }
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {compared} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(used.iter().all(|used| *used), "some known differences are none: {known:?} {used:?}");
    assert!(compared > 2000, "only {compared} cells were compared");
}

/// The cell of a row, if the suite has it and the image has what it asks for.
fn answer<'a>(report: &'a Report, row: &Row) -> Option<(&'a CellView, &'a Answer)> {
    let cell = report.cells.iter().find(|cell| cell.id.0 == row.cell)?;
    match &cell.did {
        report::Did::Answer(answer) => Some((cell, answer)),
        other => panic!("{}: {other:?}", row.cell),
    }
}

/// What a cell did, in the words of the tables.
fn did(report: &Report, cell: &CellView, answer: &Answer) -> Observed {
    let get = cell.method == Method::Get;
    let named = answer.docker_content_digest.as_deref();
    let same = match (named, &answer.body_digest) {
        (Some(named), Some(body)) if get && answer.status == 200 => Some(body.as_str() == named),
        _ => None,
    };
    Observed {
        status: answer.status,
        content_type: answer.content_type.clone().unwrap_or("-".into()),
        digest: named.map_or("-", |_| announced(named, &report.recording.subjects)).to_owned(),
        error: answer.error_code.clone().filter(|_| get).unwrap_or("-".into()),
        bytes: same.map_or("-", |same| if same { "yes" } else { "no" }).to_owned(),
    }
}

/// The kind of a body where the tables leave no doubt about it: errors and manifests.
fn kind(cell: &CellView, answer: &Answer) -> Option<BodyKind> {
    let told = answer.status >= 400 || cell.id.0.starts_with("GET manifests/");
    (told && cell.method == Method::Get).then_some(answer.kind)
}

fn promised(row: &Row, cell: &CellView) -> Option<BodyKind> {
    if cell.method != Method::Get {
        return None;
    }
    Some(match (row.recorded.status, media_type::base(&row.recorded.content_type).as_str()) {
        (400.., _) if row.recorded.error != "-" => BodyKind::Error,
        (400.., "-") => BodyKind::Empty,
        (400.., _) => BodyKind::Text,
        (_, media_type::OCI_INDEX) if row.cell.starts_with("GET manifests/") => BodyKind::OciIndex,
        (_, media_type::DOCKER_LIST) => BodyKind::DockerList,
        (_, media_type::OCI_MANIFEST) => BodyKind::OciManifest,
        (_, media_type::DOCKER_MANIFEST) => BodyKind::DockerManifest,
        (_, media_type::SCHEMA1 | media_type::SCHEMA1_SIGNED) => BodyKind::Schema1,
        _ => return None,
    })
}
