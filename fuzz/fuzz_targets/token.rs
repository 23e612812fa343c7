//! A token endpoint's answer, and the realm of a challenge: the first line is the realm.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|b| *b == b'\n').unwrap_or(input.len());
    let (realm, body) = input.split_at(end);
    regprobe::auth::fuzzing::realm(&String::from_utf8_lossy(realm));
    for status in [200, 401, 503] {
        regprobe::auth::fuzzing::token(status, body);
    }
});
