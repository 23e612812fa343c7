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
    about: "the base layer is foreign: the registry does not have it, the manifest says where it is",
    page: "Layers of a foreign or nondistributable type were not to be passed on; the base layers of Windows images were \
           such. The registry has no blob for them and answers 404; the descriptor's urls say where they are to be had. A \
           client fetches them there, over https, without the registry's credentials (a manifest can name any host: \
           CVE-2020-15157), and checks size and digest. Copying the image elsewhere leaves them where they are.",
    references: &[
        "OCI image spec 1.1, \"Non-Distributable Layers\"",
        "https://github.com/docker-archive/docker-registry/issues/1117",
        "https://github.com/oras-project/oras-go/issues/319",
        "https://github.com/docker/hub-feedback/issues/2132",
        "CVE-2020-15157",
    ],
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
                "Fetch it from the descriptor's urls, without Authorization, and check its digest; whoever mirrors the image \
                 has to make that place reachable too.",
            ),
            None => (
                Severity::Warning,
                "Its descriptor names no place to get it from.".to_owned(),
                "Push the image again with the layer's urls, or with the layer itself (the daemon's setting \
                 allow-nondistributable-artifacts).",
            ),
        };
        Some(
            Finding::new(self::FOREIGN.id, severity, confidence, Whose::Image)
                .title(format!(
                    "{foreign} of the image's {count} layers are foreign, and not in this registry"
                ))
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
    about: "a descriptor names URLs of other schemes than http and https",
    page: "A descriptor may carry urls, other places to get its content from. The image spec wants them to be http or https. \
           What else is there (ftp, file, magnet) no client follows, and a client that hands each URL to a general library \
           can be made to read local files. Pass over them.",
    references: &["OCI image spec 1.1, \"Descriptors\" (urls)", "containerd, commit 526defb57"],
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
                .title("the manifest names URLs that are neither http nor https")
                .explain(format!(
                    "{}; {} of the urls in its descriptors {} of another scheme, the first {scheme}.",
                    quote(held.seen.0, held.seen.1),
                    urls.len(),
                    if urls.len() == 1 { "is" } else { "are" },
                ))
                .remedy(
                    "Clients: follow http and https alone. Who pushes the image: take the other URLs out.",
                )
                .evidence([held.seen.0]),
        )
    },
};

/// How a layer is packed.
pub(crate) const ZSTD: Rule = Rule {
    id: "zstd-estargz-layers",
    layer: Layer::Content,
    about: "layers are compressed with zstd, or made for lazy pulling",
    page: "Layers in zstd have a media type that ends in +zstd. Clients that know only tar and gzip refuse them or unpack \
           nonsense: docker before 23, containerd before 1.5. eStargz and zstd:chunked are ordinary gzip and zstd with a \
           table of contents at the end, which annotations point at; clients that do not know them read them as plain \
           layers. It is a matter of how the image was built, not of the registry.",
    references: &[
        "OCI image spec 1.1, \"+zstd Media Types\"",
        "containerd, commits 2ead89509 and c51f5d26f",
        "containerd/stargz-snapshotter, docs/estargz.md",
    ],
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
            (_, 0) => format!("{zstd} in zstd"),
            (0, _) => format!("{lazy} made for lazy pulling"),
            _ => format!("{zstd} in zstd, and {lazy} made for lazy pulling"),
        };
        Some(
            Finding::new(self::ZSTD.id, Severity::Note, Confidence::Certain, Whose::Image)
                .title(format!("of the image's {} layers {what}", layers.len()))
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
                    "Use docker from 23 on, containerd from 1.5 on, or podman; or build with gzip for older clients."
                } else {
                    "Nothing to change; lazy pulling needs a registry that answers ranges."
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
