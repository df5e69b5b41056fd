//! A small walker over BER and DER that never copies and never re-encodes.
//!
//! Signatures are verified over bytes as they are stored, so what a reader of signed structures needs is *ranges of
//! the original*. DER libraries re-encode (and some sort SETs on the way), which breaks honest signatures of the field.
//! X.690 clause 8 (BER) and clause 10 (DER restrictions on lengths) are obeyed here.

use crate::limits::ASN1_DEPTH;

/// How strictly lengths are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Definite and shortest lengths only (X.690 10.1).
    Der,
    /// Indefinite and longer lengths are accepted.
    Ber,
}

/// Why bytes are no ASN.1 value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BerError {
    /// The value ends early or its length field lies.
    #[error("truncated ASN.1 value")]
    Truncated,
    /// A length that DER does not allow.
    #[error("length not in DER")]
    NotDer,
    /// A tag number above 30, or one not expected here.
    #[error("unexpected ASN.1 tag")]
    UnexpectedTag,
    /// Bytes after the value.
    #[error("bytes after the ASN.1 value")]
    TrailingBytes,
    /// Nested deeper than the limit.
    #[error("ASN.1 nested too deep")]
    TooDeep,
    /// The content is not of its type (an INTEGER without bytes, a time that is none, ...).
    #[error("malformed ASN.1 content")]
    Content,
}

/// One value: its identifier byte, all of its bytes, and its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// Identifier byte: class, constructed bit, number.
    pub tag: u8,
    /// Identifier, length, contents, and end-of-contents where the length is indefinite.
    pub bytes: &'a [u8],
    /// Contents alone.
    pub content: &'a [u8],
    /// Whether the length is indefinite.
    pub indefinite: bool,
}

/// Identifier bytes by name.
#[allow(missing_docs)]
pub mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OID: u8 = 0x06;
    pub const ENUMERATED: u8 = 0x0A;
    pub const UTF8_STRING: u8 = 0x0C;
    pub const PRINTABLE_STRING: u8 = 0x13;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    /// `[n]` constructed.
    #[must_use]
    pub const fn context(n: u8) -> u8 {
        0xA0 | n
    }
    /// `[n]` primitive.
    #[must_use]
    pub const fn context_primitive(n: u8) -> u8 {
        0x80 | n
    }
}

/// Reads values one after another.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    encoding: Encoding,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Over bytes, at depth zero.
    #[must_use]
    pub fn new(bytes: &'a [u8], encoding: Encoding) -> Self {
        Reader { rest: bytes, encoding, depth: 0 }
    }

    /// The one value that these bytes are.
    ///
    /// # Errors
    /// [`BerError`], also for bytes after it.
    pub fn only(bytes: &'a [u8], encoding: Encoding) -> Result<Tlv<'a>, BerError> {
        let mut reader = Reader::new(bytes, encoding);
        let value = reader.next()?;
        reader.end()?;
        Ok(value)
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The identifier byte of the next value.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next value, whatever it is.
    ///
    /// # Errors
    /// [`BerError`].
    #[allow(clippy::should_implement_trait, reason = "an iterator would hide the errors of hostile input")]
    pub fn next(&mut self) -> Result<Tlv<'a>, BerError> {
        let (value, size) = read(self.rest, self.encoding, self.depth)?;
        self.rest = self.rest.get(size..).ok_or(BerError::Truncated)?;
        Ok(value)
    }

    /// The next value if it has this identifier.
    ///
    /// # Errors
    /// [`BerError::UnexpectedTag`] for another one.
    pub fn expect(&mut self, tag: u8) -> Result<Tlv<'a>, BerError> {
        if self.peek() == Some(tag) { self.next() } else { Err(BerError::UnexpectedTag) }
    }

    /// The next value if it has this identifier, else nothing is taken.
    ///
    /// # Errors
    /// [`BerError`] of a value that has the identifier and is broken.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, BerError> {
        if self.peek() == Some(tag) { self.next().map(Some) } else { Ok(None) }
    }

    /// A reader over the contents of a constructed value read from here.
    ///
    /// # Errors
    /// [`BerError::TooDeep`].
    pub fn inside(&self, value: &Tlv<'a>) -> Result<Reader<'a>, BerError> {
        let depth = self.depth + 1;
        if depth > ASN1_DEPTH {
            return Err(BerError::TooDeep);
        }
        Ok(Reader { rest: value.content, encoding: self.encoding, depth })
    }

    /// [`Reader::expect`] and [`Reader::inside`] in one.
    ///
    /// # Errors
    /// [`BerError`].
    pub fn enter(&mut self, tag: u8) -> Result<Reader<'a>, BerError> {
        let value = self.expect(tag)?;
        self.inside(&value)
    }

    /// Ends: nothing may be left.
    ///
    /// # Errors
    /// [`BerError::TrailingBytes`].
    pub fn end(&self) -> Result<(), BerError> {
        if self.rest.is_empty() { Ok(()) } else { Err(BerError::TrailingBytes) }
    }
}

