//! Where everything stands in the picture.

use askama::Template;

use super::xml;
use crate::render::html::heat::{self, Heat};
use crate::render::html::mark::{self, Mark, TONES};
use crate::report::{Outcome, Report};

const CELL: usize = 54;
const ROW: usize = 30;
const GAP: usize = 2;
const HEADS: usize = 118;
const SIDE: usize = 14;
const TITLE: usize = 58;
const LEGEND: usize = 40;
const WIDEST_NAME: usize = 40;

#[derive(Template)]
#[template(path = "matrix.svg", escape = "xml")]
struct Picture {
    width: usize,
    height: usize,
    about: String,
    parts: Vec<Part>,
    /// Where the legend stands, with its places.
    legend: usize,
    tones: Vec<(usize, usize, &'static str, &'static str, &'static str)>,
}

struct Part {
    y: usize,
    outcome: &'static str,
    title: String,
    heads: Vec<Label>,
    rows: Vec<Label>,
    squares: Vec<Square>,
    empty: bool,
}

struct Label {
    x: usize,
    y: usize,
    text: String,
}

struct Square {
    x: usize,
    y: usize,
    mark: Mark,
    title: String,
}

/// Reports' heat maps, one above the other, as one SVG document. The same reports give the same bytes.
pub fn render(reports: &[Report]) -> String {
    let mut y = SIDE;
    let mut width: usize = 640;
    let mut parts = Vec::new();
    for report in reports {
        let heat = heat::build(report);
        let (part, wide, high) = part(report, &heat, y);
        parts.push(part);
        width = width.max(wide);
        y += high;
    }
    let mut tones = Vec::new();
    let (mut x, mut line) = (SIDE, 0);
    for (tone, sign, meaning) in TONES {
        let wide = 40 + meaning.len() * 7;
        if x + wide > width {
            x = SIDE;
            line += 1;
        }
        tones.push((x, line * 24, tone, sign, meaning));
        x += wide;
    }
    let about: Vec<String> = reports
        .iter()
        .map(|r| format!("{}: {}", xml::text(&r.recording.target.image, 200), r.outcome.as_str()))
        .collect();
    let picture = Picture {
        width,
        height: y + LEGEND + line * 24,
        about: format!("What each Accept value got. {}", about.join("; ")),
        parts,
        legend: y,
        tones,
    };
    // Rendering fails only where a value cannot be written, and a String takes everything.
    picture.render().unwrap_or_default()
}

/// A report's map with its width and height.
fn part(report: &Report, heat: &Heat, y: usize) -> (Part, usize, usize) {
    let outcome = match report.outcome {
        Outcome::Works => "✔ works",
        Outcome::Degraded => "▲ works, with faults",
        Outcome::Broken => "✘ broken",
        Outcome::Inconclusive => "? could not tell",
    };
    let name = |row: &heat::Row| format!("{} {}", row.method, row.place());
    let names: Vec<String> = heat.rows.iter().map(name).collect();
    let left = SIDE + names.iter().map(|n| n.chars().count()).max().unwrap_or(0) * 7 + 12;
    let top = y + TITLE + HEADS;
    let place_x = |column: usize| left + column * (CELL + GAP);
    let place_y = |row: usize| top + row * (ROW + GAP);
    let head = |(n, column): (usize, &String)| Label {
        x: place_x(n) + CELL / 2 + 4,
        y: top - 6,
        text: xml::text(column, WIDEST_NAME / 2),
    };
    let mut squares = Vec::new();
    for (n, row) in heat.rows.iter().enumerate() {
        for (column, cell) in row.cells.iter().enumerate() {
            let Some(cell) = cell.and_then(|n| report.cells.get(n)) else { continue };
            let mark = mark::of(cell);
            let title = format!("{}: {}", xml::text(&cell.id.0, 200), mark.words());
            squares.push(Square { x: place_x(column), y: place_y(n), mark, title });
        }
    }
    let rows = names.iter().enumerate().map(|(n, text)| Label {
        x: SIDE,
        y: place_y(n) + ROW / 2 + 4,
        text: xml::text(text, WIDEST_NAME),
    });
    let empty = heat.rows.is_empty();
    let part = Part {
        y,
        outcome,
        title: xml::text(&report.recording.target.image, 100),
        heads: if empty { Vec::new() } else { heat.columns.iter().enumerate().map(head).collect() },
        rows: rows.collect(),
        squares,
        empty,
    };
    let high = if empty { TITLE + 40 } else { TITLE + HEADS + heat.rows.len() * (ROW + GAP) + 20 };
    (part, place_x(heat.columns.len()) + 30, high)
}
