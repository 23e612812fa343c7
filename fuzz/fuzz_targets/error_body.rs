//! Error bodies: no text of them is invented.
#![no_main]

use libfuzzer_sys::fuzz_target;
use regprobe::oci::error_body::ErrorBody;

fuzz_target!(|body: &[u8]| {
    let Some(error) = ErrorBody::parse(body) else { return };
    let _ = (error.code(), error.message(), error.shape.as_str());
    assert!(error.entries.len() <= body.len());
    let text = |text: &Option<String>| text.as_deref().map_or(0, str::len);
    // An escape takes more bytes than what it stands for; a number may be written out longer than it was.
    let most = 32 * body.len() + 32;
    assert!(error.entries.iter().map(|e| text(&e.code) + text(&e.message)).sum::<usize>() <= most);
});
