//! In which shape errors come. None of these keeps an image from anybody; they break what reads errors.

use super::{Refusal, refusals};
use crate::diagnosis::rule::{Case, Layer, Rule, quote};
use crate::diagnosis::{Confidence, Finding, Severity, Whose};
use crate::oci::document::BodyKind;
use crate::oci::error_body::ErrorShape;
use crate::oci::media_type;
use crate::plan::Endpoint;
use serde_json::Value;

/// The codes of the distribution spec.
const CODES: [&str; 14] = [
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "SIZE_INVALID",
    "UNAUTHORIZED",
    "DENIED",
    "UNSUPPORTED",
    "TOOMANYREQUESTS",
];

/// A note on all errors that a predicate picks; `why` says of the first what is odd.
fn note(
    case: &Case<'_>,
    id: &'static str,
    title: &str,
    remedy: &str,
    pick: impl Fn(&Refusal<'_>) -> bool,
    why: impl Fn(&Refusal<'_>) -> String,
) -> Option<Finding> {
    let all: Vec<_> = refusals(case).into_iter().filter(pick).collect();
    // A tag that is not there says more than a range that cannot be met.
    let first = all.iter().find(|r| !r.cell.varied).or(all.first())?;
    let count = match all.len() {
        1 => String::new(),
        n => format!(" So with {n} errors in all."),
    };
    Some(
        Finding::new(id, Severity::Note, Confidence::Certain, Whose::Registry)
            .title(title)
            .explain(format!("{}: {}.{count}", quote(&first.cell.id, first.answer), why(first)))
            .remedy(remedy)
            .evidence(std::iter::once(&first.cell.id).chain(all.iter().map(|r| &r.cell.id))),
    )
}

fn shaped(refusal: &Refusal<'_>, shape: ErrorShape) -> bool {
    refusal.body.as_ref().is_some_and(|body| body.shape == shape)
}

/// The body as text, at a length a person reads.
fn text(refusal: &Refusal<'_>) -> String {
    const LONGEST: usize = 120;
    let whole = String::from_utf8_lossy(&refusal.response.body.kept);
    let short: String = whole.trim().chars().take(LONGEST).collect();
    if short.len() < whole.trim().len() { format!("{short}\u{2026}") } else { short }
}

/// `status` where `code` belongs.
pub(crate) const STATUS: Rule = Rule {
    id: "error-code-status-instead-of-code",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        note(
            case,
            "error-code-status-instead-of-code",
            "Errors have `status` instead of `code`",
            "Decide by the HTTP status, and show the message. Registry operator: send `code`.",
            |r| shaped(r, ErrorShape::Status),
            |r| format!("the body is {}", text(r)),
        )
    },
};

/// The detail of the first error of an envelope, as a word for its JSON type.
fn detail(refusal: &Refusal<'_>) -> Option<&'static str> {
    let body = refusal.body.as_ref().filter(|b| b.shape == ErrorShape::Envelope)?;
    Some(match body.entries.first()?.detail.as_ref()? {
        Value::Object(_) => "an object",
        Value::String(_) => "a string",
        Value::Null => "null",
        Value::Array(_) => "an array",
        Value::Bool(_) | Value::Number(_) => "a plain value",
    })
}

/// `detail` that is no object.
pub(crate) const DETAIL: Rule = Rule {
    id: "error-detail-shape",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        // Where credentials are asked for, every registry lists what they are to be good for.
        let odd = |r: &Refusal<'_>| {
            r.answer.status != 401 && detail(r).is_some_and(|kind| !matches!(kind, "an object" | "null"))
        };
        note(
            case,
            "error-detail-shape",
            "`detail` in errors is not an object",
            "Keep `detail` as raw JSON, and do not decide by it.",
            odd,
            |r| format!("detail is {}", detail(r).unwrap_or_default()),
        )
    },
};

/// `{"details": ...}`
pub(crate) const DETAILS: Rule = Rule {
    id: "error-details-legacy",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        note(
            case,
            "error-details-legacy",
            "Errors are {\"details\": ...}, without `errors` and `code`",
            "Read `details` for the message, and decide by the HTTP status. Registry operator: send the spec's \
             `errors` list.",
            |r| shaped(r, ErrorShape::Details),
            |r| format!("the body is {}", text(r)),
        )
    },
};

