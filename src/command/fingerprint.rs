//! `regprobe fingerprint REPORT`: which recorded registry behaves like this one.

use std::io::Write;
use std::path::Path;

use super::{CommandError, Screen, emit, load_probes, reports};
use crate::cli::comparing::{ComparedAs, FingerprintArgs};
use crate::compare::fingerprint::{Reference, fingerprint};
use crate::compare::shape;
use crate::judge;
use crate::probes::Probes;
use crate::recorded;
use crate::render::{compared, json, table};

/// Prints which it is, how close, and what differs. Not to know is an answer.
pub fn run(args: &FingerprintArgs, screen: &Screen, out: &mut dyn Write) -> Result<u8, CommandError> {
    let probes = load_probes(None)?;
    let report = reports::read(&args.report, &probes)?;
    let mut references = recorded(&probes, shape(&report))?;
    if let Some(directory) = &args.reports {
        references.extend(given(directory, &probes)?);
    }
    let found = fingerprint(&report, &references);
    let text = match args.format {
        ComparedAs::Table => table::side_by_side::fingerprint(&found, &screen.table()),
        ComparedAs::Json => json::compared::fingerprint(&found),
        ComparedAs::Markdown => compared::fingerprint(&found),
    };
    emit(out, &text)?;
    Ok(0)
}

/// Reports that are called so are of that shape, and of no other.
const SHAPES: [&str; 5] = ["docker-manifest", "docker-list", "oci-manifest", "oci-index", "schema1"];

/// The registries that the binary knows, as far as they can be compared: to unpack and judge a report takes its time.
fn recorded(probes: &Probes, wanted: Option<&str>) -> Result<Vec<Reference>, CommandError> {
    let mut references = Vec::new();
    for packed in recorded::all().map_err(CommandError::new)? {
        if wanted.is_some_and(|shape| SHAPES.contains(&packed.shape) && packed.shape != shape) {
            continue;
        }
        let json = packed.unpack().map_err(CommandError::new)?;
        let recording = json::read(&json).map_err(|e| {
            CommandError::new(format!("reports/{}/{}.json: {e}", packed.registry, packed.shape))
        })?;
        let name = packed.registry.to_owned();
        references.push(Reference { name, report: judge::judge(recording, probes) });
    }
    Ok(references)
}

fn given(directory: &Path, probes: &Probes) -> Result<Vec<Reference>, CommandError> {
    let refuse =
        |e: std::io::Error| CommandError::new(format!("{} cannot be read: {e}", directory.display()));
    let mut references = Vec::new();
    let mut registries: Vec<_> =
        std::fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(refuse)?;
    registries.sort_by_key(std::fs::DirEntry::file_name);
    for registry in registries.iter().filter(|r| r.path().is_dir()) {
        let mut files: Vec<_> = std::fs::read_dir(registry.path())
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(refuse)?
            .iter()
            .map(std::fs::DirEntry::path)
            .collect();
        files.sort();
        for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
            let name = registry.file_name().to_string_lossy().into_owned();
            references.push(Reference { name, report: reports::read(file, probes)? });
        }
    }
    Ok(references)
}
