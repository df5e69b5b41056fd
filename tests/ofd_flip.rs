//! The flip test over whole sealed packages: bytes are changed one at a time, and no changed package may pass, except
//! where a byte says nothing about the document or the signature; each such place has its reason.
//!
//! This is what conditions 3 and 4 of article 13 of the Electronic Signature Law come to.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/integrity.rs"]
mod integrity;
#[path = "support/world.rs"]
mod world;
#[path = "support/zip.rs"]
mod zip;

use eseal::container::{Entry, Package};
use eseal::crypto::KeyKind;
use eseal::limits::Budget;
use eseal::report::Indication;
use eseal::seal::SealStandard;
use eseal::sign::Closing;
use eseal::source::Bytes;

use crate::world::{World, codes, fixture, riding};
use crate::zip::{Zip, two_pages};

const LIST: &str = "Doc_0/Signs/Signatures.xml";
/// Of a second document.
const OTHER_LIST: &str = "Doc_1/Signs/Signatures.xml";

/// Why a place may change without failing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Neutral {
    /// Time of an entry: no reader shows it, GB/T 33190 does not speak of it.
    Time,
    /// Version made by, version needed, attributes: hints for unpackers.
    Hint,
    /// Flag bits that say how hard the deflater tried, or how a name in ASCII is read.
    Flags,
    /// Bits of a deflated stream that no inflater looks at (after its last block, before a stored one): every file
    /// inflates to the same bytes.
    Coding,
    /// The open list's own text: what it names is judged, not how it is written. [`what_may_change_in_an_open_list`]
    /// says exactly which.
    OpenList,
}

/// What may change in every package, and what in one that may take further signatures.
const ALWAYS: [Neutral; 4] = [Neutral::Time, Neutral::Hint, Neutral::Flags, Neutral::Coding];
const OPEN: [Neutral; 5] = [Neutral::Time, Neutral::Hint, Neutral::Flags, Neutral::Coding, Neutral::OpenList];

/// Why the change of a byte may pass.
fn neutral(package: &Package, bytes: &[u8], changed: &[u8], at: usize) -> Option<Neutral> {
    for entry in package.entries() {
        if let Some(kind) = in_local(entry, bytes, at) {
            return Some(kind);
        }
    }
    in_directory(bytes, at).or_else(|| is_same(package, changed).then_some(Neutral::Coding))
}

/// Whether a changed package holds the same files, and nothing about it is odd.
fn is_same(package: &Package, changed: &[u8]) -> bool {
    let budget = Budget::default();
    let other = Package::open(Bytes::shared(changed.to_vec()), &budget).unwrap();
    let files = |package: &Package| -> Vec<(String, Vec<u8>)> {
        package.files().map(|entry| (entry.name().to_owned(), package.read(entry, &budget).unwrap())).collect()
    };
    other.findings().is_empty() && files(package) == files(&other)
}

/// Offset of each local header, by its record in the directory.
fn records(bytes: &[u8]) -> Vec<(usize, usize)> {
    let end = bytes.len() - 22;
    let mut at = u32::from_le_bytes(bytes[end + 16..end + 20].try_into().unwrap()) as usize;
    let mut all = Vec::new();
    while bytes[at..].starts_with(b"PK\x01\x02") {
        let short =
            |place: usize| usize::from(u16::from_le_bytes(bytes[at + place..at + place + 2].try_into().unwrap()));
        let local = u32::from_le_bytes(bytes[at + 42..at + 46].try_into().unwrap()) as usize;
        all.push((at, local));
        at += 46 + short(28) + short(30) + short(32);
    }
    all
}

fn in_local(entry: &Entry, bytes: &[u8], at: usize) -> Option<Neutral> {
    let name = entry.name().as_bytes();
    let (_, local) = records(bytes).into_iter().find(|(_, local)| bytes[local + 30..].starts_with(name))?;
    match at.checked_sub(local)? {
        4..=5 => Some(Neutral::Hint),
        6..=7 => Some(Neutral::Flags),
        10..=13 => Some(Neutral::Time),
        inside => {
            let data = 30 + name.len();
            let length = usize::try_from(entry.compressed_size()).unwrap();
            let stored = entry.method() == eseal::container::Method::Stored;
            let list = (name == LIST.as_bytes() || name == OTHER_LIST.as_bytes()) && stored;
            (list && (data..data + length).contains(&inside)).then_some(Neutral::OpenList)
        }
    }
}

