//! The objects of ISO 32000-1 clause 7.3, as values apart from any file, and how they are written.

use std::fmt::Write as _;

/// Object and generation number (ISO 32000-1 7.3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Object number.
    pub number: u32,
    /// Generation number.
    pub generation: u16,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// `null`; a missing key is the same.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A real number.
    Real(f64),
    /// A string, literal or hexadecimal, decoded.
    String(Vec<u8>),
    /// A name without its slash, escapes resolved.
    Name(Vec<u8>),
    /// An array.
    Array(Vec<Object>),
    /// A dictionary.
    Dictionary(Dictionary),
    /// A stream: its dictionary, and where its raw bytes lie in the file.
    Stream(Stream),
    /// A reference to an indirect object.
    Reference(ObjectId),
}

/// Entries in the order of the file. Keys are unique; the reader reports repeated ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dictionary {
    entries: Vec<(Vec<u8>, Object)>,
}

/// A stream's dictionary and the place of its encoded bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Its object: the key of an encrypted stream depends on it (ISO 32000-1 7.6.2).
    pub id: ObjectId,
    /// Its dictionary.
    pub dictionary: Dictionary,
    /// Offset of the first encoded byte in the file.
    pub offset: u64,
    /// Number of encoded bytes.
    pub length: u64,
}

impl Dictionary {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Dictionary::default()
    }

    /// Entries whose keys are known to differ.
    pub(crate) fn from_unique(entries: Vec<(Vec<u8>, Object)>) -> Self {
        Dictionary { entries }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Object> {
        self.entries.iter().find(|(name, _)| name == key.as_bytes()).map(|(_, value)| value)
    }

    /// Puts a value, in the place of the old one if there is one.
    pub fn set(&mut self, key: impl AsRef<[u8]>, value: Object) {
        let key = key.as_ref();
        match self.entries.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = value,
            None => self.entries.push((key.to_vec(), value)),
        }
    }

    /// [`Dictionary::set`] as a chain.
    #[must_use]
    pub fn with(mut self, key: &str, value: Object) -> Self {
        self.set(key, value);
        self
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) -> Option<Object> {
        let at = self.entries.iter().position(|(name, _)| name == key.as_bytes())?;
        Some(self.entries.remove(at).1)
    }

    /// All entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Object)> {
        self.entries.iter().map(|(key, value)| (key.as_slice(), value))
    }

    /// All entries in order, their values to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&[u8], &mut Object)> {
        self.entries.iter_mut().map(|(key, value)| (key.as_slice(), value))
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Object {
    /// A name.
    #[must_use]
    pub fn name(text: &str) -> Object {
        Object::Name(text.as_bytes().to_vec())
    }

    /// A text string: as is where ASCII, else UTF-16BE with its mark (ISO 32000-1 7.9.2.2).
    #[must_use]
    pub fn text(text: &str) -> Object {
        if text.is_ascii() {
            return Object::String(text.as_bytes().to_vec());
        }
        let mut bytes = vec![0xFE, 0xFF];
        for unit in text.encode_utf16() {
            bytes.extend_from_slice(&unit.to_be_bytes());
        }
        Object::String(bytes)
    }

    /// The integer, if it is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        if let Object::Integer(n) = self { Some(*n) } else { None }
    }

    /// The number, integer or real.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        match self {
            #[allow(clippy::cast_precision_loss, reason = "page geometry needs far fewer than 53 bits")]
            Object::Integer(n) => Some(*n as f64),
            Object::Real(n) => Some(*n),
            _ => None,
        }
    }

    /// The name's bytes, if it is one.
    #[must_use]
    pub fn as_name(&self) -> Option<&[u8]> {
        if let Object::Name(name) = self { Some(name) } else { None }
    }

    /// Whether it is this very name.
    #[must_use]
    pub fn is_name(&self, name: &str) -> bool {
        self.as_name() == Some(name.as_bytes())
    }

    /// The string's bytes, if it is one.
    #[must_use]
    pub fn as_string(&self) -> Option<&[u8]> {
        if let Object::String(bytes) = self { Some(bytes) } else { None }
    }

    /// The array's items, if it is one.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Object]> {
        if let Object::Array(items) = self { Some(items) } else { None }
    }

    /// The dictionary, of a stream too.
    #[must_use]
    pub fn as_dictionary(&self) -> Option<&Dictionary> {
        match self {
            Object::Dictionary(dictionary) => Some(dictionary),
            Object::Stream(stream) => Some(&stream.dictionary),
            _ => None,
        }
    }

    /// The target, if it is a reference.
    #[must_use]
    pub fn as_reference(&self) -> Option<ObjectId> {
        if let Object::Reference(id) = self { Some(*id) } else { None }
    }

    /// How many values it is made of: what a copy costs.
    pub(crate) fn weight(&self) -> u64 {
        let inner = |dictionary: &Dictionary| dictionary.iter().map(|(_, value)| value.weight()).sum::<u64>();
        1 + match self {
            Object::Array(items) => items.iter().map(Object::weight).sum(),
            Object::Dictionary(dictionary) => inner(dictionary),
            Object::Stream(stream) => inner(&stream.dictionary),
            Object::String(bytes) => bytes.len() as u64 / 64,
            _ => 0,
        }
    }

    /// Writes the value as ISO 32000-1 7.3 has it. A stream is written as its dictionary alone.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Object::Null => out.extend_from_slice(b"null"),
            Object::Boolean(true) => out.extend_from_slice(b"true"),
            Object::Boolean(false) => out.extend_from_slice(b"false"),
            Object::Integer(n) => out.extend_from_slice(n.to_string().as_bytes()),
            Object::Real(n) => write_real(*n, out),
            Object::String(bytes) => write_string(bytes, out),
            Object::Name(name) => write_name(name, out),
            Object::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b' ');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Object::Dictionary(dictionary) => dictionary.write(out),
            Object::Stream(stream) => stream.dictionary.write(out),
            Object::Reference(id) => {
                out.extend_from_slice(format!("{} {} R", id.number, id.generation).as_bytes());
            }
        }
    }
}

