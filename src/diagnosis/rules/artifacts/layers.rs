//! Layers out of the ordinary, as the manifest describes them.

use url::Url;

use super::{held, not_found};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::Descriptor;
use crate::oci::media_type;
use crate::plan::Subject;

/// A layer that is not meant to be in the registry.
fn is_foreign(layer: &Descriptor) -> bool {
    let base = layer.media_type.as_deref().map(media_type::base).unwrap_or_default();
    let of_images = base.starts_with(media_type::DOCKER_LAYERS) || base.starts_with(media_type::OCI_LAYERS);
    of_images && (base.contains(".foreign.") || base.contains(".nondistributable."))
}

/// The base layer is elsewhere.
pub(crate) const FOREIGN: Rule = Rule {
    id: "foreign-layer-404",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        let digest = case.evidence.recording.subjects.layer.as_ref()?;
        let layer = held
            .document
            .layers
            .iter()
            .find(|l| l.digest.as_ref() == Some(digest))
            .filter(|l| is_foreign(l))?;
        let (id, answer) = case.answer("HEAD blobs/layer accept=none").filter(|(_, a)| a.status == 404)?;
        let blob = case.answer("GET blobs/config accept=none").filter(|(_, a)| a.status == 200);
        let confidence = if blob.is_some() { Confidence::Certain } else { Confidence::Likely };
        let foreign = held.document.layers.iter().filter(|l| is_foreign(l)).count();
        let count = held.document.layers.len();
        let (severity, place, remedy) = match layer.urls.first() {
            Some(url) => (
                Severity::Note,
                match Url::parse(url).ok().and_then(|url| Some(url.host_str()?.to_owned())) {
                    Some(host) => format!("Its descriptor says where it is: at {host}."),
                    None => "Its descriptor names a place that is no URL.".to_owned(),
                },
                "Client: download it from the descriptor's urls without Authorization, and verify its digest. \
                 Registry operator: when you mirror the image, make that host reachable too.",
            ),
            None => (
                Severity::Warning,
                "Its descriptor names no place to get it from.".to_owned(),
                "Push the image again with the layer itself (Docker daemon setting \
                 allow-nondistributable-artifacts), or with its urls.",
            ),
        };
        Some(
            Finding::new(self::FOREIGN.id, severity, confidence, Whose::Image)
                .title(format!("404 for foreign layers ({foreign} of {count}): not stored in this registry"))
                .explain(format!(
                    "{}, and the layer is of type {}.{} {place}",
                    quote(id, answer),
                    layer.media_type.as_deref().unwrap_or_default(),
                    blob.map_or(String::new(), |(id, a)| format!(
                        " Other blobs are served: {}.",
                        quote(id, a)
                    ))
                ))
                .remedy(remedy)
                .evidence(
                    [id, held.seen.0]
                        .into_iter()
                        .chain(blob.map(|(id, _)| id))
                        .chain(not_found(case, Subject::Layer).map(|(c, _)| &c.id)),
                ),
        )
    },
};

/// URLs that are not for HTTP.
pub(crate) const URLS: Rule = Rule {
    id: "non-http-urls",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        let odd = |url: &&String| {
            let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
            !matches!(scheme.as_str(), "http" | "https")
        };
        let all = held.document.layers.iter().chain(&held.document.config);
        let urls: Vec<&String> = all.flat_map(|d| &d.urls).filter(odd).collect();
        let first = urls.first()?;
        let scheme = first.split(':').next().filter(|s| s.len() < first.len()).unwrap_or("none");
        Some(
            Finding::new(self::URLS.id, Severity::Note, Confidence::Certain, Whose::Image)
                .explain(format!(
                    "{}; {} of the urls in its descriptors {} of another scheme, the first {scheme}.",
                    quote(held.seen.0, held.seen.1),
                    urls.len(),
                    if urls.len() == 1 { "is" } else { "are" },
                ))
                .remedy(
                    "Client: follow only http and https URLs. Image publisher: remove the other URLs from the \
                     manifest.",
                )
                .evidence([held.seen.0]),
        )
    },
};

/// How a layer is packed.
pub(crate) const ZSTD: Rule = Rule {
    id: "zstd-estargz-layers",
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let held = held(case)?;
        let layers = &held.document.layers;
        let zstd = |l: &&Descriptor| {
            let base = l.media_type.as_deref().map(media_type::base).unwrap_or_default();
            base.ends_with("+zstd") || base.ends_with(".tar.zstd")
        };
        let lazy = |l: &&Descriptor| {
            l.annotations.keys().any(|k| {
                k == "containerd.io/snapshot/stargz/toc.digest"
                    || k.starts_with("io.github.containers.zstd-chunked.")
            })
        };
        let (zstd, lazy) = (layers.iter().filter(zstd).count(), layers.iter().filter(lazy).count());
        let what = match (zstd, lazy) {
            (0, 0) => return None,
            (_, 0) => format!("{zstd} compressed with zstd"),
            (0, _) => format!("{lazy} built for lazy pulling"),
            _ => format!("{zstd} compressed with zstd, {lazy} built for lazy pulling"),
        };
        Some(
            Finding::new(self::ZSTD.id, Severity::Note, Confidence::Certain, Whose::Image)
                .title(format!("Of {} layers: {what}", layers.len()))
                .explain(format!(
                    "{}. {}",
                    quote(held.seen.0, held.seen.1),
                    if zstd > 0 {
                        "Clients that know only tar and gzip cannot unpack layers in zstd."
                    } else {
                        "Clients that know nothing of it read such layers as plain ones."
                    }
                ))
                .remedy(if zstd > 0 {
                    "Upgrade to Docker 23, containerd 1.5 or podman, or build the image with gzip for older clients."
                } else {
                    "Change nothing; lazy pulling needs a registry that answers Range requests."
                })
                .evidence([held.seen.0]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};
    use crate::report::Outcome;

    const IDS: [&str; 3] = ["foreign-layer-404", "non-http-urls", "zstd-estargz-layers"];

    #[test]
    fn images_alone_do_it() {
        for (id, image) in [(IDS[0], "lab/foreign"), (IDS[1], "lab/foreign:odd-urls"), (IDS[2], "lab/zstd")] {
            assert_fires(id, &[], image);
            let report = probe(&[], image);
            assert_eq!(find(&report, id).unwrap().severity, Severity::Note);
            assert_eq!(report.outcome, Outcome::Works, "{image}");
        }
        assert!(find(&probe(&[], "lab/foreign"), IDS[1]).is_none());
    }

    #[test]
    fn silent_on_plain_layers() {
        assert_none_of(&IDS);
        assert!(find(&probe(&[], "lab/mixed"), IDS[2]).is_none());
    }
}
