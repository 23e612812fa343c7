//! The form of a page: TOML front matter between `+++` lines, then five headings.

use std::fmt;

use serde::Deserialize;

use super::{HEADINGS, Page};

/// The most characters of a title: it stands in one line of a table.
const TITLE: usize = 72;

const FENCE: &str = "+++\n";

/// What is wrong with a page, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PageError {
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    id: String,
    title: String,
    group: String,
    references: Vec<String>,
}

/// A text with its file's name, for errors that name the line.
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    /// An error at a byte of the text.
    fn error(&self, at: usize, what: impl Into<String>) -> PageError {
        let line = 1 + self.text.bytes().take(at).filter(|b| *b == b'\n').count();
        PageError { file: self.file.to_owned(), line, what: what.into() }
    }

    /// An error at a key of the front matter.
    fn error_in(&self, key: &str, what: impl Into<String>) -> PageError {
        self.error(self.text.find(&format!("\n{key}")).map_or(0, |at| at + 1), what)
    }
}

/// Reads one.
pub(super) fn page(file: &str, text: &str) -> Result<Page, PageError> {
    let text = &text.replace("\r\n", "\n");
    let source = Source { file, text };
    let front = text.strip_prefix(FENCE).ok_or_else(|| source.error(0, "the first line is not +++"))?;
    let length = front.find("\n+++\n").ok_or_else(|| source.error(0, "no second line +++"))?;
    let front: FrontMatter = toml::from_str(&front[..length]).map_err(|error| {
        source.error(FENCE.len() + error.span().map_or(0, |span| span.start), error.message())
    })?;
    check(&source, &front)?;
    let [symptom, cause, fix, affected, decides] = sections(&source, 2 * FENCE.len() + length + 1)?;
    let FrontMatter { id, title, group, references } = front;
    Ok(Page { id, title, group, references, symptom, cause, fix, affected, decides })
}

fn check(source: &Source<'_>, front: &FrontMatter) -> Result<(), PageError> {
    let stem = source.file.rsplit('/').next().and_then(|name| name.strip_suffix(".md"));
    if stem != Some(front.id.as_str()) {
        return Err(source.error_in("id", format!("the file of {:?} is {}.md", front.id, front.id)));
    }
    if let Some(what) = title_fault(&front.title) {
        return Err(source.error_in("title", format!("the title {what}")));
    }
    if front.group.is_empty() {
        return Err(source.error_in("group", "the group is empty"));
    }
    let blank = |reference: &String| reference.trim().is_empty();
    if front.references.is_empty() || front.references.iter().any(blank) {
        return Err(source.error_in("references", "no references, or an empty one"));
    }
    Ok(())
}

/// What is wrong with a title: it is too long, a sentence, or not in sentence case.
pub(super) fn title_fault(title: &str) -> Option<String> {
    let length = title.chars().count();
    let first = title.split(' ').next().unwrap_or_default();
    // A path such as `tags/list` is written as it is.
    let literal = first.contains(['`', '/', '_', '.', '=']);
    if length == 0 || length > TITLE {
        Some(format!("has {length} characters: 1 to {TITLE} are allowed"))
    } else if title.ends_with('.') {
        Some("ends in a full stop".to_owned())
    } else if title.trim() != title || title.contains(char::is_control) {
        Some("has blanks around it, or a control character in it".to_owned())
    } else if first.starts_with(char::is_lowercase) && !literal {
        Some("begins with a lower-case letter".to_owned())
    } else {
        None
    }
}

/// The texts under the headings.
fn sections(source: &Source<'_>, start: usize) -> Result<[String; 5], PageError> {
    let mut texts: [String; 5] = Default::default();
    // The number of headings seen, and where the last one is.
    let (mut seen, mut heading, mut at) = (0, start, start);
    for line in source.text[start..].split_inclusive('\n') {
        if let Some(name) = line.strip_prefix('#') {
            let Some(&expected) = HEADINGS.get(seen) else {
                return Err(source.error(at, "a heading after the last one"));
            };
            if name.trim_end().strip_prefix("# ") != Some(expected) {
                return Err(source.error(at, format!("the heading is not `## {expected}`")));
            }
            filled(source, heading, &texts[..seen])?;
            (seen, heading) = (seen + 1, at);
        } else if let Some(text) = seen.checked_sub(1).and_then(|section| texts.get_mut(section)) {
            text.push_str(line);
        } else if !line.trim().is_empty() {
            return Err(source.error(at, "text before the first heading"));
        }
        at += line.len();
    }
    if let Some(missing) = HEADINGS.get(seen) {
        return Err(source.error(at.saturating_sub(1), format!("the heading `## {missing}` is missing")));
    }
    filled(source, heading, &texts)?;
    Ok(texts.map(|text| text.trim().to_owned()))
}

/// Whether the last section, whose heading is at `heading`, has a text.
fn filled(source: &Source<'_>, heading: usize, texts: &[String]) -> Result<(), PageError> {
    match texts.last() {
        Some(text) if text.trim().is_empty() => Err(source.error(heading, "nothing under this heading")),
        _ => Ok(()),
    }
}
