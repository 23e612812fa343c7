//! Where everything stands in the picture.

use askama::Template;

use super::rows::{self, Row};
use crate::compare::check::{Checked, Passed};
use crate::compare::{Diff, Side};
use crate::render::svg::xml;
use crate::render::table::diff::summary;

const WIDTH: usize = 760;
const ROW: usize = 44;
/// The longest bar, and where bars begin.
const BAR: usize = 480;
const LEFT: usize = 150;
/// Rows drawn before the rest is only counted: it is to stay a drawing.
const ROWS: usize = 40;
/// Characters that fit beside the badge, and on a line of their own.
const TITLE: usize = 92;
const LINE: usize = 112;

#[derive(Template)]
#[template(path = "changes.svg", escape = "xml")]
struct Picture {
    width: usize,
    height: usize,
    about: String,
    title: String,
    lines: Vec<Line>,
    rows: Vec<Drawn>,
    more: Option<String>,
}

struct Line {
    y: usize,
    text: String,
}

struct Drawn {
    y: usize,
    tone: &'static str,
    words: &'static str,
    title: String,
    /// The title whole, and what is counted.
    about: String,
    bar: usize,
    after_bar: usize,
    counted: String,
}

/// What changed between two reports. The same reports give the same bytes.
pub fn diff(diff: &Diff) -> String {
    picture("What changed", facts(diff), rows::of_groups(&diff.groups))
}

/// A check. The same one gives the same bytes.
pub fn check(checked: &Checked) -> String {
    let word = match checked.passed {
        Passed::Yes => "✔ passed",
        Passed::No => "✘ failed",
        Passed::Untold => "? could not tell",
    };
    let mut lines = vec![checked.image.clone()];
    lines.extend(checked.diff.iter().flat_map(facts));
    lines.extend(checked.remarks.iter().cloned());
    picture(word, lines, rows::of_check(checked))
}

fn facts(diff: &Diff) -> Vec<String> {
    let side = |name: &str, s: &Side| format!("{name}: {} at {}, {}", s.image, s.base_url, s.created);
    let mut lines = vec![side("before", &diff.before), side("after", &diff.after)];
    lines.extend(diff.remarks.iter().cloned());
    lines.push(summary(diff));
    lines
}

fn picture(title: &str, lines: Vec<String>, rows: Vec<Row>) -> String {
    let mut y = 36;
    let lines: Vec<Line> = lines
        .iter()
        .map(|line| {
            y += 18;
            Line { y, text: xml::text(line, LINE) }
        })
        .collect();
    let top = y + 16;
    let most = rows.iter().map(|r| r.cells).max().unwrap_or(0).max(1);
    let drawn: Vec<Drawn> = rows
        .iter()
        .take(ROWS)
        .enumerate()
        .map(|(n, row)| {
            // A single cell shows, too.
            let bar = if row.cells == 0 { 0 } else { (BAR * row.cells / most).max(3) };
            Drawn {
                y: top + n * ROW,
                tone: row.tone,
                words: row.words,
                title: xml::text(&row.title, TITLE),
                about: format!(
                    "{}: {}; {}",
                    row.words,
                    xml::text(&row.title, 400),
                    xml::text(&row.counted, 200)
                ),
                bar,
                after_bar: if bar == 0 { LEFT } else { LEFT + bar + 8 },
                counted: xml::text(&row.counted, 60),
            }
        })
        .collect();
    let more = rows.len().checked_sub(ROWS).filter(|n| *n > 0).map(|n| format!("and {n} more"));
    let about: Vec<&str> =
        std::iter::once(title).chain(lines.iter().map(|line| line.text.as_str())).collect();
    let picture = Picture {
        width: WIDTH,
        height: top + drawn.len() * ROW + if more.is_some() { 40 } else { 12 },
        about: about.join(". "),
        title: title.to_owned(),
        lines,
        rows: drawn,
        more,
    };
    // Rendering fails only where a value cannot be written, and a String takes everything.
    picture.render().unwrap_or_default()
}
