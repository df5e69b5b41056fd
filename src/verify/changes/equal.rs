//! Whether two values of two revisions are the same, whatever their object numbers.
//!
//! Two references to one number count as equal here: if the object under that number differs, it is touched, and it is
//! compared by itself in every role that the signed revision gives it. Two references to different numbers are equal if
//! what they lead to is; an update may write objects again under new numbers.

use std::collections::{HashMap, HashSet};

use crate::pdf::object::{Dictionary, Object, ObjectId, Stream};
use crate::pdf::{PdfError, View};

/// Largest stream that is decoded for a comparison.
const DECODED: u64 = 16 << 20;
/// Bytes of one step of a comparison.
const PIECE: u64 = 64 << 10;
/// Keys of a stream that say how it is encoded, not what it holds (ISO 32000-1 table 5).
const ENCODING: [&[u8]; 4] = [b"Length", b"Filter", b"DecodeParms", b"DL"];

/// Two revisions side by side, and the pairs of objects already found equal.
pub(crate) struct Equality<'d> {
    old: View<'d>,
    new: View<'d>,
    proven: HashSet<(ObjectId, ObjectId)>,
}

impl<'d> Equality<'d> {
    /// Compares values of `old` with values of `new`.
    pub(crate) fn between(old: View<'d>, new: View<'d>) -> Self {
        Equality { old, new, proven: HashSet::new() }
    }

    /// Whether a value of the old revision equals one of the new.
    ///
    /// # Errors
    /// As [`View::get`].
    pub(crate) fn holds(&mut self, old: &Object, new: &Object) -> Result<bool, PdfError> {
        // Pairs assumed equal while the comparison lasts: cycles end in them. They are proven only if all of it holds.
        let mut assumed: HashSet<(ObjectId, ObjectId)> = HashSet::new();
        let mut work = vec![(old.clone(), new.clone())];
        while let Some((old, new)) = work.pop() {
            match (&old, &new) {
                (Object::Reference(a), Object::Reference(b)) => {
                    if a == b || self.proven.contains(&(*a, *b)) || !assumed.insert((*a, *b)) {
                        continue;
                    }
                    work.push((self.old.resolve(&old)?, self.new.resolve(&new)?));
                }
                (Object::Reference(_), _) => work.push((self.old.resolve(&old)?, new)),
                (_, Object::Reference(_)) => work.push((old, self.new.resolve(&new)?)),
                (Object::Array(a), Object::Array(b)) if a.len() == b.len() => {
                    work.extend(a.iter().cloned().zip(b.iter().cloned()));
                }
                (Object::Dictionary(a), Object::Dictionary(b)) => push_entries(&mut work, a, b, &[]),
                (Object::Stream(a), Object::Stream(b)) => {
                    push_entries(&mut work, &a.dictionary, &b.dictionary, &ENCODING);
                    if !self.data(a, b)? {
                        return Ok(false);
                    }
                }
                (a, b) => {
                    if !scalars(a, b) {
                        return Ok(false);
                    }
                }
            }
        }
        self.proven.extend(assumed);
        Ok(true)
    }

    /// Whether two streams hold the same: equal bytes in equal encoding, or equal decoded data.
    fn data(&mut self, old: &Stream, new: &Stream) -> Result<bool, PdfError> {
        let encoded_alike = ["Filter", "DecodeParms"].iter().all(|key| {
            let null = Object::Null;
            let (a, b) = (old.dictionary.get(key).unwrap_or(&null), new.dictionary.get(key).unwrap_or(&null));
            a == b
        });
        // Each object of an encrypted file has its own key: equal bytes need not mean the same (ISO 32000-1 7.6.2).
        let plain = self.old.document().encryption().is_none();
        if plain && encoded_alike && old.length == new.length && self.bytes(old, new)? {
            return Ok(true);
        }
        let decoded = |view: View<'_>, stream: &Stream| match view.stream_data(stream, DECODED) {
            Err(error @ (PdfError::Read { .. } | PdfError::Encrypted)) => Err(error),
            other => Ok(other.ok()),
        };
        let (a, b) = (decoded(self.old, old)?, decoded(self.new, new)?);
        Ok(a.is_some() && a == b)
    }

    fn bytes(&self, old: &Stream, new: &Stream) -> Result<bool, PdfError> {
        if old.offset == new.offset {
            return Ok(true);
        }
        let source = self.old.document().source();
        let read = |stream: &Stream, at: u64, length: u64| {
            let offset = stream.offset.saturating_add(at);
            source.read_range(offset, length).map_err(|error| PdfError::Read { offset, kind: error.kind() })
        };
        let mut at = 0;
        while at < old.length {
            let length = PIECE.min(old.length - at);
            if read(old, at, length)? != read(new, at, length)? {
                return Ok(false);
            }
            at += length;
        }
        Ok(true)
    }
}

/// The entries of both dictionaries by key; a key with the value null is as good as none (ISO 32000-1 7.3.7).
pub(crate) fn entries(old: &Dictionary, new: &Dictionary) -> Vec<(Vec<u8>, Object, Object)> {
    let mut after: HashMap<&[u8], &Object> = new.iter().filter(|(_, value)| **value != Object::Null).collect();
    let mut entries = Vec::new();
    for (key, value) in old.iter().filter(|(_, value)| **value != Object::Null) {
        entries.push((key.to_vec(), value.clone(), after.remove(key).cloned().unwrap_or(Object::Null)));
    }
    for (key, value) in new.iter().filter(|(key, _)| after.contains_key(key)) {
        entries.push((key.to_vec(), Object::Null, value.clone()));
    }
    entries
}

fn push_entries(work: &mut Vec<(Object, Object)>, old: &Dictionary, new: &Dictionary, without: &[&[u8]]) {
    for (key, old, new) in entries(old, new) {
        if !without.contains(&key.as_slice()) {
            work.push((old, new));
        }
    }
}

/// Numbers by value, anything else as it is.
fn scalars(old: &Object, new: &Object) -> bool {
    match (old.as_number(), new.as_number()) {
        (Some(a), Some(b)) => old == new || (a - b).abs() < f64::EPSILON,
        _ => old == new,
    }
}
