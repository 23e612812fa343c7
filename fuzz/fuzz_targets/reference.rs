//! Image references, digests and platforms: what was understood is understood again when it is written in full.
#![no_main]

use libfuzzer_sys::fuzz_target;
use regprobe::oci::digest::Digest;
use regprobe::oci::document::Platform;
use regprobe::target::Target;

fuzz_target!(|image: &str| {
    if let Ok(digest) = Digest::parse(image) {
        assert_eq!(Digest::parse(&digest.to_string()), Ok(digest));
    }
    if let Ok(platform) = Platform::parse(image) {
        // The version of Windows is not shown.
        assert_eq!(Platform::parse(&platform.to_string()), Ok(Platform { os_version: None, ..platform }));
    }
    match Target::parse(image, None) {
        Ok(target) => {
            for scheme in target.candidates() {
                let base = target.base_url(scheme);
                assert!(base.bytes().all(|b| b.is_ascii_graphic()), "{base}");
            }
            let mut full = target.display_reference();
            // A host of one label is only told from a repository of Docker Hub by a scheme before it.
            if !target.registry.contains(['.', ':']) && target.registry != "localhost" {
                full.insert_str(0, "https://");
            }
            let again = Target::parse(&full, None).unwrap_or_else(|error| panic!("{full}: {error}"));
            assert_eq!(again.registry, target.registry, "{full}");
            assert_eq!(again.repository, target.repository, "{full}");
            assert_eq!(again.tag, target.tag, "{full}");
            assert_eq!(again.digest, target.digest, "{full}");
        }
        Err(error) => {
            assert!(error.span.start <= error.span.end && error.span.end <= error.input.len());
            assert!(error.input.is_char_boundary(error.span.start), "the caret is inside a character");
            let _ = error.to_string();
        }
    }
});
