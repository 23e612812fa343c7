//! Manifests and indexes: the first line is the Content-Type, where it does not begin with a brace.
#![no_main]

use libfuzzer_sys::fuzz_target;
use regprobe::oci::document::{BodyKind, Platform, choose, classify, first_image, parse_document, platforms};

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|b| *b == b'\n').filter(|_| input.first() != Some(&b'{'));
    let (content_type, body) = match end {
        Some(end) => (std::str::from_utf8(&input[..end]).ok(), &input[end + 1..]),
        None => (None, input),
    };
    let kind = classify(body, content_type);
    let Some(document) = parse_document(body, content_type) else {
        assert!(!kind.is_index() && !kind.is_manifest(), "{kind:?} cannot be read");
        return;
    };
    assert_eq!(document.kind, kind);
    assert!(kind.is_index() || kind.is_manifest() || kind == BodyKind::Schema1, "{kind:?}");
    let wanted = Platform::parse("linux/arm64/v8").unwrap();
    for chosen in [choose(&document, &wanted), first_image(&document)].into_iter().flatten() {
        assert!(document.manifests.contains(chosen) && !chosen.is_attestation());
    }
    assert!(platforms(&document).len() <= document.manifests.len());
});
