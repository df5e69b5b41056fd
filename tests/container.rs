//! The ZIP reader against mutants, and the writer against itself.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::io::Write;

use eseal::container::{ContainerError, DosTime, EntryPath, FindingKind, NewEntry, Package, Rewrite};
use eseal::limits::Budget;
use eseal::source::{Bytes, Source};
use proptest::prelude::*;

/// A ZIP file made by hand, so that every field can lie.
#[derive(Clone)]
struct Member {
    name: Vec<u8>,
    local_name: Option<Vec<u8>>,
    data: Vec<u8>,
    size: u32,
    crc: u32,
    method: u16,
    flags: u16,
    external: u32,
    descriptor: bool,
    listed: bool,
    central_size: Option<u32>,
    central_crc: Option<u32>,
    central_method: Option<u16>,
    offset: Option<u32>,
    extra: Vec<u8>,
}

fn stored(name: &str, content: &[u8]) -> Member {
    member(name.as_bytes(), content.to_vec(), content, 0)
}

fn deflated(name: &str, content: &[u8]) -> Member {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    member(name.as_bytes(), encoder.finish().unwrap(), content, 8)
}

fn member(name: &[u8], data: Vec<u8>, content: &[u8], method: u16) -> Member {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    Member {
        name: name.to_vec(),
        local_name: None,
        data,
        size: content.len() as u32,
        crc: crc.sum(),
        method,
        flags: 0,
        external: 0,
        descriptor: false,
        listed: true,
        central_size: None,
        central_crc: None,
        central_method: None,
        offset: None,
        extra: Vec::new(),
    }
}

fn common(m: &Member, central: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let flags = m.flags | if m.descriptor { 8 } else { 0 };
    let method = if central { m.central_method.unwrap_or(m.method) } else { m.method };
    for field in [20, flags, method, 0, 0x21] {
        out.extend(u16::to_le_bytes(field));
    }
    let zero = m.descriptor && !central;
    let crc = if central { m.central_crc.unwrap_or(m.crc) } else { m.crc };
    let size = if central { m.central_size.unwrap_or(m.size) } else { m.size };
    for field in [crc, m.data.len() as u32, size] {
        out.extend(u32::to_le_bytes(if zero { 0 } else { field }));
    }
    let name = if central { &m.name } else { m.local_name.as_ref().unwrap_or(&m.name) };
    out.extend((name.len() as u16).to_le_bytes());
    out.extend(if central { (m.extra.len() as u16).to_le_bytes() } else { [0, 0] });
    out
}

fn zip(members: &[Member]) -> Vec<u8> {
    zip_with(members, b"", b"", b"")
}

