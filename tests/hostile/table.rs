//! The numbers of all cases: the ten largest of each kind on stdout, all of them in a file.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use crate::watched::Spent;

/// How many of each kind are printed.
const SHOWN: usize = 10;

/// One case.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) probed: Spent,
    pub(crate) rendered: Spent,
    pub(crate) json_bytes: u64,
    pub(crate) requests: usize,
}

/// A kind of number: its title, and how it is taken from a row.
type Column = (&'static str, fn(&Row) -> f64);

const COLUMNS: [Column; 7] = [
    ("peak of probe, MB", |row| row.probed.peak_kb as f64 / 1024.0),
    ("peak of render, MB", |row| row.rendered.peak_kb as f64 / 1024.0),
    ("JSON report, MB", |row| row.json_bytes as f64 / f64::from(1 << 20)),
    ("CPU of probe, s", |row| row.probed.cpu),
    ("CPU of render in all formats, s", |row| row.rendered.cpu),
    ("probe from start to end, s", |row| row.probed.seconds),
    ("requests", |row| row.requests as f64),
];

pub(crate) fn print(rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    let mut out = String::new();
    for (title, value) in COLUMNS {
        let mut sorted: Vec<&Row> = rows.iter().collect();
        sorted.sort_by(|a, b| value(b).total_cmp(&value(a)));
        let _ = writeln!(out, "{title}");
        for row in sorted.iter().take(SHOWN) {
            let _ = writeln!(out, "{:>10.1}  {}", value(row), row.name);
        }
        out.push('\n');
    }
    let _ = std::io::stdout().write_all(out.as_bytes());
    let mut all: Vec<String> = rows
        .iter()
        .map(|row| {
            let numbers: Vec<String> =
                COLUMNS.iter().map(|(_, value)| format!("{:.2}", value(row))).collect();
            format!("{}\t{:?}\t{}\n", row.name, row.probed.code, numbers.join("\t"))
        })
        .collect();
    all.sort();
    let titles = COLUMNS.map(|(title, _)| title).join("\t");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile.tsv");
    std::fs::write(path, format!("name\texit code\t{titles}\n{}", all.concat())).unwrap();
}