fn in_directory(bytes: &[u8], at: usize) -> Option<Neutral> {
    records(bytes).into_iter().find_map(|(record, _)| match at.checked_sub(record)? {
        4..=7 | 36..=41 => Some(Neutral::Hint),
        8..=9 => Some(Neutral::Flags),
        12..=15 => Some(Neutral::Time),
        _ => None,
    })
}

/// Changes to try, in turn.
const MASKS: [u8; 3] = [0x01, 0x20, 0xFF];
/// Bytes tried of each package, evenly spread; with ESEAL_FLIP_ALL=1 every byte in all three ways.
const SAMPLED: usize = 2_000;
/// Of packages that differ from others in few ways.
const FEWER: usize = 500;

/// Flips bytes and gives what passed: place, mask, codes.
fn passes(world: &World, bytes: &[u8], count: usize) -> Vec<(usize, u8, Vec<&'static str>)> {
    assert_eq!(world.verify(bytes).indication, Indication::TotalPassed);
    let all = std::env::var_os("ESEAL_FLIP_ALL").is_some_and(|value| value == "1");
    let mut passed = Vec::new();
    let mut changed = bytes.to_vec();
    for at in 0..bytes.len() {
        if !all && at * count / bytes.len() == (at + 1) * count / bytes.len() {
            continue;
        }
        for (_, mask) in MASKS.iter().enumerate().filter(|(n, _)| all || at % 3 == *n) {
            changed[at] ^= mask;
            let report = world.verify(&changed);
            assert_ne!(report.indication, Indication::NoSignature, "byte {at} hides the signature");
            if report.indication == Indication::TotalPassed {
                passed.push((at, *mask, codes(&report)));
            }
            changed[at] ^= mask;
        }
    }
    passed
}

fn check(world: &World, bytes: &[u8], allowed: &[Neutral]) {
    check_some(world, bytes, allowed, SAMPLED);
}

