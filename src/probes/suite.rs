//! `suites/*.toml`: which cells a run sends, in order.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::accept::Axis;
use super::cell_id::{check, parse_endpoint, parse_method, parse_subject, set};
use super::error::{ProbeError, unknown};
use super::source::Source;
use crate::plan::{Cell, CellId, Vary};

/// A suite, fully expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suite {
    /// Its id, which is its file's name.
    pub id: String,
    /// What it is for.
    pub about: String,
    /// Its cells, once each: those of the suite it extends first, then in the file's order.
    pub cells: Vec<Cell>,
    /// Why each cell is asked; words of its own win over those of a cross.
    pub whys: BTreeMap<CellId, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Spanned<String>,
    about: String,
    extends: Option<Spanned<String>>,
    #[serde(default)]
    cross: Vec<CrossEntry>,
    #[serde(default)]
    cell: Vec<CellEntry>,
}

/// The keys of [`Vary`] cannot be flattened into strict tables, so both kinds of table spell them out here.
macro_rules! table {
    ($name:ident { $($(#[$attr:meta])* $field:ident: $kind:ty,)* }) => {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        struct $name {
            $($(#[$attr])* $field: $kind,)*
            again: Option<Spanned<u8>>,
            agent: Option<Spanned<String>>,
            digest_header: Option<Spanned<String>>,
            encoding: Option<Spanned<String>>,
            http: Option<Spanned<String>>,
            if_none_match: Option<Spanned<String>>,
            omit: Option<Spanned<String>>,
            query: Option<Spanned<String>>,
            range: Option<Spanned<String>>,
            redirects: Option<Spanned<String>>,
            repository: Option<Spanned<String>>,
            slash: Option<Spanned<String>>,
            token: Option<Spanned<String>>,
            why: String,
        }

        impl $name {
            fn vary(&self, source: &Source) -> Result<Vary, ProbeError> {
                let mut vary = Vary::default();
                if let Some(again) = &self.again {
                    set(&mut vary, "again", &again.get_ref().to_string())
                        .map_err(|message| source.at(&again.span(), message))?;
                }
                let words = [
                    ("agent", &self.agent),
                    ("digest-header", &self.digest_header),
                    ("encoding", &self.encoding),
                    ("http", &self.http),
                    ("if-none-match", &self.if_none_match),
                    ("omit", &self.omit),
                    ("query", &self.query),
                    ("range", &self.range),
                    ("redirects", &self.redirects),
                    ("repository", &self.repository),
                    ("slash", &self.slash),
                    ("token", &self.token),
                ];
                for (key, word) in words {
                    if let Some(word) = word {
                        source.word(word, |value| set(&mut vary, key, value))?;
                    }
                }
                Ok(vary)
            }
        }
    };
}

table!(CrossEntry {
    methods: Spanned<Vec<Spanned<String>>>,
    endpoints: Vec<Spanned<String>>,
    #[serde(default)]
    subjects: Vec<Spanned<String>>,
    accepts: Vec<Spanned<String>>,
});

table!(CellEntry {
    method: Spanned<String>,
    endpoint: Spanned<String>,
    subject: Option<Spanned<String>>,
    accept: Spanned<String>,
});

/// One table of the file, expanded: where it stands, its cells, its reason, and whether it is a single cell.
struct Group {
    at: usize,
    cells: Vec<Cell>,
    why: String,
    single: bool,
}

/// All suites, sorted by id. `sources` is by file stem.
pub(crate) fn read_all(sources: &BTreeMap<String, Source>, axis: &Axis) -> Result<Vec<Suite>, ProbeError> {
    let mut files = BTreeMap::new();
    for (stem, source) in sources {
        let file: File = source.parse()?;
        source.id(&file.id, stem)?;
        files.insert(stem.as_str(), (source, file));
    }
    files.keys().map(|id| expand(id, &files, axis)).collect()
}

fn expand(id: &str, files: &BTreeMap<&str, (&Source, File)>, axis: &Axis) -> Result<Suite, ProbeError> {
    // From the suite to what it extends, and so on; read backwards, the base comes first.
    let mut chain: Vec<&(&Source, File)> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = files.get(id);
    while let Some(entry) = next {
        let (source, file) = entry;
        seen.insert(file.id.get_ref().as_str());
        chain.push(entry);
        next = match &file.extends {
            None => None,
            Some(base) if seen.contains(base.get_ref().as_str()) => {
                return Err(
                    source.at(&base.span(), format!("extending {:?} goes round in a circle", base.get_ref()))
                );
            }
            Some(base) => Some(files.get(base.get_ref().as_str()).ok_or_else(|| {
                source.at(&base.span(), unknown("suite", base.get_ref(), files.keys().copied()))
            })?),
        };
    }
    let about = chain.first().map(|(_, file)| file.about.clone()).unwrap_or_default();
    let mut suite = Suite { id: id.to_owned(), about, cells: Vec::new(), whys: BTreeMap::new() };
    let mut sent = BTreeSet::new();
    let mut own_words = BTreeSet::new();
    for (source, file) in chain.into_iter().rev() {
        for group in groups(source, file, axis)? {
            for cell in group.cells {
                let id = cell.id();
                if group.single && own_words.insert(id.clone()) {
                    suite.whys.insert(id.clone(), group.why.clone());
                }
                if sent.insert(id.clone()) {
                    suite.whys.entry(id).or_insert_with(|| group.why.clone());
                    suite.cells.push(cell);
                }
            }
        }
    }
    Ok(suite)
}

/// The file's tables, expanded, in the order in which they stand there.
fn groups(source: &Source, file: &File, axis: &Axis) -> Result<Vec<Group>, ProbeError> {
    let mut groups = Vec::new();
    for entry in &file.cross {
        groups.push(cross(source, entry, axis)?);
    }
    let mut listed = BTreeSet::new();
    for entry in &file.cell {
        let cell = Cell {
            method: source.word(&entry.method, parse_method)?,
            endpoint: source.word(&entry.endpoint, parse_endpoint)?,
            subject: entry.subject.as_ref().map(|s| source.word(s, parse_subject)).transpose()?,
            accept: source.word(&entry.accept, |name| axis.known(name))?,
            vary: entry.vary(source)?,
        };
        let span = entry.method.span();
        check(&cell).map_err(|message| source.at(&span, message))?;
        let id = cell.id();
        if !listed.insert(id.clone()) {
            return Err(source.at(&span, format!("the cell {:?} is listed twice", id.0)));
        }
        groups.push(Group { at: span.start, cells: vec![cell], why: entry.why.clone(), single: true });
    }
    groups.sort_by_key(|g| g.at);
    Ok(groups)
}

fn cross(source: &Source, entry: &CrossEntry, axis: &Axis) -> Result<Group, ProbeError> {
    let span = entry.methods.span();
    let vary = entry.vary(source)?;
    let methods = each(source, entry.methods.get_ref(), parse_method)?;
    let endpoints = each(source, &entry.endpoints, parse_endpoint)?;
    let mut subjects: Vec<_> = each(source, &entry.subjects, parse_subject)?.into_iter().map(Some).collect();
    if subjects.is_empty() {
        subjects.push(None);
    }
    let accepts = match entry.accepts.as_slice() {
        [only] if only.get_ref() == "axis" => axis.crossed().to_vec(),
        names => each(source, names, |name| match name {
            "axis" => Err("\"axis\" must be the only word of accepts".to_owned()),
            name => axis.known(name),
        })?,
    };
    let mut cells = Vec::new();
    for &endpoint in &endpoints {
        for &subject in &subjects {
            for accept in &accepts {
                for &method in &methods {
                    let cell = Cell { method, endpoint, subject, accept: accept.clone(), vary: vary.clone() };
                    check(&cell).map_err(|message| source.at(&span, message))?;
                    cells.push(cell);
                }
            }
        }
    }
    if cells.is_empty() {
        return Err(source.at(&span, "this cross is empty: methods, endpoints and accepts each need a value"));
    }
    Ok(Group { at: span.start, cells, why: entry.why.clone(), single: false })
}

fn each<T>(
    source: &Source,
    words: &[Spanned<String>],
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, ProbeError> {
    words.iter().map(|word| source.word(word, &parse)).collect()
}
