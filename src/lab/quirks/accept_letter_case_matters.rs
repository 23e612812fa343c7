use http::HeaderValue;
use http::header::ACCEPT;

use crate::lab::quirk::Quirk;
use crate::lab::request::LabRequest;

/// Media types are compared as they are written, and those of the lab are written small. (What becomes of a type that
/// is not recognised is for others to say: a 404 is the quirk `accept-case-sensitive`.)
pub(super) struct AcceptLetterCaseMatters;

impl Quirk for AcceptLetterCaseMatters {
    fn id(&self) -> &'static str {
        "accept-letter-case-matters"
    }

    fn about(&self) -> &'static str {
        "a media type in Accept that is not in lower case is read as one that nobody knows"
    }

    fn seen_at(&self) -> &'static [&'static str] {
        &["distribution up to 2.8: distribution/distribution#2835"]
    }

    fn hear(&self, request: &LabRequest) -> Option<LabRequest> {
        let known = |entry: &&str| !entry.bytes().any(|b| b.is_ascii_uppercase());
        let accept = request.accept();
        if accept.entries().all(|entry| known(&entry)) {
            return None;
        }
        let mut entries: Vec<&str> = accept.entries().filter(known).collect();
        // Not the same as no Accept at all.
        entries.push("x-unknown/x-unknown");
        let heard = HeaderValue::from_str(&entries.join(", ")).ok()?;
        let mut request = request.clone();
        request.headers.insert(ACCEPT, heard);
        Some(request)
    }
}
