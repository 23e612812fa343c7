//! Behaviour signatures: what a cell did, free of times, dates and literal digests (design, section 8), so that a
//! report from last month, of another tag of the same shape or from another registry compares cell by cell.

use crate::exchange::{Hop, Outcome};
use crate::oci::digest::Digest;
use crate::oci::media_type;
use crate::recording::Subjects;
use crate::report::{Answer, Did};

/// `200 application/vnd.oci.image.index.v1+json dcd=index body=oci-index bytes=match`
pub fn signature(did: &Did, hops: &[Hop], subjects: &Subjects) -> String {
    match did {
        Did::NotTried(reason) => format!("not-tried {}", reason.class()),
        Did::Failed { error, .. } => format!("failed {} {}", error.kind.as_str(), error.phase.as_str()),
        Did::Answer(answer) => answered(answer, hops, subjects),
    }
}

fn answered(answer: &Answer, hops: &[Hop], subjects: &Subjects) -> String {
    let mut parts = vec![answer.status.to_string()];
    parts.push(answer.content_type.as_deref().map_or("-".to_owned(), media_type::base));
    parts.push(format!("dcd={}", announced(answer.docker_content_digest.as_deref(), subjects)));
    parts.push(format!("body={}", answer.kind.as_str()));
    if let Some(matches) = answer.bytes_match {
        parts.push(format!("bytes={}", if matches { "match" } else { "differ" }));
    }
    if let Some(code) = &answer.error_code {
        parts.push(format!("code={code}"));
    }
    if let Some(redirect) = redirect(hops) {
        parts.push(format!("redirect={redirect}"));
    }
    parts.join(" ")
}

/// What the digest header names: a role, `other`, `missing` or `malformed`.
pub fn announced(header: Option<&str>, subjects: &Subjects) -> &'static str {
    match header {
        None => "missing",
        Some(text) => match subjects.role(text) {
            Some(subject) => subject.as_str(),
            None if Digest::parse(text).is_ok() => "other",
            None => "malformed",
        },
    }
}

/// Whether redirects were followed or offered, and where to: `same-host` or `other-host`.
fn redirect(hops: &[Hop]) -> Option<&'static str> {
    let first = hops.first()?;
    let host = |url: &str| {
        url::Url::parse(url).ok().map(|u| (u.host_str().map(str::to_owned), u.port_or_known_default()))
    };
    let targets: Vec<String> = match hops {
        [Hop { outcome: Outcome::Answered(response), request, .. }]
            if (300..400).contains(&response.status) =>
        {
            let base = url::Url::parse(&request.url).ok()?;
            response
                .header("location")
                .and_then(|l| base.join(l).ok())
                .map(String::from)
                .into_iter()
                .collect()
        }
        [_, rest @ ..] => rest.iter().map(|hop| hop.request.url.clone()).collect(),
        [] => Vec::new(),
    };
    if targets.is_empty() {
        return None;
    }
    let other = targets.iter().any(|target| host(target) != host(&first.request.url));
    Some(if other { "other-host" } else { "same-host" })
}
