//! How a registry asks who is there, and how its token endpoint answers.

pub(super) mod change;
pub(super) mod credentials;
pub(super) mod form;
pub(super) mod ping;
pub(super) mod place;
pub(super) mod refused;
pub(super) mod rights;
pub(super) mod scopes;
pub(super) mod token;

use serde_json::Value;
use url::Url;

use crate::diagnosis::rule::Case;
use crate::exchange::{Exchange, Purpose, Response};
use crate::oci::challenge::Challenge;
use crate::oci::media_type;
use crate::plan::CellId;
use crate::report::Answer;

/// The ping without Authorization.
const PING: &str = "GET ping accept=none token=none";
/// The reference as a client asks for it, with what credentials there are.
const NORMAL: &str = "GET manifests/tag accept=all";
/// The same by HEAD.
const HEAD: &str = "HEAD manifests/tag accept=all";
/// The same without Authorization.
const ANONYMOUS: &str = "GET manifests/tag accept=all token=none";
/// The same with a token that nobody issued.
const JUNK_BEARER: &str = "GET manifests/tag accept=all token=junk-bearer";
/// The same with Basic credentials that nobody has.
const JUNK_BASIC: &str = "GET manifests/tag accept=all token=junk-basic";
/// A repository that surely does not exist.
const ABSENT: &str = "GET manifests/tag accept=all repository=absent";
/// The token request that the challenge asks for.
const TOKEN: &str = "GET token accept=none";

/// A cell that was answered.
type Seen<'a> = (&'a CellId, &'a Answer);

/// The `WWW-Authenticate` lines of a cell's answer that hold anything.
fn lines<'a>(case: &Case<'a>, id: &str) -> Vec<&'a str> {
    let response = case.evidence.response(id);
    let all = response.iter().flat_map(|r| r.headers.iter()).filter(|h| h.name == "www-authenticate");
    all.map(|h| h.value.as_str()).filter(|v| !v.trim().is_empty()).collect()
}

/// Its challenges.
fn challenges(case: &Case<'_>, id: &str) -> Vec<Challenge> {
    lines(case, id).into_iter().flat_map(Challenge::parse_line).collect()
}

/// Its first Bearer challenge, where it was answered 401.
fn bearer(case: &Case<'_>, id: &str) -> Option<Challenge> {
    case.answer(id).filter(|(_, a)| a.status == 401)?;
    challenges(case, id).into_iter().find(Challenge::is_bearer)
}

/// `http://host/token?x` as a URL, a relative one resolved by the registry.
fn realm(case: &Case<'_>, challenge: &Challenge) -> Option<Url> {
    let base = Url::parse(&case.evidence.recording.base_url).ok()?;
    base.join(challenge.realm().map(str::trim).filter(|r| !r.is_empty())?).ok()
}

/// Whether nobody was named to the registry.
fn anonymous(case: &Case<'_>) -> bool {
    let source = &case.evidence.recording.access.source;
    source.is_empty() || source.starts_with("anonymous")
}

/// Whether the request of a cell went out with a Bearer token.
fn sent_token(case: &Case<'_>, answer: &Answer) -> bool {
    let exchange = case.evidence.exchange(&answer.exchange);
    exchange.and_then(|e| e.hops.first()).is_some_and(|hop| {
        let mut headers = hop.request.headers.iter();
        headers.any(|h| h.name == "authorization" && h.value.to_ascii_lowercase().starts_with("bearer"))
    })
}

/// The most ordinary request that carried credentials or a token and was refused. Credentials that were refused are not
/// sent again, so that it need not be the first one of all.
pub(super) fn shown<'a>(case: &Case<'a>) -> Option<Seen<'a>> {
    let carried = |(_, answer): &Seen<'a>| {
        let exchange = case.evidence.exchange(&answer.exchange);
        exchange
            .and_then(|e| e.hops.first())
            .is_some_and(|hop| hop.request.headers.iter().any(|h| h.name == "authorization"))
    };
    [
        "GET manifests/digest accept=all",
        NORMAL,
        "HEAD manifests/digest accept=all",
        HEAD,
        "GET ping accept=none",
    ]
    .into_iter()
    .filter_map(|id| case.answer(id))
    .filter(|(_, a)| matches!(a.status, 401 | 403))
    .find(carried)
}

/// The token endpoint's answer to the ordinary request, where it was 200 and an object.
fn granted<'a>(case: &Case<'a>) -> Option<(Seen<'a>, Value)> {
    let seen = case.answer(TOKEN).filter(|(_, a)| a.status == 200)?;
    let value = crate::oci::json::parse(case.evidence.body(TOKEN)?)?;
    value.is_object().then_some((seen, value))
}

/// Whether the token endpoint gave a token for something in this run. Its bodies are withheld: a web page, which is
/// no token, shows in its type.
fn any_token(case: &Case<'_>) -> bool {
    let page = |r: &Response| r.header("content-type").is_some_and(|t| media_type::base(t) == "text/html");
    let ok = |e: &Exchange| e.response().is_some_and(|r| r.status == 200 && !page(r));
    case.evidence.exchanges(Purpose::Token).any(ok)
}

/// Why a request for the reference was turned away, where no main path works: the answer, 401 or 403.
fn turned_away<'a>(case: &Case<'a>) -> Option<Seen<'a>> {
    if case.main_path_works() {
        return None;
    }
    let seen = ["GET manifests/digest accept=all", NORMAL].into_iter().find_map(|id| case.answer(id))?;
    matches!(seen.1.status, 401 | 403).then_some(seen)
}

/// `: "the message"`, where there is one.
fn said(answer: &Answer) -> String {
    answer.error_message.as_ref().map_or(String::new(), |m| format!(": \"{m}\""))
}
