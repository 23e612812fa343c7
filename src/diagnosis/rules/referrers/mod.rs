//! What refers to a manifest: the API, and the fallback tag.

pub(super) mod answers;
pub(super) mod support;

use serde_json::Value;

use crate::diagnosis::rule::{Case, quote};
use crate::exchange::BodyEnd;
use crate::plan::CellId;
use crate::report::Answer;

/// What refers to the manifest.
const PLAIN: &str = "GET referrers/manifest accept=oci-index";
/// The type that [`FILTERED`] asks for, and nothing has.
const FILTER: &str = "application/vnd.example";
/// The same, of one type only.
const FILTERED: &str = "GET referrers/manifest accept=oci-index query=artifactType=application/vnd.example";
/// What refers to a digest that is nowhere.
const UNKNOWN: &str = "GET referrers/absent-digest accept=oci-index";
/// The same manifest's, in a repository that does not exist.
const ABSENT: &str = "GET referrers/manifest accept=oci-index repository=absent";
/// Where clients look that have no API.
const FALLBACK: &str = "GET manifests/fallback-tag accept=all";

/// A cell that was answered.
type Seen<'a> = (&'a CellId, &'a Answer);

/// The answer that gave the manifest itself, whose referrers were asked for: without it nothing is to be compared.
fn manifest<'a>(case: &Case<'a>) -> Option<Seen<'a>> {
    ["all", "oci-manifest", "docker-manifest", "all-lines", "none"]
        .into_iter()
        .filter_map(|accept| case.answer(&format!("GET manifests/manifest accept={accept}")))
        .find(|(_, a)| a.status == 200)
}

/// Those of these cells that were answered so.
fn answered<'a>(case: &Case<'a>, ids: &[&str], pick: impl Fn(&Answer) -> bool) -> Vec<Seen<'a>> {
    ids.iter().filter_map(|id| case.answer(id)).filter(|(_, a)| pick(a)).collect()
}

/// The object that came, where one did.
fn object(case: &Case<'_>, id: &str) -> Option<serde_json::Map<String, Value>> {
    let body = &case.evidence.response(id)?.body;
    if body.end != BodyEnd::Complete || body.size != body.kept.len() as u64 {
        return None;
    }
    match crate::oci::json::parse(&body.kept)? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// What the fallback tag holds, in a sentence.
fn fallback_words(case: &Case<'_>) -> String {
    match case.answer(FALLBACK) {
        Some((id, a)) if a.status == 404 => {
            format!(" The fallback tag: {}, so that nothing is said to refer to it.", quote(id, a))
        }
        Some((id, a)) => format!(" The fallback tag: {}.", quote(id, a)),
        None => String::new(),
    }
}
