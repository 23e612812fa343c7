//! Several reports in one table.

use crate::compare::fingerprint::Fingerprint;
use crate::compare::side_by_side::{Row, SideBySide};
use crate::render::escape;
use crate::render::style::{Tone, paint};
use crate::render::table::grid::{self, Piece};
use crate::render::table::{TableOptions, shown};
use crate::render::text;

/// Rows of cells before the rest is only counted.
const ROWS: usize = 30;
/// Columns of a value at most.
const WIDE: usize = 44;

/// What differs.
pub fn side_by_side(page: &SideBySide, options: &TableOptions) -> String {
    let mut lines = Vec::new();
    for (at, (side, outcome)) in page.columns.iter().enumerate() {
        lines.push(format!(
            "{}  {} · {} · {} · {}",
            paint(&shown::letter(at), Tone::Strong, options.color),
            escape::cell(&side.image, 120),
            escape::cell(&side.base_url, 100),
            side.shape.unwrap_or("nothing learned"),
            outcome.as_str()
        ));
    }
    for remark in &page.remarks {
        lines.extend(text::wrap(remark, options.width, "! "));
    }
    let paths: Vec<&Row> = page.paths.iter().filter(|r| options.verbose > 0 || !r.alike()).collect();
    section("Path", &paths, page, options, &mut lines);
    let findings: Vec<&Row> = page.findings.iter().filter(|r| options.verbose > 0 || !r.alike()).collect();
    section("Finding", &findings, page, options, &mut lines);
    let shown = if options.verbose > 0 { page.cells.len() } else { ROWS };
    let cells: Vec<&Row> = page.cells.iter().take(shown).collect();
    section("Cells", &cells, page, options, &mut lines);
    if page.cells.len() > shown {
        lines.push(format!("and {} more rows; -v lists them", page.cells.len() - shown));
    }
    lines.push(String::new());
    lines.push(format!("{} the same everywhere", text::count(page.alike, "cell")));
    lines.join("\n") + "\n"
}

fn section(name: &str, rows: &[&Row], page: &SideBySide, options: &TableOptions, lines: &mut Vec<String>) {
    if rows.is_empty() {
        return;
    }
    let letters: Vec<String> = (0..page.columns.len()).map(shown::letter).collect();
    let header: Vec<&str> = std::iter::once(name).chain(letters.iter().map(String::as_str)).collect();
    let row = |row: &&Row| {
        let label = Piece::new(escape::cell(&row.label, 60), Tone::Plain);
        std::iter::once(label).chain(row.values.iter().map(|v| value(v))).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<Piece>> = rows.iter().map(row).collect();
    lines.push(String::new());
    lines.extend(grid::lines(&header, &rows, options.color));
}

fn value(text: &str) -> Piece {
    let tone = match text {
        "works" => Tone::Good,
        "fails" | "broken" => Tone::Bad,
        "warning" => Tone::Odd,
        "-" | "not-applicable" | "not-tried" | "not-exercised" => Tone::Dim,
        _ => Tone::Plain,
    };
    Piece::new(escape::cell(text, WIDE), tone)
}

/// Which registry this is most like.
pub fn fingerprint(found: &Fingerprint, options: &TableOptions) -> String {
    let name = if found.named.is_empty() {
        paint("unknown", Tone::Odd, options.color)
    } else {
        let names: Vec<String> = found.named.iter().map(|n| escape::cell(n, 80)).collect();
        paint(&names.join(" or "), Tone::Strong, options.color)
    };
    let mut lines = vec![name];
    lines.extend(text::wrap(&found.why, options.width, ""));
    let rows: Vec<Vec<Piece>> = found
        .candidates
        .iter()
        .map(|c| {
            vec![
                Piece::new(escape::cell(&c.name, 60), Tone::Plain),
                Piece::new(format!("{:.1} %", c.closeness() * 100.0), Tone::Plain),
                Piece::new(format!("{} of {}", c.same, c.compared), Tone::Plain),
                Piece::new(c.signs.len().to_string(), Tone::Plain),
            ]
        })
        .collect();
    if !rows.is_empty() {
        lines.push(String::new());
        lines.extend(grid::lines(&["Recorded", "Close", "Cells", "Signs"], &rows, options.color));
    }
    if let Some(best) = found.candidates.first() {
        let mut list = |words: &str, sign: &str, items: Vec<&String>| {
            if !items.is_empty() {
                lines.push(String::new());
                lines.push(format!("{words} {}:", escape::cell(&best.name, 60)));
                items.into_iter().for_each(|item| lines.extend(text::wrap(item, options.width, sign)));
            }
        };
        list("Signs of", "  + ", best.signs.iter().collect());
        list("What differs from", "  - ", best.diff.groups.iter().map(|g| &g.title).collect());
    }
    lines.join("\n") + "\n"
}
