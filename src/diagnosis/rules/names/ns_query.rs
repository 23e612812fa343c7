//! `?ns=`: which upstream a mirror is to ask.

use super::{ABSENT, PLAIN, alike, by_tag, gave, severity};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::CellId;
use crate::report::Answer;

/// It is refused, or it is wanted.
pub(crate) const RULE: Rule = Rule {
    id: "ns-query-400",
    // A mirror that is not told its upstream finds nothing, and what it then says is no news of the tag.
    layer: Layer::Routing,
    under: &[],
    examine: |case| {
        let plain = case.answer(PLAIN)?;
        let with = case.answer("GET manifests/tag accept=all query=ns=docker.io")?;
        refused(case, plain, with).or_else(|| wanted(case, plain, with))
    },
};

type Seen<'a> = (&'a CellId, &'a Answer);

fn refused(case: &Case<'_>, plain: Seen<'_>, with: Seen<'_>) -> Option<Finding> {
    // A mirror that goes by ns and has no such upstream says so with 403 or 404; that is no refusal of the query.
    let bad = (400..500).contains(&with.1.status) && !matches!(with.1.status, 401 | 403 | 404 | 408 | 429);
    if !bad || !gave(plain.1) {
        return None;
    }
    let again = case.answer("GET manifests/tag accept=all again=2");
    let confidence = match again {
        Some((_, a)) if gave(a) => Confidence::Certain,
        _ => Confidence::Likely,
    };
    Some(
        Finding::new(RULE.id, Severity::Warning, confidence, Whose::Registry)
            .title("The query ns=, which containerd sends to mirrors, is refused")
            .explain(format!(
                "{}, while {}: only the query differs. containerd adds it wherever this registry is set up as a mirror.",
                quote(with.0, with.1),
                quote(plain.0, plain.1)
            ))
            .remedy(
                "Registry operator: ignore unknown query parameters. Client: do not configure this registry as a \
                 mirror in containerd's hosts.toml; name it in the image reference.",
            )
            .evidence([with.0, plain.0].into_iter().chain(again.map(|(id, _)| id))),
    )
}

fn wanted(case: &Case<'_>, plain: Seen<'_>, with: Seen<'_>) -> Option<Finding> {
    let turned_down = |a: &Answer| (400..500).contains(&a.status) && !matches!(a.status, 401 | 403 | 429);
    if !turned_down(plain.1) || !gave(with.1) || !by_tag(case).all(|(_, a)| turned_down(a)) {
        return None;
    }
    let absent = case.answer(ABSENT);
    if absent.is_some_and(|(_, a)| a.status == 200) {
        return None;
    }
    Some(
        Finding::new(RULE.id, severity(case), Confidence::Likely, Whose::Request)
            .title("Image found only with the query ns=<upstream host>")
            .explain(format!(
                "{}, while {}: only the query differs.",
                quote(plain.0, plain.1),
                quote(with.0, with.1)
            ))
            .remedy(
                "Client: add ?ns=<upstream host> to each request, as containerd does. Proxy operator: set a default \
                 upstream for clients that do not send it.",
            )
            .evidence([plain.0, with.0].into_iter().chain(absent.map(|(id, _)| id)).chain(alike(case, plain.1.status))),
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    const ID: &str = "ns-query-400";

    #[test]
    fn refused() {
        for image in ["lab/oci", "lab/docker-list"] {
            assert_fires(ID, &[ID], image);
        }
        assert_eq!(find(&probe(&[ID], "lab/oci"), ID).unwrap().severity, Severity::Warning);
    }

    #[test]
    fn wanted() {
        assert_fires(ID, &["ns-query-wanted"], "lab/oci");
        let report = probe(&["ns-query-wanted"], "lab/oci");
        assert_eq!((report.findings[0].id, report.findings[0].severity), (ID, Severity::Broken));
        assert!(find(&report, "tag-not-found").is_none());
    }

    #[test]
    fn silent_where_it_makes_no_difference() {
        assert_silent(ID);
        assert!(find(&probe(&[ID], "lab/nothing"), ID).is_none());
    }
}
