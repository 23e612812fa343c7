//! A digest is not enough: it is looked for among the blobs, or among the manifests, of one repository.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::{Endpoint, Subject};

/// A manifest's digest at `/blobs/`.
pub(crate) const MANIFEST_AT_BLOBS: Rule = Rule {
    id: "manifest-digest-at-blobs-404",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer("GET blobs/manifest accept=none")?;
        let (there_id, there) = case.answer("GET manifests/manifest accept=all")?;
        if answer.status != 404 || there.status != 200 || there.bytes_match == Some(false) {
            return None;
        }
        // A registry whose blobs are all out of reach has another trouble.
        let blob =
            case.answer("GET blobs/config accept=none").or(case.answer("HEAD blobs/layer accept=none"))?;
        if blob.1.status != 200 {
            return None;
        }
        let others = case.plain(|c| {
            c.endpoint == Endpoint::Blobs && matches!(c.subject, Some(Subject::Manifest | Subject::Index))
        });
        let others = others.filter(|(_, a)| a.status == 404).map(|(c, _)| &c.id);
        Some(
            Finding::new(self::MANIFEST_AT_BLOBS.id, Severity::Note, Confidence::Certain, Whose::Request)
                .explain(format!(
                    "{}, while {}. Blobs are served: {}.",
                    quote(id, answer),
                    quote(there_id, there),
                    quote(blob.0, blob.1)
                ))
                .remedy("Request it at /manifests/<the same digest>, with the manifest types in Accept.")
                .evidence([id, there_id, blob.0].into_iter().chain(others)),
        )
    },
};

/// A blob's digest in another repository.
pub(crate) const SCOPED: Rule = Rule {
    id: "blob-scoped-to-repo-404",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let (here_id, here) = case.answer("GET blobs/config accept=none")?;
        let (there_id, there) = case.answer("GET blobs/config accept=none repository=absent")?;
        if here.status != 200 || here.bytes_match == Some(false) || there.status != 404 {
            return None;
        }
        Some(
            Finding::new(self::SCOPED.id, Severity::Note, Confidence::Certain, Whose::Request)
                .explain(format!(
                    "{}, while the same digest in this repository is served: {}.",
                    quote(there_id, there),
                    quote(here_id, here)
                ))
                .remedy("Request blobs in the repository whose manifest names them.")
                .evidence([there_id, here_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, find, probe};

    #[test]
    fn a_manifest_is_no_blob() {
        // The faithful registry does so.
        assert_fires("manifest-digest-at-blobs-404", &[], "lab/oci");
        let served = probe(&["manifest-digest-at-blobs-200"], "lab/oci");
        assert!(find(&served, "manifest-digest-at-blobs-404").is_none());
    }

    #[test]
    fn a_blob_has_a_home() {
        assert_fires("blob-scoped-to-repo-404", &[], "lab/docker");
        assert!(find(&probe(&["basic-auth"], "lab/docker"), "blob-scoped-to-repo-404").is_none());
        assert!(find(&probe(&[], "lab/schema1"), "blob-scoped-to-repo-404").is_none());
    }
}
