//! `WWW-Authenticate`: nothing is invented, and what was read reads the same when it is written by the grammar.
#![no_main]

use libfuzzer_sys::fuzz_target;
use regprobe::oci::challenge::Challenge;

fuzz_target!(|line: &str| {
    let all = Challenge::parse_line(line);
    let texts = |c: &Challenge| -> usize {
        let params: usize = c.params.iter().map(|(name, value)| name.len() + value.len()).sum();
        c.scheme.len() + c.token68.as_deref().map_or(0, str::len) + params
    };
    assert!(all.iter().map(texts).sum::<usize>() <= line.len(), "more text than there was");
    for challenge in &all {
        let words = std::iter::once(&challenge.scheme).chain(challenge.params.iter().map(|(name, _)| name));
        let plain = |word: &String| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
        // What a quoted string can hold.
        let held =
            challenge.params.iter().all(|(_, value)| value.chars().all(|c| c == '\t' || !c.is_control()));
        if challenge.token68.is_some()
            || challenge.params.is_empty()
            || !held
            || !words.into_iter().all(plain)
        {
            continue;
        }
        let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"");
        let params: Vec<String> =
            challenge.params.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
        let written = format!("{} {}", challenge.scheme, params.join(", "));
        let again = Challenge::parse_line(&written);
        assert_eq!(again.len(), 1, "{written}");
        assert_eq!((&again[0].scheme, &again[0].params), (&challenge.scheme, &challenge.params), "{written}");
    }
});
