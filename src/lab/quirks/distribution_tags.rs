//! Lists of tags as CNCF distribution gives them.

use serde_json::{Value, json};

use crate::lab::content::{Repository, Store};
use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;
use crate::lab::respond::Reply;
use crate::lab::route::Route;

/// Before 3.0 there are no pages.
pub(super) struct Distribution2Tags;

/// From 3.0 there are.
pub(super) struct Distribution3Tags;

impl Quirk for Distribution2Tags {
    fn id(&self) -> &'static str {
        "distribution-2-tags"
    }

    fn about(&self) -> &'static str {
        "tags come all at once, in no order, whatever n and last say"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 2.8"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let (name, home) = asked(request, store)?;
        // Any order but the sorted one that a client might come to rely on; the same each time.
        let tags: Vec<&str> = home.tags.keys().rev().map(String::as_str).collect();
        Some(list(name, tags.into()))
    }
}

impl Quirk for Distribution3Tags {
    fn id(&self) -> &'static str {
        "distribution-3-tags"
    }

    fn about(&self) -> &'static str {
        "n of 0 gives no tags, an n that is no number or below 0 is PAGINATION_NUMBER_INVALID, past the end tags is null"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution 3.1.1"]
    }

    fn before(&self, request: &LabRequest, store: &Store) -> Option<Reply> {
        let (name, home) = asked(request, store)?;
        if let Some(n) = request.parameter("n") {
            let number = n.parse::<i64>().unwrap_or_default();
            if number < 0 || n.parse::<i64>().is_err() {
                let message = "invalid number of results requested";
                let detail = Some(json!({ "n": number }));
                return Some(Reply::error(400, "PAGINATION_NUMBER_INVALID", message, detail));
            }
            if number == 0 {
                return Some(list(name, json!([])));
            }
        }
        let last = request.parameter("last")?;
        let past = !home.tags.keys().any(|tag| *tag > last);
        past.then(|| list(name, Value::Null))
    }
}

fn asked<'a>(request: &'a LabRequest, store: &'a Store) -> Option<(&'a str, &'a Repository)> {
    let Route::Tags { repository } = &request.route else { return None };
    let home = store.repository(repository).filter(|_| request.is_read())?;
    Some((repository, home))
}

fn list(name: &str, tags: Value) -> Reply {
    Reply::json(200, &json!({ "name": name, "tags": tags }))
}
