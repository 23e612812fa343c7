//! What the embedded files must hold.

use std::collections::BTreeSet;

use super::Probes;
use crate::plan::Cell;

fn probes() -> Probes {
    match Probes::embedded() {
        Ok(probes) => probes,
        Err(error) => panic!("{error}"),
    }
}

fn ids(probes: &Probes, suite: &str) -> Vec<String> {
    probes.suite(suite).unwrap().cells.iter().map(|c| c.id().0).collect()
}

#[test]
fn the_axis_is_the_designs() {
    let probes = probes();
    let axis = "none any app-any json schema1 schema1-signed docker-manifest docker-list oci-manifest oci-index \
        docker-config oci-config all all-lines docker-only oci-only q-values upper-case";
    assert_eq!(probes.accepts.crossed().join(" "), axis);
    let names: Vec<&str> = probes.accepts.values().iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names.join(" "), format!("{axis} all-upper-case docker-manifest-q"));
    let lines = |name: &str| probes.accepts.get(name).unwrap().lines.clone();
    assert!(lines("none").is_empty());
    assert_eq!(lines("all"), [lines("all-lines").join(", ")]);
    assert_eq!(lines("all-lines").len(), 6);
    assert_eq!(lines("all-upper-case"), [lines("all")[0].to_uppercase()]);
    assert_eq!(lines("q-values"), [lines("all-lines").join(";q=0.5, ") + ";q=0.5"]);
    assert_eq!(lines("upper-case"), [lines("docker-manifest")[0].to_uppercase()]);
    assert_eq!(lines("docker-only"), [[lines("docker-manifest"), lines("docker-list")].concat().join(",")]);
    assert_eq!(lines("oci-only"), [[lines("oci-manifest"), lines("oci-index")].concat().join(",")]);
    let known = [
        ("schema1", crate::oci::media_type::SCHEMA1),
        ("schema1-signed", crate::oci::media_type::SCHEMA1_SIGNED),
        ("docker-manifest", crate::oci::media_type::DOCKER_MANIFEST),
        ("docker-list", crate::oci::media_type::DOCKER_LIST),
        ("oci-manifest", crate::oci::media_type::OCI_MANIFEST),
        ("oci-index", crate::oci::media_type::OCI_INDEX),
        ("docker-config", crate::oci::media_type::DOCKER_CONFIG),
        ("oci-config", crate::oci::media_type::OCI_CONFIG),
    ];
    for (name, media_type) in known {
        assert_eq!(lines(name), [media_type], "{name}");
    }
}

#[test]
fn suites_and_paths_are_unique_and_sorted() {
    let probes = probes();
    let suites: Vec<&str> = probes.suites.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(suites, ["full", "quick", "standard", "upstream"]);
    let paths: Vec<&str> = probes.paths.iter().map(|p| p.id.as_str()).collect();
    assert!(paths.is_sorted());
    assert_eq!(paths.len(), 12);
    for suite in &probes.suites {
        let unique: BTreeSet<&Cell> = suite.cells.iter().collect();
        assert_eq!(unique.len(), suite.cells.len(), "{}", suite.id);
        for cell in &suite.cells {
            assert!(suite.whys.contains_key(&cell.id()), "no reason for {}", cell.id());
            assert_eq!(Cell::parse_id(&cell.id().0).as_ref(), Ok(cell));
        }
        assert_eq!(suite.whys.len(), suite.cells.len());
    }
}

#[test]
fn every_suite_can_judge_every_path() {
    let probes = probes();
    for suite in &probes.suites {
        for path in &probes.paths {
            for step in &path.steps {
                assert!(
                    suite.cells.contains(&step.cell),
                    "{} lacks {} of {}",
                    suite.id,
                    step.cell.id(),
                    path.id
                );
            }
        }
    }
}

#[test]
fn quick_is_quick_and_each_suite_holds_the_smaller() {
    let probes = probes();
    let (quick, standard, full) = (ids(&probes, "quick"), ids(&probes, "standard"), ids(&probes, "full"));
    assert!(quick.len() <= 30, "{}", quick.len());
    assert_eq!(standard[..quick.len()], quick[..]);
    assert_eq!(full[..standard.len()], standard[..]);
    assert!(full.len() > standard.len());
}

