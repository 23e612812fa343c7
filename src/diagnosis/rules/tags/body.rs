//! What is in the list of tags.

use serde_json::Value;

use super::{ABSENT, Listing, OTHER, PLAIN, whole};
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
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some("not a string".to_owned())
        }
    }
}

/// Entries that are no tags, or no list at all.
pub(crate) const GARBAGE: Rule = Rule {
    id: "tags-null-or-garbage",
    layer: Layer::Optional,
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
            .title(format!("tags/list has entries that are not tags: {first}"))
            .explain(format!(
                "{}: of {} entries {} no tag, {first} first.",
                quote(plain.id, plain.answer),
                all.len(),
                if odd.len() == 1 { "1 is".to_owned() } else { format!("{} are", odd.len()) }
            ))
            .remedy("Client: skip entries that are not valid tags. Registry operator: list tags only.")
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
            .title("`tags` is null instead of a list")
            .explain(format!("{}: tags is null{served}.", quote(plain.id, plain.answer)))
            .remedy(
                "Client: read null as an empty list, and do not conclude that the tag does not exist. Registry \
                 operator: send [].",
            )
            .evidence([plain.id].into_iter().chain(tagged.map(|(id, _)| id))),
    )
}

fn null_for_absent(case: &Case<'_>) -> Option<Finding> {
    let absent = Listing::of(case, ABSENT).filter(|p| p.value.get("tags").is_some_and(Value::is_null))?;
    let (id, answer) =
        case.answer("GET manifests/tag accept=all repository=absent").filter(|(_, a)| a.status == 404)?;
    Some(
        finding(Severity::Note)
            .title("tags/list of a missing repository is 200 with `tags` null")
            .explain(format!("{}: tags is null; {}.", quote(absent.id, absent.answer), quote(id, answer)))
            .remedy(
                "Client: read null as no tags, and possibly no repository. Registry operator: answer 404 \
                 NAME_UNKNOWN.",
            )
            .evidence([absent.id, id]),
    )
}

/// Out of order.
pub(crate) const UNSORTED: Rule = Rule {
    id: "tags-unsorted",
    layer: Layer::Optional,
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
                .explain(format!("{}: \"{}\" stands before \"{}\".", quote(plain.id, plain.answer), at[0], at[1]))
                .remedy(
                    "Client: read all pages and sort; follow Link instead of computing `last`. Registry operator: \
                     list in lexical order.",
                )
                .evidence([plain.id]),
        )
    },
};

/// Another body than `{"name": ..., "tags": [...]}`.
pub(crate) const BODY: Rule = Rule {
    id: "tags-nonstandard-body",
    layer: Layer::Optional,
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
            .title(format!("tags/list is 200 without `tags`: {what}"))
            .explain(format!(
                "{} with Content-Type {}. Clients take 200 for success and find no tags.",
                quote(id, answer),
                answer.content_type.as_deref().unwrap_or("none")
            ))
            .remedy(
                "Registry operator: send {\"name\": ..., \"tags\": [...]}, or 404 where tags are not listed. \
                 Client: request the tag by name.",
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
        (true, true) => "tags/list has no `name`".to_owned(),
        (false, _) => {
            let shown: Vec<&str> = extra.iter().take(MANY).copied().collect();
            format!("tags/list has extra fields: {}", shown.join(", "))
        }
    };
    Some(
        Finding::new(BODY.id, Severity::Note, Confidence::Certain, Whose::Registry)
            .explain(format!("{}. {title}; the spec has name and tags.", quote(plain.id, plain.answer)))
            .title(title)
            .remedy("Client: read `tags` and ignore other fields.")
            .evidence([plain.id]),
    )
}

/// Nothing is tagged any more.
pub(crate) const EMPTY_404: Rule = Rule {
    id: "tags-404-when-empty",
    layer: Layer::Optional,
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
                .explain(format!(
                    "{}, while {}.{}",
                    quote(id, answer),
                    quote(held_id, held),
                    absent.map_or(String::new(), |(id, a)| format!(" {}: the same.", quote(id, a)))
                ))
                .remedy(
                    "Client: treat this 404 as an empty list when a manifest of the repository is served by digest.",
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
