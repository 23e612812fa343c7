//! What errors look like, what they mean, and limits.

pub(super) mod limits;
pub(super) mod meaning;
pub(super) mod shape;
pub(super) mod withheld;

use crate::diagnosis::rule::Case;
use crate::exchange::{Method, Response};
use crate::oci::error_body::ErrorBody;
use crate::plan::Endpoint;
use crate::report::{Answer, CellView};

/// An answer that refuses, with what came of its body.
struct Refusal<'a> {
    cell: &'a CellView,
    answer: &'a Answer,
    response: &'a Response,
    body: Option<ErrorBody>,
}

/// Every refusal with a body to read: what answers HEAD has none, and token endpoints have forms of their own.
fn refusals<'a>(case: &Case<'a>) -> Vec<Refusal<'a>> {
    let evidence = case.evidence;
    let pick = |c: &CellView| c.method == Method::Get && c.endpoint != Endpoint::Token;
    evidence
        .answers(pick)
        .filter(|(_, a)| a.status >= 400)
        .filter_map(|(cell, answer)| {
            let response = evidence.response(&cell.id.0)?;
            let body = ErrorBody::parse(&response.body.kept);
            Some(Refusal { cell, answer, response, body })
        })
        .collect()
}
