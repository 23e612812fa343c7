//! Image configs: the first line is the manifest that names the config.
#![no_main]

use libfuzzer_sys::fuzz_target;
use regprobe::oci::document::{parse_config, parse_document};

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|b| *b == b'\n').unwrap_or(0);
    let (manifest, config) = input.split_at(end);
    if let Some(manifest) = parse_document(manifest, None)
        && let Some(metadata) = parse_config(config, &manifest)
    {
        let _ = format!("{metadata:?}");
    }
});
