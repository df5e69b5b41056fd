//! Records of the trail.

use serde_json::Value;

use crate::cli::messages::escape;
use crate::operations::TrailEntry;

/// The record as it is kept.
pub(crate) fn entry_json(entry: &TrailEntry) -> Value {
    serde_json::to_value(entry).unwrap_or(Value::Null)
}

/// One line.
pub(crate) fn entry_text(entry: &TrailEntry) -> String {
    let word = |value: Value| value.as_str().map(str::to_owned).unwrap_or_default();
    let act = serde_json::to_value(entry.act).map(word).unwrap_or_default();
    let result = serde_json::to_value(entry.outcome).map(word).unwrap_or_default();
    let mut line = format!("{}  {}  {}@{}  {act}  {result}", entry.sequence, entry.time, entry.operator, entry.host);
    let named = [("seal", &entry.seal), ("certificate", &entry.certificate), ("file", &entry.file)];
    for (label, value) in named.into_iter().chain([("reference", &entry.reference), ("code", &entry.code)]) {
        if let Some(value) = value {
            line.push_str(&format!("  {label}={value}"));
        }
    }
    for (label, value) in &entry.details {
        line.push_str(&format!("  {label}={value}"));
    }
    escape(&line)
}
