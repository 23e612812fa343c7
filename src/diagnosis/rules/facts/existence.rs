//! Nothing there.

use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::plan::{CellId, Endpoint, Subject};
use crate::report::Answer;

/// What is known when a tag is nowhere to be had.
struct Missing<'a> {
    asked: (&'a CellId, &'a Answer),
    control: Option<(&'a CellId, &'a Answer)>,
    tags: Option<(&'a CellId, &'a Answer)>,
}

/// The tag is answered 404 whatever is accepted, and like a tag that is surely not there.
fn missing<'a>(case: &Case<'a>) -> Option<Missing<'a>> {
    let tags =
        |c: &crate::report::CellView| c.endpoint == Endpoint::Manifests && c.subject == Some(Subject::Tag);
    let mut answers = case.plain(tags).peekable();
    answers.peek()?;
    if !answers.all(|(_, a)| a.status == 404) {
        return None;
    }
    // In one line, or as clients on containers/image write it.
    let all = ["GET manifests/tag accept=all", "GET manifests/tag accept=all-lines"];
    let asked = all.into_iter().find_map(|id| case.answer(id))?;
    let control = case.answer("GET manifests/absent-tag accept=all");
    // An answer of another shape than that of a tag which is surely absent says something else than "not there".
    let message = |a: &Answer| (a.status, a.error_code.clone(), a.kind);
    if control.is_some_and(|(_, c)| message(c) != message(asked.1) || specific(c) != specific(asked.1)) {
        return None;
    }
    let listed = case.plain(|c| c.endpoint == Endpoint::Tags && c.method.as_str() == "GET").next();
    Some(Missing { asked, control, tags: listed.map(|(cell, answer)| (&cell.id, answer)) })
}

/// Messages that name what was found, and only object to how it was asked for, are no "not found".
pub(super) fn specific(answer: &Answer) -> bool {
    let message = answer.error_message.as_deref().unwrap_or_default();
    message.contains("accept") && (message.contains("found, but") || message.contains("has media type"))
}

/// The repository itself is missing.
pub(crate) const REPOSITORY_NOT_FOUND: Rule = Rule {
    id: "repository-not-found",
    layer: Layer::Existence,
    under: &[],
    examine: |case| {
        let found = missing(case)?;
        let named = found.asked.1.error_code.as_deref() == Some("NAME_UNKNOWN");
        let unlisted = found.tags.is_some_and(|(_, t)| t.status == 404);
        if !named && !unlisted {
            return None;
        }
        let elsewhere = case.answer("GET manifests/tag accept=all repository=absent");
        let alike = elsewhere.is_some_and(|(_, e)| e.status == 404);
        let sure = unlisted && alike;
        let repository = &case.evidence.recording.target.repository;
        let tags = found.tags.map_or(String::new(), |(id, t)| format!("; {}", quote(id, t)));
        Some(
            Finding::new(
                "repository-not-found",
                Severity::Broken,
                if sure { Confidence::Certain } else { Confidence::Likely },
                Whose::Request,
            )
            .title(format!("No repository {repository} on this registry"))
            .explain(format!(
                "{}{tags}. {}",
                quote(found.asked.0, found.asked.1),
                if alike {
                    "A repository that surely does not exist is answered in the same way."
                } else {
                    ""
                }
            ))
            .remedy("Check the repository's name, component by component; log in if it may be private.")
            .evidence(
                std::iter::once(found.asked.0)
                    .chain(found.tags.map(|(id, _)| id))
                    .chain(elsewhere.map(|(id, _)| id)),
            ),
        )
    },
};

