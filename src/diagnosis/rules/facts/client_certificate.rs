//! A server that asks its clients for a certificate.

use super::transport::{Failure, fatal};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::exchange::FailureKind;

const REMEDY: &str = "Client: give a certificate that the registry accepts, with --cert FILE --key FILE (docker: client.cert \
                      and client.key in /etc/docker/certs.d/HOST/). Registry operator: check which authority the server \
                      accepts client certificates from.";

/// A client certificate is required.
pub(crate) const RULE: Rule = Rule {
    id: "client-certificate-required",
    layer: Layer::Transport,
    under: &[],
    examine: |case| {
        let kinds = [FailureKind::TlsClientCertificate];
        let refused = fatal(case, RULE.id, &kinds, Whose::Credentials, |Failure { error, host }| {
            (
                format!("{host} requires a client certificate"),
                format!("The connection ended with: {}.", error.message),
                REMEDY.to_owned(),
            )
        });
        refused.or_else(|| answered(case))
    },
};

/// What nginx answers by HTTP, once the handshake is done.
fn answered(case: &Case<'_>) -> Option<Finding> {
    const WORDS: [&str; 2] = ["No required SSL certificate was sent", "The SSL certificate error"];
    let says = |id: &str| {
        let body = case.evidence.body(id).map(String::from_utf8_lossy).unwrap_or_default();
        WORDS.into_iter().find(|words| body.contains(words))
    };
    let mut told = case.evidence.answers(|_| true).filter(|(_, answer)| answer.status == 400);
    let (cell, answer, words) = told.find_map(|(cell, answer)| Some((cell, answer, says(&cell.id.0)?)))?;
    let all =
        case.evidence.answers(|_| true).filter(|(cell, a)| a.status == 400 && says(&cell.id.0).is_some());
    let severity = if case.main_path_works() { Severity::Warning } else { Severity::Broken };
    Some(
        Finding::new(RULE.id, severity, Confidence::Certain, Whose::Credentials)
            .title(format!("{} requires a client certificate", case.evidence.recording.base_url))
            .explain(format!("{}, and the page says \"{words}\".", quote(&cell.id, answer)))
            .remedy(REMEDY)
            .evidence(std::iter::once(&cell.id).chain(all.map(|(cell, _)| &cell.id))),
    )
}
