//! How tags are listed, and in what pages; and the list of repositories.

pub(super) mod body;
pub(super) mod catalog;
pub(super) mod link;
pub(super) mod paging;

use serde_json::Value;

use crate::diagnosis::rule::Case;
use crate::exchange::{BodyEnd, Response};
use crate::plan::CellId;
use crate::report::Answer;

/// The tags, as clients ask for them.
const PLAIN: &str = "GET tags accept=json";
/// The same with another Accept, which most registries do not look at here.
const OTHER: &str = "GET tags accept=docker-manifest";
/// One tag a page.
const ONE: &str = "GET tags accept=json query=n=1";
/// More than some registries have in a page.
const MANY: &str = "GET tags accept=json query=n=1001";
/// A number of tags that is none.
const NEGATIVE: &str = "GET tags accept=json query=n=-1";
/// What comes after the last tag.
const PAST: &str = "GET tags accept=json query=last=~zz";
/// The tags of a repository that does not exist.
const ABSENT: &str = "GET tags accept=json repository=absent";

/// A list that came: 200, and JSON.
struct Listing<'a> {
    id: &'a CellId,
    answer: &'a Answer,
    response: &'a Response,
    value: Value,
}

impl<'a> Listing<'a> {
    /// The list behind a cell.
    fn of(case: &Case<'a>, id: &str) -> Option<Listing<'a>> {
        let (id, answer) = case.answer(id).filter(|(_, a)| a.status == 200)?;
        let response = case.evidence.response(&id.0).filter(|r| whole(r))?;
        let value = crate::oci::json::parse(&response.body.kept)?;
        Some(Listing { id, answer, response, value })
    }

    /// The list without pages: the control of whatever is asked of pages.
    fn plain(case: &Case<'a>) -> Option<Listing<'a>> {
        [PLAIN, OTHER].into_iter().find_map(|id| Listing::of(case, id))
    }

    /// What stands under `tags`, where it is a list.
    fn entries(&self) -> Option<&[Value]> {
        self.value.get("tags")?.as_array().map(Vec::as_slice)
    }

    /// Its tags; `None` where there is no list.
    fn tags(&self) -> Option<Vec<&str>> {
        Some(self.entries()?.iter().filter_map(Value::as_str).collect())
    }

    /// Where the next page is said to be.
    fn next(&self) -> Option<crate::oci::link::LinkTarget> {
        crate::oci::link::next(self.response.header_all("link"))
    }
}

/// Whether every byte of the body was read and kept.
fn whole(response: &Response) -> bool {
    response.body.end == BodyEnd::Complete && response.body.size == response.body.kept.len() as u64
}

/// `3 tags`
fn count(n: usize) -> String {
    if n == 1 { "1 tag".to_owned() } else { format!("{n} tags") }
}