#[test]
fn standard_is_the_full_cross() {
    let probes = probes();
    let standard: BTreeSet<String> = ids(&probes, "standard").into_iter().collect();
    for endpoint in ["manifests", "blobs"] {
        for subject in ["tag", "index", "manifest", "config", "absent-tag", "absent-digest", "layer"] {
            for accept in probes.accepts.crossed() {
                for method in if subject == "layer" { vec!["HEAD"] } else { vec!["GET", "HEAD"] } {
                    let id = format!("{method} {endpoint}/{subject} accept={accept}");
                    assert!(standard.contains(&id), "{id}");
                }
            }
        }
    }
}

/// The smallest matrix that separates the catalogued behaviours, stage by stage.
const MINIMAL: &[&str] = &[
    // 0: transport
    "GET ping accept=none",
    "GET ping accept=none slash=no",
    "GET ping accept=none agent=docker",
    "GET ping accept=none http=1.1",
    "GET ping accept=none http=2",
    // 1: authentication
    "GET ping accept=none token=none",
    "GET manifests/tag accept=all token=none",
    "GET manifests/tag accept=all token=junk-basic",
    "GET manifests/tag accept=all token=junk-bearer",
    "HEAD manifests/tag accept=all token=none",
    "HEAD manifests/tag accept=all token=junk-basic",
    "HEAD manifests/tag accept=all token=junk-bearer",
    "GET token accept=none",
    "GET token accept=none omit=service",
    "GET token accept=none omit=scope",
    "POST token accept=none",
    // 2: Accept x reference x method
    "GET manifests/tag accept=none",
    "GET manifests/tag accept=any",
    "GET manifests/tag accept=json",
    "GET manifests/tag accept=docker-config",
    "GET manifests/tag accept=schema1-signed",
    "GET manifests/tag accept=docker-manifest",
    "GET manifests/tag accept=docker-manifest-q",
    "GET manifests/tag accept=upper-case",
    "GET manifests/tag accept=all-upper-case",
    "GET manifests/tag accept=docker-list",
    "GET manifests/tag accept=oci-manifest",
    "GET manifests/tag accept=oci-index",
    "GET manifests/tag accept=all",
    "GET manifests/tag accept=all again=2",
    "GET manifests/tag accept=none again=2",
    "GET manifests/tag accept=all-lines",
    "HEAD manifests/tag accept=none",
    "HEAD manifests/tag accept=all",
    "GET manifests/manifest accept=none",
    "GET manifests/manifest accept=docker-config",
    "GET manifests/manifest accept=docker-manifest",
    "GET manifests/manifest accept=all",
    "HEAD manifests/manifest accept=all",
    "GET manifests/index accept=none",
    "GET manifests/index accept=all",
    "GET manifests/tag accept=docker-config digest-header=config",
    "GET manifests/tag accept=all digest-header=config",
    "GET manifests/tag accept=all agent=docker",
    "GET manifests/tag accept=all if-none-match=index",
    "GET manifests/tag accept=all if-none-match=manifest",
    // 3: wrong endpoints and negative controls
    "GET manifests/config accept=docker-config",
    "GET manifests/layer accept=all",
    "GET manifests/converted accept=all",
    "GET blobs/manifest accept=none",
    "GET manifests/absent-tag accept=all",
    "GET manifests/absent-digest accept=all",
    "GET blobs/absent-digest accept=none",
    "GET manifests/tag accept=all repository=absent",
    "GET tags accept=json repository=absent",
    "GET manifests/malformed-digest accept=all",
    "GET blobs/malformed-digest accept=none",
    // 4: blobs
    "GET blobs/config accept=none",
    "HEAD blobs/config accept=none",
    "HEAD blobs/layer accept=none",
    "GET blobs/config accept=none redirects=stop",
    "GET blobs/layer accept=none redirects=stop",
    "HEAD blobs/config accept=none redirects=stop",
    "HEAD blobs/layer accept=none redirects=stop",
    "GET blobs/config accept=none redirects=anonymous",
    "GET blobs/layer accept=none redirects=anonymous",
    "HEAD blobs/config accept=none redirects=anonymous",
    "HEAD blobs/layer accept=none redirects=anonymous",
    "GET blobs/layer accept=none range=0-0",
    "GET blobs/layer accept=none range=0-0,2-2",
    "GET blobs/layer accept=none again=2 range=0-0",
    // 5: content coding
    "GET manifests/tag accept=all encoding=gzip",
    "GET manifests/tag accept=all encoding=identity",
    "HEAD manifests/tag accept=all encoding=gzip",
    "HEAD manifests/tag accept=all encoding=identity",
    "GET blobs/config accept=none encoding=gzip",
    "GET blobs/config accept=none encoding=identity",
    "HEAD blobs/config accept=none encoding=gzip",
    "HEAD blobs/config accept=none encoding=identity",
    // 6: discovery
    "GET tags accept=json",
    "GET tags accept=json query=n=1",
    "GET tags accept=json query=n=1001",
    "GET tags accept=json query=n=-1",
    "GET tags accept=json query=last=~zz",
    "GET tags accept=docker-manifest",
    "GET catalog accept=json query=n=1",
    "GET referrers/manifest accept=oci-index",
    "GET referrers/manifest accept=oci-index query=artifactType=application/vnd.example",
    "GET referrers/manifest accept=oci-index repository=absent",
    "GET referrers/absent-digest accept=oci-index",
    "GET manifests/fallback-tag accept=all",
    // 7: naming
    "GET manifests/tag accept=all repository=library",
    "GET manifests/tag accept=all repository=upper",
];

