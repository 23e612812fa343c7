//! Manifests beyond the size that everyone takes.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::media_type;
use crate::plan::{Endpoint, Subject};
use crate::report::Answer;

/// What the spec asks every registry to take, and CNCF distribution takes at most.
const LIMIT: u64 = 4 << 20;

fn is_manifest(answer: &Answer) -> bool {
    let base = answer.content_type.as_deref().map(media_type::base).unwrap_or_default();
    matches!(
        base.as_str(),
        media_type::OCI_INDEX
            | media_type::OCI_MANIFEST
            | media_type::DOCKER_LIST
            | media_type::DOCKER_MANIFEST
            | media_type::SCHEMA1
            | media_type::SCHEMA1_SIGNED
    )
}

/// Too large for many.
pub(crate) const RULE: Rule = Rule {
    id: "manifest-size-limit",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let (cell, answer) = case
            .plain(|c| {
                let real = matches!(
                    c.subject,
                    Some(Subject::Tag | Subject::Digest | Subject::Index | Subject::Manifest)
                );
                c.endpoint == Endpoint::Manifests && real
            })
            .filter(|(_, a)| a.status == 200 && is_manifest(a))
            .find(|(_, a)| a.content_length.is_some_and(|length| length > LIMIT))?;
        let length = answer.content_length?;
        let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
        let alike = case
            .plain(|c| c.endpoint == Endpoint::Manifests)
            .filter(|(_, a)| a.content_length == Some(length));
        Some(
            Finding::new(RULE.id, severity, Confidence::Likely, Whose::Image)
                .title(format!("Manifest of {length} bytes, larger than 4 MiB"))
                .explain(format!(
                    "{}, with Content-Length: {length}. Registries and clients limit what they read of a manifest.",
                    quote(&cell.id, answer)
                ))
                .remedy("Make the manifest smaller: split the index, and move documents from annotations into blobs.")
                .evidence(std::iter::once(&cell.id).chain(alike.map(|(c, _)| &c.id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_silent, find, probe};
    use crate::exchange::Outcome;
    use crate::judge;
    use crate::probes::Probes;

    const ID: &str = "manifest-size-limit";

    /// No image of the lab is so large: a run in which the answers to HEAD say that it is.
    #[test]
    fn more_than_everyone_takes() {
        for (length, found) in [((4 << 20) + 1, true), (4 << 20, false)] {
            let mut recording = probe(&[], "lab/oci").recording.clone();
            let answers = recording.exchanges.iter_mut().flat_map(|e| &mut e.hops).filter(|hop| {
                hop.request.method == crate::exchange::Method::Head && hop.request.url.ends_with("/latest")
            });
            for hop in answers {
                let Outcome::Answered(response) = &mut hop.outcome else { continue };
                for header in response.headers.iter_mut().filter(|h| h.name == "content-length") {
                    header.value = length.to_string();
                }
            }
            let report = judge::judge(recording, &Probes::embedded().unwrap());
            assert_eq!(find(&report, ID).is_some(), found, "{length}");
        }
    }

    #[test]
    fn silent_on_manifests_of_every_day() {
        assert_silent(ID);
    }
}
