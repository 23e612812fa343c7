//! `paths/*.toml`: the ordered steps by which a client gets layers and config.

use serde::Deserialize;
use toml::Spanned;

use super::accept::Axis;
use super::error::{ProbeError, unknown};
use super::source::Source;
use crate::oci::document::BodyKind;
use crate::plan::Cell;
use crate::report::PathKind;

/// A metadata path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataPath {
    /// Its id, which is its file's name.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// Who takes it.
    pub kind: PathKind,
    /// What the tag must hold for the path to apply, one of these; empty: it always applies.
    pub holds: Vec<BodyKind>,
    /// In a sentence or two.
    pub about: String,
    /// What it yields when it works: `config`, `layers`, `platforms`, `referrers`.
    pub yields: Vec<String>,
    /// At least one.
    pub steps: Vec<Step>,
}

/// One request of a path, and what it must be answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The cell that makes it.
    pub cell: Cell,
    /// One of these kinds of body.
    pub expect: Vec<BodyKind>,
    /// What it yields, in a few words.
    pub yields: String,
    /// Skipped unless the step before it returned an index or manifest list.
    pub only_after_index: bool,
    /// Skipped where a step before it returned a schema 1 manifest, which holds the config itself.
    pub unless_schema1: bool,
    /// Takes the place of the step before it: that one or this one suffices.
    pub alternative: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Spanned<String>,
    title: String,
    kind: Spanned<String>,
    holds: Vec<Spanned<String>>,
    about: String,
    yields: Vec<String>,
    step: Vec<StepEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepEntry {
    cell: Spanned<String>,
    expect: Vec<Spanned<String>>,
    yields: String,
    #[serde(default)]
    only_after_index: bool,
    #[serde(default)]
    only_unless_schema1: bool,
    #[serde(default)]
    alternative: bool,
}

impl MetadataPath {
    pub(crate) fn read(stem: &str, source: &Source, axis: &Axis) -> Result<MetadataPath, ProbeError> {
        let file: File = source.parse()?;
        let id = source.id(&file.id, stem)?;
        if file.step.is_empty() {
            return Err(source.at(&file.id.span(), format!("the path {id:?} has no step")));
        }
        let mut steps: Vec<Step> = Vec::new();
        for entry in &file.step {
            let cell = source.word(&entry.cell, Cell::parse_id)?;
            source.word(&entry.cell, |_| axis.known(&cell.accept))?;
            let depends = entry.only_after_index || entry.only_unless_schema1 || entry.alternative;
            if steps.is_empty() && depends {
                let message = "the first step has none before it, so it cannot depend on one";
                return Err(source.at(&entry.cell.span(), message));
            }
            let expect = kinds(source, &entry.expect)?;
            if expect.is_empty() {
                return Err(source.at(
                    &entry.cell.span(),
                    "the step expects nothing: name the kinds of body that will do",
                ));
            }
            steps.push(Step {
                cell,
                expect,
                yields: entry.yields.clone(),
                only_after_index: entry.only_after_index,
                unless_schema1: entry.only_unless_schema1,
                alternative: entry.alternative,
            });
        }
        Ok(MetadataPath {
            id,
            title: file.title,
            kind: source.word(&file.kind, parse_kind)?,
            holds: kinds(source, &file.holds)?,
            about: file.about,
            yields: file.yields,
            steps,
        })
    }
}

fn kinds(source: &Source, words: &[Spanned<String>]) -> Result<Vec<BodyKind>, ProbeError> {
    words.iter().map(|word| source.word(word, parse_body_kind)).collect()
}

fn parse_body_kind(text: &str) -> Result<BodyKind, String> {
    BodyKind::parse(text).ok_or_else(|| unknown("kind of body", text, BodyKind::ALL.map(BodyKind::as_str)))
}

fn parse_kind(text: &str) -> Result<PathKind, String> {
    let known = [PathKind::Main, PathKind::Legacy, PathKind::Trap];
    let found = known.into_iter().find(|k| k.as_str() == text);
    found.ok_or_else(|| unknown("kind of path", text, known.map(PathKind::as_str)))
}
