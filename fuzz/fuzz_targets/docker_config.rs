//! docker's `config.json`: an error never quotes the file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    regprobe::auth::fuzzing::docker_config(bytes, "registry.example:5000", "a/b");
    regprobe::auth::fuzzing::docker_config(bytes, "docker.io", "library/ubuntu");
});
