//! What is known to be bad, and until when: `base.known.toml` beside `base.json`.
//!
//! ```toml
//! [[known]]
//! cell = "HEAD blobs/layer *"        # a cell's id; `*` stands for any run of characters
//! reason = "the proxy answers 405 to HEAD until it is upgraded"
//! expires = 2027-01-31               # from the day after, it counts again
//!
//! [[known]]
//! finding = "referrers-406"          # or a finding, with every cell that it explains; or path = "referrers"
//! reason = "..."
//! expires = 2027-01-31
//! ```

use chrono::NaiveDate;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::pattern;
use crate::diagnosis::rules::RULES;
use crate::plan::Cell;
use crate::probes::{ProbeError, Source, unknown};

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Cells, by a pattern of their ids.
    Cell(String),
    /// A finding, with every cell that it explains.
    Finding(String),
    /// A metadata path.
    Path(String),
}

/// Something that is known to be bad.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What.
    pub about: About,
    /// Why it is let be.
    pub reason: String,
    /// The last day on which it is.
    pub expires: NaiveDate,
}

impl Known {
    /// As in the file: `cell "HEAD blobs/layer *"`.
    pub fn name(&self) -> String {
        match &self.about {
            About::Cell(text) => format!("cell \"{text}\""),
            About::Finding(text) => format!("finding \"{text}\""),
            About::Path(text) => format!("path \"{text}\""),
        }
    }

    /// Whether it still holds on a day.
    pub fn holds(&self, today: NaiveDate) -> bool {
        today <= self.expires
    }

    /// Whether it is about a cell.
    pub fn is_cell(&self, id: &str) -> bool {
        matches!(&self.about, About::Cell(text) if pattern::matches(text, id))
    }

    /// Whether it is about a finding.
    pub fn is_finding(&self, id: &str) -> bool {
        matches!(&self.about, About::Finding(text) if text == id)
    }

    /// Whether it is about a path.
    pub fn is_path(&self, id: &str) -> bool {
        matches!(&self.about, About::Path(text) if text == id)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    cell: Option<Spanned<String>>,
    finding: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    reason: Spanned<String>,
    expires: Spanned<Datetime>,
}

/// Reads a file; `shown` is how errors call it.
pub fn read(shown: &str, text: &str) -> Result<Vec<Known>, ProbeError> {
    let source = Source { shown: shown.to_owned(), text: text.to_owned() };
    let file: File = source.parse()?;
    file.known.into_iter().map(|entry| known(entry, &source)).collect()
}

fn known(entry: Spanned<Entry>, source: &Source) -> Result<Known, ProbeError> {
    let whole = entry.span();
    let entry = entry.into_inner();
    let about = match (entry.cell, entry.finding, entry.path) {
        (Some(cell), None, None) => About::Cell(source.word(&cell, cell_pattern)?),
        (None, Some(finding), None) => About::Finding(source.word(&finding, |id| {
            let known = RULES.iter().any(|rule| rule.id == id);
            if known { Ok(id.to_owned()) } else { Err(unknown("finding", id, RULES.iter().map(|r| r.id))) }
        })?),
        (None, None, Some(path)) => About::Path(path.into_inner()),
        _ => return Err(source.at(&whole, "an entry is about one thing: a cell, a finding or a path")),
    };
    if entry.reason.get_ref().trim().is_empty() {
        return Err(source.at(&entry.reason.span(), "the reason is empty: who reads this later wants one"));
    }
    let expires = entry
        .expires
        .get_ref()
        .date
        .and_then(|d| NaiveDate::from_ymd_opt(i32::from(d.year), u32::from(d.month), u32::from(d.day)))
        .ok_or_else(|| source.at(&entry.expires.span(), "expires is a date, as in 2027-01-31"))?;
    Ok(Known { about, reason: entry.reason.into_inner(), expires })
}

/// An id that has no `*` must be one that a cell can have.
pub(super) fn cell_pattern(text: &str) -> Result<String, String> {
    if !text.contains('*') {
        Cell::parse_id(text)?;
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_have_a_reason_and_an_end() {
        let text = "[[known]]\ncell = \"HEAD blobs/layer *\"\nreason = \"proxy\"\nexpires = 2027-01-31\n";
        let known = read("base.known.toml", text).unwrap();
        assert!(known[0].is_cell("HEAD blobs/layer accept=none") && !known[0].is_finding("head-405"));
        let day = |d| NaiveDate::from_ymd_opt(2027, 1, d).unwrap();
        assert!(known[0].holds(day(31)) && !known[0].holds(NaiveDate::from_ymd_opt(2027, 2, 1).unwrap()));
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        let entry = |rest: &str| read("k.toml", &format!("[[known]]\n{rest}")).unwrap_err().to_string();
        let told = [
            entry("cel = \"x\"\nreason = \"r\"\nexpires = 2027-01-31"),
            entry("cell = \"HEAD blobs/layr accept=none\"\nreason = \"r\"\nexpires = 2027-01-31"),
            entry("finding = \"x\"\npath = \"y\"\nreason = \"r\"\nexpires = 2027-01-31"),
            entry("path = \"x\"\nreason = \" \"\nexpires = 2027-01-31"),
            entry("path = \"x\"\nreason = \"r\"\nexpires = 12:00:00"),
            entry("path = \"x\"\nreason = \"r\""),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
    k.toml:2: unknown field `cel`, expected one of `cell`, `finding`, `path`, `reason`, `expires`; did you mean `cell`?
    k.toml:2: unknown subject "layr"; did you mean "layer"?
    k.toml:1: an entry is about one thing: a cell, a finding or a path
    k.toml:3: the reason is empty: who reads this later wants one
    k.toml:4: expires is a date, as in 2027-01-31
    k.toml:1: missing field `expires`
    "#);
    }
}
