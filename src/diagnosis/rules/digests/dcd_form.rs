//! A digest header that is there, and is no digest.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::Endpoint;
use crate::report::{Answer, CellView};

/// The successful answers whose digest header is of some form, manifests before blobs, `accept=all` before the rest.
fn formed<'a>(case: &Case<'a>, form: fn(&str) -> bool) -> Vec<(&'a CellView, &'a Answer)> {
    let mut found: Vec<_> = case
        .plain(|c| matches!(c.endpoint, Endpoint::Manifests | Endpoint::Blobs))
        .filter(|(_, a)| a.status == 200 && a.docker_content_digest.as_deref().is_some_and(form))
        .collect();
    found.sort_by_key(|(c, _)| {
        (c.endpoint != Endpoint::Manifests, c.accept != "all", c.method.as_str() != "GET")
    });
    found
}

fn is_bare(text: &str) -> bool {
    let text = text.trim();
    matches!(text.len(), 64 | 128) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_empty(text: &str) -> bool {
    matches!(text.trim(), "" | "\"\"")
}

/// The digits without their algorithm.
pub(crate) const BARE: Rule = Rule {
    id: "dcd-bare-hex",
    layer: Layer::Integrity,
    under: &[],
    examine: |case| {
        let bare = formed(case, is_bare);
        let (cell, answer) = *bare.first()?;
        let header = answer.docker_content_digest.as_deref().unwrap_or_default().trim();
        let names_body = |(_, a): &&(&CellView, &Answer)| {
            let header = a.docker_content_digest.as_deref().unwrap_or_default().trim();
            a.body_digest.as_ref().is_some_and(|d| d.encoded().eq_ignore_ascii_case(header))
        };
        let proof = bare.iter().find(names_body);
        let (confidence, right) = match proof {
            Some(_) => (
                Confidence::Certain,
                " The digits are those of the body's sha256: only the algorithm is missing.",
            ),
            None => (Confidence::Likely, ""),
        };
        Some(
            Finding::new(self::BARE.id, Severity::Warning, confidence, Whose::Registry)
                .explain(format!(
                    "{} with Docker-Content-Digest: {header}, which is no digest.{right} {} answers are like that.",
                    quote(&cell.id, answer),
                    bare.len()
                ))
                .remedy(
                    "Registry operator: write sha256: before the digits. Client: ignore the header and hash the \
                     body.",
                )
                .evidence(
                    std::iter::once(&cell.id)
                        .chain(proof.map(|(c, _)| &c.id))
                        .chain(bare.iter().map(|(c, _)| &c.id)),
                ),
        )
    },
};

/// Nothing after the colon.
pub(crate) const EMPTY: Rule = Rule {
    id: "dcd-empty-string",
    layer: Layer::Integrity,
    under: &[],
    examine: |case| {
        let empty = formed(case, is_empty);
        let (cell, answer) = *empty.first()?;
        let whole = formed(case, |text| !is_empty(text));
        // Where HEAD tells the digest, clients that look for one find it.
        let told =
            whole.iter().find(|(c, _)| c.method.as_str() == "HEAD" && c.endpoint == Endpoint::Manifests);
        let severity = if told.is_some() { Severity::Note } else { Severity::Warning };
        Some(
            Finding::new(self::EMPTY.id, severity, Confidence::Certain, Whose::Registry)
                .explain(format!(
                    "{} with an empty Docker-Content-Digest; {} answers are like that.{}",
                    quote(&cell.id, answer),
                    empty.len(),
                    told.map_or(String::new(), |(c, a)| format!(" {} has one.", quote(&c.id, a)))
                ))
                .remedy(
                    "Client: treat the header as absent and hash the body. Registry operator: send the digest, or \
                     leave the header out.",
                )
                .evidence(
                    std::iter::once(&cell.id)
                        .chain(told.map(|(c, _)| &c.id))
                        .chain(empty.iter().map(|(c, _)| &c.id)),
                ),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::testing::{assert_fires, assert_silent, find, probe};

    #[test]
    fn forms() {
        assert!(is_bare(&"0f".repeat(32)) && !is_bare(&format!("sha256:{}", "0f".repeat(32))));
        assert!(!is_bare("latest") && !is_bare("") && is_empty(" "));
    }

    #[test]
    fn bare_digits() {
        assert_fires("dcd-bare-hex", &["dcd-bare-hex"], "lab/oci");
        assert!(find(&probe(&["dcd-empty-string"], "lab/oci"), "dcd-bare-hex").is_none());
        assert_silent("dcd-bare-hex");
    }

    #[test]
    fn an_empty_header() {
        assert_fires("dcd-empty-string", &["dcd-empty-string"], "lab/oci");
        let report = probe(&["dcd-missing-everywhere"], "lab/oci");
        assert!(find(&report, "dcd-empty-string").is_none());
        assert_silent("dcd-empty-string");
    }
}
