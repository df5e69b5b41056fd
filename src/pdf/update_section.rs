//! The bytes of one incremental update: objects, cross-reference section, trailer (ISO 32000-1 7.5.4, 7.5.6, 7.5.8).

use std::collections::BTreeMap;

use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::xref::{Location, XrefEntry};

/// What an update writes for one object.
#[derive(Clone, Debug)]
pub(in crate::pdf) enum Pending {
    /// Any value but a stream.
    Value(Object),
    /// A stream: dictionary without Length, and encoded bytes.
    Stream(Dictionary, Vec<u8>),
    /// A value that was written beforehand, because places inside it must be known.
    Written(Vec<u8>),
}

/// The two forms of a cross-reference section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pdf) enum SectionForm {
    /// The classical table with a trailer dictionary (7.5.4).
    Table,
    /// A cross-reference stream (7.5.8).
    Stream,
}

/// What the update continues.
#[derive(Clone, Debug)]
pub(in crate::pdf) struct Base {
    /// Length of the document; the update begins there.
    pub(in crate::pdf) length: u64,
    /// From where offsets count.
    pub(in crate::pdf) front: Front,
    /// What its end lacks and the update writes first: an end of line, or `%%EOF` as well.
    pub(in crate::pdf) closing: &'static [u8],
    /// Form of its last section.
    pub(in crate::pdf) form: SectionForm,
    /// Where its last section starts, from the first byte of the file.
    pub(in crate::pdf) section: u64,
    /// Its newest trailer.
    pub(in crate::pdf) trailer: Dictionary,
    /// All entries of a document whose own sections are unusable: the update lists them and names no predecessor.
    pub(in crate::pdf) whole: Option<BTreeMap<u32, XrefEntry>>,
}

/// The beginning of the document: its bytes up to `from` do not count, those of `head` count before the others.
#[derive(Clone, Debug)]
pub(in crate::pdf) struct Front {
    /// The first byte of the document that counts.
    pub(in crate::pdf) from: u64,
    /// What stands before it in the result.
    pub(in crate::pdf) head: Vec<u8>,
    /// Whether the bytes before `from` are kept all the same: a file may count from its header.
    pub(in crate::pdf) kept: Kept,
}

/// Whether the result begins with the document as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(in crate::pdf) enum Kept {
    Yes,
    No,
}

impl Front {
    /// The place in the result, as it counts, of a place in the document.
    fn moved(&self, offset: u64) -> u64 {
        offset.saturating_sub(self.from).saturating_add(self.head.len() as u64)
    }
}

/// A written update.
#[derive(Clone, Debug)]
pub(in crate::pdf) struct Section {
    /// The bytes after the document.
    pub(in crate::pdf) tail: Vec<u8>,
    /// Where in `tail` the value of each object begins.
    pub(in crate::pdf) values: BTreeMap<ObjectId, usize>,
}

/// Largest offset that the ten digits of a table hold (7.5.4).
const TABLE_OFFSET: u64 = 9_999_999_999;

/// Keys of the old trailer that belong to its own section alone, or are set anew (7.5.5, 7.5.8.2).
const OWN_KEYS: [&str; 14] = [
    "Type",
    "W",
    "Index",
    "Filter",
    "DecodeParms",
    "Length",
    "XRefStm",
    "Prev",
    "Size",
    "F",
    "FFilter",
    "FDecodeParms",
    "DL",
    "ID",
];

/// Writes an update. `next` is the first free object number, `id` the file identifier to write, if the file has one.
pub(in crate::pdf) fn write_section(
    base: &Base,
    objects: &BTreeMap<ObjectId, Pending>,
    next: u32,
    id: Option<Object>,
) -> Section {
    let mut tail = base.closing.to_vec();
    let mut values = BTreeMap::new();
    let mut offsets = first_rows(base, objects);
    for (object, pending) in objects {
        offsets.insert(object.number, Row::Used(stated(base, &tail), object.generation));
        tail.extend_from_slice(format!("{} {} obj\n", object.number, object.generation).as_bytes());
        values.insert(*object, tail.len());
        write_pending(pending, &mut tail);
        tail.extend_from_slice(b"\nendobj\n");
    }
    let start = stated(base, &tail);
    let mut trailer = base.trailer.clone();
    for key in OWN_KEYS {
        trailer.remove(key);
    }
    if let Some(id) = id {
        trailer.set("ID", id);
    }
    if base.whole.is_none() {
        trailer.set("Prev", offset(base.front.moved(base.section)));
    }
    if base.form == SectionForm::Table && start <= TABLE_OFFSET {
        trailer.set("Size", Object::Integer(i64::from(next)));
        write_table(&offsets, &trailer, &mut tail);
    } else {
        trailer.set("Size", Object::Integer(i64::from(next).saturating_add(1)));
        offsets.insert(next, Row::Used(start, 0));
        write_xref_stream(next, &offsets, &trailer, &mut tail);
    }
    tail.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    Section { tail, values }
}

