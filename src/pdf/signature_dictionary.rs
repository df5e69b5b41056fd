//! A signature dictionary (ISO 32000-1 12.8.1) with the place of every token on which the signature hangs.
//!
//! Reading the values alone is not enough: the gap of /ByteRange must be the very token that is /Contents here, so
//! `verify` compares offsets, not decoded bytes.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use crate::limits::{Exhausted, Limit, VALUE_BYTES};
use crate::pdf::error::PdfError;
use crate::pdf::field::SignatureHome;
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::parser::{Entry, unique};
use crate::pdf::view::View;
use crate::pdf::xref::Location;

/// A signature dictionary as it lies in the file.
#[derive(Clone, Debug)]
pub struct SignatureDictionary {
    /// The object in which it is written: its own, or that of its field.
    pub id: ObjectId,
    /// Where it is written.
    pub home: SignatureHome,
    /// That object, from `n g obj` to the end of `endobj`.
    pub object_range: Range<u64>,
    /// From `<<` to the end of `>>`.
    pub dictionary_range: Range<u64>,
    /// Its entries, repeated keys included, with their places.
    pub entries: Vec<Entry>,
    /// Its entries as a dictionary; of repeated keys the last counts.
    pub dictionary: Dictionary,
    /// Keys that occur more than once.
    pub duplicate_keys: Vec<Vec<u8>>,
    /// Keys written with `#` escapes.
    pub escaped_keys: Vec<Vec<u8>>,
    /// /ByteRange.
    pub byte_range: ByteRangeValue,
    /// /Contents.
    pub contents: ContentsValue,
}

/// /ByteRange as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByteRangeValue {
    /// There is none.
    Missing,
    /// It is no direct array of exactly four non-negative integers.
    Malformed,
    /// Offset and length of the two signed pieces. Nothing is said yet about whether they make sense.
    Direct([u64; 4]),
}

/// /Contents as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentsValue {
    /// There is none.
    Missing,
    /// It is no direct hexadecimal string: a literal string, a reference, something else.
    NotHex {
        /// Where it lies.
        token: Range<u64>,
    },
    /// A hexadecimal string.
    Hex {
        /// From `<` to just behind `>`.
        token: Range<u64>,
        /// Whether there is anything else than an even number of digits between them.
        form: HexForm,
        /// The bytes, padding included.
        bytes: Vec<u8>,
    },
}

/// What stands between `<` and `>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexForm {
    /// An even number of hexadecimal digits and nothing else.
    Plain,
    /// White space, or an odd number of digits.
    Irregular,
}

impl View<'_> {
    /// A signature dictionary with places.
    ///
    /// # Errors
    /// [`PdfError::NotDictionary`] if the object is missing, in an object stream, or no dictionary, and if a field has
    /// no /V or more than one, or one that is no dictionary; as [`View::get`].
    pub fn signature_dictionary(&self, home: SignatureHome) -> Result<SignatureDictionary, PdfError> {
        let id = home.object();
        let not = PdfError::NotDictionary { id };
        let Some(Location::Offset(offset)) = self.location(id)? else { return Err(not) };
        let start = self.file().header(id, offset)?;
        let located = self.file().located(start)?.filter(|located| located.id == id).ok_or(not.clone())?;
        let (dictionary_range, entries) = match home {
            SignatureHome::Object(_) => (located.dictionary_range.clone(), located.entries.clone()),
            SignatureHome::Field(_) => {
                let mut values = located.entries.iter().filter(|entry| entry.key == b"V");
                let (Some(value), None) = (values.next(), values.next()) else { return Err(not) };
                if value.key_range.end.saturating_sub(value.key_range.start) != 2 {
                    return Err(not);
                }
                let entries = self.file().located_value(value.value_range.start)?.ok_or(not)?;
                (value.value_range.clone(), entries)
            }
        };

        let mut seen: HashSet<&[u8]> = HashSet::new();
        let mut repeated: BTreeSet<&[u8]> = BTreeSet::new();
        let mut escaped_keys = Vec::new();
        for entry in &entries {
            if !seen.insert(&entry.key) {
                repeated.insert(&entry.key);
            }
            let written = entry.key_range.end.saturating_sub(entry.key_range.start);
            if written != entry.key.len() as u64 + 1 {
                escaped_keys.push(entry.key.clone());
            }
        }
        let duplicate_keys = repeated.into_iter().map(<[u8]>::to_vec).collect();
        let byte_range = self.byte_range(&entries);
        let contents = self.contents(&entries)?;
        let (dictionary, _) = unique(entries.clone());
        let object_range = located.range.clone();
        Ok(SignatureDictionary {
            id,
            home,
            object_range,
            dictionary_range,
            entries,
            dictionary,
            duplicate_keys,
            escaped_keys,
            byte_range,
            contents,
        })
    }

    fn byte_range(&self, entries: &[Entry]) -> ByteRangeValue {
        let Some(entry) = last(entries, b"ByteRange") else { return ByteRangeValue::Missing };
        let numbers = entry.value.as_array().map(|items| {
            let number = |item: &Object| item.as_integer().and_then(|number| u64::try_from(number).ok());
            items.iter().map(number).collect::<Option<Vec<u64>>>()
        });
        match numbers.flatten().as_deref() {
            Some([a, b, c, d]) => ByteRangeValue::Direct([*a, *b, *c, *d]),
            _ => ByteRangeValue::Malformed,
        }
    }

    fn contents(&self, entries: &[Entry]) -> Result<ContentsValue, PdfError> {
        let Some(entry) = last(entries, b"Contents") else { return Ok(ContentsValue::Missing) };
        let token = entry.value_range.clone();
        let length = token.end.saturating_sub(token.start);
        if length > VALUE_BYTES.saturating_mul(2).saturating_add(2) {
            return Err(PdfError::Limit(Exhausted { limit: Limit::ValueBytes, allowed: VALUE_BYTES }));
        }
        let raw = self.file().blocks.read(token.start, length)?;
        let inner = raw.strip_prefix(b"<").and_then(|raw| raw.strip_suffix(b">"));
        match (&entry.value, inner) {
            (Object::String(bytes), Some(digits)) => {
                // Without an early end, so that many bytes are looked at in one instruction.
                let plain = digits.iter().fold(digits.len() % 2 == 0, |plain, byte| plain & byte.is_ascii_hexdigit());
                let form = if plain { HexForm::Plain } else { HexForm::Irregular };
                Ok(ContentsValue::Hex { token, form, bytes: bytes.clone() })
            }
            _ => Ok(ContentsValue::NotHex { token }),
        }
    }
}

/// The entry of a key; of several the last.
fn last<'e>(entries: &'e [Entry], key: &[u8]) -> Option<&'e Entry> {
    entries.iter().rev().find(|entry| entry.key == key)
}
