//! The config's digest, asked for at `/manifests/`.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::Answer;

/// The config's digest at `/manifests/`, a digest that is nowhere, and the config as a blob.
struct Seen<'a> {
    config: (&'a CellId, &'a Answer),
    nowhere: (&'a CellId, &'a Answer),
    blob: (&'a CellId, &'a Answer),
}

fn seen<'a>(case: &Case<'a>) -> Option<Seen<'a>> {
    let blob = case.answer("GET blobs/config accept=none")?;
    (blob.1.status == 200 && blob.1.bytes_match == Some(true)).then_some(())?;
    Some(Seen {
        config: case.answer("GET manifests/config accept=docker-config")?,
        nowhere: case.answer("GET manifests/absent-digest accept=all")?,
        blob,
    })
}

fn finding(id: &'static str, seen: &Seen<'_>, explanation: String, remedy: &str) -> Finding {
    Finding::new(id, Severity::Note, Confidence::Certain, Whose::Request)
        .title("the config's digest is found at /blobs/, not at /manifests/")
        .explain(explanation)
        .remedy(remedy)
        .evidence([seen.config.0, seen.blob.0, seen.nowhere.0])
}

/// 404: manifests and blobs are separate worlds.
pub(crate) const ANSWERED_404: Rule = Rule {
    id: "config-digest-at-manifests-404",
    layer: Layer::Content,
    about: "the config's digest at /manifests/ is answered 404: manifests and blobs are separate worlds",
    page: "A digest names bytes, and still the endpoint matters: at /manifests/ only manifests are looked for. The \
           config's digest, taken from a manifest and asked for there, is answered like a digest that is nowhere. At \
           /blobs/ the same digest is answered 200. CNCF distribution from 3.0 on, GCR and most others do so.",
    references: &["OCI distribution spec 1.1, end-2 and end-3"],
    under: &["config-is-a-blob"],
    examine: |case| {
        let seen = seen(case)?;
        let ((id, config), (_, nowhere)) = (seen.config, seen.nowhere);
        if config.status != 404 || nowhere.status != 404 {
            return None;
        }
        let explanation = format!(
            "{}, exactly as for a digest that is nowhere; {}.",
            quote(id, config),
            quote(seen.blob.0, seen.blob.1)
        );
        Some(finding(self::ANSWERED_404.id, &seen, explanation, "Ask for it at /blobs/<the same digest>."))
    },
};

/// The same of a layer, for images that have no config: schema 1.
fn seen_of_layer<'a>(case: &Case<'a>) -> Option<Seen<'a>> {
    let blob = case.answer("HEAD blobs/layer accept=none").filter(|(_, a)| a.status == 200)?;
    Some(Seen {
        config: case.answer("GET manifests/layer accept=all")?,
        nowhere: case.answer("GET manifests/absent-digest accept=all")?,
        blob,
    })
}

/// 500: the registry found the blob, and failed to read it as a manifest.
pub(crate) const ANSWERED_500: Rule = Rule {
    id: "config-digest-at-manifests-500",
    layer: Layer::Content,
    about: "the config's digest at /manifests/ is answered 500: the blob is found and fails as a manifest",
    page: "CNCF distribution 2.1.1 to 2.8 also looks among the blobs when a digest is asked for at /manifests/, finds \
           the config, and fails to read it as a manifest: 500 UNKNOWN. It is no fault of the server's state, and asking \
           again does not help, though some clients take a 500 for a passing failure and do.",
    references: &["CNCF distribution, commit b2b3f8603 (removed in 3.0)"],
    under: &[],
    examine: |case| {
        let seen = seen(case).or_else(|| seen_of_layer(case))?;
        let ((id, config), (_, nowhere)) = (seen.config, seen.nowhere);
        // A cache that answers 500 for every digest it cannot find has another fault.
        if config.status != 500 || nowhere.status != 404 {
            return None;
        }
        let explanation = format!(
            "{}, while a digest that is nowhere is answered {} and {}.",
            quote(id, config),
            nowhere.status,
            quote(seen.blob.0, seen.blob.1)
        );
        // A layer's digest fares no better, nor does any other Accept value.
        let alike = case.plain(|c| {
            c.endpoint == Endpoint::Manifests && matches!(c.subject, Some(Subject::Config | Subject::Layer))
        });
        let alike = alike.filter(|(_, a)| a.status == 500).map(|(c, _)| &c.id);
        let remedy = "Ask for it at /blobs/<the same digest>, and do not retry the 500.";
        let finding = finding(self::ANSWERED_500.id, &seen, explanation, remedy);
        let layer = seen.config.0.0.contains("/layer ");
        let title = if layer { finding.title.replacen("config", "layer", 1) } else { finding.title.clone() };
        Some(finding.title(title).evidence(alike))
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn a_404_hangs_under_the_cause() {
        let report = probe(&["gcr-2018"], "lab/docker");
        let cause = report.findings.iter().find(|f| f.id == "config-is-a-blob").unwrap();
        assert!(cause.children.iter().any(|child| child.id == super::ANSWERED_404.id));
        assert!(find(&report, super::ANSWERED_500.id).is_none());
    }

    #[test]
    fn a_500_fires_for_a_config_and_for_a_layer() {
        assert_fires(super::ANSWERED_500.id, &["config-digest-at-manifests-500"], "lab/oci");
        assert_fires(super::ANSWERED_500.id, &["config-digest-at-manifests-500"], "lab/schema1");
        assert_silent(super::ANSWERED_500.id);
    }

    #[test]
    fn silent_where_there_is_no_config() {
        assert!(find(&probe(&[], "lab/schema1"), super::ANSWERED_404.id).is_none());
    }
}
