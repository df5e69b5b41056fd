//! Content streams (ISO 32000-1 7.8.2): operators with their operands. What is no token is passed over, as readers do:
//! text is looked for here, nothing is judged.

use crate::pdf::lexer::{Lexer, Token, is_space};
use crate::pdf::object::Object;

/// Most operands of one operator; the largest real ones are arrays of a line's text.
const OPERANDS: usize = 64;
/// Most items of one array.
const ITEMS: usize = 100_000;

/// Reads operators.
pub(crate) struct Content<'a> {
    bytes: &'a [u8],
    lexer: Lexer<'a>,
}

impl<'a> Content<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Content { bytes, lexer: Lexer::memory(bytes) }
    }

    /// The next operator and what stands before it. Dictionaries are left out: no operator of text takes one.
    pub(crate) fn next(&mut self) -> Option<(Vec<u8>, Vec<Object>)> {
        let mut operands = Vec::new();
        let mut array: Option<Vec<Object>> = None;
        let mut dictionaries = 0_u32;
        loop {
            let before = self.lexer.position();
            let token = match self.lexer.next() {
                Ok((_, token)) => token,
                Err(_) => {
                    self.lexer.notes.clear();
                    self.lexer.seek(self.lexer.position().max(before.saturating_add(1)));
                    continue;
                }
            };
            let value = match token {
                Token::End => return None,
                Token::Keyword(word) => {
                    self.lexer.notes.clear();
                    if word == b"ID" {
                        self.skip_image();
                    }
                    if dictionaries == 0 || word == b"ID" {
                        return Some((word, operands));
                    }
                    continue;
                }
                Token::DictionaryOpen => {
                    dictionaries = dictionaries.saturating_add(1);
                    continue;
                }
                Token::DictionaryClose => {
                    dictionaries = dictionaries.saturating_sub(1);
                    continue;
                }
                _ if dictionaries > 0 => continue,
                Token::ArrayOpen => {
                    array = Some(Vec::new());
                    continue;
                }
                Token::ArrayClose => array.take().map_or(Object::Null, Object::Array),
                Token::Integer(n) => Object::Integer(n),
                Token::Real(n) => Object::Real(n),
                Token::Name(name) => Object::Name(name),
                Token::Literal(bytes) | Token::Hex(bytes) => Object::String(bytes),
            };
            match &mut array {
                Some(items) if items.len() < ITEMS => items.push(value),
                Some(_) => {}
                None if operands.len() < OPERANDS => operands.push(value),
                None => {}
            }
        }
    }

    /// Passes over the data of an inline image (8.9.7): to `EI` between white space, where no binary byte follows soon.
    fn skip_image(&mut self) {
        let start = usize::try_from(self.lexer.position()).unwrap_or(usize::MAX);
        let rest = self.bytes.get(start..).unwrap_or_default();
        let end = memchr::memmem::find_iter(rest, b"EI").find(|at| {
            let before = at.checked_sub(1).and_then(|at| rest.get(at)).is_some_and(|byte| is_space(*byte));
            let after = rest.get(at.saturating_add(2)..).unwrap_or_default();
            let text = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
            before && after.first().is_none_or(|byte| is_space(*byte)) && after.iter().take(16).all(text)
        });
        let after = end.map_or(self.bytes.len(), |at| start.saturating_add(at).saturating_add(2));
        self.lexer.seek(after as u64);
    }
}

#[cfg(test)]
mod tests {
    use crate::pdf::content::Content;

    fn operators(bytes: &[u8]) -> Vec<String> {
        let mut content = Content::new(bytes);
        let read = std::iter::from_fn(|| content.next());
        read.map(|(word, operands)| format!("{}{}", operands.len(), String::from_utf8_lossy(&word))).collect()
    }

    #[test]
    fn operators_take_what_stands_before_them() {
        let bytes = b"q 1 0 0 1 5 5 cm BT /F1 12 Tf [(a) -20 (b)] TJ (x) ' 1 2 (c) \" T* ET Q";
        assert_eq!(operators(bytes), ["0q", "6cm", "0BT", "2Tf", "1TJ", "1'", "3\"", "0T*", "0ET", "0Q"]);
    }

    #[test]
    fn dictionaries_and_images_are_passed_over() {
        let bytes =
            b"/Span <</ActualText (x) /A <</B 1>> >> BDC (a) Tj EMC BI /W 1 /H 1 ID \x00 EI \xff(ET) EI Q (b) Tj";
        assert_eq!(operators(bytes), ["1BDC", "1Tj", "0EMC", "0BI", "4ID", "0Q", "1Tj"]);
    }

    #[test]
    fn nonsense_is_passed_over() {
        assert_eq!(operators(b")) >> } (a) Tj < zz> [ (b) ] TJ (open"), ["1Tj", "0z", "1TJ"]);
    }
}
