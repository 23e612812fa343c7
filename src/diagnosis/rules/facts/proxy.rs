//! A forward proxy in between that is at fault.

use super::transport::{CONNECTION_BROKEN, Failure, fatal};
use crate::diagnosis::rule::{Case, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::FailureKind;

const REMEDY: &str = "Check the variable that names the proxy: host, port, and user:password@ before the host where it wants a \
                      login. Or name the registry's host in NO_PROXY, where it can be reached without one.";

/// It cannot be reached, wants a login, or refuses to connect.
pub(super) fn unreached(case: &Case<'_>) -> Option<Finding> {
    fatal(case, CONNECTION_BROKEN.id, &[FailureKind::Proxy], Whose::Proxy, |Failure { error, host }| {
        let title = error.message.split(": ").next().unwrap_or_default();
        (
            title.to_owned(),
            format!("Requests to {host} end at the proxy: {}.", error.message),
            REMEDY.to_owned(),
        )
    })
}

/// 407 in answer to a plain request, which goes through without a tunnel.
pub(super) fn login(case: &Case<'_>) -> Option<Finding> {
    let asks = || case.evidence.answers(|_| true).filter(|(_, answer)| answer.status == 407);
    let (cell, answer) = asks().next()?;
    let asked = case.evidence.response(&cell.id.0).and_then(|r| r.header("proxy-authenticate"));
    let asked = asked.map_or(String::new(), |line| format!(", with Proxy-Authenticate: {line}"));
    let notes = &case.evidence.recording.notes;
    let proxy =
        notes.iter().find(|note| note.id == "proxy").map_or(String::new(), |n| format!(" {}.", n.text));
    let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
    Some(
        Finding::new(CONNECTION_BROKEN.id, severity, Confidence::Certain, Whose::Proxy)
            .title("The proxy requires a login: 407 Proxy Authentication Required")
            .explain(format!("{}{asked}: only a proxy answers so.{proxy}", quote(&cell.id, answer)))
            .remedy(REMEDY)
            .evidence(asks().map(|(cell, _)| &cell.id)),
    )
}
