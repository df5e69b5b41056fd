//! The signature dictionary, written with room for the byte range and the value (ISO 32000-1 12.8.1, table 252).

use crate::pdf::object::{Dictionary, Object};
use crate::pdf::signature_request::{SignatureKind, SignatureRequest};

/// A signature dictionary in bytes, and the places inside it that are filled later.
#[derive(Clone, Debug)]
pub(in crate::pdf) struct SignatureObject {
    /// The dictionary, `<<` to `>>`.
    pub(in crate::pdf) bytes: Vec<u8>,
    /// Where the array of the byte range begins, at its bracket.
    pub(in crate::pdf) byte_range: usize,
    /// Where the hexadecimal string of the value begins, at its `<`.
    pub(in crate::pdf) contents: usize,
}

/// Digits reserved for each number of the byte range: as many as 2^64 has. Shorter placeholders fail on large files.
const NUMBER_WIDTH: usize = 20;

/// Writes the dictionary of [`signature_entries`], its strings encrypted by now if the document is, and room for a value
/// of up to `capacity` bytes. The value itself is never encrypted (ISO 32000-1 7.6.1).
pub(in crate::pdf) fn write_signature(dictionary: &Dictionary, capacity: usize) -> SignatureObject {
    let mut bytes = Vec::new();
    dictionary.write(&mut bytes);
    // The two entries whose places must be known come last, before the closing `>>`.
    bytes.truncate(bytes.len().saturating_sub(2));
    bytes.extend_from_slice(b"\n/ByteRange ");
    let byte_range = bytes.len();
    bytes.extend_from_slice(&byte_range_text([0; 4]));
    bytes.extend_from_slice(b"\n/Contents ");
    let contents = bytes.len();
    bytes.push(b'<');
    bytes.resize(bytes.len().saturating_add(capacity.saturating_mul(2)), b'0');
    bytes.extend_from_slice(b">>>");
    SignatureObject { bytes, byte_range, contents }
}

/// `[0 a b c]`, always of the same length: numbers are padded with spaces.
pub(in crate::pdf) fn byte_range_text(range: [u64; 4]) -> Vec<u8> {
    let [start, length, second, rest] = range;
    format!("[{start} {length:<NUMBER_WIDTH$} {second:<NUMBER_WIDTH$} {rest:<NUMBER_WIDTH$}]").into_bytes()
}

/// All entries but the byte range and the value. `references` are its signature reference dictionaries.
pub(in crate::pdf) fn signature_entries(request: &SignatureRequest, references: Vec<Object>) -> Dictionary {
    let mut dictionary = Dictionary::new();
    let reserved = ["Type", "Filter", "SubFilter", "ByteRange", "Contents", "Reference", "ESEAL_Seal"];
    let kind = match request.kind {
        SignatureKind::Signature => "Sig",
        SignatureKind::DocTimeStamp => "DocTimeStamp",
    };
    dictionary.set("Type", Object::name(kind));
    dictionary.set("Filter", Object::name(request.filter));
    dictionary.set("SubFilter", Object::name(request.sub_filter));
    for (key, value) in request.extra.iter().filter(|(key, _)| !reserved.contains(key)) {
        dictionary.set(key, value.clone());
    }
    let statement = &request.statement;
    let texts = [
        ("Name", &statement.name),
        ("Reason", &statement.reason),
        ("Location", &statement.location),
        ("ContactInfo", &statement.contact),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            dictionary.set(key, Object::text(text));
        }
    }
    if let Some(time) = statement.time {
        dictionary.set("M", Object::text(&time.to_pdf()));
    }
    if !references.is_empty() {
        dictionary.set("Reference", Object::Array(references));
    }
    // Direct, as all entries of a signature dictionary: a later signature whose dictionary led to a stream would be a
    // change that pyHanko cannot explain, and every earlier signature would be called broken.
    if let Some(seal) = &request.seal {
        dictionary.set("ESEAL_Seal", Object::String(seal.clone()));
    }
    dictionary
}

#[cfg(test)]
mod tests {
    use crate::pdf::signature_object::byte_range_text;

    #[test]
    fn the_byte_range_has_one_length_for_every_number() {
        let small = byte_range_text([0, 1, 2, 3]);
        let large = byte_range_text([0, u64::MAX, u64::MAX, u64::MAX]);
        assert_eq!(small.len(), large.len());
        let text = String::from_utf8(small).unwrap();
        let numbers: Vec<&str> = text.trim_matches(['[', ']']).split_ascii_whitespace().collect();
        assert_eq!(numbers, ["0", "1", "2", "3"]);
    }
}
