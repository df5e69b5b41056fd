//! Tokens of ISO 32000-1 7.2 and 7.3, with their places. Strict: what is no token is an error, what is odd is noted.

use crate::limits::{Exhausted, Limit, VALUE_BYTES};
use crate::pdf::blocks::{Block, Blocks};
use crate::pdf::error::{PdfError, SyntaxProblem};
use crate::pdf::note::{Note, NoteKind};

/// Longest keyword, number or name taken. ISO 32000-1 annex C has 127 bytes for names; real files go beyond.
const WORD: usize = 4096;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Integer(i64),
    Real(f64),
    Name(Vec<u8>),
    Literal(Vec<u8>),
    Hex(Vec<u8>),
    ArrayOpen,
    ArrayClose,
    DictionaryOpen,
    DictionaryClose,
    Keyword(Vec<u8>),
    End,
}

/// Where the bytes come from.
#[derive(Clone, Copy)]
pub(crate) enum Input<'a> {
    File(&'a Blocks),
    Memory(&'a [u8]),
}

/// Reads tokens from a place onwards.
pub(crate) struct Lexer<'a> {
    input: Input<'a>,
    position: u64,
    end: u64,
    block: Option<Block>,
    /// What was odd since it was last taken.
    pub(crate) notes: Vec<Note>,
}

/// White space (ISO 32000-1 table 1).
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

/// Delimiters (ISO 32000-1 table 2).
pub(crate) fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

/// A character of a name, number or keyword.
pub(crate) fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !is_delimiter(byte)
}

/// The value of a hexadecimal digit.
fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The value of every byte as a hexadecimal digit, [`NO_DIGIT`] for those that are none.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        #[allow(clippy::indexing_slicing, reason = "runs while compiling: a wrong index does not compile")]
        {
            digits[b"0123456789abcdef"[value] as usize] = value as u8;
            digits[b"0123456789ABCDEF"[value] as usize] = value as u8;
        }
        value += 1;
    }
    digits
};
const NO_DIGIT: u8 = 0xFF;

/// As [`hex`], for long strings of digits.
fn digit(byte: u8) -> Option<u8> {
    DIGITS.get(usize::from(byte)).copied().filter(|value| *value != NO_DIGIT)
}

impl<'a> Lexer<'a> {
    /// From `position` of a file to its end.
    pub(crate) fn file(blocks: &'a Blocks, position: u64) -> Self {
        Lexer { input: Input::File(blocks), position, end: blocks.len(), block: None, notes: Vec::new() }
    }

    /// Over bytes in memory.
    pub(crate) fn memory(bytes: &'a [u8]) -> Self {
        Lexer { input: Input::Memory(bytes), position: 0, end: bytes.len() as u64, block: None, notes: Vec::new() }
    }

    /// The next byte's offset.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Goes to an offset.
    pub(crate) fn seek(&mut self, position: u64) {
        self.position = position;
        // What is jumped over is not read and not paid for.
        let inside = |(start, block): &Block| position >= *start && position - *start < block.len() as u64;
        self.block = self.block.take().filter(inside);
    }

    /// The next byte, not taken.
    #[inline]
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, PdfError> {
        match self.at_hand().first() {
            Some(byte) => Ok(Some(*byte)),
            None => self.read_on(),
        }
    }

    /// The next byte where it is not at hand yet.
    fn read_on(&mut self) -> Result<Option<u8>, PdfError> {
        if self.position >= self.end {
            return Ok(None);
        }
        if let Input::File(blocks) = self.input {
            if self.block.is_some() {
                blocks.charge()?;
            }
            self.block = blocks.block(self.position)?;
        }
        Ok(self.at_hand().first().copied())
    }

