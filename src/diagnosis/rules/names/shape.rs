//! What a name may look like.

use super::{ABSENT, PLAIN, alike, by_tag, severity};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::Method;
use crate::oci::document::BodyKind;
use crate::plan::Endpoint;
use crate::report::{Answer, CellView};

/// So many components, no more, no fewer.
pub(crate) const SHAPE: Rule = Rule {
    id: "name-shape",
    // Nothing that is asked under such a name says anything of what the registry holds.
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let (id, answer) = case.answer(PLAIN)?;
        let invalid =
            |a: &Answer| (400..500).contains(&a.status) && a.error_code.as_deref() == Some("NAME_INVALID");
        let (absent_id, absent) = case.answer(ABSENT)?;
        if !invalid(answer) || !invalid(absent) || by_tag(case).any(|(_, a)| a.status == 200) {
            return None;
        }
        // The one name of another shape that is asked for, where the target's has one component.
        let other = case.answer("GET manifests/tag accept=all repository=library");
        let other = other.filter(|(_, a)| !invalid(a) && !matches!(a.status, 401 | 403 | 429));
        let confidence = if other.is_some() { Confidence::Certain } else { Confidence::Likely };
        let name = &case.evidence.recording.target.repository;
        let components = match name.split('/').count() {
            1 => "one component".to_owned(),
            n => format!("{n} components"),
        };
        // Whatever is asked for under the name is refused so, HEAD without a body to say why.
        let within =
            |c: &CellView| matches!(c.endpoint, Endpoint::Manifests | Endpoint::Blobs | Endpoint::Tags);
        let status = answer.status;
        let same =
            move |c: &CellView, a: &Answer| a.status == status && (c.method == Method::Head || invalid(a));
        let refused = case.evidence.answers(within).filter(move |(c, a)| same(c, a)).map(|(c, _)| &c.id);
        let said = answer.error_message.as_ref().map_or(String::new(), |m| format!(" It says: \"{m}\"."));
        let unlike =
            other.map_or(String::new(), |(id, a)| format!(" A name with one more is not: {}.", quote(id, a)));
        Some(
            Finding::new(self::SHAPE.id, severity(case), confidence, Whose::Request)
                .title(format!("NAME_INVALID for names of {components}, such as {name}"))
                .explain(format!(
                    "{}, and another name of {components} is refused in the same way: {}.{said}{unlike} The spec's grammar \
                     allows the name.",
                    quote(id, answer),
                    quote(absent_id, absent)
                ))
                .remedy(
                    "Write the full name that this registry requires: project and name, or project, repository and \
                     image.",
                )
                .evidence(
                    [id, absent_id]
                        .into_iter()
                        .chain(other.map(|(id, _)| id))
                        .chain(alike(case, answer.status))
                        .chain(refused),
                ),
        )
    },
};

/// A name against the grammar is a page that is not there.
pub(crate) const UPPERCASE: Rule = Rule {
    id: "uppercase-name-404-plain",
    layer: Layer::Optional,
    under: &["error-empty-or-plain", "not-mapped-html-404"],
    examine: |case| {
        let (id, answer) = case.answer("GET manifests/tag accept=all repository=upper")?;
        let (absent_id, absent) = case.answer(ABSENT)?;
        let routed = absent.error_code.is_some() && (400..500).contains(&absent.status);
        let plain = matches!(answer.kind, BodyKind::Text | BodyKind::Html | BodyKind::Empty);
        if answer.status != 404 || answer.error_code.is_some() || !plain || !routed {
            return None;
        }
        Some(
            Finding::new(self::UPPERCASE.id, Severity::Note, Confidence::Certain, Whose::Request)
                .explain(format!(
                    "{} ({}), while a repository that is not there is refused in the registry's own form: {}.",
                    quote(id, answer),
                    answer.content_type.as_deref().unwrap_or("no Content-Type"),
                    quote(absent_id, absent)
                ))
                .remedy("Write repository names in lower case.")
                .evidence([id, absent_id]),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 2] = ["name-shape", "uppercase-name-404-plain"];

    #[test]
    fn too_few_components() {
        let id = "name-shape";
        for image in ["lab/oci", "oci"] {
            let report = probe(&[id], image);
            assert_eq!((report.findings[0].id, report.findings[0].severity), (id, Severity::Broken));
            assert_fires(id, &[id], image);
        }
    }

    #[test]
    fn capital_letters() {
        let id = "uppercase-name-404-plain";
        assert_fires(id, &[id], "lab/oci");
        assert!(find(&probe(&["error-empty-or-plain"], "lab/oci"), id).is_none());
    }

    #[test]
    fn silent_on_names_that_are_taken() {
        assert_none_of(&IDS);
        assert!(find(&probe(&[], "lab/nothing"), IDS[0]).is_none());
    }
}
