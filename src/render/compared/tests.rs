//! The formats that are made elsewhere, over the same comparisons.

use serde_json::Value;

use super::fixture;
use crate::render::escape;
use crate::render::json::compared as json;
use crate::render::table::{TableOptions, diff as table};

const WIDE: TableOptions = TableOptions { width: 100, color: false, verbose: 0 };

#[test]
fn it_reads_well_as_json() {
    insta::assert_snapshot!("json", json::check(&fixture::check("a reason")));
}

#[test]
fn nasty_strings_stay_text() {
    for nasty in escape::NASTY {
        for text in [table::check(&fixture::check(nasty), &WIDE), table::diff(&fixture::diff(nasty), &WIDE)] {
            assert!(text.chars().all(|c| c == '\n' || !escape::is_deceptive(c)), "{nasty:?}: {text}");
        }
        for text in [json::check(&fixture::check(nasty)), json::diff(&fixture::diff(nasty))] {
            let read: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{nasty:?}: {e}"));
            assert_eq!(read["schema_version"], 1);
            assert!(!text.contains('\u{1b}'), "{nasty:?}");
        }
    }
}
