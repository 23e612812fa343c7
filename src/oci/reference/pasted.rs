//! URLs of the distribution API, pasted from a log or a curl line where a reference is wanted.

use super::piece::{Fault, Piece};

/// What such a URL names.
pub(super) struct Pasted<'a> {
    pub(super) name: Piece<'a>,
    pub(super) reference: Option<Piece<'a>>,
    pub(super) note: String,
}

/// Reads the path after the host. `None`: it is no path of the API.
pub(super) fn pasted<'a>(path: Piece<'a>, is_url: bool) -> Result<Option<Pasted<'a>>, Fault> {
    let components = path.components();
    let texts: Vec<&str> = components.iter().map(|c| c.text).collect();
    if matches!(texts.as_slice(), ["v2", ""] | ["v2", "_catalog"]) || is_url && texts == ["v2"] {
        return Err(
            path.fault("this is the API's own path: put the repository in its place, host/repository:tag")
        );
    }
    let Some((last, before)) = texts.split_last() else { return Ok(None) };
    let endpoint = before.last().copied().unwrap_or_default();
    let is_api =
        matches!(endpoint, "manifests" | "blobs" | "referrers") || (endpoint, *last) == ("tags", "list");
    let Some(root) = texts.iter().position(|t| *t == "v2") else { return Ok(None) };
    if !is_api {
        return Ok(None);
    }
    if root > 0 {
        let prefix = path.part(0..components[root].start - path.start);
        return Err(prefix.fault(
            "this API lies below a path of its own, and references know only hosts: name the repository as docker does",
        ));
    }
    let end = texts.len() - 2;
    if end < 2 {
        return Err(
            path.fault("the repository is missing in this URL of the API: /v2/<repository>/manifests/<tag>")
        );
    }
    let name = path.span_of(components[1], components[end - 1]);
    let named = components[end + 1];
    let read = format!("a URL of the API was given: it is read as the repository {}", name.text);
    Ok(Some(match endpoint {
        "blobs" => Pasted {
            name,
            reference: None,
            note: format!("{read}; the blob it names is no image, so the tag is latest"),
        },
        "tags" => Pasted { name, reference: None, note: format!("{read} with the tag latest") },
        _ => {
            Pasted { name, reference: Some(named), note: format!("{read} and the reference {}", named.text) }
        }
    }))
}
