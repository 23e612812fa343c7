//! The recorded tables in `ground-truth/`, and the comparison with what was seen now.

use std::collections::BTreeMap;
use std::path::Path;

#[path = "../ground-truth/unfold.rs"]
mod unfold;
pub use unfold::{Observed, Row, parse};

impl Row {
    /// Whether the standard suite must have this cell. It asks for layers by HEAD; optional APIs,
    /// malformed digests and single deviations it asks for with some Accept values only.
    pub fn required(&self) -> bool {
        let ordinary =
            ["/tag ", "/index ", "/manifest ", "/config ", "/absent-tag ", "/absent-digest ", "/layer "];
        let endpoint = self.cell.contains(" manifests/") || self.cell.contains(" blobs/");
        let layer_get = self.cell.starts_with("GET ") && self.cell.contains("/layer ");
        let deviates = self.cell.contains(" repository=");
        endpoint && !deviates && !layer_get && ordinary.iter().any(|subject| self.cell.contains(subject))
    }
}

/// Reads `ground-truth/<name>.tsv`.
pub fn read(name: &str) -> Vec<Row> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/ground-truth").join(format!("{name}.tsv"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    parse(&text)
}

/// The outcome of a comparison.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Cells that both sides have.
    pub compared: usize,
    /// Each difference, for a person.
    pub differences: Vec<String>,
}

impl Comparison {
    /// Compares what was seen of one image with its recorded rows and with those of no image.
    pub fn add(&mut self, rows: &[Row], image: &str, seen: &BTreeMap<String, Observed>) {
        let before = self.compared;
        for row in rows.iter().filter(|row| row.image == image || row.image == "-") {
            match seen.get(&row.cell) {
                Some(now) if *now == row.recorded => self.compared += 1,
                Some(now) => {
                    self.compared += 1;
                    self.differences.push(format!(
                        "{image}: {}\n  recorded {:?}\n  now      {now:?}",
                        row.cell, row.recorded
                    ));
                }
                None if row.required() => self.differences.push(format!("{image}: {}: not seen", row.cell)),
                None => {}
            }
        }
        if self.compared == before {
            self.differences.push(format!("{image}: nothing to compare"));
        }
    }

    /// Fails with every difference; also when fewer cells were compared than the table demands.
    pub fn assert_none(&self, at_least: usize) {
        assert!(
            self.differences.is_empty(),
            "{} of {} cells differ:\n{}",
            self.differences.len(),
            self.compared,
            self.differences.join("\n")
        );
        assert!(self.compared >= at_least, "only {} cells were compared, not {at_least}", self.compared);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "image\trequest\taccepts\tstatus\tcontent_type\tdigest\terror\tbytes\n\
        s2\tGET manifests/tag\tnone all\t200\tapplication/json\tmanifest\t-\tyes\n\
        s2\tGET blobs/layer\t*\t200\tapplication/octet-stream\tlayer\t-\tyes\n\
        -\tGET tags repository=absent\tnone\t404\tapplication/json\t-\tNAME_UNKNOWN\t-\n";

    fn seen(status: u16) -> BTreeMap<String, Observed> {
        let observed = Observed { status, ..parse(TABLE)[0].recorded.clone() };
        ["none", "all"].map(|a| (format!("GET manifests/tag accept={a}"), observed.clone())).into()
    }

    #[test]
    fn a_table_unfolds_into_cells() {
        let rows = parse(TABLE);
        assert_eq!(rows.len(), 2 + 17 + 1);
        assert_eq!(rows[1].cell, "GET manifests/tag accept=all");
        assert_eq!(rows[19].cell, "GET tags accept=none repository=absent");
        assert_eq!(rows.iter().filter(|r| r.required()).count(), 2);
    }

    #[test]
    fn a_difference_a_gap_and_too_few_cells_are_all_found() {
        let rows = parse(TABLE);
        let mut equal = Comparison::default();
        equal.add(&rows, "s2", &seen(200));
        assert_eq!((equal.compared, equal.differences.len()), (2, 0));
        equal.assert_none(2);
        let mut other = Comparison::default();
        other.add(&rows, "s2", &seen(404));
        assert_eq!(other.differences.len(), 2);
        let mut gap = Comparison::default();
        gap.add(&rows, "s2", &BTreeMap::new());
        assert_eq!(gap.differences.len(), 3, "two cells and the empty comparison: {:?}", gap.differences);
        assert!(std::panic::catch_unwind(|| equal.assert_none(3)).is_err());
    }

    #[test]
    fn every_kept_table_can_be_read() {
        for (name, cells) in [
            ("distribution-2.8.2", 4000),
            ("distribution-3.1.1", 3000),
            ("crane-registry-serve-0.20.7", 3000),
            ("distribution-2.8.2-proxy", 1500),
        ] {
            let count = read(name).len();
            assert!(count > cells, "{name}: {count}");
        }
    }
}
