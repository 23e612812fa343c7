//! Media types and the headers that tell limits.
#![no_main]

use std::time::SystemTime;

use libfuzzer_sys::fuzz_target;
use regprobe::exchange::Header;
use regprobe::oci::{media_type, retry};

fuzz_target!(|text: &str| {
    let base = media_type::base(text);
    assert_eq!(media_type::base(&base), base);
    assert!(!base.contains(';') && base.trim() == base);
    retry::retry_after(text, SystemTime::UNIX_EPOCH);
    for name in ["ratelimit", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy"]
    {
        retry::quota(&[Header { name: name.to_owned(), value: text.to_owned() }]);
    }
});
