//! What is in the list of tags.

use serde_json::Value;

use super::{ABSENT, Listing, OTHER, PLAIN, SPEC, whole};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;

/// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`
fn is_tag(text: &str) -> bool {
    let word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let bytes = text.as_bytes();
    bytes.first().is_some_and(word)
        && bytes.len() <= 128
        && bytes.iter().all(|b| word(b) || matches!(b, b'.' | b'-'))
}

/// What an entry of the list is, where it is no tag.
fn garbage(entry: &Value) -> Option<String> {
    const LONGEST: usize = 80;
    match entry {
        Value::String(text) if is_tag(text) => None,
        Value::String(text) => Some(format!("\"{}\"", text.chars().take(LONGEST).collect::<String>())),
        Value::Null => Some("null".to_owned()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => Some("no text".to_owned()),
    }
}

/// Entries that are no tags, or no list at all.
pub(crate) const GARBAGE: Rule = Rule {
    id: "tags-null-or-garbage",
    layer: Layer::Optional,
    about: "the list of tags has entries that are no tags, or is null",
    page: "Each entry of the list is to be a tag: text, of letters, digits, underscore, dot and dash. Sonatype Nexus 3.58 \
           was seen to have null among them, Artifactory to have digests, and an old CNCF distribution null for the list of \
           a repository that does not exist. A strict decoder fails on the whole list for one such entry, and what takes \
           each entry for a tag asks for manifests that are not there.",
    references: &[
        SPEC,
        "OCI distribution spec 1.1, \"Pulling manifests\" (what a tag may look like)",
        "https://github.com/containers/skopeo/issues/2409",
        "https://github.com/containers/skopeo/issues/2346",
        "https://github.com/distribution/distribution/issues/1186",
    ],
    under: &[],
    examine: |case| entries(case).or_else(|| null_list(case)).or_else(|| null_for_absent(case)),
};

fn finding(severity: Severity) -> Finding {
    Finding::new(GARBAGE.id, severity, Confidence::Certain, Whose::Registry)
}

fn entries(case: &Case<'_>) -> Option<Finding> {
    let plain = Listing::plain(case)?;
    let all = plain.entries()?;
    let odd: Vec<String> = all.iter().filter_map(garbage).collect();
    let first = odd.first()?;
    Some(
        finding(Severity::Warning)
            .title(format!("the list of tags has entries that are no tags: {first}"))
            .explain(format!(
                "{}: of {} entries {} no tag, {first} first.",
                quote(plain.id, plain.answer),
                all.len(),
                if odd.len() == 1 { "1 is".to_owned() } else { format!("{} are", odd.len()) }
            ))
            .remedy("On the client: leave out of the list what is no tag. On the server: list the tags only.")
            .evidence([plain.id]),
    )
}

fn null_list(case: &Case<'_>) -> Option<Finding> {
    let plain = Listing::plain(case).filter(|p| p.value.get("tags").is_some_and(Value::is_null))?;
    // A repository may have manifests and no tag. One whose tag was just served has one.
    let tagged = case.answer("GET manifests/tag accept=all").filter(|(_, a)| a.status == 200);
    let severity = if tagged.is_some() { Severity::Warning } else { Severity::Note };
    let served = tagged.map_or(String::new(), |(id, a)| format!(", while {}", quote(id, a)));
    Some(
        finding(severity)
            .title("tags is null in place of a list")
            .explain(format!("{}: tags is null{served}.", quote(plain.id, plain.answer)))
            .remedy("Read null as an empty list, and do not conclude from it that there is no tag.")
            .evidence([plain.id].into_iter().chain(tagged.map(|(id, _)| id))),
    )
}

fn null_for_absent(case: &Case<'_>) -> Option<Finding> {
    let absent = Listing::of(case, ABSENT).filter(|p| p.value.get("tags").is_some_and(Value::is_null))?;
    let (id, answer) =
        case.answer("GET manifests/tag accept=all repository=absent").filter(|(_, a)| a.status == 404)?;
    Some(
        finding(Severity::Note)
            .title("tags/list of a repository that does not exist is 200, with tags null")
            .explain(format!("{}: tags is null; {}.", quote(absent.id, absent.answer), quote(id, answer)))
            .remedy("Read null as: there is nothing, and perhaps no such repository.")
            .evidence([absent.id, id]),
    )
}

/// Out of order.
pub(crate) const UNSORTED: Rule = Rule {
    id: "tags-unsorted",
    layer: Layer::Optional,
    about: "tags are not listed in lexical order",
    page: "The spec has tags in lexical order, and last only means something where they are. GHCR lists by other rules, CNCF \
           distribution until 2.8 in the order of its storage. A client that looks for the newest version at the end of the \
           list finds another one, and one that goes on from a last of its own skips tags or sees them twice.",
    references: &[SPEC, "https://github.com/spack/spack/issues/43136"],
    under: &[],
    examine: |case| {
        let plain = Listing::plain(case)?;
        let tags = plain.tags()?;
        let folded = |tag: &str| tag.to_ascii_lowercase();
        // The spec says lexical and explains it as without case; registries of good faith do either.
        let without_case = tags.is_sorted_by(|a, b| folded(a) <= folded(b));
        if tags.is_sorted() || without_case {
            return None;
        }
        let at = tags.windows(2).find(|pair| folded(pair[0]) > folded(pair[1]))?;
        Some(
            Finding::new("tags-unsorted", Severity::Note, Confidence::Certain, Whose::Registry)
                .title("tags are not listed in lexical order")
                .explain(format!("{}: \"{}\" stands before \"{}\".", quote(plain.id, plain.answer), at[0], at[1]))
                .remedy("Sort the list yourself, and go from page to page by Link only, not by a last of your own.")
                .evidence([plain.id]),
        )
    },
};

/// Another body than `{"name": ..., "tags": [...]}`.
pub(crate) const BODY: Rule = Rule {
    id: "tags-nonstandard-body",
    layer: Layer::Optional,
    about: "the list of tags has other fields than name and tags, or is something else altogether",
    page: "The spec has an object of name and tags. Google's registries add child, with the repositories below, and manifest, \
           with digests, sizes and times: decoders that turn unknown fields down fail on it, all others do not care. Where \
           tags itself is not there, no client lists anything; Amazon's public registry answered so in 2022, before it \
           offered the list.",
    references: &[
        SPEC,
        "https://github.com/aws/containers-roadmap/issues/1262",
        "regclient/regclient, types/tag/taglist.go",
    ],
    under: &["everything-200", "not-mapped-html-404", "not-a-registry"],
    examine: |case| other(case).or_else(|| more(case)),
};

/// 200, and no list of tags.
fn other(case: &Case<'_>) -> Option<Finding> {
    if Listing::plain(case).is_some_and(|l| l.value.get("tags").is_some()) {
        return None;
    }
    let (id, answer) = case.answer(PLAIN).filter(|(_, a)| a.status == 200)?;
    case.evidence.response(&id.0).filter(|r| whole(r))?;
    let also = case.answer(OTHER).filter(|(_, a)| a.status == 200);
    let what = match answer.kind {
        BodyKind::Json | BodyKind::Tags => "JSON without tags",
        kind => crate::paths::name(kind),
    };
    Some(
        Finding::new(BODY.id, Severity::Warning, Confidence::Certain, Whose::Registry)
            .title(format!("tags/list answers 200, and no list of tags: {what}"))
            .explain(format!(
                "{} with Content-Type {}. Clients take 200 for success and find no tags.",
                quote(id, answer),
                answer.content_type.as_deref().unwrap_or("none")
            ))
            .remedy(
                "On the server: answer {\"name\": ..., \"tags\": [...]}, or 404 where tags are not listed. On the client: ask \
                 for the tag by name, and do not list.",
            )
            .evidence([id].into_iter().chain(also.map(|(id, _)| id))),
    )
}

/// The list, and more than it.
fn more(case: &Case<'_>) -> Option<Finding> {
    const MANY: usize = 5;
    let plain = Listing::plain(case)?;
    let object = plain.value.as_object()?;
    let extra: Vec<&str> =
        object.keys().map(String::as_str).filter(|key| !matches!(*key, "name" | "tags")).collect();
    let unnamed = !object.get("name").is_some_and(Value::is_string);
    let title = match (extra.is_empty(), unnamed) {
        (true, false) => return None,
        (true, true) => "the list of tags does not say the repository's name".to_owned(),
        (false, _) => {
            let shown: Vec<&str> = extra.iter().take(MANY).copied().collect();
            format!("the list of tags has fields of its own: {}", shown.join(", "))
        }
    };
    Some(
        Finding::new(BODY.id, Severity::Note, Confidence::Certain, Whose::Registry)
            .explain(format!("{}. {title}; the spec has name and tags.", quote(plain.id, plain.answer)))
            .title(title)
            .remedy("Read tags, and let other fields be.")
            .evidence([plain.id]),
    )
}

/// Nothing is tagged any more.
pub(crate) const EMPTY_404: Rule = Rule {
    id: "tags-404-when-empty",
    layer: Layer::Optional,
    about: "tags/list says NAME_UNKNOWN of a repository that has manifests, and no tag left",
    page: "When the last tag of a repository is removed, its list of tags is answered 404 NAME_UNKNOWN, as if the repository \
           were gone. Its manifests are still served by digest, and it is still listed in _catalog. CNCF distribution does \
           so. A tool that cleans up, or that goes through the catalog, stops with an error.",
    references: &[SPEC, "https://github.com/distribution/distribution/issues/4324"],
    under: &[],
    examine: |case| {
        // With a tag in the reference there is a tag; only what is named by digest alone can have none.
        if case.evidence.recording.target.tag.is_some() {
            return None;
        }
        let (id, answer) = case.answer(PLAIN).filter(|(_, a)| {
            a.status == 404 && a.error_code.as_deref().is_some_and(|c| c.eq_ignore_ascii_case("NAME_UNKNOWN"))
        })?;
        let (held_id, held) = ["GET manifests/digest accept=all", "GET manifests/manifest accept=all"]
            .into_iter()
            .find_map(|id| case.answer(id).filter(|(_, a)| a.status == 200))?;
        let absent = case.answer(ABSENT).filter(|(_, a)| a.status == 404);
        Some(
            Finding::new("tags-404-when-empty", Severity::Note, Confidence::Likely, Whose::Registry)
                .title("tags/list says that the repository does not exist, and it does: no tag is left in it")
                .explain(format!(
                    "{}, while {}.{}",
                    quote(id, answer),
                    quote(held_id, held),
                    absent.map_or(String::new(), |(id, a)| format!(" {}: the same.", quote(id, a)))
                ))
                .remedy(
                    "Take this 404 for an empty list where a manifest of the repository is served by digest.",
                )
                .evidence([id, held_id].into_iter().chain(absent.map(|(id, _)| id))),
        )
    },
};

#[cfg(test)]
mod tests {
    use super::is_tag;
    use crate::diagnosis::Severity;
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 4] =
        ["tags-null-or-garbage", "tags-unsorted", "tags-nonstandard-body", "tags-404-when-empty"];

    #[test]
    fn unsorted_and_of_another_body() {
        assert_fires("tags-unsorted", &["tags-unsorted"], "lab/artifact:base");
        assert_fires("tags-nonstandard-body", &["tags-nonstandard-body"], "lab/oci");
    }

    #[test]
    fn entries_that_are_no_tags() {
        assert_fires("tags-null-or-garbage", &["tags-null-or-garbage"], "lab/oci");
        let report = probe(&["tags-null-or-garbage"], "lab/oci");
        assert_eq!(find(&report, "tags-null-or-garbage").unwrap().severity, Severity::Warning);
    }

    #[test]
    fn nothing_is_tagged_any_more() {
        let store = crate::lab::Store::standard();
        let digest = &store.repository("lab/oci").unwrap().tags["latest"];
        let pinned = format!("lab/oci@{digest}");
        assert_fires("tags-404-when-empty", &["tags-404-when-empty"], &pinned);
        assert!(find(&probe(&[], &pinned), "tags-404-when-empty").is_none());
    }

    #[test]
    fn silent_on_a_faithful_registry() {
        assert_none_of(&IDS);
        let report = probe(&[], "lab/artifact:base");
        assert!(IDS.into_iter().all(|id| find(&report, id).is_none()));
    }

    #[test]
    fn what_is_a_tag() {
        for tag in ["latest", "1.0-rc_1", "_", "sha256-0123", &"a".repeat(128)] {
            assert!(is_tag(tag), "{tag}");
        }
        for no in ["", "sha256:0123", ".hidden", "-x", "a b", "\u{e4}", &"a".repeat(129)] {
            assert!(!is_tag(no), "{no}");
        }
    }
}
