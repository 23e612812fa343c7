//! The pages of the findings, `docs/findings/<id>.md`: what a finding is called, and all that is said of it besides
//! what a run saw.

mod parse;
mod search;

pub use search::quoting;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/docs/findings");

/// A malformed page is left out, for a user cannot mend it; the tests read each and say what is wrong with it.
static PAGES: LazyLock<BTreeMap<String, Page>> = LazyLock::new(|| {
    let pages = files().filter_map(|(file, text)| parse::page(&file, text).ok());
    pages.map(|page| (page.id.clone(), page)).collect()
});

/// The headings of a page, in their order.
pub const HEADINGS: [&str; 5] = ["Symptom", "Cause", "Fix", "Who is affected", "How regprobe decides"];

/// One page. The texts of its sections are Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The finding's id, which is also the file's name.
    pub id: String,
    /// What fails, under which condition: one line.
    pub title: String,
    /// The folder of its rule.
    pub group: String,
    /// Spec sections and public threads.
    pub references: Vec<String>,
    /// What the user sees, with the clients' messages between backticks.
    pub symptom: String,
    /// Why it happens.
    pub cause: String,
    /// What to do, for each reader.
    pub fix: String,
    /// Registries where it has been seen, and the clients that fail.
    pub affected: String,
    /// The failing request and its control.
    pub decides: String,
}

impl Page {
    /// The sections with their headings, in order.
    pub fn sections(&self) -> [(&'static str, &str); 5] {
        let [symptom, cause, fix, affected, decides] = HEADINGS;
        [
            (symptom, &self.symptom),
            (cause, &self.cause),
            (fix, &self.fix),
            (affected, &self.affected),
            (decides, &self.decides),
        ]
    }

    /// The sections and the references as one Markdown text.
    pub fn markdown(&self) -> String {
        let sections = self.sections().map(|(heading, text)| format!("## {heading}\n\n{text}\n\n")).concat();
        let references: String = self.references.iter().map(|reference| format!("- {reference}\n")).collect();
        format!("{sections}## References\n\n{references}")
    }

    /// Everything that may get from it into a report.
    pub fn texts(&self) -> [&str; 7] {
        let [symptom, cause, fix, affected, decides] = self.sections().map(|(_, text)| text);
        [&self.id, &self.title, symptom, cause, fix, affected, decides]
    }
}

/// The page of a finding.
pub fn page(id: &str) -> Option<&'static Page> {
    PAGES.get(id)
}

/// Every page, sorted by id.
pub fn all() -> impl Iterator<Item = &'static Page> {
    PAGES.values()
}

/// The files, by their names in the repository.
fn files() -> impl Iterator<Item = (String, &'static str)> {
    EMBEDDED
        .files()
        .filter_map(|file| Some((format!("docs/findings/{}", file.path().display()), file.contents_utf8()?)))
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod words;