    /// Takes the next byte.
    pub(crate) fn next_byte(&mut self) -> Result<Option<u8>, PdfError> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.position += 1;
        }
        Ok(byte)
    }

    /// Skips white space and comments (ISO 32000-1 7.2.3).
    pub(crate) fn skip_space(&mut self) -> Result<(), PdfError> {
        while let Some(byte) = self.peek()? {
            if is_space(byte) {
                self.skip_while(is_space)?;
            } else if byte == b'%' {
                self.skip_while(|byte| !matches!(byte, b'\r' | b'\n'))?;
            } else {
                break;
            }
        }
        Ok(())
    }

    /// Skips white space alone.
    pub(crate) fn skip_blank(&mut self) -> Result<(), PdfError> {
        self.skip_while(is_space)
    }

    /// Skips bytes of a kind, a block at a time.
    fn skip_while(&mut self, kind: fn(u8) -> bool) -> Result<(), PdfError> {
        while self.peek()?.is_some() {
            let rest = self.at_hand();
            let count = rest.iter().position(|byte| !kind(*byte));
            self.position += count.unwrap_or(rest.len()) as u64;
            if count.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes `word` if it stands right here.
    pub(crate) fn take(&mut self, word: &[u8]) -> Result<bool, PdfError> {
        let start = self.position;
        for wanted in word {
            if self.next_byte()? != Some(*wanted) {
                self.position = start;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the next token is this keyword, which is then taken.
    pub(crate) fn take_keyword(&mut self, word: &[u8]) -> Result<bool, PdfError> {
        let start = self.position;
        self.skip_space()?;
        if self.take(word)? && !self.peek()?.is_some_and(is_regular) {
            return Ok(true);
        }
        self.position = start;
        Ok(false)
    }

    /// The next token and the offset of its first byte.
    pub(crate) fn next(&mut self) -> Result<(u64, Token), PdfError> {
        self.skip_space()?;
        let start = self.position;
        let Some(byte) = self.next_byte()? else { return Ok((start, Token::End)) };
        let token = match byte {
            b'[' => Token::ArrayOpen,
            b']' => Token::ArrayClose,
            b'/' => self.name(start)?,
            b'(' => self.literal()?,
            b'<' if self.peek()? == Some(b'<') => {
                self.position += 1;
                Token::DictionaryOpen
            }
            b'<' => self.hexadecimal(start)?,
            b'>' if self.peek()? == Some(b'>') => {
                self.position += 1;
                Token::DictionaryClose
            }
            b')' | b'>' | b'{' | b'}' => return Err(self.error(start, SyntaxProblem::UnexpectedToken)),
            _ => {
                self.position = start;
                self.word(start)?
            }
        };
        Ok((start, token))
    }

    /// An unsigned integer of digits alone, such as offsets and object numbers are.
    pub(crate) fn unsigned(&mut self) -> Result<Option<u64>, PdfError> {
        let before = self.position;
        self.skip_space()?;
        let mut value: Option<u64> = None;
        while let Some(byte @ b'0'..=b'9') = self.peek()? {
            let digit = u64::from(byte - b'0');
            let Some(next) = value.unwrap_or(0).checked_mul(10).and_then(|v| v.checked_add(digit)) else {
                self.position = before;
                return Ok(None);
            };
            value = Some(next);
            self.position += 1;
        }
        if value.is_none() || self.peek()?.is_some_and(is_regular) {
            self.position = before;
            return Ok(None);
        }
        Ok(value)
    }

    fn error(&self, offset: u64, problem: SyntaxProblem) -> PdfError {
        PdfError::Syntax { offset, problem }
    }

    fn note(&mut self, offset: u64, kind: NoteKind) {
        if self.notes.len() < 64 {
            self.notes.push(Note { offset, kind });
        }
    }

    /// A name after its slash (7.3.5).
    fn name(&mut self, start: u64) -> Result<Token, PdfError> {
        let mut name = Vec::new();
        self.run(&mut name, |byte| is_regular(byte) && byte != b'#')?;
        if name.len() > WORD {
            return Err(self.error(start, SyntaxProblem::UnexpectedToken));
        }
        while let Some(byte) = self.peek()?.filter(|byte| is_regular(*byte)) {
            self.position += 1;
            let after = self.position;
            let escaped = if byte == b'#' {
                let high = self.next_byte()?.and_then(hex);
                let low = self.next_byte()?.and_then(hex);
                high.zip(low).map(|(high, low)| high * 16 + low)
            } else {
                None
            };
            if byte == b'#' && escaped.is_none_or(|byte| byte == 0) {
                self.position = after;
                self.note(start, NoteKind::NameEscape);
                name.push(byte);
            } else {
                name.push(escaped.unwrap_or(byte));
            }
            if name.len() > WORD {
                return Err(self.error(start, SyntaxProblem::UnexpectedToken));
            }
        }
        Ok(Token::Name(name))
    }

    /// A literal string after its parenthesis (7.3.4.2).
    fn literal(&mut self) -> Result<Token, PdfError> {
        let mut bytes = Vec::new();
        let mut depth = 1_u64;
        loop {
            let Some(byte) = self.next_byte()? else {
                return Err(self.error(self.position, SyntaxProblem::UnexpectedEnd));
            };
            match byte {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(Token::Literal(bytes));
                    }
                }
                b'\\' => {
                    if let Some(byte) = self.escape()? {
                        push(&mut bytes, byte)?;
                    }
                    continue;
                }
                b'\r' => {
                    if self.peek()? == Some(b'\n') {
                        self.position += 1;
                    }
                    push(&mut bytes, b'\n')?;
                    continue;
                }
                _ => {}
            }
            push(&mut bytes, byte)?;
        }
    }

    /// What follows a backslash (ISO 32000-1 table 3).
    fn escape(&mut self) -> Result<Option<u8>, PdfError> {
        let Some(byte) = self.next_byte()? else { return Ok(None) };
        Ok(match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'b' => Some(8),
            b'f' => Some(12),
            b'\n' => None,
            b'\r' => {
                if self.peek()? == Some(b'\n') {
                    self.position += 1;
                }
                None
            }
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek()? else { break };
                    self.position += 1;
                    value = value * 8 + u32::from(digit - b'0');
                }
                // "high-order overflow shall be ignored"
                Some(value.to_le_bytes()[0])
            }
            other => Some(other),
        })
    }

    /// A hexadecimal string after `<` (7.3.4.3).
    fn hexadecimal(&mut self, start: u64) -> Result<Token, PdfError> {
        let mut bytes = Vec::new();
        let mut high: Option<u8> = None;
        loop {
            // A signature value is some hundred thousand digits on end: those are taken by the block.
            if high.is_none() {
                self.digit_pairs(&mut bytes)?;
            }
            let Some(byte) = self.next_byte()? else {
                return Err(self.error(self.position, SyntaxProblem::UnexpectedEnd));
            };
            if byte == b'>' {
                if let Some(high) = high {
                    self.note(start, NoteKind::OddHexString);
                    push(&mut bytes, high * 16)?;
                }
                return Ok(Token::Hex(bytes));
            }
            if is_space(byte) {
                continue;
            }
            let Some(digit) = hex(byte) else { return Err(self.error(start, SyntaxProblem::HexString)) };
            match high.take() {
                Some(high) => push(&mut bytes, high * 16 + digit)?,
                None => high = Some(digit),
            }
        }
    }

    /// Takes whole pairs of hexadecimal digits as far as they stand on end in the block at hand.
    fn digit_pairs(&mut self, bytes: &mut Vec<u8>) -> Result<(), PdfError> {
        // Reads the block, if it is not there yet.
        if self.peek()?.is_none() {
            return Ok(());
        }
        let room = usize::try_from(VALUE_BYTES).unwrap_or(usize::MAX).saturating_sub(bytes.len());
        let before = bytes.len();
        for pair in self.at_hand().chunks_exact(2).take(room) {
            let &[high, low] = pair else { break };
            let digits = (digit(high), digit(low));
            let (Some(high), Some(low)) = digits else { break };
            bytes.push(high << 4 | low);
        }
        self.position += 2 * (bytes.len() - before) as u64;
        Ok(())
    }

    /// The bytes from the position on that need no further reading.
    #[inline]
    fn at_hand(&self) -> &[u8] {
        let (start, bytes) = match (&self.input, &self.block) {
            (Input::Memory(bytes), _) => (0, *bytes),
            (Input::File(_), Some((start, block))) => (*start, &**block),
            (Input::File(_), None) => return &[],
        };
        // No block and no memory goes beyond the end. Before a block's beginning nothing is at hand.
        let from = self.position.checked_sub(start).and_then(|from| usize::try_from(from).ok());
        from.and_then(|from| bytes.get(from..)).unwrap_or_default()
    }

    /// Takes bytes of a kind as far as they stand on end, and no further than just above the longest word.
    fn run(&mut self, taken: &mut Vec<u8>, kind: impl Fn(u8) -> bool) -> Result<(), PdfError> {
        while taken.len() <= WORD && self.peek()?.is_some_and(&kind) {
            let rest = self.at_hand();
            let rest = rest.get(..WORD + 1 - taken.len()).unwrap_or(rest);
            let count = rest.iter().position(|byte| !kind(*byte)).unwrap_or(rest.len());
            taken.extend(rest.iter().take(count));
            self.position += count as u64;
        }
        Ok(())
    }

    /// A number or keyword.
    fn word(&mut self, start: u64) -> Result<Token, PdfError> {
        let mut word = Vec::new();
        self.run(&mut word, is_regular)?;
        if word.len() > WORD {
            return Err(self.error(start, SyntaxProblem::UnexpectedToken));
        }
        if !word.first().is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.')) {
            return Ok(Token::Keyword(word));
        }
        let Some(number) = number(&word) else {
            // Real files hold `--5`, `-.`, `1.2.3`; readers differ about them, so does nobody's signature depend on it.
            return match odd_number(&word) {
                Some(value) => {
                    self.note(start, NoteKind::Number);
                    Ok(Token::Real(value))
                }
                None => Err(self.error(start, SyntaxProblem::Number)),
            };
        };
        Ok(number)
    }
}

