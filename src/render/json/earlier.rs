//! Reports of version 1 by builds that wrote less. What they lack was concluded from the rest, and is judged anew.

use serde_json::{Value, json};

use super::ReportV1;

/// Reads a report that lacks parts of what is concluded; `None` where it lacks something that was seen.
pub(super) fn read(json: &[u8]) -> Option<ReportV1> {
    let mut report: Value = serde_json::from_slice(json).ok()?;
    let own = report.as_object_mut()?;
    if own.get("schema_version")? != super::SCHEMA_VERSION {
        return None;
    }
    let empty = [
        ("notes", json!([])),
        ("paths", json!([])),
        ("clients", json!([])),
        ("findings", json!([])),
        ("coverage", json!({ "exercised": [], "not_exercised": [] })),
        ("summary", json!({})),
    ];
    for (key, value) in empty {
        own.entry(key).or_insert(value);
    }
    let summary = [
        ("outcome", json!("inconclusive")),
        ("curl", json!([])),
        ("requests", json!(0)),
        ("pulls", json!(0)),
        ("wall_ms", json!(0.0)),
        ("anomalies", json!(0)),
        ("unexplained", json!(0)),
        ("counts", json!({})),
    ];
    let own = own.get_mut("summary")?.as_object_mut()?;
    for (key, value) in summary {
        own.entry(key).or_insert(value);
    }
    serde_json::from_value(report).ok()
}
