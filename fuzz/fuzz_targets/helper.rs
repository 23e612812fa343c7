//! What a credential helper prints: the first byte says whether it failed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((first, output)) = input.split_first() else { return };
    let middle = output.iter().position(|b| *b == 0).unwrap_or(output.len());
    let (stdout, stderr) = output.split_at(middle);
    regprobe::auth::fuzzing::helper(first % 2 == 0, stdout, stderr);
});
