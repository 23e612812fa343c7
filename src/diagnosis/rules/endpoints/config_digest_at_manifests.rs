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
        .explain(explanation)
        .remedy(remedy)
        .evidence([seen.config.0, seen.blob.0, seen.nowhere.0])
}

/// 404: manifests and blobs are separate worlds.
pub(crate) const ANSWERED_404: Rule = Rule {
    id: "config-digest-at-manifests-404",
    layer: Layer::Content,
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
        Some(finding(self::ANSWERED_404.id, &seen, explanation, "Request it at /blobs/<the same digest>."))
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
        let remedy = "Request it at /blobs/<the same digest>, and do not retry the 500.";
        let what = if seen.config.0.0.contains("/layer ") { "layer" } else { "config" };
        let title = format!("500 for a {what} digest at /manifests/; use /blobs/");
        Some(finding(self::ANSWERED_500.id, &seen, explanation, remedy).title(title).evidence(alike))
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
