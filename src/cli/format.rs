//! Output formats, and the files they go to.

use std::path::PathBuf;

use crate::probes::unknown;

/// A format a report can be had in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Format {
    /// For a person at a terminal.
    #[default]
    Table,
    /// The report, version 1.
    Json,
    /// For a bug thread on GitHub or GitLab.
    Markdown,
    /// For a browser: one file, with everything in it.
    Html,
    /// The heat map alone.
    Svg,
    /// For CI systems.
    Junit,
    /// For code scanning.
    Sarif,
    /// Every hop, for viewers of network traffic.
    Har,
    /// An object a line, while the run goes on.
    Ndjson,
    /// Annotations of GitHub Actions.
    Github,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 10] = [
        Format::Table,
        Format::Json,
        Format::Markdown,
        Format::Html,
        Format::Svg,
        Format::Junit,
        Format::Sarif,
        Format::Har,
        Format::Ndjson,
        Format::Github,
    ];

    /// As on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Json => "json",
            Format::Markdown => "markdown",
            Format::Html => "html",
            Format::Svg => "svg",
            Format::Junit => "junit",
            Format::Sarif => "sarif",
            Format::Har => "har",
            Format::Ndjson => "ndjson",
            Format::Github => "github",
        }
    }

    /// The extension by which a path chooses it.
    fn extension(self) -> Option<&'static str> {
        match self {
            Format::Table | Format::Github => None,
            Format::Json => Some("json"),
            Format::Markdown => Some("md"),
            Format::Html => Some("html"),
            Format::Svg => Some("svg"),
            Format::Junit => Some("xml"),
            Format::Sarif => Some("sarif"),
            Format::Har => Some("har"),
            Format::Ndjson => Some("ndjson"),
        }
    }

    /// The inverse of [`Format::as_str`]; the error says what there is.
    pub fn parse(text: &str) -> Result<Format, String> {
        if let Some(format) = Format::ALL.into_iter().find(|f| f.as_str() == text) {
            return Ok(format);
        }
        Err(unknown("format", text, Format::ALL.map(Format::as_str)))
    }
}

/// A file to write, from `PATH` or `FMT=PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// In which format.
    pub format: Format,
    /// Where.
    pub path: PathBuf,
}

impl OutputFile {
    /// `report.json`, `table=report.txt`.
    pub fn parse(text: &str) -> Result<OutputFile, String> {
        if text == "-" {
            return Err("stdout has a report anyway, in the format of --format".to_owned());
        }
        if let Some((name, path)) = text.split_once('=')
            && name.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            let format = Format::parse(name)
                .map_err(|error| format!("{error} (a path with a `=` in it is written ./{text})"))?;
            return OutputFile::to(format, path);
        }
        let path = PathBuf::from(text);
        let extension = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        let by_extension = |f: &Format| f.extension().is_some() && f.extension() == extension.as_deref();
        if let Some(format) = Format::ALL.into_iter().find(by_extension) {
            return OutputFile::to(format, text);
        }
        match extension.as_deref() {
            Some(other) => Err(format!(
                "no format is known by the extension .{other}; write FMT=PATH, as in table={text}"
            )),
            None => Err(format!("no extension tells the format; write FMT=PATH, as in json={text}")),
        }
    }

    fn to(format: Format, path: &str) -> Result<OutputFile, String> {
        match path {
            "" => Err("no path after `=`".to_owned()),
            "-" => Err(format!("stdout's format is chosen by --format {}", format.as_str())),
            path => Ok(OutputFile { format, path: PathBuf::from(path) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_or_prefix() {
        let file = |format, path: &str| Ok(OutputFile { format, path: PathBuf::from(path) });
        assert_eq!(OutputFile::parse("out/report.json"), file(Format::Json, "out/report.json"));
        assert_eq!(OutputFile::parse("report.JSON"), file(Format::Json, "report.JSON"));
        for (path, format) in [
            ("a.md", Format::Markdown),
            ("a.html", Format::Html),
            ("a.svg", Format::Svg),
            ("a.xml", Format::Junit),
            ("a.sarif", Format::Sarif),
            ("a.har", Format::Har),
            ("a.ndjson", Format::Ndjson),
        ] {
            assert_eq!(OutputFile::parse(path), file(format, path));
        }
        assert_eq!(OutputFile::parse("github=a.txt"), file(Format::Github, "a.txt"));
        assert_eq!(OutputFile::parse("json=report"), file(Format::Json, "report"));
        assert_eq!(OutputFile::parse("table=a=b.json"), file(Format::Table, "a=b.json"));
        assert_eq!(OutputFile::parse("./a=b.json"), file(Format::Json, "./a=b.json"));
    }

    #[test]
    fn refusals_say_what_there_is() {
        let inputs = ["jsn=a", "a=b.json", "report", "report.txt", "json=", "json=-", "-"];
        let told = inputs.map(|i| format!("{i}: {}", OutputFile::parse(i).unwrap_err()));
        insta::assert_snapshot!(told.join("\n"), @r#"
    jsn=a: unknown format "jsn"; did you mean "json"? (a path with a `=` in it is written ./jsn=a)
    a=b.json: unknown format "a"; known: table, json, markdown, html, svg, junit, sarif, har, ndjson, github (a path with a `=` in it is written ./a=b.json)
    report: no extension tells the format; write FMT=PATH, as in json=report
    report.txt: no format is known by the extension .txt; write FMT=PATH, as in table=report.txt
    json=: no path after `=`
    json=-: stdout's format is chosen by --format json
    -: stdout has a report anyway, in the format of --format
    "#);
    }
}
