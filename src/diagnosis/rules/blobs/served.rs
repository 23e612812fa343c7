//! The type that a blob is served with.

use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Method;
use crate::oci::media_type;
use crate::plan::{Endpoint, Subject};

/// Bytes, and nothing more is said of them.
pub(crate) const OCTET_STREAM: Rule = Rule {
    id: "blob-config-octet-stream",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let ids = [
            "GET blobs/config accept=docker-config",
            "GET blobs/config accept=oci-config",
            "GET blobs/config accept=none",
        ];
        let (id, answer) = ids.into_iter().find_map(|id| case.answer(id))?;
        let named = ["GET manifests/manifest accept=all", "GET manifests/tag accept=all"]
            .into_iter()
            .filter(|id| case.answer(id).is_some_and(|(_, a)| a.status == 200))
            .find_map(|id| {
                let document = case.evidence.document(id)?;
                let config = document.config.as_ref()?;
                let same = config.digest.as_ref() == case.evidence.recording.subjects.config.as_ref();
                config.media_type.clone().filter(|_| same).zip(case.answer(id))
            });
        let (media_type, (manifest, _)) = named?;
        let plain = |text: Option<&str>| match text.map(media_type::base).as_deref() {
            None | Some("application/octet-stream" | "binary/octet-stream") => true,
            Some(_) => false,
        };
        if answer.status != 200
            || answer.bytes_match == Some(false)
            || !plain(answer.content_type.as_deref())
            || plain(Some(&media_type))
        {
            return None;
        }
        let what = match &answer.content_type {
            Some(content_type) => format!("as {content_type}"),
            None => "without a Content-Type".to_owned(),
        };
        let more = case
            .plain(|c| {
                c.endpoint == Endpoint::Blobs && c.subject == Some(Subject::Config) && c.method == Method::Get
            })
            .filter(|(_, a)| a.status == 200 && plain(a.content_type.as_deref()))
            .map(|(c, _)| &c.id);
        Some(
            Finding::new(self::OCTET_STREAM.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title(format!("Image config served {what}; its type is in the manifest"))
                .explain(format!(
                    "{}, served {what}, while {manifest} calls it {media_type}.",
                    quote(id, answer)
                ))
                .remedy(
                    "Take the media type of a blob from its descriptor in the manifest, not from Content-Type.",
                )
                .evidence([id, manifest].into_iter().chain(more)),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, find, probe};
    use crate::exchange::Outcome;
    use crate::judge;
    use crate::probes::Probes;

    #[test]
    fn the_faithful_registry_serves_bytes() {
        for image in ["lab/docker", "lab/oci", "lab/index"] {
            assert_fires("blob-config-octet-stream", &[], image);
        }
        let report = probe(&["blob-redirect-strip-auth-s3"], "lab/oci");
        assert_eq!(find(&report, "blob-config-octet-stream").unwrap().severity, Severity::Note);
    }

    #[test]
    fn silent_where_there_is_no_config_or_it_has_its_type() {
        let id = "blob-config-octet-stream";
        assert!(find(&probe(&[], "lab/schema1"), id).is_none());
        let mut recording = probe(&[], "lab/oci").recording.clone();
        let hops = recording.exchanges.iter_mut().flat_map(|e| e.hops.iter_mut());
        for hop in hops.filter(|hop| hop.request.url.contains("/blobs/")) {
            let Outcome::Answered(response) = &mut hop.outcome else { continue };
            for header in response.headers.iter_mut().filter(|h| h.name == "content-type") {
                header.value = "application/vnd.oci.image.config.v1+json".to_owned();
            }
        }
        assert!(find(&judge::judge(recording, &Probes::embedded().unwrap()), id).is_none());
    }
}
