//! Values in words that a clerk understands.

use crate::pdf::object::Object;
use crate::pdf::{PdfError, View, decode_text};

/// Longest text of a value, in characters.
const LONGEST: usize = 200;
/// Most items of an array of values.
const ITEMS: usize = 20;

/// The value of a field: a text, a choice, a state; `None` where there is none, or none that words could give.
///
/// # Errors
/// As [`View::get`].
pub(crate) fn value(view: View<'_>, value: Option<&Object>) -> Result<Option<String>, PdfError> {
    let Some(value) = value else { return Ok(None) };
    let text = match view.resolve(value)? {
        Object::Array(items) => {
            let mut texts = Vec::new();
            for item in items.iter().take(ITEMS) {
                texts.extend(scalar(&view.resolve(item)?));
            }
            Some(texts.join(", "))
        }
        other => scalar(&other),
    };
    Ok(text.map(|text| shortened(&text)))
}

/// A string, name or number as text.
pub(crate) fn scalar(value: &Object) -> Option<String> {
    match value {
        Object::String(bytes) => Some(decode_text(bytes)),
        Object::Name(name) => Some(String::from_utf8_lossy(name).into_owned()),
        Object::Integer(number) => Some(number.to_string()),
        Object::Real(number) => Some(number.to_string()),
        Object::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