fn zip_with(members: &[Member], front: &[u8], comment: &[u8], behind: &[u8]) -> Vec<u8> {
    let mut out = front.to_vec();
    let mut directory = Vec::new();
    let mut count = 0_u16;
    for m in members {
        let offset = m.offset.unwrap_or(out.len() as u32);
        if m.offset.is_none() {
            out.extend(b"PK\x03\x04");
            out.extend(common(m, false));
            out.extend(m.local_name.as_ref().unwrap_or(&m.name));
            out.extend(&m.data);
            if m.descriptor {
                out.extend(b"PK\x07\x08");
                for field in [m.crc, m.data.len() as u32, m.size] {
                    out.extend(field.to_le_bytes());
                }
            }
        }
        if m.listed {
            count += 1;
            directory.extend(b"PK\x01\x02\x14\x03");
            directory.extend(common(m, true));
            directory.extend([0; 6]);
            directory.extend(m.external.to_le_bytes());
            directory.extend(offset.to_le_bytes());
            directory.extend(&m.name);
            directory.extend(&m.extra);
        }
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend((comment.len() as u16).to_le_bytes());
    out.extend(comment);
    out.extend(behind);
    out
}

fn open(bytes: &[u8]) -> Result<Package, ContainerError> {
    Package::open(Bytes::shared(bytes), &Budget::default())
}

fn kinds(bytes: &[u8]) -> Vec<FindingKind> {
    let mut kinds: Vec<FindingKind> = open(bytes).unwrap().findings().iter().map(|finding| finding.kind).collect();
    kinds.dedup();
    kinds
}

fn path(text: &str) -> EntryPath {
    EntryPath::parse(text).unwrap()
}

fn honest() -> Vec<Member> {
    let mut with_descriptor = deflated("Doc_0/Document.xml", &b"<Document/>".repeat(40));
    with_descriptor.descriptor = true;
    let mut empty = stored("Doc_0/empty", b"");
    empty.descriptor = true;
    vec![stored("OFD.xml", b"<OFD/>"), stored("Doc_0/", b""), with_descriptor, empty, stored("last", b"x")]
}

#[test]
fn an_honest_package_has_no_findings() {
    assert_eq!(kinds(&zip_with(&honest(), b"", b"", b"")), []);
    let bytes = zip_with(&honest(), b"", b"a comment", b"");
    assert_eq!(kinds(&bytes), [FindingKind::Comment]);
    let package = open(&bytes).unwrap();
    let entry = package.get(&path("/Doc_0/Document.xml")).unwrap();
    assert_eq!(package.read(entry, &Budget::default()).unwrap(), b"<Document/>".repeat(40));
}

#[test]
fn names_that_are_not_one_file_each_are_found() {
    let one = |other: &str| kinds(&zip(&[stored("OFD.xml", b"1"), stored(other, b"2")]));
    assert_eq!(one("OFD.xml"), [FindingKind::DuplicateEntry]);
    assert_eq!(one("ofd.XML"), [FindingKind::AmbiguousName]);
    assert_eq!(one("./OFD.xml"), [FindingKind::NameNormalised, FindingKind::AmbiguousName]);
    assert_eq!(one("OFD.xml/a"), [FindingKind::AmbiguousName]);
    assert_eq!(
        kinds(&zip(&[stored("a/b", b"1"), stored("a\\b", b"1")])),
        [FindingKind::NameNormalised, FindingKind::AmbiguousName]
    );
    let flagged = |name: &str| Member { flags: 1 << 11, ..stored(name, b"1") };
    assert_eq!(kinds(&zip(&[flagged("\u{e9}"), flagged("e\u{301}")])), [FindingKind::AmbiguousName]);
    assert_eq!(one("a\u{1b}[31mb"), [FindingKind::DeceptiveName]);
    assert_eq!(one("a\0b"), [FindingKind::DeceptiveName]);
    assert_eq!(one("a\u{202e}b"), [FindingKind::DeceptiveName]);
    assert_eq!(kinds(&zip(&[member(b"\xd2\xb3.xml", b"1".to_vec(), b"1", 0)])), [FindingKind::GbkName]);
    let mut renamed = stored("a", b"1");
    renamed.extra = b"\x75\x70\x06\0\x01\0\0\0\0b".to_vec();
    assert_eq!(kinds(&zip(&[renamed])), [FindingKind::AmbiguousName]);
}

#[test]
fn headers_that_disagree_are_found() {
    let changed = |change: fn(&mut Member)| {
        let mut m = stored("OFD.xml", b"<OFD/>");
        change(&mut m);
        kinds(&zip(&[m, stored("b", b"2")]))
    };
    assert_eq!(changed(|m| m.local_name = Some(b"OFX.xml".to_vec())), [FindingKind::HeaderMismatch]);
    assert_eq!(changed(|m| m.central_size = Some(5)), [FindingKind::HeaderMismatch]);
    assert_eq!(changed(|m| m.central_crc = Some(5)), [FindingKind::HeaderMismatch]);
    assert_eq!(changed(|m| m.central_method = Some(8)), [FindingKind::HeaderMismatch]);
    assert_eq!(changed(|_| ()), []);
    let mut counted = zip(&[stored("a", b"1")]);
    let at = counted.len() - 22;
    counted[at + 8] = 2;
    counted[at + 10] = 2;
    assert_eq!(kinds(&counted), [FindingKind::HeaderMismatch]);
}

#[test]
fn bytes_that_belong_to_nothing_are_found() {
    let mut hidden = stored("hidden", b"secret");
    hidden.listed = false;
    assert_eq!(kinds(&zip(&[stored("a", b"1"), hidden.clone(), stored("b", b"1")])), [FindingKind::HiddenEntry]);
    assert_eq!(kinds(&zip(&[hidden.clone(), stored("b", b"1")])), [FindingKind::HiddenEntry]);
    assert_eq!(kinds(&zip(&[stored("b", b"1"), hidden])), [FindingKind::HiddenEntry]);
    let mut second = stored("b", b"1");
    second.offset = Some(0);
    second.local_name = None;
    second.name = b"a".to_vec();
    assert!(kinds(&zip(&[stored("a", b"1"), second])).contains(&FindingKind::Overlap));
    assert_eq!(kinds(&zip_with(&honest(), b"junk", b"", b"")), [FindingKind::ExtraBytes]);
    assert_eq!(kinds(&zip_with(&honest(), b"", b"", b"junk")), [FindingKind::ExtraBytes]);
    // Junk in front that the offsets do not know of.
    let shifted = [b"junk".to_vec(), zip(&honest())].concat();
    assert_eq!(kinds(&shifted), [FindingKind::ExtraBytes]);
    let package = open(&shifted).unwrap();
    assert_eq!(package.read(package.get(&path("OFD.xml")).unwrap(), &Budget::default()).unwrap(), b"<OFD/>");
}

#[test]
fn two_ends_are_found() {
    let fake = zip(&[]);
    let in_comment = zip_with(&honest(), b"", &fake, b"");
    assert!(kinds(&in_comment).contains(&FindingKind::AmbiguousEnd));
    assert_eq!(open(&in_comment).unwrap().entries().len(), honest().len(), "the real directory is read");
    let behind = zip_with(&honest(), b"", b"", &fake);
    assert!(kinds(&behind).iter().any(|kind| kind.is_ambiguous()));
    let two = [zip(&[stored("OFD.xml", b"1")]), zip(&[stored("OFD.xml", b"2")])].concat();
    assert!(kinds(&two).contains(&FindingKind::HiddenEntry));
    let package = open(&two).unwrap();
    assert_eq!(package.read(&package.entries()[0], &Budget::default()).unwrap(), b"2");
}

#[test]
fn dangerous_packages_are_refused() {
    let refused = |m: Member| open(&zip(&[m])).unwrap_err();
    for name in ["../a", "/a", "a/../../b", "C:/a", "..\\a"] {
        assert!(matches!(refused(stored(name, b"")), ContainerError::PathTraversal { .. }), "{name}");
    }
    let mut m = stored("a", b"target");
    m.external = 0o120_777 << 16;
    assert!(matches!(refused(m), ContainerError::Symlink { .. }));
    let mut m = stored("a", b"x");
    m.flags = 1;
    assert!(matches!(refused(m), ContainerError::Encrypted { .. }));
    let mut m = stored("a", b"x");
    m.method = 12;
    assert!(matches!(refused(m), ContainerError::UnsupportedMethod { method: 12, .. }));
    let bomb = deflated("a", &vec![0; 8 << 20]);
    assert!(matches!(refused(bomb), ContainerError::Ratio { .. }));
    let mut m = deflated("a", b"x");
    m.central_size = Some(0x7fff_ffff);
    assert!(matches!(refused(m), ContainerError::InflateLimit { .. }));
    let mut m = stored("a", b"x");
    m.central_size = Some(u32::MAX);
    assert!(matches!(refused(m), ContainerError::Zip64Lie { .. }));
    let many: Vec<Member> = (0..10_001).map(|n| stored(&n.to_string(), b"")).collect();
    assert!(matches!(open(&zip(&many)).unwrap_err(), ContainerError::TooManyEntries { .. }));
    assert!(matches!(open(b"").unwrap_err(), ContainerError::NotAZip));
    let bytes = zip(&honest());
    assert!(matches!(open(&bytes[..bytes.len() / 2]).unwrap_err(), ContainerError::NotAZip));
}

#[test]
fn an_inflating_entry_never_gives_more_than_it_told() {
    let mut m = deflated("a", &vec![7; 1 << 20]);
    m.size = 10;
    let package = open(&zip(&[m])).unwrap();
    let mut got = 0;
    let result = package.stream(&package.entries()[0], &mut |piece| got += piece.len());
    assert!(matches!(result, Err(ContainerError::DataDamaged { .. })));
    assert!(got <= 128 << 10);
}

#[test]
fn a_rewrite_keeps_every_byte_of_what_is_kept() {
    let mut members = honest();
    members.push(member(b"\xd2\xb3.xml", b"1".to_vec(), b"1", 0));
    let bytes = zip_with(&members, b"", b"kept", b"");
    let old = open(&bytes).unwrap();
    let mut rewrite = Rewrite::new(&old).unwrap();
    let entry =
        |name: &str, bytes: &[u8]| NewEntry { path: path(name), bytes: bytes.to_vec(), modified: DosTime::FIRST };
    rewrite.replace(entry("OFD.xml", b"<OFD><!-- longer than before --></OFD>")).unwrap();
    rewrite.add(entry("Doc_0/Signs/签名.xml", &b"<Signature/>".repeat(99))).unwrap();
    assert!(rewrite.add(entry("doc_0/document.XML", b"")).is_err());
    assert!(rewrite.add(entry("Doc_0/Signs/签名.xml", b"")).is_err());
    assert!(rewrite.replace(entry("nowhere", b"")).is_err());
    let assembled = rewrite.finish().unwrap();
    let mut written = Vec::new();
    assembled.write_to(&mut written).unwrap();
    assert_eq!(assembled.read_range(0, assembled.len()).unwrap(), written);
    for at in 0..written.len() {
        assert_eq!(assembled.read_range(at as u64, 1).unwrap(), written[at..=at]);
    }
    let new = open(&written).unwrap();
    assert_eq!(new.findings().iter().map(|f| f.kind).collect::<Vec<_>>(), [FindingKind::GbkName, FindingKind::Comment]);
    assert_eq!(new.entries().len(), old.entries().len() + 1);
    let budget = Budget::default();
    let read = |name: &str| new.read(new.get(&path(name)).unwrap(), &budget).unwrap();
    assert_eq!(read("OFD.xml"), b"<OFD><!-- longer than before --></OFD>");
    assert_eq!(read("Doc_0/Signs/签名.xml"), b"<Signature/>".repeat(99));
    // Everything between the first and the last kept entry is there as it was.
    let first = bytes.windows(4).skip(1).position(|w| w == b"PK\x03\x04").unwrap() + 1;
    let end = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    assert!(written.windows(end - first).any(|window| window == &bytes[first..end]));
    assert!(written.ends_with(b"\x04\0kept"));
}

#[test]
fn an_ambiguous_package_is_not_rewritten() {
    for bytes in [zip_with(&honest(), b"junk", b"", b""), zip(&[stored("a", b"1"), stored("a", b"2")])] {
        assert!(matches!(Rewrite::new(&open(&bytes).unwrap()).unwrap_err(), ContainerError::Ambiguous { .. }));
    }
}

/// Reads whatever opens, to the end.
fn exhaust(bytes: Vec<u8>) {
    let budget = Budget::default();
    let Ok(package) = Package::open(Bytes::shared(bytes), &budget) else { return };
    for entry in package.entries() {
        let mut length = 0_u64;
        if package.stream(entry, &mut |piece| length += piece.len() as u64).is_ok() {
            assert_eq!(length, entry.size());
        }
    }
    if let Ok(rewrite) = Rewrite::new(&package) {
        let assembled = rewrite.finish().unwrap();
        let again = Package::open(assembled.as_source(), &Budget::default()).unwrap();
        assert_eq!(again.entries().len(), package.entries().len());
        assert!(again.findings().iter().all(|finding| !finding.kind.is_ambiguous()));
    }
}

proptest! {
    #[test]
    fn no_mutation_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>()) {
        let mut bytes = zip_with(&honest(), b"", b"comment", b"");
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        exhaust(bytes.clone());
        bytes.truncate(cut.index(bytes.len()));
        exhaust(bytes);
    }

    #[test]
    fn no_structure_panics(field in 0_usize..200, value in prop::sample::select(vec![0_u32, 1, 0xffff, 0xffff_ffff, 0x7fff_ffff, 0x8000_0000])) {
        let mut bytes = zip(&honest());
        let at = bytes.len() - 4 - field.min(bytes.len() - 4);
        bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
        exhaust(bytes);
    }
}
