//! What is found names something that is not.

use super::existence::{DIGEST_NOT_FOUND, specific};
use crate::diagnosis::rule::{Case, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::Answer;

type Seen<'a> = (&'a CellId, &'a Answer);

/// The answers for a subject at an endpoint, if all of them are 404, and like that for a digest which is nowhere.
fn nowhere<'a>(case: &Case<'a>, endpoint: Endpoint, subject: Subject, accept: &str) -> Option<Vec<Seen<'a>>> {
    let id = |subject: Subject| format!("GET {}/{} accept={accept}", endpoint.as_str(), subject.as_str());
    let asked = case.answer(&id(subject))?;
    let absent = case.answer(&id(Subject::AbsentDigest))?;
    let shape = |a: &Answer| (a.status, a.error_code.clone(), a.kind);
    if asked.1.status != 404 || shape(asked.1) != shape(absent.1) || specific(asked.1) {
        return None;
    }
    let all: Vec<Seen<'a>> = case
        .plain(move |c| c.endpoint == endpoint && c.subject == Some(subject))
        .map(|(cell, answer)| (&cell.id, answer))
        .collect();
    // One way of asking that gets it is enough: then it is there.
    all.iter().all(|(_, a)| a.status == 404).then(|| [asked, absent].into_iter().chain(all).collect())
}

/// Served by its digest, with the bytes that have it.
fn served<'a>(case: &Case<'a>, subject: Subject) -> Option<Seen<'a>> {
    let seen = case.answer(&format!("GET manifests/{} accept=all", subject.as_str()))?;
    (seen.1.status == 200 && seen.1.bytes_match == Some(true)).then_some(seen)
}

fn severity(case: &Case<'_>) -> Severity {
    if case.main_path_works() { Severity::Warning } else { Severity::Broken }
}

/// The index is there, the manifest that it names for the platform is not.
pub(super) fn child(case: &Case<'_>) -> Option<Finding> {
    let (index_id, index) = served(case, Subject::Index)?;
    let missing = nowhere(case, Endpoint::Manifests, Subject::Manifest, "all")?;
    let (id, answer) = *missing.first()?;
    let digest = case.evidence.recording.subjects.manifest.as_ref()?;
    Some(
        Finding::new(DIGEST_NOT_FOUND.id, severity(case), Confidence::Certain, Whose::Image)
            .title("The index names a manifest that does not exist: 404")
            .explain(format!(
                "{}, and for {} it names {digest}; {}, as for a digest that surely does not exist.",
                quote(index_id, index),
                case.evidence.recording.target.platform,
                quote(id, answer)
            ))
            .remedy(
                "Client: push the image again, the platform manifests before the index. Registry operator: keep \
                 manifests that an index references, even without a tag.",
            )
            .evidence([id, index_id].into_iter().chain(missing.iter().map(|(id, _)| *id))),
    )
}

/// The manifest is there, the config that it names is not.
pub(super) fn config(case: &Case<'_>) -> Option<Finding> {
    let (manifest_id, manifest) = served(case, Subject::Manifest).filter(|(_, a)| a.kind.is_manifest())?;
    let missing = nowhere(case, Endpoint::Blobs, Subject::Config, "none")?;
    let (id, answer) = *missing.first()?;
    let layer = case.answer("HEAD blobs/layer accept=none");
    let layers = match layer {
        Some((id, a)) if a.status == 200 => format!(" A layer is there: {}.", quote(id, a)),
        Some((id, a)) if a.status == 404 => format!(" Nor is a layer: {}.", quote(id, a)),
        _ => String::new(),
    };
    let lost = case.plain(|c| c.endpoint == Endpoint::Blobs && c.subject == Some(Subject::Layer));
    let lost = lost.filter(|(_, a)| a.status == 404).map(|(c, _)| &c.id);
    Some(
        Finding::new(DIGEST_NOT_FOUND.id, severity(case), Confidence::Certain, Whose::Registry)
            .title("The manifest names a config that does not exist: 404")
            .explain(format!(
                "{}, and {}, as for a digest that surely does not exist.{layers}",
                quote(manifest_id, manifest),
                quote(id, answer)
            ))
            .remedy(
                "Client: push the image again. Proxy operator: purge the image from the cache and check what it \
                 cannot fetch from its upstream.",
            )
            .evidence([id, manifest_id].into_iter().chain(missing.iter().map(|(id, _)| *id)).chain(lost)),
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    const ID: &str = "digest-not-found";

    #[test]
    fn what_an_index_names() {
        for quirk in ["index-child-missing", "digest-needs-tag"] {
            assert_fires(ID, &[quirk], "lab/index");
        }
        for other in ["no-pull-by-digest", "oci-not-in-accept-404", "cache-missing-digest-500"] {
            assert!(find(&probe(&[other], "lab/index"), ID).is_none(), "{other}");
        }
        assert_silent(ID);
    }

    #[test]
    fn what_a_manifest_names() {
        assert_fires(ID, &["config-blob-missing"], "lab/docker");
        let report = probe(&["config-blob-missing"], "lab/docker");
        assert!(find(&report, ID).unwrap().explanation.contains("A layer is there"));
        for other in ["head-blob-404", "blob-404-until-manifest-pulled"] {
            assert!(find(&probe(&[other], "lab/docker"), ID).is_none(), "{other}");
        }
    }
}
