//! What a token is needed for.

use super::{ANONYMOUS, NORMAL, TOKEN, anonymous, any_token, bearer, challenges, said, sent_token};
use crate::diagnosis::rule::{Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::error_body::ErrorBody;
use serde_json::Value;

/// Public, and still only with a token.
pub(crate) const EVEN_IF_PUBLIC: Rule = Rule {
    id: "anonymous-token-needed-even-if-public",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        bearer(case, ANONYMOUS)?;
        let (id, answer) = case.answer(ANONYMOUS)?;
        let (with_id, with) = case.answer(NORMAL).filter(|(_, a)| a.status == 200 && sent_token(case, a))?;
        if !anonymous(case) || !any_token(case) {
            return None;
        }
        Some(
            Finding::new(
                "anonymous-token-needed-even-if-public",
                Severity::Note,
                Confidence::Certain,
                Whose::Request,
            )
            .explain(format!(
                "{}; with a token for an anonymous client: {}.",
                quote(id, answer),
                quote(with_id, with)
            ))
            .remedy(
                "Follow the challenge: GET <realm>?service=<service>&scope=repository:<name>:pull without \
                 credentials, and send the returned token as Authorization: Bearer.",
            )
            .evidence([id, with_id].into_iter().chain(case.answer(TOKEN).map(|(id, _)| id))),
        )
    },
};

/// Whether an error's detail names an action.
fn names(detail: &Value, action: &str) -> bool {
    match detail {
        Value::Array(all) => all.iter().any(|one| names(one, action)),
        Value::Object(fields) => fields
            .iter()
            .any(|(key, value)| key.eq_ignore_ascii_case("action") && value.as_str() == Some(action)),
        _ => false,
    }
}

/// Tags want another right.
pub(crate) const METADATA_READ: Rule = Rule {
    id: "metadata-read-scope",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        let (id, answer) =
            case.answer("GET tags accept=json").filter(|(_, a)| matches!(a.status, 401 | 403))?;
        let (manifest_id, manifest) = case.answer(NORMAL).filter(|(_, a)| a.status == 200)?;
        let body = case.evidence.body(&id.0).and_then(ErrorBody::parse);
        let details = body.iter().flat_map(|b| b.entries.iter()).filter_map(|e| e.detail.as_ref());
        let scope =
            challenges(case, &id.0).iter().any(|c| c.scope().is_some_and(|s| s.contains("metadata_read")));
        if !scope && !details.into_iter().any(|d| names(d, "metadata_read")) {
            return None;
        }
        let more = case.evidence.answers(|c| c.endpoint == crate::plan::Endpoint::Tags);
        let status = answer.status;
        Some(
            Finding::new("metadata-read-scope", Severity::Warning, Confidence::Certain, Whose::Credentials)
                .explain(format!(
                    "{}{}, and the answer names the action metadata_read; {}.",
                    quote(id, answer),
                    said(answer),
                    quote(manifest_id, manifest)
                ))
                .remedy(
                    "Client: request the scope repository:<name>:pull,metadata_read. Registry operator: add \
                     metadata/read to the scope map of the account.",
                )
                .evidence(
                    [id, manifest_id]
                        .into_iter()
                        .chain(more.filter(|(_, a)| a.status == status).map(|(c, _)| &c.id)),
                ),
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    #[test]
    fn each_fires_on_its_quirk() {
        assert_fires("anonymous-token-needed-even-if-public", &["bearer-auth"], "lab/oci");
        assert_fires("metadata-read-scope", &["metadata-read-scope"], "lab/oci");
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&["anonymous-token-needed-even-if-public", "metadata-read-scope"]);
        let report = probe(&["basic-auth"], "lab/oci");
        assert!(find(&report, "anonymous-token-needed-even-if-public").is_none());
        assert!(find(&probe(&["bearer-auth"], "lab/oci"), "metadata-read-scope").is_none());
    }
}
