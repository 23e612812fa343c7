//! One probe file's text, and errors that point into it.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;

use super::error::{ProbeError, nearest};

/// A probe file, read but not yet understood.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// How errors call it.
    pub(crate) shown: String,
    /// Its text.
    pub(crate) text: String,
}

impl Source {
    /// The file as a type; unknown keys and wrong types are errors.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, ProbeError> {
        toml::from_str(&self.text).map_err(|error| {
            let message = did_you_mean(error.message());
            match error.span() {
                Some(span) => self.at(&span, message),
                None => self.whole(message),
            }
        })
    }

    /// An error at a place in the file.
    pub(crate) fn at(&self, span: &Range<usize>, message: impl Into<String>) -> ProbeError {
        let before = self.text.as_bytes().iter().take(span.start);
        let line = 1 + before.filter(|b| **b == b'\n').count();
        ProbeError { file: self.shown.clone(), line: Some(line), message: message.into() }
    }

    /// An error of the file as a whole.
    pub(crate) fn whole(&self, message: impl Into<String>) -> ProbeError {
        ProbeError { file: self.shown.clone(), line: None, message: message.into() }
    }

    /// A word of the file, understood by `parse` or refused where it stands.
    pub(crate) fn word<T>(
        &self,
        word: &Spanned<String>,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<T, ProbeError> {
        parse(word.get_ref()).map_err(|message| self.at(&word.span(), message))
    }

    /// The file's id, which must be its name without `.toml`, so that files can be found by it.
    pub(crate) fn id(&self, id: &Spanned<String>, stem: &str) -> Result<String, ProbeError> {
        if id.get_ref() == stem {
            return Ok(stem.to_owned());
        }
        Err(self.at(&id.span(), format!("id {:?} does not match the file's name, {stem}.toml", id.get_ref())))
    }
}

/// serde says ``unknown field `x`, expected one of `a`, `b` ``: the nearest of those is put after it.
fn did_you_mean(message: &str) -> String {
    let message = message.trim_end();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let hint = match quoted.next() {
        Some(word) if message.starts_with("unknown field") => nearest(word, quoted),
        _ => None,
    };
    match hint {
        Some(near) => format!("{message}; did you mean `{near}`?"),
        None => message.to_owned(),
    }
}
