//! Today's redaction on what was recorded before it was known.

use bytes::Bytes;
use secrecy::SecretString;

use super::super::words::{Keys, REDACTED, hide_user_info};
use super::Scrubber;
use crate::exchange::{BodyEnd, Hop, Outcome, Purpose, TransportError};
use crate::recording::Recording;
use crate::redaction::words_of;

/// The fields of a token answer that hold what must not be kept.
const TOKENS: [&str; 3] = ["token", "access_token", "refresh_token"];

/// Bytes of an answer that may grant a token.
const LONGEST_GRANT: usize = 64 << 10;

/// Redacts a recording in place. What it gives back are the secrets that stood in it: no output may hold one.
pub fn scrub(recording: &mut Recording) -> Vec<SecretString> {
    let mut scrubber = Scrubber::new([], &[], &words_of(&recording.target));
    for exchange in &recording.exchanges {
        for (at, hop) in exchange.hops.iter().enumerate() {
            scrubber = learn(&scrubber, hop, at > 0);
        }
    }
    for exchange in &mut recording.exchanges {
        let token = exchange.purpose == Purpose::Token;
        for (at, hop) in exchange.hops.iter_mut().enumerate() {
            apply(&scrubber, hop, at > 0, token);
        }
    }
    recording.base_url = scrubber.url(&recording.base_url, Keys::Sensitive);
    let access = &mut recording.access;
    for challenge in &mut access.challenges {
        *challenge = scrubber.text(&hide_user_info(challenge)).into_owned();
    }
    if let Some(problem) = &mut access.problem {
        *problem = scrubber.message(problem);
    }
    for note in &mut recording.notes {
        note.text = scrubber.message(&note.text);
    }
    scrubber.known()
}

/// What this hop lets one know.
fn learn(scrubber: &Scrubber, hop: &Hop, redirected: bool) -> Scrubber {
    let fresh = |value: &str| !value.contains(REDACTED);
    let headers = hop.request.headers.iter().filter(|h| fresh(&h.value));
    let headers: Vec<(String, String)> = headers.map(|h| (h.name.clone(), h.value.clone())).collect();
    let mut scrubber = scrubber.with_request(&headers, None, &hop.request.url);
    if redirected {
        scrubber = scrubber.with_redirect(&hop.request.url);
    }
    let Outcome::Answered(response) = &hop.outcome else { return scrubber };
    if let Some(location) = response.header("location") {
        scrubber = scrubber.with_redirect(location);
    }
    // What grants a token is small; documents are not read for it, once for each exchange.
    let body =
        (response.body.kept.len() <= LONGEST_GRANT).then(|| crate::oci::json::parse(&response.body.kept));
    let body = body.flatten();
    let granted = TOKENS.iter().filter_map(|name| body.as_ref()?.get(name)?.as_str());
    scrubber.with_granted(granted.filter(|token| fresh(token)))
}

fn apply(scrubber: &Scrubber, hop: &mut Hop, redirected: bool, token: bool) {
    let keys = if redirected { Keys::All } else { Keys::Sensitive };
    hop.request.url = scrubber.url(&hop.request.url, keys);
    for header in &mut hop.request.headers {
        header.value = scrubber.request_header(&header.name.to_ascii_lowercase(), &header.value);
    }
    match &mut hop.outcome {
        Outcome::Failed(error) => message(scrubber, error),
        Outcome::Answered(response) => {
            let redirects = (300..400).contains(&response.status) && response.header("location").is_some();
            for header in &mut response.headers {
                header.value = scrubber.response_header(&header.name.to_ascii_lowercase(), &header.value);
            }
            if let Some(reason) = &mut response.reason {
                *reason = scrubber.text(reason).into_owned();
            }
            if let BodyEnd::Broken(error) = &mut response.body.end {
                message(scrubber, error);
            }
            response.body.kept = match token && (200..300).contains(&response.status) {
                true => Bytes::new(),
                false => scrubber.body(response.body.kept.clone(), redirects),
            };
        }
    }
}

fn message(scrubber: &Scrubber, error: &mut TransportError) {
    error.message = scrubber.message(&error.message);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Header;
    use crate::render::{fixture, json};

    fn line(name: &str, value: &str) -> Header {
        Header { name: name.into(), value: value.into() }
    }

    #[test]
    fn what_an_old_report_still_held_is_gone_everywhere() {
        let mut report = fixture::every();
        let exchanges = &mut report.recording.exchanges;
        let basic = "dXNlcjpvbGQtcGFzc3dvcmQtMTIz"; // user:old-password-123
        exchanges[2].hops[0].request.headers.push(line("authorization", &format!("Basic {basic}")));
        exchanges[3].hops[0].request.headers.push(line("cookie", "sid=old-cookie-4567890"));
        let Outcome::Answered(token) = &mut exchanges[1].hops[0].outcome else { panic!() };
        token.body.kept = Bytes::from_static(b"{\"token\":\"old-token-abcdefghijkl\"}");
        let Outcome::Answered(echo) = &mut exchanges[4].hops[0].outcome else { panic!() };
        echo.body.kept = Bytes::from(format!("no {basic}, old-password-123, old-token-abcdefghijkl"));
        echo.headers.push(line("set-cookie", "s=old-setcookie-1"));
        let Outcome::Answered(redirect) = &mut exchanges[5].hops[0].outcome else { panic!() };
        redirect
            .headers
            .push(line("location", "https://cdn.example/x?X-Amz-Signature=old-signature-0123456789"));
        exchanges[5].hops[1].request.url =
            "https://cdn.example/x?X-Amz-Signature=old-signature-0123456789".into();
        report.recording.notes[0].text = "echoed old-password-123".into();

        let before = json::render(&report);
        assert!(before.contains("old-password-123") && before.contains("old-signature"));
        let found = scrub(&mut report.recording);
        assert!(!found.is_empty());
        let after = json::render(&report);
        assert!(!after.contains("old-") && !after.contains(basic), "{after}");
        scrub(&mut report.recording);
        assert_eq!(json::render(&report), after, "the second time finds nothing more");
        json::read(after.as_bytes()).unwrap();
    }

    #[test]
    fn what_was_clean_stays_as_it_is() {
        let mut report = fixture::every();
        // The fixture's second redirect target is as captured.
        let before = json::render(&report);
        assert_eq!(scrub(&mut report.recording).len(), 0);
        assert_eq!(json::render(&report), before);
    }
}
