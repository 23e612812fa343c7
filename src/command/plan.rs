//! `regprobe plan IMAGE`: what would be sent, and what it costs. Sends nothing.

use std::io::Write;

use super::{CommandError, load_probes};
use crate::cli::PlanArgs;
use crate::plan::Cell;
use crate::plan::expand::{expand, is_metered};
use crate::target::Target;

/// `regprobe plan`: the plan of this image's run.
pub fn run(args: &PlanArgs, out: &mut dyn Write) -> Result<u8, CommandError> {
    let probes = load_probes(args.asked.probes.as_deref())?;
    let suite = probes.suite(&args.asked.suite).map_err(CommandError::new)?;
    let target = Target::parse(&args.image, args.asked.platform.clone())
        .map_err(|e| CommandError::new(e.to_string()))?;
    print(&expand(&suite.cells, &target), out)
}

/// Writes every cell's id, one a line, and last the totals.
fn print(cells: &[Cell], out: &mut dyn Write) -> Result<u8, CommandError> {
    for cell in cells {
        writeln!(out, "{}", cell.id())?;
    }
    let pulls = cells.iter().filter(|c| is_metered(c)).count();
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    let requests = cells.len();
    writeln!(out, "{requests} request{}, {pulls} metered pull{} at most", plural(requests), plural(pulls))?;
    Ok(0)
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
        assert_eq!(print(&probes.suite("quick").unwrap().cells, &mut out).unwrap(), 0);
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
    27 requests, 16 metered pulls at most
    ");
        let mut out = Vec::new();
        print(&probes.suite("standard").unwrap().cells, &mut out).unwrap();
        print(&probes.suite("full").unwrap().cells, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let totals: Vec<&str> = text.lines().filter(|l| l.contains("requests")).collect();
        insta::assert_snapshot!(totals.join("\n"), @"
    540 requests, 72 metered pulls at most
    701 requests, 117 metered pulls at most
    ");
    }
}