/// Appends within the limit of one value.
fn push(bytes: &mut Vec<u8>, byte: u8) -> Result<(), PdfError> {
    if bytes.len() as u64 >= VALUE_BYTES {
        return Err(PdfError::Limit(Exhausted { limit: Limit::ValueBytes, allowed: VALUE_BYTES }));
    }
    bytes.push(byte);
    Ok(())
}

/// An integer or real by the letter of 7.3.3.
fn number(word: &[u8]) -> Option<Token> {
    let digits = word.strip_prefix(b"+").or_else(|| word.strip_prefix(b"-")).unwrap_or(word);
    let mut points = 0;
    let mut figures = 0;
    for byte in digits {
        match byte {
            b'0'..=b'9' => figures += 1,
            b'.' => points += 1,
            _ => return None,
        }
    }
    let text = std::str::from_utf8(word).ok()?;
    match (figures, points) {
        (0, _) => None,
        (_, 0) => text.parse().ok().map(Token::Integer),
        (_, 1) => text.parse().ok().map(Token::Real),
        _ => None,
    }
}

/// A value for what is meant as a number but is none: too large an integer, doubled signs, a lone sign or point.
fn odd_number(word: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(word).ok()?;
    if !word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.')) {
        return None;
    }
    let trimmed = text.trim_start_matches('-');
    let value = trimmed.parse::<f64>().unwrap_or(0.0);
    Some(if text.starts_with('-') { -value } else { value })
}
