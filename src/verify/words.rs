//! Names of variants as words: what a reader is told of a note that has no sentence of its own.

use std::fmt::Debug;

/// `BytesAfterEnd` becomes "bytes after end"; fields of a variant follow after a colon.
pub(crate) fn words(value: &impl Debug) -> String {
    let debug = format!("{value:?}");
    let end = debug.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(debug.len());
    let (name, fields) = debug.split_at_checked(end).unwrap_or((&debug, ""));
    let mut text = String::with_capacity(debug.len());
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.push(c.to_ascii_lowercase());
    }
    let fields = fields.trim_matches(|c: char| "(){} \"".contains(c));
    if !fields.is_empty() {
        text.push_str(": ");
        text.push_str(fields);
    }
    text
}

#[cfg(test)]
mod tests {
    use crate::verify::words::words;

    #[test]
    fn names_become_words() {
        #[derive(Debug)]
        #[allow(dead_code, reason = "only their names are looked at")]
        enum Sample {
            BytesAfterEnd,
            Named(String),
            At { page: u32 },
        }
        assert_eq!(words(&Sample::BytesAfterEnd), "bytes after end");
        assert_eq!(words(&Sample::Named("x y".to_owned())), "named: x y");
        assert_eq!(words(&Sample::At { page: 3 }), "at: page: 3");
    }
}
