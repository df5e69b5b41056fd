//! Text that comes from documents, on its way to a terminal.

/// Makes control and direction characters visible: C0, C1, DEL, the bidirectional marks, overrides and isolates, and
/// line separators (Unicode TR 36). A document must not be able to write escape sequences to a terminal, add lines to a
/// report or turn a name around.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if dangerous(c) {
            out.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// The same for a text of our own with several lines: line feeds stay.
#[must_use]
pub fn escape_lines(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

fn dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use crate::cli::messages::{escape, escape_lines};

    #[test]
    fn nothing_invisible_gets_through() {
        assert_eq!(escape("示例市 a-b"), "示例市 a-b");
        assert_eq!(escape("a\u{1b}[2Jb\r\n\u{7f}\u{9b}"), "a\\u{1b}[2Jb\\u{d}\\u{a}\\u{7f}\\u{9b}");
        assert_eq!(escape("a\u{202e}b\u{2066}c\u{200f}"), "a\\u{202e}b\\u{2066}c\\u{200f}");
        assert_eq!(escape_lines("a\nb\u{7}"), "a\nb\\u{7}");
    }
}