impl<'a> Tlv<'a> {
    /// Dotted text of an OBJECT IDENTIFIER (X.690 8.19). Arcs may have 128 bits, as those of UUIDs do (ITU-T X.667).
    ///
    /// # Errors
    /// [`BerError`].
    pub fn oid(&self) -> Result<String, BerError> {
        if self.tag != tag::OID {
            return Err(BerError::UnexpectedTag);
        }
        dotted(self.content).ok_or(BerError::Content)
    }

    /// A small non-negative INTEGER.
    ///
    /// # Errors
    /// [`BerError::Content`] where it is negative, padded, or above 63 bits.
    pub fn unsigned(&self) -> Result<u64, BerError> {
        let bytes = self.integer()?;
        if bytes.len() > 8 || bytes.first().is_some_and(|b| b & 0x80 != 0) {
            return Err(BerError::Content);
        }
        Ok(bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }

    /// Contents of an INTEGER, minimal as X.690 8.3.2 demands.
    ///
    /// # Errors
    /// [`BerError`].
    pub fn integer(&self) -> Result<&'a [u8], BerError> {
        if self.tag != tag::INTEGER {
            return Err(BerError::UnexpectedTag);
        }
        match self.content {
            [] => Err(BerError::Content),
            [0x00, second, ..] if second & 0x80 == 0 => Err(BerError::Content),
            [0xFF, second, ..] if second & 0x80 != 0 => Err(BerError::Content),
            bytes => Ok(bytes),
        }
    }

    /// Contents of a BIT STRING of whole bytes, without the count of unused bits.
    ///
    /// # Errors
    /// [`BerError::Content`] where bits are unused or the value is constructed or empty of its count.
    pub fn bits(&self) -> Result<&'a [u8], BerError> {
        if self.tag != tag::BIT_STRING {
            return Err(BerError::UnexpectedTag);
        }
        match self.content {
            [0, bits @ ..] => Ok(bits),
            _ => Err(BerError::Content),
        }
    }

    /// Contents of an OCTET STRING in one piece.
    ///
    /// # Errors
    /// [`BerError::UnexpectedTag`].
    pub fn octets(&self) -> Result<&'a [u8], BerError> {
        if self.tag == tag::OCTET_STRING { Ok(self.content) } else { Err(BerError::UnexpectedTag) }
    }
}

/// Most bytes of an OBJECT IDENTIFIER: far above the longest in use.
const OID_BYTES: usize = 256;

/// Dotted text of the contents of an OBJECT IDENTIFIER: arcs of seven bits a byte, shortest form (X.690 8.19.2).
fn dotted(content: &[u8]) -> Option<String> {
    if content.is_empty() || content.len() > OID_BYTES {
        return None;
    }
    let mut text = String::new();
    let mut arc = 0_u128;
    let mut fresh = true;
    for byte in content {
        if fresh && *byte == 0x80 {
            return None;
        }
        arc = arc.checked_mul(128)?.checked_add(u128::from(byte & 0x7F))?;
        fresh = byte & 0x80 == 0;
        if fresh {
            if text.is_empty() {
                // The first two arcs share one number (X.690 8.19.4).
                let first = (arc / 40).min(2);
                text = format!("{first}.{}", arc - 40 * first);
            } else {
                text.push('.');
                text.push_str(&arc.to_string());
            }
            arc = 0;
        }
    }
    fresh.then_some(text)
}