/// An entry to be written.
#[derive(Clone, Copy, Debug)]
enum Row {
    /// No object; linked to number 0 (7.5.4).
    Free,
    /// Offset as the file counts, and generation.
    Used(u64, u16),
    /// Number of the object stream and place in it.
    InStream(u32, u16),
}

/// Most free rows that are written between the objects of a complete section.
const FREE_ROWS: u32 = 100_000;

/// What a complete section lists beside the new objects: 7.5.4 wants it to begin at number 0, without gaps.
fn first_rows(base: &Base, objects: &BTreeMap<ObjectId, Pending>) -> BTreeMap<u32, Row> {
    let mut rows = BTreeMap::new();
    let Some(whole) = &base.whole else { return rows };
    rows.insert(0, Row::Free);
    let last = objects.keys().map(|id| id.number).chain(whole.keys().copied()).max().unwrap_or(0);
    if last <= FREE_ROWS {
        rows.extend((1..last).map(|number| (number, Row::Free)));
    }
    for (number, entry) in whole {
        let row = match entry.location {
            Location::Free => Row::Free,
            Location::Offset(offset) => Row::Used(base.front.moved(offset), entry.generation),
            Location::InStream { stream, index } => match u16::try_from(index) {
                Ok(index) => Row::InStream(stream, index),
                Err(_) => Row::Free,
            },
        };
        rows.insert(*number, row);
    }
    rows
}

/// The place of the next byte of the tail, as the file counts.
fn stated(base: &Base, tail: &[u8]) -> u64 {
    base.front.moved(base.length.saturating_add(tail.len() as u64))
}

fn offset(offset: u64) -> Object {
    Object::Integer(i64::try_from(offset).unwrap_or(i64::MAX))
}

fn write_pending(pending: &Pending, out: &mut Vec<u8>) {
    match pending {
        Pending::Value(value) => value.write(out),
        Pending::Written(bytes) => out.extend_from_slice(bytes),
        Pending::Stream(dictionary, data) => write_stream(dictionary, data, out),
    }
}

/// A stream with a direct Length (7.3.8).
fn write_stream(dictionary: &Dictionary, data: &[u8], out: &mut Vec<u8>) {
    let length = Object::Integer(i64::try_from(data.len()).unwrap_or(i64::MAX));
    dictionary.clone().with("Length", length).write(out);
    out.extend_from_slice(b"\nstream\n");
    out.extend_from_slice(data);
    out.extend_from_slice(b"\nendstream");
}

/// Runs of consecutive object numbers: first number and how many.
fn runs(offsets: &BTreeMap<u32, Row>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in offsets.keys() {
        match runs.last_mut() {
            Some((first, count)) if first.checked_add(*count) == Some(*number) => *count += 1,
            _ => runs.push((*number, 1)),
        }
    }
    runs
}

/// Entries of exactly twenty bytes (7.5.4), then the trailer (7.5.5).
fn write_table(offsets: &BTreeMap<u32, Row>, trailer: &Dictionary, out: &mut Vec<u8>) {
    out.extend_from_slice(b"xref\n");
    let mut entries = offsets.values();
    for (first, count) in runs(offsets) {
        out.extend_from_slice(format!("{first} {count}\n").as_bytes());
        for row in entries.by_ref().take(usize::try_from(count).unwrap_or(usize::MAX)) {
            let line = match row {
                Row::Used(offset, generation) => format!("{offset:010} {generation:05} n \n"),
                // A document with object streams never goes on with a table.
                Row::Free | Row::InStream(..) => format!("{:010} {:05} f \n", 0, u16::MAX),
            };
            out.extend_from_slice(line.as_bytes());
        }
    }
    out.extend_from_slice(b"trailer\n");
    trailer.write(out);
    out.push(b'\n');
}

