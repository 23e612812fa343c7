//! In what a comparison of several is to be had: the other formats tell of one report alone.

use super::format::{Format, OutputFile};
use crate::probes::unknown;

/// Formats with a place for several registries side by side.
const FORMATS: [Format; 4] = [Format::Table, Format::Json, Format::Markdown, Format::Html];

/// A format by its name.
pub(super) fn format(text: &str) -> Result<Format, String> {
    match Format::parse(text) {
        Ok(format) => known(format),
        Err(_) => Err(unknown("format", text, FORMATS.map(Format::as_str))),
    }
}

/// A file, with its format.
pub(super) fn file(text: &str) -> Result<OutputFile, String> {
    let file = OutputFile::parse(text)?;
    known(file.format).map(|_| file)
}

fn known(format: Format) -> Result<Format, String> {
    if FORMATS.contains(&format) {
        return Ok(format);
    }
    Err(format!(
        "several registries side by side are to be had as {}; {} is of one report: `regprobe probe` and `regprobe \
         render` write it",
        FORMATS.map(Format::as_str).join(", "),
        format.as_str()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_names_what_does() {
        for text in ["table", "json", "markdown", "html"] {
            assert_eq!(format(text).unwrap().as_str(), text);
        }
        assert!(file("a.html").is_ok() && file("table=a.txt").is_ok());
        insta::assert_snapshot!(format("junit").unwrap_err(), @"several registries side by side are to be had as table, json, markdown, html; junit is of one report: `regprobe probe` and `regprobe render` write it");
        assert_eq!(file("a.svg").unwrap_err(), format("svg").unwrap_err());
        assert_eq!(format("htm").unwrap_err(), "unknown format \"htm\"; did you mean \"html\"?");
    }
}
