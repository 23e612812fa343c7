//! Packs what registries were recorded to do, `reports/<registry>/<shape>.json`, into one file that the binary carries.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;

fn main() -> io::Result<()> {
    let from = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .ok_or_else(|| io::Error::other(format!("cargo did not set {name}")))
    };
    writeln!(
        io::stdout(),
        "cargo:rerun-if-changed=build.rs\ncargo:rerun-if-changed=reports\ncargo:rerun-if-changed=docs/findings"
    )?;
    let packed = pack(&from("CARGO_MANIFEST_DIR")?.join("reports"))?;
    fs::write(from("OUT_DIR")?.join("recorded.pack"), packed)
}

/// A line for each report, `<registry>/<shape> <packed length>`, an empty one, then each report by itself, so that
/// only the wanted ones are unpacked. A checkout may have few of them, or none.
pub(crate) fn pack(reports: &Path) -> io::Result<Vec<u8>> {
    let (mut index, mut packed) = (String::new(), Vec::new());
    for directory in entries(reports)?.iter().filter(|path| path.is_dir()) {
        for file in entries(directory)?.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
            let before = packed.len();
            let mut encoder = DeflateEncoder::new(packed, Compression::best());
            encoder.write_all(&fs::read(file)?)?;
            packed = encoder.finish()?;
            index.push_str(&format!("{}/{} {}\n", name(directory)?, name(file)?, packed.len() - before));
        }
    }
    Ok([index.as_bytes(), b"\n", &packed].concat())
}

/// What is in it, sorted, for the same checkout makes the same binary.
fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let mut found: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    found.sort();
    Ok(found)
}

/// The name of a registry's directory, or of a report without its ending.
fn name(path: &Path) -> io::Result<&str> {
    let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
    let plain = |name: &&str| !name.contains([' ', '/', '\n']);
    name.and_then(|n| n.to_str())
        .filter(plain)
        .ok_or_else(|| io::Error::other(format!("{} has a name that cannot be packed", path.display())))
}