/// Reads one value; the second result is its size with end-of-contents.
fn read(bytes: &[u8], encoding: Encoding, depth: u32) -> Result<(Tlv<'_>, usize), BerError> {
    let (&tag, after) = bytes.split_first().ok_or(BerError::Truncated)?;
    if tag & 0x1F == 0x1F {
        return Err(BerError::UnexpectedTag);
    }
    let (&first, after) = after.split_first().ok_or(BerError::Truncated)?;
    if first == 0x80 {
        return indefinite(bytes, tag, encoding, depth);
    }
    let (length, header) = if first < 0x80 {
        (usize::from(first), 2)
    } else {
        let count = usize::from(first & 0x7F);
        let field = after.get(..count).ok_or(BerError::Truncated)?;
        if count > 8 && field.iter().take(count - 8).any(|b| *b != 0) {
            return Err(BerError::Truncated);
        }
        let length = field.iter().fold(0_u64, |n, b| n << 8 | u64::from(*b));
        if encoding == Encoding::Der && (length < 0x80 || field.first() == Some(&0)) {
            return Err(BerError::NotDer);
        }
        (usize::try_from(length).map_err(|_| BerError::Truncated)?, 2 + count)
    };
    let end = header.checked_add(length).ok_or(BerError::Truncated)?;
    let whole = bytes.get(..end).ok_or(BerError::Truncated)?;
    let content = whole.get(header..).ok_or(BerError::Truncated)?;
    Ok((Tlv { tag, bytes: whole, content, indefinite: false }, end))
}

/// A value of indefinite length: its parts are walked up to end-of-contents (X.690 8.1.3.6).
fn indefinite(bytes: &[u8], tag: u8, encoding: Encoding, depth: u32) -> Result<(Tlv<'_>, usize), BerError> {
    if encoding == Encoding::Der {
        return Err(BerError::NotDer);
    }
    if tag & 0x20 == 0 {
        return Err(BerError::Content);
    }
    if depth >= ASN1_DEPTH {
        return Err(BerError::TooDeep);
    }
    let mut at = 2;
    loop {
        let rest = bytes.get(at..).ok_or(BerError::Truncated)?;
        if rest.starts_with(&[0, 0]) {
            let whole = bytes.get(..at + 2).ok_or(BerError::Truncated)?;
            let content = bytes.get(2..at).ok_or(BerError::Truncated)?;
            return Ok((Tlv { tag, bytes: whole, content, indefinite: true }, at + 2));
        }
        let (_, size) = read(rest, encoding, depth + 1)?;
        at += size;
    }
}

#[cfg(test)]
mod tests {
    use crate::pki::ber::{BerError, Encoding, Reader, tag};

    #[test]
    fn indefinite_lengths_are_ber_alone() {
        let bytes = [0x30, 0x80, 0x02, 0x01, 0x05, 0x00, 0x00];
        let value = Reader::only(&bytes, Encoding::Ber).unwrap();
        assert_eq!(value.content, &[0x02, 0x01, 0x05]);
        assert_eq!(Reader::only(&bytes, Encoding::Der), Err(BerError::NotDer));
    }

    #[test]
    fn lying_lengths_are_truncated() {
        assert_eq!(Reader::only(&[0x04, 0x84, 0x40, 0, 0, 0, 1], Encoding::Der), Err(BerError::Truncated));
        assert_eq!(Reader::only(&[0x04, 0x81, 0x01, 9], Encoding::Der), Err(BerError::NotDer));
        assert_eq!(Reader::only(&[0x04, 0x01, 9, 9], Encoding::Der), Err(BerError::TrailingBytes));
    }

    #[test]
    fn depth_is_bounded() {
        let mut nested = Vec::new();
        for _ in 0..10_000 {
            nested.extend_from_slice(&[0x30, 0x80]);
        }
        assert_eq!(Reader::only(&nested, Encoding::Ber), Err(BerError::TooDeep));
        let reader = Reader::new(&[0x30, 0x00], Encoding::Der);
        assert_eq!(reader.peek(), Some(tag::SEQUENCE));
    }
}
