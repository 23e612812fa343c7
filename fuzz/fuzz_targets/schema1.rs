//! Schema 1: the payload is a piece of the document and what closes it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use regprobe::oci::digest::Digest;
use regprobe::oci::document::{parse_document, schema1_metadata};
use regprobe::oci::schema1;

fuzz_target!(|body: &[u8]| {
    if let Some(payload) = schema1::payload(body) {
        assert!(payload.len() <= 2 * body.len());
        assert_eq!(schema1::payload_digest(body), Some(Digest::sha256(&payload)));
    }
    let signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    if let Some(document) = parse_document(body, Some(signed)) {
        schema1_metadata(&document);
    }
});
