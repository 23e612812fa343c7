//! What a manifest is called: by its Content-Type, and by itself.

use super::seen::{also, existing, is_manifest, media_type, own};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::oci::media_type as mt;
use crate::report::{Answer, CellView};

/// Manifests that came whole, with what they are called.
pub(super) fn labelled<'a>(case: &Case<'a>) -> impl Iterator<Item = (&'a CellView, &'a Answer, &'a str)> {
    case.plain(|cell| existing(cell) && cell.method.as_str() == "GET").filter_map(|(cell, answer)| {
        let label = answer.content_type.as_deref()?;
        (answer.status == 200 && is_manifest(answer.kind)).then_some((cell, answer, label))
    })
}

/// A manifest under a Content-Type that is no manifest's.
fn mislabelled(case: &Case<'_>, id: &'static str, wrong: &'static str) -> Option<Finding> {
    // What a client that asked for that very type is told says nothing about the others.
    let ordinary = |cell: &CellView, kind| {
        matches!(cell.accept.as_str(), "all" | "all-lines") || Some(cell.accept.as_str()) == own(kind)
    };
    let (cell, answer, _) = labelled(case)
        .find(|(cell, answer, label)| mt::base(label) == wrong && ordinary(cell, answer.kind))?;
    // Engines take these two for schema 1: where it is schema 1, nothing breaks.
    let harmless = answer.kind == BodyKind::Schema1 && wrong != "text/html";
    let severity = if harmless { Severity::Note } else { Severity::Warning };
    let right = media_type(answer.kind);
    let control = labelled(case).find(|(_, a, label)| a.kind == answer.kind && mt::base(label) == right);
    let control_words = control.map_or(String::new(), |(c, a, label)| {
        format!(" Rightly labelled {label} was: {}.", quote(&c.id, a))
    });
    let others = also(case, move |_, a| {
        a.status == 200 && a.content_type.as_deref().is_some_and(|label| mt::base(label) == wrong)
    });
    Some(
        Finding::new(id, severity, Confidence::Certain, Whose::Registry)
            .title(format!("Manifests have Content-Type {wrong}"))
            .explain(format!(
                "{}, and its Content-Type is {}, where {right} belongs.{control_words} Clients choose how to read a \
                 manifest by its Content-Type: the Docker engine and podman take this one for schema 1, or refuse it.",
                quote(&cell.id, answer),
                answer.content_type.as_deref().unwrap_or_default()
            ))
            .remedy(
                "Registry or proxy operator: send the manifest's own media type. Client: use mediaType and \
                 schemaVersion from the body when Content-Type is not a manifest type.",
            )
            .evidence(std::iter::once(&cell.id).chain(control.map(|(c, ..)| &c.id)).chain(others)),
    )
}

/// `application/json`.
pub(crate) const JSON: Rule = Rule {
    id: "ct-application-json",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| mislabelled(case, JSON.id, "application/json"),
};

/// `text/plain`.
pub(crate) const PLAIN: Rule = Rule {
    id: "ct-text-plain",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| mislabelled(case, PLAIN.id, "text/plain"),
};

/// `text/html`, around a manifest or inside it.
pub(crate) const HTML: Rule = Rule {
    id: "ct-text-html",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| mislabelled(case, HTML.id, "text/html").or_else(|| html_config(case)),
};

fn html_config(case: &Case<'_>) -> Option<Finding> {
    let named = |cell: &CellView| {
        let document = case.evidence.document(&cell.id.0)?;
        (mt::base(document.config.as_ref()?.media_type.as_deref()?) == "text/html").then_some(())
    };
    let (cell, answer, _) =
        labelled(case).find(|(cell, a, _)| a.kind.is_manifest() && named(cell).is_some())?;
    let control = case.answer("GET blobs/config accept=none");
    let control_words =
        control.map_or(String::new(), |(id, a)| format!(" The config itself: {}.", quote(id, a)));
    Some(
        Finding::new(HTML.id, Severity::Warning, Confidence::Certain, Whose::Image)
            .title("config.mediaType in the manifest is text/html")
            .explain(format!(
                "{}, and in it config.mediaType is text/html.{control_words} Engines refuse an image whose config has a \
                 type that they do not know.",
                quote(&cell.id, answer)
            ))
            .remedy(
                "Push the image again with a tool that writes the config's media type; the registry is not at fault.",
            )
            .evidence(std::iter::once(&cell.id).chain(control.map(|(id, _)| id))),
    )
}

/// `; charset=utf-8`.
pub(crate) const CHARSET: Rule = Rule {
    id: "ct-charset-suffix",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let suffixed = |label: &str, kind| label.contains(';') && mt::base(label) == media_type(kind);
        let (cell, answer, label) = labelled(case).find(|(_, a, label)| suffixed(label, a.kind))?;
        let others = also(case, move |_, a| {
            a.status == 200 && a.content_type.as_deref().is_some_and(|label| suffixed(label, a.kind))
        });
        Some(
            Finding::new(CHARSET.id, Severity::Note, Confidence::Certain, Whose::Registry)
                .title("Content-Type of manifests has a parameter")
                .explain(format!(
                    "{}, with Content-Type: {label}; the media type is {}.",
                    quote(&cell.id, answer),
                    media_type(answer.kind)
                ))
                .remedy(
                    "Client: compare the part before the semicolon, without regard to case. Registry operator: send \
                     the bare type.",
                )
                .evidence(std::iter::once(&cell.id).chain(others)),
        )
    },
};

/// A manifest that does not say what it is.
pub(crate) const WITHOUT_MEDIA_TYPE: Rule = Rule {
    id: "manifest-without-mediatype",
    layer: Layer::Negotiation,
    under: &[],
    examine: |case| {
        let silent = |cell: &CellView, answer: &Answer| {
            (answer.kind.is_index() || answer.kind.is_manifest())
                && case.evidence.document(&cell.id.0).is_some_and(|d| d.media_type.is_none())
        };
        let found: Vec<_> = labelled(case).filter(|(cell, answer, _)| silent(cell, answer)).collect();
        let (cell, answer, label) = found.first()?;
        Some(
            Finding::new(WITHOUT_MEDIA_TYPE.id, Severity::Note, Confidence::Certain, Whose::Image)
                .explain(format!(
                    "{}: the body has no mediaType, and Content-Type is {label}.",
                    quote(&cell.id, answer)
                ))
                .remedy(
                    "Client: use Content-Type, else the content: `manifests` means an index, `layers` and `config` \
                     a manifest. For copies everywhere, build the image again with a tool that writes the field.",
                )
                .evidence(found.iter().map(|(cell, ..)| &cell.id)),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Whose;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn labels_that_are_no_manifests() {
        for id in ["ct-application-json", "ct-text-plain", "ct-text-html"] {
            for image in ["lab/docker", "lab/index"] {
                assert_fires(id, &[id], image);
            }
            assert_silent(id);
        }
    }

    #[test]
    fn the_image_may_name_html_itself() {
        let report = probe(&["ct-text-html-config"], "lab/docker");
        assert_eq!(find(&report, "ct-text-html").unwrap().whose, Whose::Image);
    }

    #[test]
    fn a_charset() {
        assert_fires("ct-charset-suffix", &["ct-charset-suffix"], "lab/oci");
        assert_silent("ct-charset-suffix");
    }

    /// The image alone shows it.
    #[test]
    fn a_manifest_that_does_not_say_what_it_is() {
        assert_fires("manifest-without-mediatype", &[], "lab/oci-no-media-type");
        assert_silent("manifest-without-mediatype");
    }
}