/// A cross-reference stream whose entries are a type, eight bytes of offset and two of generation (7.5.8.3).
fn write_xref_stream(number: u32, offsets: &BTreeMap<u32, Row>, trailer: &Dictionary, out: &mut Vec<u8>) {
    let mut index = Vec::new();
    for (first, count) in runs(offsets) {
        index.extend([Object::Integer(i64::from(first)), Object::Integer(i64::from(count))]);
    }
    let mut data = Vec::new();
    for row in offsets.values() {
        let (kind, second, third) = match row {
            Row::Free => (0, 0, u16::MAX),
            Row::Used(offset, generation) => (1, *offset, *generation),
            Row::InStream(stream, index) => (2, u64::from(*stream), *index),
        };
        data.push(kind);
        data.extend_from_slice(&second.to_be_bytes());
        data.extend_from_slice(&third.to_be_bytes());
    }
    let mut dictionary = Dictionary::new().with("Type", Object::name("XRef"));
    for (key, value) in trailer.iter() {
        dictionary.set(key, value.clone());
    }
    dictionary.set("Index", Object::Array(index));
    dictionary.set("W", Object::Array([1, 8, 2].map(Object::Integer).to_vec()));
    out.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
    write_stream(&dictionary, &data, out);
    out.extend_from_slice(b"\nendobj\n");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::pdf::object::{Dictionary, Object, ObjectId};
    use crate::pdf::update_section::{Base, Front, Kept, Pending, SectionForm, write_section};

    fn base(form: SectionForm, length: u64) -> Base {
        let trailer = Dictionary::new()
            .with("Type", Object::name("XRef"))
            .with("W", Object::Array(Vec::new()))
            .with("Size", Object::Integer(7))
            .with("Root", Object::Reference(ObjectId { number: 1, generation: 0 }))
            .with("XRefStm", Object::Integer(3))
            .with("Prev", Object::Integer(9));
        let front = Front { from: 0, head: Vec::new(), kept: Kept::Yes };
        Base { length, front, closing: b"\n", form, section: 40, trailer, whole: None }
    }

    fn objects() -> BTreeMap<ObjectId, Pending> {
        let value = || Pending::Value(Object::Integer(5));
        BTreeMap::from([
            (ObjectId { number: 1, generation: 0 }, value()),
            (ObjectId { number: 2, generation: 3 }, value()),
            (ObjectId { number: 7, generation: 0 }, Pending::Stream(Dictionary::new(), b"ab".to_vec())),
        ])
    }

    #[test]
    fn a_table_has_twenty_byte_entries_in_runs() {
        let section = write_section(&base(SectionForm::Table, 100), &objects(), 8, None);
        let text = String::from_utf8(section.tail).unwrap();
        assert_eq!(
            text,
            "\n1 0 obj\n5\nendobj\n2 3 obj\n5\nendobj\n7 0 obj\n<</Length 2>>\nstream\nab\nendstream\nendobj\n\
             xref\n1 2\n0000000101 00000 n \n0000000118 00003 n \n7 1\n0000000135 00000 n \n\
             trailer\n<</Root 1 0 R/Prev 40/Size 8>>\nstartxref\n184\n%%EOF\n"
        );
        assert_eq!(section.values.get(&ObjectId { number: 1, generation: 0 }), Some(&9));
    }

    #[test]
    fn a_stream_section_lists_itself_and_copies_no_key_of_the_old_one() {
        let section = write_section(&base(SectionForm::Stream, 100), &objects(), 8, None);
        let text = String::from_utf8_lossy(&section.tail).into_owned();
        let own = "8 0 obj\n<</Type /XRef/Root 1 0 R/Prev 40/Size 9/Index [1 2 7 2]/W [1 8 2]/Length 44>>\nstream\n";
        assert!(text.contains(own), "{text}");
        assert!(text.ends_with("startxref\n184\n%%EOF\n"));
    }

    #[test]
    fn beyond_ten_digits_a_table_becomes_a_stream() {
        let section = write_section(&base(SectionForm::Table, 10_000_000_000), &objects(), 8, None);
        let text = String::from_utf8_lossy(&section.tail).into_owned();
        assert!(!text.contains("trailer"));
        assert!(text.ends_with("startxref\n10000000084\n%%EOF\n"), "{text}");
    }
}
