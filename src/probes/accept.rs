//! `accept.toml`: the named values of the `Accept` header.

use serde::Deserialize;
use toml::Spanned;

use super::error::{ProbeError, unknown};
use super::source::Source;

/// A value of the `Accept` header, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptValue {
    /// As in cell ids.
    pub name: String,
    /// The header lines, in order; none at all means no such header.
    pub lines: Vec<String>,
    /// Who sends this, or what it tells.
    pub meaning: String,
}

/// Every named value, and which of them are crossed with everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    values: Vec<AcceptValue>,
    crossed: Vec<String>,
}

impl Axis {
    /// Every value, in the file's order.
    pub fn values(&self) -> &[AcceptValue] {
        &self.values
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&AcceptValue> {
        self.values.iter().find(|v| v.name == name)
    }

    /// The `Accept` lines that a name stands for.
    pub fn lines(&self, name: &str) -> Option<&[String]> {
        self.get(name).map(|value| value.lines.as_slice())
    }

    /// The names that `accepts = ["axis"]` means, in order.
    pub fn crossed(&self) -> &[String] {
        &self.crossed
    }

    /// A name, if it is one of ours.
    pub(crate) fn known(&self, name: &str) -> Result<String, String> {
        match self.get(name) {
            Some(value) => Ok(value.name.clone()),
            None => Err(unknown("accept", name, self.values.iter().map(|v| v.name.as_str()))),
        }
    }

    pub(crate) fn read(source: &Source) -> Result<Axis, ProbeError> {
        let file: File = source.parse()?;
        let mut axis = Axis { values: Vec::new(), crossed: Vec::new() };
        for entry in file.accept {
            let name = source.word(&entry.name, parse_name)?;
            if axis.get(&name).is_some() {
                return Err(source.at(&entry.name.span(), format!("accept {name:?} is defined twice")));
            }
            let lines = entry.lines.iter().map(|l| source.word(l, parse_line)).collect::<Result<_, _>>()?;
            axis.values.push(AcceptValue { name, lines, meaning: entry.meaning });
        }
        for name in &file.axis {
            let known = source.word(name, |n| axis.known(n))?;
            if axis.crossed.contains(&known) {
                return Err(source.at(&name.span(), format!("accept {known:?} is on the axis twice")));
            }
            axis.crossed.push(known);
        }
        Ok(axis)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    axis: Vec<Spanned<String>>,
    accept: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: Spanned<String>,
    lines: Vec<Spanned<String>>,
    meaning: String,
}

/// Names stand in cell ids, between blanks and after `=`; `axis` means all of them.
fn parse_name(name: &str) -> Result<String, String> {
    let fits = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name != "axis";
    if fits {
        Ok(name.to_owned())
    } else {
        Err(format!("{name:?} cannot name an accept: only a-z, 0-9 and `-`, and not \"axis\""))
    }
}

/// A field value as RFC 9110 lets one be sent: visible ASCII, blanks only within.
fn parse_line(line: &str) -> Result<String, String> {
    let sendable = line.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
    if sendable && line.trim() == line {
        Ok(line.to_owned())
    } else {
        Err(format!(
            "{line:?} cannot be sent as a header line: only visible ASCII, with no blank at either end"
        ))
    }
}
