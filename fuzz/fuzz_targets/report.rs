//! A report, read back: what can be read can be judged and rendered in every format, and is the same when it is read
//! again. The input is a report, or lines of `/json/pointer value` that change a good one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{Corpus, fuzz_target};
use regprobe::judge::judge;
use regprobe::probes::Probes;
use regprobe::render::table::TableOptions;
use regprobe::render::{github, har, html, json, junit, markdown, ndjson, sarif, svg, table};
use serde_json::Value;

static PROBES: LazyLock<Probes> = LazyLock::new(|| Probes::embedded().unwrap());
static GOOD: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_slice(include_bytes!("../seeds/report/few-cells.json")).unwrap());

/// Nothing where no line changes anything.
fn changed(text: &str) -> Option<Vec<u8>> {
    let mut report = GOOD.clone();
    let mut changes = 0;
    for line in text.lines() {
        let (pointer, value) = line.split_once(' ')?;
        let place = report.pointer_mut(pointer)?;
        *place = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        changes += 1;
    }
    (changes > 0).then(|| report.to_string().into_bytes())
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let whole = match std::str::from_utf8(input).ok().filter(|text| text.starts_with('/')) {
        Some(text) => match changed(text) {
            Some(report) => report,
            None => return Corpus::Reject,
        },
        None => input.to_vec(),
    };
    let recording = match json::read(&whole) {
        Ok(recording) => recording,
        Err(error) => {
            let _ = error.to_string();
            return Corpus::Keep;
        }
    };
    let report = judge(recording, &PROBES);
    let written = json::render(&report);
    let again = json::read(written.as_bytes()).unwrap_or_else(|error| panic!("{error}: {written}"));
    let reports = [report];
    assert_eq!(json::render(&judge(again, &PROBES)), written);
    let options = TableOptions::default();
    let _ = table::render(&reports[0], &options);
    for render in [
        github::render,
        har::render,
        html::render,
        junit::render,
        markdown::render,
        ndjson::render,
        sarif::render,
        svg::render,
    ] {
        let _ = render(&reports);
    }
    Corpus::Keep
});
