//! A ZIP writer that writes what it is told, lies included.
#![allow(dead_code, missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::io::Write as _;

use eseal::container::Package;
use eseal::limits::Budget;
use eseal::source::Bytes;

/// The fields that stand in the local header and in the directory.
#[derive(Clone, Debug)]
pub struct Header {
    pub name: Vec<u8>,
    pub flags: u16,
    pub method: u16,
    pub crc: u32,
    pub compressed: u32,
    pub size: u32,
    pub extra: Vec<u8>,
}

/// One entry: what each header says, and the data as stored.
#[derive(Clone, Debug)]
pub struct Entry {
    pub local: Header,
    pub central: Header,
    pub data: Vec<u8>,
    pub attributes: u32,
    pub listed: bool,
    /// Points at the place of this entry instead of its own, and writes nothing.
    pub shares: Option<usize>,
}

impl Entry {
    pub fn stored(name: &str, data: &[u8]) -> Entry {
        let mut crc = flate2::Crc::new();
        crc.update(data);
        Entry::with(name.as_bytes(), 0, crc.sum(), data.to_vec(), data.len())
    }

    pub fn deflated(name: &str, data: &[u8]) -> Entry {
        let mut crc = flate2::Crc::new();
        crc.update(data);
        Entry::with(name.as_bytes(), 8, crc.sum(), deflate(data), data.len())
    }

    fn with(name: &[u8], method: u16, crc: u32, data: Vec<u8>, size: usize) -> Entry {
        let header = Header {
            name: name.to_vec(),
            flags: 1 << 11,
            method,
            crc,
            compressed: data.len() as u32,
            size: size as u32,
            extra: Vec::new(),
        };
        Entry { local: header.clone(), central: header, data, attributes: 0, listed: true, shares: None }
    }

    /// Both headers changed in the same way.
    pub fn both(mut self, change: impl Fn(&mut Header)) -> Entry {
        change(&mut self.local);
        change(&mut self.central);
        self
    }
}

/// A package of one page with a second one, which is empty.
pub fn two_pages(notice: &[u8]) -> Vec<u8> {
    let mut package = Zip::of(notice);
    let page = "<ofd:Page ID=\"1\" BaseLoc=\"Pages/Page_0/Content.xml\"/>";
    let more = "<ofd:Page ID=\"31\" BaseLoc=\"Pages/Page_9/Content.xml\"/>";
    package.edit("Doc_0/Document.xml", page, &format!("{page}{more}"));
    package.put("Doc_0/Pages/Page_9/Content.xml", b"<ofd:Page xmlns:ofd=\"http://www.ofdspec.org/2016\"/>");
    package.build()
}

pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A package under construction.
#[derive(Clone, Debug, Default)]
pub struct Zip {
    pub entries: Vec<Entry>,
    pub before: Vec<u8>,
    pub after: Vec<u8>,
    pub comment: Vec<u8>,
    /// Between the last entry and the directory.
    pub gap: Vec<u8>,
    /// Whether offsets know of `before`.
    pub offsets_from_start: bool,
}

impl Zip {
    /// Every file of a package, stored.
    pub fn of(bytes: &[u8]) -> Zip {
        let budget = Budget::default();
        let package = Package::open(Bytes::shared(bytes.to_vec()), &budget).unwrap();
        let read = |entry| package.read(entry, &budget).unwrap();
        let entries = package.files().map(|entry| Entry::stored(entry.path().as_str(), &read(entry))).collect();
        Zip { entries, offsets_from_start: true, ..Zip::default() }
    }

    pub fn names(&self) -> Vec<String> {
        self.entries.iter().map(|entry| String::from_utf8_lossy(&entry.central.name).into_owned()).collect()
    }

    pub fn at(&self, name: &str) -> usize {
        self.entries.iter().position(|entry| entry.central.name == name.as_bytes()).unwrap_or_else(|| panic!("{name}"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.central.name == name.as_bytes())
    }

    /// The data of a stored file.
    pub fn get(&self, name: &str) -> Vec<u8> {
        self.entries[self.at(name)].data.clone()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.get(name)).unwrap()
    }

    /// Adds a file, or replaces it in its place.
    pub fn put(&mut self, name: &str, data: &[u8]) {
        let entry = Entry::stored(name, data);
        if self.has(name) {
            let at = self.at(name);
            self.entries[at] = entry;
        } else {
            self.entries.push(entry);
        }
    }

    pub fn remove(&mut self, name: &str) -> Vec<u8> {
        let at = self.at(name);
        self.entries.remove(at).data
    }

    /// Changes a text of a file, which must have it.
    pub fn edit(&mut self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert!(text.contains(from), "{name} has no {from}: {text}");
        self.put(name, text.replacen(from, to, 1).as_bytes());
    }

    pub fn build(&self) -> Vec<u8> {
        let mut out = self.before.clone();
        let base = if self.offsets_from_start { 0 } else { self.before.len() };
        let mut offsets = Vec::new();
        for entry in &self.entries {
            if let Some(other) = entry.shares {
                let offset = offsets[other];
                offsets.push(offset);
                continue;
            }
            offsets.push((out.len() - base) as u32);
            out.extend_from_slice(b"PK\x03\x04\x14\x00");
            out.extend_from_slice(&fields(&entry.local));
            out.extend_from_slice(&(entry.local.name.len() as u16).to_le_bytes());
            out.extend_from_slice(&(entry.local.extra.len() as u16).to_le_bytes());
            out.extend_from_slice(&entry.local.name);
            out.extend_from_slice(&entry.local.extra);
            out.extend_from_slice(&entry.data);
        }
        out.extend_from_slice(&self.gap);
        let start = out.len() - base;
        let mut count = 0_u16;
        for (entry, offset) in self.entries.iter().zip(&offsets).filter(|(entry, _)| entry.listed) {
            count = count.wrapping_add(1);
            // Made by Unix, so that the mode in the attributes counts.
            out.extend_from_slice(b"PK\x01\x02\x14\x03\x14\x00");
            out.extend_from_slice(&fields(&entry.central));
            out.extend_from_slice(&(entry.central.name.len() as u16).to_le_bytes());
            out.extend_from_slice(&(entry.central.extra.len() as u16).to_le_bytes());
            out.extend_from_slice(&[0; 6]);
            out.extend_from_slice(&entry.attributes.to_le_bytes());
            out.extend_from_slice(&offset.to_le_bytes());
            out.extend_from_slice(&entry.central.name);
            out.extend_from_slice(&entry.central.extra);
        }
        let size = out.len() - base - start;
        out.extend_from_slice(&end(count, size as u32, start as u32, &self.comment));
        out.extend_from_slice(&self.after);
        out
    }
}

/// From the flags to the inflated size.
fn fields(header: &Header) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&header.flags.to_le_bytes());
    out.extend_from_slice(&header.method.to_le_bytes());
    out.extend_from_slice(&[0, 0, 0x21, 0]);
    for field in [header.crc, header.compressed, header.size] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out
}

/// An end record.
pub fn end(count: u16, size: u32, start: u32, comment: &[u8]) -> Vec<u8> {
    let mut out = b"PK\x05\x06\x00\x00\x00\x00".to_vec();
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&size.to_le_bytes());
    out.extend_from_slice(&start.to_le_bytes());
    out.extend_from_slice(&(comment.len() as u16).to_le_bytes());
    out.extend_from_slice(comment);
    out
}