/// The tag is missing.
pub(crate) const TAG_NOT_FOUND: Rule = Rule {
    id: "tag-not-found",
    layer: Layer::Existence,
    under: &[],
    examine: |case| {
        let found = missing(case)?;
        let tag = case.evidence.recording.target.tag.as_deref()?;
        if found.asked.1.error_code.as_deref() == Some("NAME_UNKNOWN") {
            return None;
        }
        let listed = match found.tags {
            Some((_, answer)) if answer.status == 404 => return None,
            Some((id, answer)) if answer.status == 200 => list(case.evidence.body(&id.0)?),
            _ => None,
        };
        let (confidence, words) = match &listed {
            // The list holds it: then something else is wrong than its absence.
            Some(tags) if tags.iter().any(|t| t == tag) => return None,
            Some(tags) if tags.is_empty() => {
                (Confidence::Certain, "The repository's list of tags is empty.".to_owned())
            }
            Some(tags) => {
                let near =
                    nearest(tags, tag).map_or(String::new(), |n| format!(" The nearest it holds is {n}."));
                (
                    Confidence::Certain,
                    match tags.len() {
                        1 => format!("The repository lists one tag, and not this one.{near}"),
                        n => format!("The repository lists {n} tags, and not this one.{near}"),
                    },
                )
            }
            None if found.tags.is_some() => {
                (Confidence::Likely, "The repository's list of tags was not to be had.".to_owned())
            }
            None => (Confidence::Likely, "The repository's list of tags was not asked for.".to_owned()),
        };
        Some(
            Finding::new("tag-not-found", Severity::Broken, confidence, Whose::Request)
                .title(format!("No tag {tag} in {}", case.evidence.recording.target.repository))
                .explain(format!(
                    "{}, whatever is accepted{}. {words}",
                    quote(found.asked.0, found.asked.1),
                    if found.control.is_some() { ", as for a tag that surely does not exist" } else { "" }
                ))
                .remedy("Check the tag against tags/list.")
                .evidence(
                    std::iter::once(found.asked.0)
                        .chain(found.control.map(|(id, _)| id))
                        .chain(found.tags.map(|(id, _)| id)),
                ),
        )
    },
};

/// The digest is missing.
pub(crate) const DIGEST_NOT_FOUND: Rule = Rule {
    id: "digest-not-found",
    layer: Layer::Existence,
    under: &["empty-config"],
    examine: |case| {
        let Some((id, answer)) =
            case.answer("GET manifests/digest accept=all").filter(|(_, a)| a.status != 200)
        else {
            return super::parts::child(case).or_else(|| super::parts::config(case));
        };
        let control = case.answer("GET manifests/absent-digest accept=all");
        if answer.status != 404 || control.is_some_and(|(_, c)| c.error_code != answer.error_code) {
            return None;
        }
        Some(
            Finding::new("digest-not-found", Severity::Broken, Confidence::Certain, Whose::Request)
                .title("No manifest with this digest in this repository")
                .explain(format!("{}, as for a digest that surely does not exist.", quote(id, answer)))
                .remedy(
                    "Check the repository: a digest is found only where it was pushed. Request a config or a layer \
                     at /blobs/.",
                )
                .evidence(std::iter::once(id).chain(control.map(|(id, _)| id))),
        )
    },
};

/// The platform is missing.
pub(crate) const PLATFORM_NOT_FOUND: Rule = Rule {
    id: "platform-not-found",
    // Above negotiation: that a list is refused to whom does not ask for it is another matter than what it offers.
    layer: Layer::Content,
    under: &[],
    examine: |case| {
        let recording = case.evidence.recording;
        let offers = |id: &str| case.evidence.document(id).filter(|d| d.kind.is_index());
        let asked = ["GET manifests/digest accept=all", "GET manifests/tag accept=all"];
        let (id, index) = asked.into_iter().find_map(|id| Some((case.answer(id)?, offers(id)?)))?;
        if recording.subjects.manifest.is_some() || !recording.target.platform_given {
            return None;
        }
        let platforms: Vec<String> =
            crate::oci::document::platforms(&index).iter().map(ToString::to_string).collect();
        let wanted = &recording.target.platform;
        Some(
            Finding::new("platform-not-found", Severity::Broken, Confidence::Certain, Whose::Image)
                .title(format!("No image for {wanted} in the index"))
                .explain(format!("{}, and it offers {}.", quote(id.0, id.1), platforms.join(", ")))
                .remedy(
                    "Choose one of the offered platforms with --platform, or build the image for the missing one.",
                )
                .evidence([id.0]),
        )
    },
};

fn list(body: &[u8]) -> Option<Vec<String>> {
    let value = crate::oci::json::parse(body)?;
    let tags = value.get("tags")?;
    if tags.is_null() {
        return Some(Vec::new());
    }
    Some(tags.as_array()?.iter().filter_map(|t| t.as_str().map(str::to_owned)).collect())
}

fn nearest<'a>(tags: &'a [String], tag: &str) -> Option<&'a str> {
    tags.iter()
        .map(|candidate| (strsim::jaro_winkler(candidate, tag), candidate.as_str()))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}