#[test]
fn standard_holds_the_minimal_matrix() {
    let probes = probes();
    let standard: BTreeSet<String> = ids(&probes, "standard").into_iter().collect();
    let missing: Vec<&&str> = MINIMAL.iter().filter(|id| !standard.contains(**id)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_paths_read_as_in_the_design() {
    let lines = probes().paths.into_iter().map(|path| {
        let steps = path.steps.iter().map(|step| {
            let condition = match (step.only_after_index, step.unless_schema1, step.alternative) {
                (true, _, _) => "after an index: ",
                (_, true, _) => "unless schema 1: ",
                (_, _, true) => "or else: ",
                _ => "",
            };
            let expect: Vec<&str> = step.expect.iter().map(|k| k.as_str()).collect();
            format!("\n  {condition}{} -> {}", step.cell.id(), expect.join("|"))
        });
        let holds: Vec<&str> = path.holds.iter().map(|k| k.as_str()).collect();
        format!("{} ({}) [{}]{}", path.id, path.kind.as_str(), holds.join("|"), steps.collect::<String>())
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    any-type (main) []
      GET manifests/tag accept=all -> oci-index|docker-list|oci-manifest|docker-manifest|schema1
      after an index: GET manifests/manifest accept=all -> oci-manifest|docker-manifest
      unless schema 1: GET blobs/config accept=none -> config
    config-digest-at-manifests (trap) []
      GET manifests/config accept=docker-config -> config
    config-type-at-manifests (trap) []
      GET manifests/tag accept=docker-config -> config
      or else: GET manifests/tag accept=oci-config -> config
    digest-pinned (main) []
      GET manifests/manifest accept=all -> oci-manifest|docker-manifest|schema1
      unless schema 1: GET blobs/config accept=none -> config
    digest-request-header (trap) []
      GET manifests/tag accept=docker-config digest-header=config -> config
    docker-list (main) [docker-list]
      GET manifests/tag accept=docker-list -> docker-list
      GET manifests/manifest accept=docker-manifest -> docker-manifest
      GET blobs/config accept=none -> config
    docker-manifest (main) [docker-manifest]
      GET manifests/tag accept=docker-manifest -> docker-manifest
      GET blobs/config accept=none -> config
    no-accept (legacy) []
      GET manifests/tag accept=none -> oci-index|docker-list|oci-manifest|docker-manifest|schema1
      after an index: GET manifests/manifest accept=none -> oci-manifest|docker-manifest
      unless schema 1: GET blobs/config accept=none -> config
    oci-index (main) [oci-index]
      GET manifests/tag accept=oci-index -> oci-index
      GET manifests/manifest accept=oci-manifest -> oci-manifest
      GET blobs/config accept=none -> config
    oci-manifest (main) [oci-manifest]
      GET manifests/tag accept=oci-manifest -> oci-manifest
      GET blobs/config accept=none -> config
    referrers (main) []
      GET referrers/manifest accept=oci-index -> oci-index
      or else: GET manifests/fallback-tag accept=all -> oci-index
    schema1-history (legacy) [schema1]
      GET manifests/tag accept=schema1-signed -> schema1
    ");
}
