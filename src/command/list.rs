//! `regprobe list WHAT`: ids in the first column, one a line.

use std::io::Write;

use super::{CommandError, load_probes};
use crate::cli::{ListArgs, ListWhat};
use crate::diagnosis::catalogue::{self, CATALOGUE};
use crate::probes::Probes;

/// What the other modules have, as (id, about).
#[derive(Debug, Clone, Copy, Default)]
pub struct Catalogue<'a> {
    /// Of the findings.
    pub findings: &'a [(&'a str, &'a str)],
    /// Of the client profiles.
    pub clients: &'a [(&'a str, &'a str)],
    /// Of the lab's quirks.
    pub quirks: &'a [(&'a str, &'a str)],
}

/// Lists from everything that this binary knows.
pub fn of_everything(args: &ListArgs, out: &mut dyn Write) -> Result<u8, CommandError> {
    let (findings, quirks) = (super::catalogue::findings(), super::catalogue::quirks());
    run(args, Catalogue { findings: &findings, clients: &[], quirks: &quirks }, out)
}

/// Writes the list, sorted by id but for accepts, which have an order of their own.
pub fn run(args: &ListArgs, catalogue: Catalogue<'_>, out: &mut dyn Write) -> Result<u8, CommandError> {
    let owned = |rows: &[(&str, &str)]| {
        let mut rows: Vec<(String, String)> =
            rows.iter().map(|(id, about)| ((*id).into(), (*about).into())).collect();
        rows.sort();
        rows
    };
    let rows = match args.what {
        ListWhat::Findings if args.all => owned(catalogue.findings).into_iter().chain(not_probed()).collect(),
        ListWhat::Findings => owned(catalogue.findings),
        ListWhat::Clients => owned(catalogue.clients),
        ListWhat::Quirks => owned(catalogue.quirks),
        ListWhat::Paths => paths(&load_probes(args.probes.as_deref())?),
        ListWhat::Suites => suites(&load_probes(args.probes.as_deref())?),
        ListWhat::Accepts => accepts(&load_probes(args.probes.as_deref())?),
    };
    let width = rows.iter().map(|(id, _)| id.len()).max().unwrap_or_default();
    for (id, about) in rows {
        let mut lines = about.lines();
        writeln!(out, "{id:width$}  {}", lines.next().unwrap_or_default())?;
        for line in lines {
            writeln!(out, "{:width$}  {line}", "")?;
        }
    }
    Ok(0)
}

/// What the catalogue knows and no rule tells, after what is told.
fn not_probed() -> Vec<(String, String)> {
    let ids = CATALOGUE.iter().flat_map(|(_, ids)| ids.iter());
    let mut rows: Vec<(String, String)> = ids
        .filter_map(|id| Some(((*id).to_owned(), format!("not probed: {}", catalogue::not_probed(id)?))))
        .collect();
    rows.sort();
    rows
}

fn paths(probes: &Probes) -> Vec<(String, String)> {
    let row = |p: &crate::probes::MetadataPath| (p.id.clone(), format!("{:6}  {}", p.kind.as_str(), p.title));
    probes.paths.iter().map(row).collect()
}

fn suites(probes: &Probes) -> Vec<(String, String)> {
    let row = |s: &crate::probes::Suite| (s.id.clone(), format!("{:4} cells  {}", s.cells.len(), s.about));
    probes.suites.iter().map(row).collect()
}

fn accepts(probes: &Probes) -> Vec<(String, String)> {
    let row = |value: &crate::probes::AcceptValue| {
        let lines: String = value.lines.iter().map(|line| format!("\nAccept: {line}")).collect();
        (value.name.clone(), format!("{}{lines}", value.meaning))
    };
    probes.accepts.values().iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(what: ListWhat) -> String {
        let catalogue =
            Catalogue { findings: &[("z", "last"), ("long-id", "first")], ..Catalogue::default() };
        let mut out = Vec::new();
        assert_eq!(run(&ListArgs { what, all: false, probes: None }, catalogue, &mut out).unwrap(), 0);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn lists_are_columns() {
        assert_eq!(list(ListWhat::Findings), "long-id  first\nz        last\n");
        assert_eq!(list(ListWhat::Clients), "");
        insta::assert_snapshot!(list(ListWhat::Paths), @"
    any-type                    main    Tag with all types
    config-digest-at-manifests  trap    Config's digest at /manifests/
    config-type-at-manifests    trap    Config's media type at /manifests/
    digest-pinned               main    Manifest by digest
    digest-request-header       trap    Docker-Content-Digest as a request header
    docker-list                 main    Tag as Docker manifest list
    docker-manifest             main    Tag as Docker manifest
    no-accept                   legacy  Tag with no Accept
    oci-index                   main    Tag as OCI index
    oci-manifest                main    Tag as OCI manifest
    referrers                   main    Referrers of the manifest
    schema1-history             legacy  Tag as schema 1
    ");
        insta::assert_snapshot!(list(ListWhat::Suites), @"
    full       681 cells  Everything: standard, and every one-factor cell by digest, by HEAD and on the other endpoints.
    quick       28 cells  What a person waits a second for: enough to judge every metadata path, with a control for each answer.
    standard   539 cells  The full cross of methods, endpoints, subjects and Accept values, and the one-factor cells that tell registries apart.
    upstream    36 cells  quick, and the query ns= by which containerd tells a mirror its upstream: a pull-through cache may ask Docker Hub for this name. --allow-upstream adds these cells to another suite.
    ");
        let accepts = list(ListWhat::Accepts);
        assert_eq!(accepts.lines().filter(|l| !l.starts_with(' ')).count(), 20);
        assert!(accepts.contains("\n                   Accept: application/vnd.oci.image.index.v1+json\n"));
    }
}
