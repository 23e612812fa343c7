//! The files of `--probes`: a fault is told with a line that the file has.
#![no_main]

use libfuzzer_sys::fuzz_target;
use regprobe::probes::Probes;

fuzz_target!(|text: &str| {
    for (folder, stem) in [("", "accept"), ("suites", "fuzz"), ("paths", "fuzz")] {
        if let Err(error) = Probes::with_file(folder, stem, text) {
            let _ = error.to_string();
            if error.file == "fuzz" {
                assert!(error.line.is_none_or(|line| line <= text.lines().count() + 1), "{error}");
            }
        }
    }
});