impl Dictionary {
    /// Writes `<< ... >>`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<<");
        for (key, value) in &self.entries {
            write_name(key, out);
            out.push(b' ');
            value.write(out);
        }
        out.extend_from_slice(b">>");
    }
}

/// A real without exponent (7.3.3 knows none), six decimals at most.
fn write_real(n: f64, out: &mut Vec<u8>) {
    let mut text = String::new();
    let _ = write!(text, "{n:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    out.extend_from_slice(if text.is_empty() || text == "-0" { b"0" } else { text.as_bytes() });
}

/// Longest string that is written in hexadecimal digits, which take twice the room.
const LONGEST_HEXADECIMAL: usize = 1024;

/// A literal string where printable or long, else hexadecimal (7.3.4).
fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.len() > LONGEST_HEXADECIMAL || bytes.iter().all(|b| matches!(b, 0x20..=0x7E)) {
        out.push(b'(');
        for b in bytes {
            match b {
                b'(' | b')' | b'\\' => out.extend_from_slice(&[b'\\', *b]),
                // A bare carriage return would be read as a line feed (7.3.4.2).
                b'\r' => out.extend_from_slice(b"\\r"),
                _ => out.push(*b),
            }
        }
        out.push(b')');
    } else {
        out.push(b'<');
        for b in bytes {
            out.extend_from_slice(format!("{b:02X}").as_bytes());
        }
        out.push(b'>');
    }
}

/// A name; what is not a regular printable character is written `#xx` (7.3.5).
fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for b in name {
        let regular = matches!(b, 0x21..=0x7E) && !b"()<>[]{}/%#".contains(b);
        if regular {
            out.push(*b);
        } else {
            out.extend_from_slice(format!("#{b:02X}").as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pdf::object::{Dictionary, Object};

    #[test]
    fn values_are_written_by_clause_7_3() {
        let mut out = Vec::new();
        let dictionary = Dictionary::new()
            .with("A b", Object::Real(-0.0))
            .with("S", Object::String(b"a(b)\\".to_vec()))
            .with("T", Object::text("章"))
            .with("N", Object::Real(12.5));
        dictionary.write(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), r"<</A#20b 0/S (a\(b\)\\)/T <FEFF7AE0>/N 12.5>>");
        let mut out = Vec::new();
        Object::String([&[0, b'\r', b'\n', b'('][..], &[7; 1021]].concat()).write(&mut out);
        assert_eq!(out, [b"(\0\\r\n\\(", &[7; 1021][..], b")"].concat());
    }
}