/// No envelope.
pub(crate) const BARE: Rule = Rule {
    id: "error-bare-object",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        note(
            case,
            "error-bare-object",
            "An error is a single object, without the `errors` list",
            "Read `code` and `message` from the object itself when `errors` is missing. Registry operator: wrap it \
             in `errors`.",
            |r| shaped(r, ErrorShape::Bare),
            |r| format!("the body is {}", text(r)),
        )
    },
};

/// No JSON.
pub(crate) const PLAIN: Rule = Rule {
    id: "error-empty-or-plain",
    layer: Layer::Authentication,
    under: &[],
    examine: |case| {
        // An API that is not offered, and a range that cannot be met, are answered below the registry's own errors.
        let plain = |r: &Refusal<'_>| {
            matches!(r.cell.endpoint, Endpoint::Manifests | Endpoint::Blobs | Endpoint::Tags)
                && r.answer.redirects == 0
                && matches!(r.answer.status, 400 | 401 | 403 | 404 | 405)
                && r.body.is_none()
                && matches!(r.answer.kind, BodyKind::Empty | BodyKind::Text)
        };
        // What is no registry at all has another finding.
        if !case.main_path_works() && case.evidence.recording.access.challenges.is_empty() {
            return None;
        }
        note(
            case,
            "error-empty-or-plain",
            "Some errors have no body, or plain text",
            "Decide by the HTTP status, and do not expect JSON. Registry operator: send the spec's `errors` list.",
            plain,
            |r| match r.answer.kind {
                BodyKind::Empty => "there is no body".to_owned(),
                _ => format!("the body is the text \"{}\"", text(r)),
            },
        )
    },
};

/// A code of the registry's own.
pub(crate) const CODE: Rule = Rule {
    id: "error-nonstandard-code",
    layer: Layer::Authentication,
    under: &["upstream-error-wrapped", "policy-412"],
    examine: |case| {
        let code = |r: &Refusal<'_>| {
            let body = r.body.as_ref().filter(|b| b.shape == ErrorShape::Envelope)?;
            body.code().map(str::to_owned)
        };
        let odd = |r: &Refusal<'_>| {
            (400..500).contains(&r.answer.status)
                && r.answer.status != 412
                && code(r).is_some_and(|c| !CODES.iter().any(|known| c.eq_ignore_ascii_case(known)))
        };
        note(
            case,
            "error-nonstandard-code",
            "An error code is not in the spec",
            "Decide by the HTTP status; keep the code for display.",
            odd,
            |r| format!("the code is {}", code(r).unwrap_or_default()),
        )
    },
};

/// Another Content-Type than `application/json`.
pub(crate) const CHARSET: Rule = Rule {
    id: "error-charset",
    layer: Layer::Authentication,
    under: &["error-code-status-instead-of-code"],
    examine: |case| {
        let odd = |r: &Refusal<'_>| {
            let json = r.body.as_ref().is_some_and(|b| b.shape == ErrorShape::Envelope);
            let given = r.answer.content_type.as_deref().map(str::trim);
            json && given.is_none_or(|t| !t.eq_ignore_ascii_case("application/json"))
                && given.is_none_or(|t| t.contains(';') || media_type::base(t) != "application/json")
        };
        note(
            case,
            "error-charset",
            "JSON errors with a Content-Type other than application/json",
            "Client: remove parameters before comparing, and try to parse the body in any case. Registry operator: \
             send application/json.",
            odd,
            |r| match &r.answer.content_type {
                Some(given) => format!("Content-Type is {given}, and the body is JSON"),
                None => "there is no Content-Type, and the body is JSON".to_owned(),
            },
        )
    },
};

#[cfg(test)]
mod tests {
    use crate::diagnosis::testing::{assert_fires, assert_none_of, find, probe};

    const IDS: [&str; 7] = [
        "error-code-status-instead-of-code",
        "error-detail-shape",
        "error-details-legacy",
        "error-bare-object",
        "error-empty-or-plain",
        "error-nonstandard-code",
        "error-charset",
    ];

    #[test]
    fn each_fires_on_its_quirk() {
        for id in IDS {
            assert_fires(id, &[id], "lab/oci");
        }
    }

    #[test]
    fn silent_on_faithful_registries() {
        assert_none_of(&IDS);
        let report = probe(&["bearer-auth"], "lab/oci");
        assert!(IDS.iter().all(|id| find(&report, id).is_none()));
    }
}
