//! Two answers, two digests.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::rules::pairs::{Pair, cells, pairs};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::digest::Digest;
use crate::oci::document::BodyKind;
use crate::plan::{CellId, Endpoint};
use crate::report::Answer;

/// The digests that both announce, where they are two.
fn two(head: &Answer, get: &Answer) -> Option<(Digest, Digest)> {
    let digest = |answer: &Answer| {
        let good = answer.status == 200;
        good.then(|| Digest::parse(answer.docker_content_digest.as_deref()?).ok()).flatten()
    };
    let (head, get) = (digest(head)?, digest(get)?);
    // Two algorithms may name the same bytes.
    (head != get && head.algorithm() == get.algorithm()).then_some((head, get))
}

/// HEAD and GET announce two digests.
pub(crate) const RULE: Rule = Rule {
    id: "dcd-head-get-differ",
    layer: Layer::Integrity,
    under: &[
        "dcd-unreliable-for-tags",
        "manifest-rewritten-by-proxy",
        "wrong-dcd-for-collapsed-list",
        "list-collapsed-to-amd64",
        "no-accept-yields-schema1",
    ],
    examine: |case| {
        let mut same: Vec<Pair<'_>> = pairs(case, Endpoint::Manifests);
        // Schema 1 is signed anew each time, and some registries hash the signatures too.
        same.retain(|p| p.get.1.kind != BodyKind::Schema1 && two(p.head.1, p.get.1).is_some());
        match same.first() {
            Some(first) => {
                let first = *first;
                let more = cells(&same);
                told(case, first.head, first.get, true).map(|finding| finding.evidence(more))
            }
            None => {
                let head = case.answer("HEAD manifests/tag accept=none")?;
                let get = case.answer("GET manifests/tag accept=all")?;
                told(case, head, get, false)
            }
        }
    },
};

fn told<'a>(
    case: &Case<'a>,
    head: (&'a CellId, &'a Answer),
    get: (&'a CellId, &'a Answer),
    same_accept: bool,
) -> Option<Finding> {
    let (head_digest, get_digest) = two(head.1, get.1)?;
    let role = |digest: &Digest| {
        let role = case.evidence.recording.subjects.role(digest.as_str());
        role.map_or(String::new(), |role| format!(" (the {})", role.as_str()))
    };
    let (severity, why) = if same_accept {
        (Severity::Warning, "Accept was the same: HEAD does not describe what GET sends.")
    } else {
        (Severity::Note, "Only Accept differs: the registry has several things to give for one tag.")
    };
    Some(
        Finding::new("dcd-head-get-differ", severity, Confidence::Certain, Whose::Registry)
            .title(if same_accept {
                "HEAD and GET announce different digests for the same request"
            } else {
                "HEAD without Accept announces another digest than GET with all types"
            })
            .explain(format!(
                "{} announces {head_digest}{}, while {} announces {get_digest}{}. {why}",
                quote(head.0, head.1),
                role(&head_digest),
                quote(get.0, get.1),
                role(&get_digest)
            ))
            .remedy("Send the same Accept with every type in HEAD and GET; take the digest from the body that came.")
            .evidence([head.0, get.0]),
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn fires_where_head_says_something_else() {
        assert_fires("dcd-head-get-differ", &["dcd-head-get-differ"], "lab/oci");
    }

    #[test]
    fn hangs_under_a_conversion() {
        let report = probe(&["list-collapsed-to-amd64"], "lab/docker-list");
        assert!(find(&report, "dcd-head-get-differ").is_some());
        assert!(report.findings.iter().all(|f| f.id != "dcd-head-get-differ"));
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_silent("dcd-head-get-differ");
    }
}