fn check_some(world: &World, bytes: &[u8], allowed: &[Neutral], count: usize) {
    let package = Package::open(Bytes::shared(bytes.to_vec()), &Budget::default()).unwrap();
    let mut wrong = Vec::new();
    for (at, mask, codes) in passes(world, bytes, count) {
        let mut changed = bytes.to_vec();
        changed[at] ^= mask;
        match neutral(&package, bytes, &changed, at) {
            Some(kind) if allowed.contains(&kind) => {}
            kind => {
                let around = &bytes[at.saturating_sub(30)..(at + 30).min(bytes.len())];
                wrong.push(format!(
                    "{at} ^ {mask:02x} {kind:?} {codes:?} {}",
                    String::from_utf8_lossy(around).escape_debug()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} flips pass:\n{}", wrong.len(), wrong.join("\n"));
}

/// Stored entries, so that every byte of every file is a byte of the package.
fn stored(bytes: &[u8]) -> Vec<u8> {
    Zip::of(bytes).build()
}

#[test]
fn no_flip_of_a_locked_package_passes() {
    let world = World::new(KeyKind::Sm2);
    let bytes = world.on_ofd(&fixture("notice.ofd"), true, Closing::Locked);
    check(&world, &bytes, &ALWAYS);
}

#[test]
fn no_flip_of_a_signed_package_passes() {
    let world = World::new(KeyKind::Sm2);
    let bytes = stored(&world.on_ofd(&fixture("notice.ofd"), false, Closing::Locked));
    check(&world, &bytes, &ALWAYS);
}

#[test]
fn no_flip_of_an_open_package_passes_but_in_the_words_of_its_list() {
    let world = World::new(KeyKind::Sm2);
    let bytes = stored(&world.seal_ofd(&fixture("notice.ofd")));
    check(&world, &bytes, &OPEN);
}

/// The list is open, so that further signatures may follow; these are all the changes of it that pass, by what they hit.
#[test]
fn what_may_change_in_an_open_list() {
    let world = World::new(KeyKind::Sm2);
    let bytes = stored(&world.seal_ofd(&fixture("notice.ofd")));
    let text = Zip::of(&bytes).text(LIST);
    let mut wrong = Vec::new();
    for at in 0..text.len() {
        for mask in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40] {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= mask;
            let mut zip = Zip::of(&bytes);
            zip.put(LIST, &changed);
            let report = world.verify(&zip.build());
            if report.indication == Indication::TotalPassed && !is_free(&text, at, &codes(&report)) {
                let shown = String::from_utf8_lossy(&changed).into_owned();
                wrong.push(format!(
                    "{at} ^ {mask:02x}: {} {:?}",
                    &shown[at.saturating_sub(20)..(at + 20).min(shown.len())],
                    codes(&report)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} flips pass:\n{}", wrong.len(), wrong.join("\n"));
}

/// What the list may say otherwise.
fn is_free(text: &str, at: usize, codes: &[&str]) -> bool {
    let inside = |from: &str, to: &str| {
        let start = text.find(from).unwrap() + from.len();
        let end = start + text[start..].find(to).unwrap();
        (start..end).contains(&at)
    };
    // The XML declaration: its version, not its encoding.
    let declaration = text.starts_with("<?xml") && at < text.find("?>").unwrap();
    // MaxSignId, a help for the next writer: wrong ones are told where they matter.
    let max = at >= text.find("<ofd:MaxSignId>").unwrap()
        && at < text.find("</ofd:MaxSignId>").unwrap() + "</ofd:MaxSignId>".len();
    // The identifier in the list: nothing that is signed speaks of it.
    let id = inside("Signature ID=\"", "\"");
    // White space between attributes.
    let space = text.as_bytes()[at] == b' ';
    // Letters of the other case in a location: the same file, and told.
    let case = inside("BaseLoc=\"", "\"") && codes.contains(&"ZIP_ODDITY");
    // A type that is left out means Seal, and so does an attribute of another name.
    let kind = at >= text.find("Type=").unwrap() && at < text.find("Type=").unwrap() + 4;
    declaration || max || id || space || case || kind
}

/// Samples of the bytes of larger packages: a P-256 seal, and a package sealed twice.
#[test]
fn no_flip_of_other_packages_passes() {
    let p256 = World::new(KeyKind::P256);
    let sampled = p256.on_ofd(&fixture("notice.ofd"), true, Closing::Locked);
    check(&p256, &sampled, &ALWAYS);
    let world = World::new(KeyKind::Sm2);
    let twice = world.on_ofd(&world.seal_ofd(&fixture("notice.ofd")), true, Closing::Locked);
    check(&world, &twice, &ALWAYS);
}

/// A seal of GM/T 0031-2025, locked.
#[test]
fn no_flip_of_a_seal_of_the_newest_standard_passes() {
    let world = World::new(KeyKind::Sm2);
    let seal = world.seal_with(|request| request.standard = SealStandard::V5);
    let world = World { seal, ..world };
    check_some(&world, &world.on_ofd(&fixture("notice.ofd"), true, Closing::Locked), &ALWAYS, FEWER);
}

/// A riding seal over two pages, then a lock.
#[test]
fn no_flip_of_a_riding_seal_passes() {
    let world = World::new(KeyKind::Sm2);
    let riding = world.seal_document(&two_pages(&fixture("notice.ofd")), 0, Some(riding())).unwrap();
    check_some(&world, &world.on_ofd(&riding, false, Closing::Locked), &ALWAYS, FEWER);
}

/// Two documents, each with its seal: both lists are open.
#[test]
fn no_flip_of_a_package_of_two_documents_passes() {
    let world = World::new(KeyKind::Sm2);
    let first = world.seal_document(&fixture("pair.ofd"), 0, None).unwrap();
    check_some(&world, &stored(&world.seal_document(&first, 1, None).unwrap()), &OPEN, FEWER);
}

/// A locked package with the signed list of its files.
#[test]
fn no_flip_of_a_package_with_a_list_of_its_files_passes() {
    let world = World::new(KeyKind::Sm2);
    let locked = world.on_ofd(&fixture("notice.ofd"), true, Closing::Locked);
    check_some(&world, &integrity::listed(&world, &locked).build(), &ALWAYS, FEWER);
}
