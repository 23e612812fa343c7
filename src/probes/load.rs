//! The files of `probes/`: embedded in the binary, and those of a directory over them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use include_dir::{Dir, include_dir};

use super::accept::Axis;
use super::error::{ProbeError, unknown};
use super::paths::MetadataPath;
use super::source::Source;
use super::suite::{self, Suite};

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/probes");

/// Everything that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probes {
    /// The Accept axis.
    pub accepts: Axis,
    /// The suites, sorted by id.
    pub suites: Vec<Suite>,
    /// The metadata paths, sorted by id.
    pub paths: Vec<MetadataPath>,
}

impl Probes {
    /// What the binary carries.
    pub fn embedded() -> Result<Probes, ProbeError> {
        Files::embedded().read()
    }

    /// What the binary carries, with the files of a directory in place of those of the same name, or added.
    pub fn load(directory: &Path) -> Result<Probes, ProbeError> {
        let mut files = Files::embedded();
        files.add_directory(directory)?;
        files.read()
    }

    /// What the binary carries and one more file, for the fuzz target.
    #[cfg(fuzzing)]
    #[doc(hidden)]
    pub fn with_file(folder: &str, stem: &str, text: &str) -> Result<Probes, ProbeError> {
        let mut files = Files::embedded();
        files.put(folder, stem, Source { shown: "fuzz".to_owned(), text: text.to_owned() });
        files.read()
    }

    /// The suite of that id.
    pub fn suite(&self, id: &str) -> Result<&Suite, String> {
        let found = self.suites.iter().find(|s| s.id == id);
        found.ok_or_else(|| unknown("suite", id, self.suites.iter().map(|s| s.id.as_str())))
    }

    /// The suite of that id, with the requests that may make a registry ask another one where `upstream` allows them.
    ///
    /// # Errors
    ///
    /// There is no suite of that id; the nearest one is named.
    pub fn suite_for(&self, id: &str, upstream: bool) -> Result<Suite, String> {
        let mut suite = self.suite(id)?.clone();
        if upstream {
            let more = self.suite(UPSTREAM)?;
            let new = more.cells.iter().filter(|cell| !suite.cells.contains(cell)).cloned();
            suite.cells.extend(new.collect::<Vec<_>>());
            for (cell, why) in &more.whys {
                suite.whys.entry(cell.clone()).or_insert_with(|| why.clone());
            }
        }
        Ok(suite)
    }

    /// The path of that id.
    pub fn path(&self, id: &str) -> Option<&MetadataPath> {
        self.paths.iter().find(|p| p.id == id)
    }
}

/// The suite whose requests may make a pull-through cache ask its upstream for the name.
pub const UPSTREAM: &str = "upstream";

/// The files, by what they hold and by stem.
#[derive(Default)]
struct Files {
    accept: Option<Source>,
    suites: BTreeMap<String, Source>,
    paths: BTreeMap<String, Source>,
}

impl Files {
    fn embedded() -> Files {
        let mut files = Files::default();
        for directory in std::iter::once(&EMBEDDED).chain(EMBEDDED.dirs()) {
            for file in directory.files() {
                let path = file.path();
                let folder = path.parent().and_then(Path::to_str).unwrap_or_default();
                if let (Some(stem), Some(text)) = (toml_stem(path), file.contents_utf8()) {
                    let shown = format!("probes/{}", path.display());
                    files.put(folder, &stem, Source { shown, text: text.to_owned() });
                }
            }
        }
        files
    }

    /// Whether the file has a place; `folder` is empty for the top.
    fn put(&mut self, folder: &str, stem: &str, source: Source) -> bool {
        match (folder, stem) {
            ("", "accept") => self.accept = Some(source),
            ("suites", _) => _ = self.suites.insert(stem.to_owned(), source),
            ("paths", _) => _ = self.paths.insert(stem.to_owned(), source),
            _ => return false,
        }
        true
    }

    fn add_directory(&mut self, directory: &Path) -> Result<(), ProbeError> {
        for path in entries(directory)? {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                if !["suites", "paths", "clients"].contains(&name.as_str()) {
                    let message = unknown("directory", &name, ["clients", "paths", "suites"]);
                    return Err(failure(&path, message));
                }
                for file in entries(&path)? {
                    self.add_file(&name, &file)?;
                }
            } else {
                self.add_file("", &path)?;
            }
        }
        Ok(())
    }

    fn add_file(&mut self, folder: &str, path: &Path) -> Result<(), ProbeError> {
        let Some(stem) = toml_stem(path).filter(|stem| !stem.starts_with('.')) else { return Ok(()) };
        let text =
            fs::read_to_string(path).map_err(|error| failure(path, format!("cannot be read: {error}")))?;
        let source = Source { shown: path.display().to_string(), text };
        if self.put(folder, &stem, source) {
            return Ok(());
        }
        let message = match folder {
            "clients" => "client profiles are not in this version yet".to_owned(),
            _ => unknown("file", &format!("{stem}.toml"), ["accept.toml"]),
        };
        Err(failure(path, message))
    }

    fn read(&self) -> Result<Probes, ProbeError> {
        let Some(accept) = &self.accept else {
            return Err(failure(Path::new("probes/accept.toml"), "is missing".to_owned()));
        };
        let accepts = Axis::read(accept)?;
        let suites = suite::read_all(&self.suites, &accepts)?;
        let paths = self.paths.iter().map(|(stem, source)| MetadataPath::read(stem, source, &accepts));
        let paths = paths.collect::<Result<_, _>>()?;
        Ok(Probes { accepts, suites, paths })
    }
}

fn entries(directory: &Path) -> Result<Vec<std::path::PathBuf>, ProbeError> {
    let list = || -> std::io::Result<Vec<_>> { fs::read_dir(directory)?.map(|e| Ok(e?.path())).collect() };
    let mut paths = list().map_err(|error| failure(directory, format!("cannot be read: {error}")))?;
    // The first error must not depend on the order of the file system.
    paths.sort();
    Ok(paths)
}

fn toml_stem(path: &Path) -> Option<String> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".toml")?;
    Some(stem.to_owned())
}

fn failure(path: &Path, message: String) -> ProbeError {
    ProbeError { file: path.display().to_string(), line: None, message }
}
