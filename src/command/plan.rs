//! `regprobe plan IMAGE`: what would be sent, and what it costs. Sends nothing.

use std::io::Write;

use super::{CommandError, load_probes};
use crate::cli::PlanArgs;
use crate::plan::Cell;
use crate::plan::expand::{expand, is_metered};
use crate::probes::UPSTREAM;
use crate::target::Target;

/// `regprobe plan`: the plan of this image's run.
pub fn run(args: &PlanArgs, out: &mut dyn Write) -> Result<u8, CommandError> {
    let probes = load_probes(args.asked.probes.as_deref())?;
    let suite = probes.suite_for(&args.asked.suite, args.asked.allow_upstream).map_err(CommandError::new)?;
    let target = Target::parse(&args.image, args.asked.platform.clone())
        .map_err(|e| CommandError::new(e.to_string()))?;
    let cells = expand(&suite.cells, &target);
    let travels = cells.iter().filter(|cell| asks_upstream(cell)).count();
    let more = probes.suite(UPSTREAM).map_err(CommandError::new)?.cells.iter().filter(|c| asks_upstream(c));
    let left_out = more.filter(|cell| !cells.contains(cell)).count();
    list(&cells, out)?;
    if travels > 0 {
        writeln!(
            out,
            "{travels} of them name Docker Hub as the upstream (?ns=docker.io): a pull-through cache may ask it for \
             {}, and store what it gets",
            target.repository
        )?;
    }
    if left_out > 0 {
        writeln!(
            out,
            "{left_out} more are sent only with --allow-upstream: they may make a pull-through cache ask Docker Hub for \
             {}",
            target.repository
        )?;
    }
    total(&cells, out)?;
    Ok(0)
}

/// Whether a registry may ask another one for the name because of this request.
fn asks_upstream(cell: &Cell) -> bool {
    cell.vary.query.as_deref().is_some_and(|query| query.starts_with("ns="))
}

/// Every cell's id, one a line.
fn list(cells: &[Cell], out: &mut dyn Write) -> Result<(), CommandError> {
    cells.iter().try_for_each(|cell| Ok(writeln!(out, "{}", cell.id())?))
}

/// What they cost, in the last line.
fn total(cells: &[Cell], out: &mut dyn Write) -> Result<(), CommandError> {
    let pulls = cells.iter().filter(|c| is_metered(c)).count();
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    let requests = cells.len();
    Ok(writeln!(
        out,
        "{requests} request{}, {pulls} metered pull{} at most",
        plural(requests),
        plural(pulls)
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probes::Probes;

    #[test]
    fn only_manifests_that_may_be_there_cost() {
        let costs = |id: &str| is_metered(&Cell::parse_id(id).unwrap());
        assert!(costs("GET manifests/tag accept=all"));
        assert!(costs("GET manifests/fallback-tag accept=all"));
        assert!(costs("GET manifests/tag accept=all again=2"));
        for free in [
            "HEAD manifests/tag accept=all",
            "GET blobs/config accept=none",
            "GET manifests/absent-tag accept=all",
            "GET manifests/absent-digest accept=all",
            "GET manifests/malformed-digest accept=all",
            "GET manifests/tag accept=all repository=absent",
            "GET ping accept=none",
        ] {
            assert!(!costs(free), "{free}");
        }
    }

    #[test]
    fn quick_is_cheap() {
        let probes = Probes::embedded().unwrap();
        let mut out = Vec::new();
        let print = |suite: &str, out: &mut Vec<u8>| {
            let cells = &probes.suite(suite).unwrap().cells;
            list(cells, out).unwrap();
            total(cells, out).unwrap();
        };
        print("quick", &mut out);
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @"
    GET ping accept=none
    GET manifests/tag accept=all
    GET manifests/tag accept=none
    GET manifests/tag accept=docker-manifest
    GET manifests/tag accept=docker-list
    GET manifests/tag accept=oci-manifest
    GET manifests/tag accept=oci-index
    GET manifests/tag accept=schema1-signed
    GET manifests/tag accept=docker-config
    GET manifests/tag accept=oci-config
    GET manifests/tag accept=json
    GET manifests/manifest accept=all
    GET manifests/manifest accept=none
    GET manifests/manifest accept=docker-manifest
    GET manifests/manifest accept=oci-manifest
    GET blobs/config accept=none
    GET manifests/config accept=docker-config
    GET manifests/tag accept=docker-config digest-header=config
    HEAD manifests/tag accept=all
    HEAD blobs/config accept=none
    HEAD blobs/layer accept=none
    GET referrers/manifest accept=oci-index
    GET manifests/fallback-tag accept=all
    GET manifests/absent-tag accept=all
    GET manifests/absent-digest accept=all
    GET blobs/absent-digest accept=none
    GET manifests/tag accept=all repository=absent
    GET tags accept=json
    28 requests, 16 metered pulls at most
    ");
        let mut out = Vec::new();
        print("standard", &mut out);
        print("full", &mut out);
        let text = String::from_utf8(out).unwrap();
        let totals: Vec<&str> = text.lines().filter(|l| l.contains("requests")).collect();
        insta::assert_snapshot!(totals.join("\n"), @"
    539 requests, 71 metered pulls at most
    681 requests, 112 metered pulls at most
    ");
    }
}
