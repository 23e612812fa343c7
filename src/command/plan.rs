//! `regprobe plan IMAGE`: what would be sent, and what it costs. Sends nothing.

use std::io::Write;

use super::CommandError;
use crate::exchange::Method;
use crate::plan::{Cell, Endpoint, Repository, Subject};

/// Whether a registry that meters pulls may count this cell: a manifest GET that can be answered with 200.
pub fn may_cost_a_pull(cell: &Cell) -> bool {
    let absent =
        matches!(cell.subject, Some(Subject::AbsentTag | Subject::AbsentDigest | Subject::MalformedDigest));
    cell.method == Method::Get
        && cell.endpoint == Endpoint::Manifests
        && !absent
        && cell.vary.repository != Repository::Absent
}

/// Writes every cell's id, one a line, and last the totals.
pub fn run(cells: &[Cell], out: &mut dyn Write) -> Result<u8, CommandError> {
    for cell in cells {
        writeln!(out, "{}", cell.id())?;
    }
    let pulls = cells.iter().filter(|c| may_cost_a_pull(c)).count();
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
        let costs = |id: &str| may_cost_a_pull(&Cell::parse_id(id).unwrap());
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
        assert_eq!(run(&probes.suite("quick").unwrap().cells, &mut out).unwrap(), 0);
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
    27 requests, 17 metered pulls at most
    ");
        let mut out = Vec::new();
        run(&probes.suite("standard").unwrap().cells, &mut out).unwrap();
        run(&probes.suite("full").unwrap().cells, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let totals: Vec<&str> = text.lines().filter(|l| l.contains("requests")).collect();
        insta::assert_snapshot!(totals.join("\n"), @"
    531 requests, 90 metered pulls at most
    693 requests, 136 metered pulls at most
    ");
    }
}
