//! `Link`: the target is a piece of the header, and is found again when it is written by the grammar.
#![no_main]

use libfuzzer_sys::fuzz_target;
use regprobe::oci::link;

fuzz_target!(|text: &str| {
    let Some(found) = link::next(text.lines()) else { return };
    assert!(!found.raw.is_empty());
    assert!(text.contains(&found.raw), "{found:?} is not in the header");
    // Angle brackets are no part of a URI (RFC 3986, appendix C).
    if !found.raw.contains(['<', '>', '\r', '\n']) {
        let written = format!("<{}>; rel=\"next\"", found.raw);
        let again = link::next([written.as_str()].into_iter());
        assert_eq!(again.map(|link| link.raw), Some(found.raw), "{written}");
    }
});
