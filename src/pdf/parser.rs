//! Values of ISO 32000-1 7.3 from tokens: bounded in depth and number, repeated keys noted.

use std::collections::HashSet;
use std::ops::Range;

use crate::limits::{Budget, Exhausted, Limit, PDF_NESTING};
use crate::pdf::error::{PdfError, SyntaxProblem};
use crate::pdf::lexer::{Lexer, Token};
use crate::pdf::note::{Note, NoteKind};
use crate::pdf::object::{Dictionary, Object, ObjectId};

/// Most values inside one indirect object. The largest /Kids and /W arrays of real files have some 100 000.
const VALUES: u64 = 2_000_000;

/// Most notes of this kind for one value.
const NOTES: usize = 64;
/// Words that never stand for a value: where one does, the value has broken off.
const STRUCTURE: [&[u8]; 8] = [b"obj", b"endobj", b"stream", b"endstream", b"xref", b"trailer", b"startxref", b"R"];

/// An entry of a dictionary with the places of its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key, escapes resolved.
    pub key: Vec<u8>,
    /// The key's token, its slash included.
    pub key_range: Range<u64>,
    /// The value.
    pub value: Object,
    /// The value's bytes.
    pub value_range: Range<u64>,
}

/// Reads values.
pub(crate) struct Parser<'a> {
    pub(crate) lexer: Lexer<'a>,
    budget: &'a Budget,
    values: u64,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(lexer: Lexer<'a>, budget: &'a Budget) -> Self {
        Parser { lexer, budget, values: 0 }
    }

    /// What was odd.
    pub(crate) fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.lexer.notes)
    }

    /// The next value.
    pub(crate) fn value(&mut self) -> Result<Object, PdfError> {
        let (start, token) = self.lexer.next()?;
        self.value_of(start, token, 0)
    }

    /// `n g obj` (7.3.10), if it stands here after white space.
    pub(crate) fn header(&mut self) -> Result<Option<ObjectId>, PdfError> {
        let before = self.lexer.position();
        let number = self.lexer.unsigned()?.and_then(|n| u32::try_from(n).ok());
        let generation = self.lexer.unsigned()?.and_then(|n| u16::try_from(n).ok());
        if let Some((number, generation)) = number.zip(generation) {
            self.lexer.skip_space()?;
            // `obj` may be followed by anything: real files have `1 0 obj<<` and `1 0 obj123`.
            if self.lexer.take(b"obj")? {
                return Ok(Some(ObjectId { number, generation }));
            }
        }
        self.lexer.seek(before);
        Ok(None)
    }

    /// A dictionary after its `<<`, with places.
    pub(crate) fn entries(&mut self, depth: u32) -> Result<Vec<Entry>, PdfError> {
        let mut entries = Vec::new();
        loop {
            let (start, token) = self.lexer.next()?;
            let key = match token {
                Token::DictionaryClose => return Ok(entries),
                Token::Name(key) => key,
                Token::End => return Err(PdfError::Syntax { offset: start, problem: SyntaxProblem::UnexpectedEnd }),
                _ => return Err(PdfError::Syntax { offset: start, problem: SyntaxProblem::Key }),
            };
            let key_range = start..self.lexer.position();
            let (at, token) = self.lexer.next()?;
            if token == Token::DictionaryClose {
                // A key without a value closes the dictionary for most readers.
                self.odd(start);
                entries.push(Entry { key, key_range, value: Object::Null, value_range: at..at });
                return Ok(entries);
            }
            let value = self.value_of(at, token, depth)?;
            entries.push(Entry { key, key_range, value, value_range: at..self.lexer.position() });
        }
    }

    /// The value that begins with `token`.
    fn value_of(&mut self, start: u64, token: Token, depth: u32) -> Result<Object, PdfError> {
        self.count()?;
        Ok(match token {
            Token::Integer(n) => match self.reference(n)? {
                Some(id) => Object::Reference(id),
                None => Object::Integer(n),
            },
            Token::Real(n) => Object::Real(n),
            Token::Name(name) => Object::Name(name),
            Token::Literal(bytes) | Token::Hex(bytes) => Object::String(bytes),
            Token::ArrayOpen => Object::Array(self.array(deeper(depth)?)?),
            Token::DictionaryOpen => {
                let entries = self.entries(deeper(depth)?)?;
                Object::Dictionary(self.dictionary(entries))
            }
            Token::Keyword(word) => match word.as_slice() {
                b"true" => Object::Boolean(true),
                b"false" => Object::Boolean(false),
                b"null" => Object::Null,
                // Readers take other words for null, or for a word that means nothing.
                word if !STRUCTURE.contains(&word) => {
                    self.odd(start);
                    Object::Null
                }
                _ => return Err(PdfError::Syntax { offset: start, problem: SyntaxProblem::UnexpectedToken }),
            },
            Token::ArrayClose | Token::DictionaryClose => {
                return Err(PdfError::Syntax { offset: start, problem: SyntaxProblem::UnexpectedToken });
            }
            Token::End => return Err(PdfError::Syntax { offset: start, problem: SyntaxProblem::UnexpectedEnd }),
        })
    }

    /// `g R` after an integer.
    fn reference(&mut self, number: i64) -> Result<Option<ObjectId>, PdfError> {
        let Ok(number) = u32::try_from(number) else { return Ok(None) };
        let before = self.lexer.position();
        let generation = self.lexer.unsigned()?.and_then(|n| u16::try_from(n).ok());
        if let Some(generation) = generation
            && self.lexer.take_keyword(b"R")?
        {
            return Ok(Some(ObjectId { number, generation }));
        }
        self.lexer.seek(before);
        Ok(None)
    }

    fn array(&mut self, depth: u32) -> Result<Vec<Object>, PdfError> {
        let mut items = Vec::new();
        loop {
            match self.lexer.next()? {
                (_, Token::ArrayClose) => return Ok(items),
                (start, token) => items.push(self.value_of(start, token, depth)?),
            }
        }
    }

    /// Entries as a dictionary; each repeated key is noted.
    pub(crate) fn dictionary(&mut self, entries: Vec<Entry>) -> Dictionary {
        let (dictionary, repeated) = unique(entries);
        let note = |offset| Note { offset, kind: NoteKind::DuplicateKey };
        self.lexer.notes.extend(repeated.into_iter().map(note));
        dictionary
    }

    fn odd(&mut self, offset: u64) {
        if self.lexer.notes.len() < NOTES {
            self.lexer.notes.push(Note { offset, kind: NoteKind::ValueMissing });
        }
    }

    fn count(&mut self) -> Result<(), PdfError> {
        self.values += 1;
        if self.values > VALUES {
            return Err(PdfError::Limit(Exhausted { limit: Limit::Objects, allowed: VALUES }));
        }
        self.budget.spend(Limit::Objects, 1)?;
        Ok(())
    }
}

/// Entries as a dictionary, of repeated keys the last, and where the others stand.
pub(crate) fn unique(entries: Vec<Entry>) -> (Dictionary, Vec<u64>) {
    /// Up to so many entries are as quickly looked through as hashed, and most dictionaries have no more.
    const FEW: usize = 24;
    let few = entries.len() <= FEW;
    let mut seen = HashSet::with_capacity(if few { 0 } else { entries.len() });
    let mut kept: Vec<(Vec<u8>, Object)> = Vec::with_capacity(entries.len());
    let mut repeated = Vec::new();
    for entry in entries.into_iter().rev() {
        let known = if few { kept.iter().any(|(key, _)| *key == entry.key) } else { !seen.insert(entry.key.clone()) };
        if known {
            repeated.push(entry.key_range.start);
        } else {
            kept.push((entry.key, entry.value));
        }
    }
    kept.reverse();
    (Dictionary::from_unique(kept), repeated)
}

/// One level deeper.
fn deeper(depth: u32) -> Result<u32, PdfError> {
    if depth >= PDF_NESTING {
        return Err(PdfError::Limit(Exhausted { limit: Limit::Nesting, allowed: u64::from(PDF_NESTING) }));
    }
    Ok(depth + 1)
}
