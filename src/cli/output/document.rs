//! Structure of documents, and where signatures are shown.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::messages::escape;
use crate::operations::{Hit, Shown};

/// `eseal-placement/1`: rectangles in mm from the top left of the page as viewed, pages from 1.
pub(crate) fn shown_json(file: &Path, shown: &[Shown]) -> Value {
    let round = |n: f64| (n * 100.0).round() / 100.0;
    let rectangles: Vec<Value> = shown
        .iter()
        .map(|s| {
            json!({
                "page": s.page.saturating_add(1),
                "x_mm": round(s.rect.x.0),
                "y_mm": round(s.rect.y.0),
                "width_mm": round(s.rect.width.0),
                "height_mm": round(s.rect.height.0),
                "clip_mm": s.clip.map(|c| [c.x, c.y, c.width, c.height].map(|mm| round(mm.0))),
                "hit": s.hit,
            })
        })
        .collect();
    json!({ "schema": "eseal-placement/1", "file": file.display().to_string(), "rectangles": rectangles })
}

/// `eseal-placement/1` of a text's hits.
pub(crate) fn hits_json(file: &Path, hits: &[Hit]) -> Value {
    let shown = |hit: &Hit| Shown { page: hit.page, rect: hit.rect, clip: None, hit: Some(hit.number) };
    shown_json(file, &hits.iter().map(shown).collect::<Vec<_>>())
}

/// A JSON value as an indented outline, every text escaped.
pub(crate) fn tree(value: &Value) -> String {
    let mut lines = Vec::new();
    outline(value, 0, &mut lines);
    lines.join("\n")
}

/// Values nest as deep as `inspect` builds them: a handful of levels.
fn outline(value: &Value, depth: usize, lines: &mut Vec<String>) {
    let space = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match plain(value) {
                    Some(text) => lines.push(format!("{space}{key}: {text}")),
                    None => {
                        lines.push(format!("{space}{key}:"));
                        outline(value, depth + 1, lines);
                    }
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                match plain(item) {
                    Some(text) => lines.push(format!("{space}- {text}")),
                    None => {
                        lines.push(format!("{space}-"));
                        outline(item, depth + 1, lines);
                    }
                }
            }
        }
        other => lines.push(format!("{space}{}", plain(other).unwrap_or_default())),
    }
}

/// A value that fits on its key's line.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("-".to_owned()),
        Value::Bool(b) => Some(b.to_string()),
        Value::Number(n) => Some(n.to_string()),
        Value::String(text) => Some(escape(text)),
        Value::Array(items) if items.iter().all(Value::is_number) => {
            Some(items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        }
        Value::Object(map) if map.is_empty() => Some("-".to_owned()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::cli::output::document::tree;

    #[test]
    fn an_outline_is_indented_and_escaped() {
        let text = tree(&json!({ "a": "x\u{1b}y", "b": [1, 2], "c": [{ "d": null }] }));
        assert_eq!(text, "a: x\\u{1b}y\nb: 1 2\nc:\n  -\n    d: -");
    }
}
