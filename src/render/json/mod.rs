//! The JSON report, version 1: its own types, never a dump of internals. Additive changes only.

/// Every type of the report is made alike: public fields, read and written, in the schema.
macro_rules! v1 {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $name { $($(#[$fmeta])* pub $field: $type,)* }
    };
}

pub mod compared;
mod concluded;
mod earlier;
mod read;
mod types;
mod wire;
mod write;

pub use concluded::Concluded;
pub use read::{ReadError, read, read_all, read_concluded};
pub use types::*;
pub use wire::*;
pub use write::report;
pub(crate) use write::{body_key, hop};

/// The version of the report format.
pub const SCHEMA_VERSION: u32 = 1;

/// The JSON Schema (draft 2020-12) of [`ReportV1`], pretty-printed, as kept in `reports/report.schema.json`.
pub fn schema() -> String {
    let mut text = serde_json::to_string_pretty(&schemars::schema_for!(ReportV1)).unwrap_or_default();
    text.push('\n');
    text
}

/// A report as JSON text.
pub fn render(report: &crate::report::Report) -> String {
    text(&write::report(report))
}

/// Several reports as one JSON array.
pub fn render_all(reports: &[crate::report::Report]) -> String {
    let all: Vec<ReportV1> = reports.iter().map(write::report).collect();
    text(&all)
}

/// As every JSON document of ours is written.
pub(super) fn text(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    super::escape::json(text)
}

/// As every line of NDJSON is written.
pub(super) fn line(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    super::escape::json(text)
}
