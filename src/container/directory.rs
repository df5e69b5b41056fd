//! The end record and the central directory. rawzip walks the records; which end record counts, and whether it tells
//! the truth, is judged here, because the library takes the last signature that it finds and repairs silently.

use rawzip::{ReaderAt, ZipFileHeaderRecord, ZipLocator};

use crate::container::error::{ContainerError, Finding, FindingKind};
use crate::container::name;
use crate::container::package::{DosTime, Entry, Method};
use crate::container::record::{ZIP64, extra_fields, u16_at, u32_at, u64_at};
use crate::limits::{Budget, INFLATED_BYTES, Limit, ZIP_ENTRIES};
use crate::source::Source;

/// Length of the end record without its comment (APPNOTE 4.3.16).
const END: u64 = 22;
/// Length of a record of the central directory without name, extra area and comment (APPNOTE 4.3.12).
pub(crate) const CENTRAL: usize = 46;
/// Length of the Zip64 locator (APPNOTE 4.3.15).
const LOCATOR: u64 = 20;
/// Entries from this size on must not inflate beyond [`RATIO`]: 4 MiB. Below it even an honest blank bitmap may.
const LARGE: u64 = 4 << 20;
/// Longest name in bytes: what file systems take for a whole path (PATH_MAX of Linux).
const NAME: usize = 4096;
/// Most folders in a name; sixteen times the depth of real packages.
const DEPTH: usize = 128;
/// Threat model: 1:200.
const RATIO: u64 = 200;

/// What the directory says.
pub(crate) struct Directory {
    pub(crate) entries: Vec<Entry>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) comment: Vec<u8>,
    pub(crate) area: Area,
}

/// Where things are.
pub(crate) struct Area {
    /// Start of the central directory.
    pub(crate) directory: u64,
    /// End of the last record, its comment included.
    pub(crate) end: u64,
}

/// Reads end record and directory.
pub(crate) fn read(source: &dyn Source, budget: &Budget) -> Result<Directory, ContainerError> {
    let mut findings = Vec::new();
    let end = find_end(source, &mut findings)?;
    let mut buffer = vec![0; rawzip::MAX_CENTRAL_DIRECTORY_RECORD_SIZE];
    let archive = ZipLocator::new()
        .max_search_space(END)
        .locate_in_reader(Reader { source, base: end.base }, &mut buffer, end.offset + END - end.base)
        .map_err(|(_, error)| malformed(&error, end.offset))?;
    let start = archive.directory_offset().saturating_add(end.base);
    if archive.eocd_offset().saturating_add(end.base) != end.offset {
        return Err(ContainerError::Malformed { offset: end.offset });
    }
    check_place(source, &end, start, &mut findings)?;
    if archive.entries_hint() > ZIP_ENTRIES {
        return Err(ContainerError::TooManyEntries { limit: ZIP_ENTRIES });
    }
    let mut entries = Vec::new();
    let mut walker = archive.entries(&mut buffer);
    let mut next = start;
    let mut inflated = Inflated::default();
    while let Some(record) = walker.next_entry().map_err(|error| malformed(&error, next))? {
        if budget.spend(Limit::Entries, 1).is_err() {
            return Err(ContainerError::TooManyEntries { limit: ZIP_ENTRIES });
        }
        let mut entry = entry(source, &record, next, &mut findings)?;
        entry.local = entry.local.saturating_add(end.base);
        next = next.saturating_add(entry.record.len() as u64);
        inflated.count(&entry, budget)?;
        entries.push(entry);
    }
    if next != end.head {
        findings.push(Finding { kind: FindingKind::AmbiguousEnd, entry: None, offset: next });
    }
    if entries.len() as u64 != end.count {
        findings.push(Finding { kind: FindingKind::HeaderMismatch, entry: None, offset: end.offset });
    }
    let comment = source.read_range(end.offset + END, end.comment)?;
    if !comment.is_empty() {
        findings.push(Finding { kind: FindingKind::Comment, entry: None, offset: end.offset });
    }
    let area = Area { directory: start, end: end.offset + END + end.comment };
    Ok(Directory { entries, findings, comment, area })
}

/// The sum of what the package claims to inflate to.
#[derive(Default)]
struct Inflated(u64);

impl Inflated {
    fn count(&mut self, entry: &Entry, budget: &Budget) -> Result<(), ContainerError> {
        if entry.method == Method::Stored {
            return Ok(());
        }
        let over = ContainerError::InflateLimit { limit: INFLATED_BYTES };
        self.0 = self.0.saturating_add(entry.size);
        if self.0 > INFLATED_BYTES || budget.spend(Limit::InflatedBytes, entry.size).is_err() {
            return Err(over);
        }
        if entry.size >= LARGE && entry.size / RATIO > entry.compressed {
            let (compressed, size) = (entry.compressed, entry.size);
            return Err(ContainerError::Ratio { name: entry.name.clone(), compressed, size });
        }
        Ok(())
    }
}

/// The end record that counts.
struct End {
    offset: u64,
    /// Where the directory must end: this record, or the Zip64 end record before it.
    head: u64,
    comment: u64,
    count: u64,
    directory_offset: u64,
    directory_size: u64,
    zip64: bool,
    /// By how much all offsets are short, because something was put in front.
    base: u64,
}

/// Looks for the end record whose comment reaches exactly to the end of the file; failing that, the last plausible one
/// (then bytes follow it). A second candidate behind its directory makes the end ambiguous.
fn find_end(source: &dyn Source, findings: &mut Vec<Finding>) -> Result<End, ContainerError> {
    let length = source.len();
    let window = length.min(END + u64::from(u16::MAX) + (1 << 16));
    let base = length - window;
    let tail = source.read_range(base, window)?;
    // Offset, end with the comment, number of entries.
    let candidates: Vec<(u64, u64, u16)> = memchr::memmem::find_iter(&tail, b"PK\x05\x06")
        .filter_map(|at| {
            let record = tail.get(at..at.checked_add(22)?)?;
            let offset = base + at as u64;
            let end = offset + END + u64::from(u16_at(record, 20));
            let inside = u32_at(record, 16) == u32::MAX
                || u64::from(u32_at(record, 16)).saturating_add(u64::from(u32_at(record, 12))) <= offset;
            (end <= length && inside).then_some((offset, end, u16_at(record, 10)))
        })
        .collect();
    let exact = candidates.iter().find(|(_, end, _)| *end == length);
    let Some(&chosen) = exact.or(candidates.last()) else { return Err(ContainerError::NotAZip) };
    // An empty directory in front of or behind a full one hides it from some readers and not from others.
    let full = candidates.iter().rfind(|(_, _, count)| *count > 0).filter(|_| chosen.2 == 0);
    if full.is_some() {
        findings.push(Finding { kind: FindingKind::AmbiguousEnd, entry: None, offset: chosen.0 });
    }
    let (offset, stop, _) = full.copied().unwrap_or(chosen);
    if stop != length {
        findings.push(Finding { kind: FindingKind::ExtraBytes, entry: None, offset: stop });
    }
    let record = source.read_range(offset, END)?;
    let end = end_record(source, &record, offset)?;
    let directory = end.head.saturating_sub(end.directory_size);
    for (other, ..) in candidates.iter().filter(|(other, ..)| *other != offset && *other >= directory) {
        findings.push(Finding { kind: FindingKind::AmbiguousEnd, entry: None, offset: *other });
    }
    Ok(end)
}

/// Reads the end record and, where a locator stands before it, the Zip64 end record. Sentinels need a Zip64 record, and
/// fields that are no sentinels must agree with it (APPNOTE 4.4.1.4).
fn end_record(source: &dyn Source, record: &[u8], offset: u64) -> Result<End, ContainerError> {
    let disks = (u16_at(record, 4), u16_at(record, 6));
    let (here, count) = (u16_at(record, 8), u16_at(record, 10));
    let (size, start) = (u32_at(record, 12), u32_at(record, 16));
    let comment = u64::from(u16_at(record, 20));
    let sentinel = here == u16::MAX || count == u16::MAX || size == u32::MAX || start == u32::MAX;
    let locator = offset.checked_sub(LOCATOR).map(|at| source.read_range(at, LOCATOR)).transpose()?;
    let locator = locator.filter(|bytes| bytes.starts_with(b"PK\x06\x07"));
    let lie = ContainerError::Zip64Lie { offset };
    let Some(locator) = locator else {
        if sentinel {
            return Err(lie);
        }
        if !matches!(disks, (0, 0)) || here != count {
            return Err(ContainerError::MultiDisk);
        }
        let (directory_offset, directory_size) = (u64::from(start), u64::from(size));
        let count = u64::from(count);
        // The directory ends where the end record begins; offsets that do not know of junk in front are shifted by it.
        let base = offset.saturating_sub(directory_size).saturating_sub(directory_offset);
        return Ok(End { offset, head: offset, comment, count, directory_offset, directory_size, zip64: false, base });
    };
    let head = u64_at(&locator, 8);
    if u32_at(&locator, 4) != 0 || u32_at(&locator, 16) > 1 {
        return Err(ContainerError::MultiDisk);
    }
    let large = source.read_range(head, 56).map_err(|_| ContainerError::Zip64Lie { offset })?;
    let (here64, count64) = (u64_at(&large, 24), u64_at(&large, 32));
    let (size64, start64) = (u64_at(&large, 40), u64_at(&large, 48));
    let agrees = large.starts_with(b"PK\x06\x06")
        && head.checked_add(12).and_then(|at| at.checked_add(u64_at(&large, 4))) == offset.checked_sub(LOCATOR)
        && here64 == count64
        && (count == u16::MAX || u64::from(count) == count64)
        && (size == u32::MAX || u64::from(size) == size64)
        && (start == u32::MAX || u64::from(start) == start64);
    if !agrees {
        return Err(lie);
    }
    Ok(End {
        offset,
        head,
        comment,
        count: count64,
        directory_offset: start64,
        directory_size: size64,
        zip64: true,
        base: 0,
    })
}

/// The directory must lie right before the end record. Where the library found it elsewhere, another reader finds
/// another directory; where only the base is shifted, the file has bytes in front.
fn check_place(source: &dyn Source, end: &End, start: u64, findings: &mut Vec<Finding>) -> Result<(), ContainerError> {
    let by_size = end.head.checked_sub(end.directory_size).ok_or(ContainerError::Malformed { offset: end.offset })?;
    let starts = |at: u64| source.read_range(at, 4).is_ok_and(|bytes| bytes == b"PK\x01\x02");
    if start != by_size {
        findings.push(Finding { kind: FindingKind::AmbiguousEnd, entry: None, offset: start });
    }
    if end.directory_offset != by_size && end.count > 0 {
        // Offsets that are short by what was put in front: one reading, unless both places hold a directory.
        let kind =
            if starts(end.directory_offset) || end.zip64 { FindingKind::AmbiguousEnd } else { FindingKind::ExtraBytes };
        findings.push(Finding { kind, entry: None, offset: 0 });
    }
    Ok(())
}

/// One record of the directory. The local header is looked at later.
fn entry(
    source: &dyn Source,
    record: &ZipFileHeaderRecord<'_>,
    at: u64,
    findings: &mut Vec<Finding>,
) -> Result<Entry, ContainerError> {
    let fixed = source.read_range(at, CENTRAL as u64)?;
    let lengths = [28, 30, 32].map(|field| u64::from(u16_at(&fixed, field)));
    let raw = source.read_range(at, CENTRAL as u64 + lengths.iter().sum::<u64>())?;
    let stored = record.file_path().as_ref().to_vec();
    // Slashes decide what comparing folders costs.
    if stored.len() > NAME || stored.iter().filter(|byte| matches!(byte, b'/' | b'\\')).count() > DEPTH {
        return Err(ContainerError::NameTooLong { length: stored.len() });
    }
    let decoded = name::decode(&stored, record.flags().is_utf8());
    let name = decoded.text.clone();
    let Ok(path) = decoded.path else { return Err(ContainerError::PathTraversal { name }) };
    let flags = record.flags();
    if flags.is_encrypted() || flags.has_strong_encryption() || flags.is_masked() {
        return Err(ContainerError::Encrypted { name });
    }
    // The mode lies in the upper half of the external attributes whatever system the record names: an unpacker may look
    // at it all the same.
    if record.external_attributes() >> 28 == 0o12 || record.mode().is_symlink() {
        return Err(ContainerError::Symlink { name });
    }
    let method = match u16_at(&raw, 10) {
        0 => Method::Stored,
        8 => Method::Deflated,
        method => return Err(ContainerError::UnsupportedMethod { name, method }),
    };
    // The disk on which the entry begins (APPNOTE 4.4.11): there is only the first.
    if !matches!(u16_at(&raw, 34), 0 | u16::MAX) {
        return Err(ContainerError::MultiDisk);
    }
    check_zip64(&raw, record, at)?;
    let mut note = |kind| findings.push(Finding { kind, entry: Some(name.clone()), offset: at });
    match decoded.encoding {
        name::NameEncoding::Gbk => note(FindingKind::GbkName),
        name::NameEncoding::Utf8 | name::NameEncoding::Unknown => {}
    }
    if decoded.normalised {
        note(FindingKind::NameNormalised);
    }
    if decoded.deceptive {
        note(FindingKind::DeceptiveName);
    }
    let folder = stored.ends_with(b"/") || stored.ends_with(b"\\");
    let (compressed, size) = (record.compressed_size_hint(), record.uncompressed_size_hint());
    if folder && size != 0 {
        note(FindingKind::HeaderMismatch);
    }
    let encoding = decoded.encoding;
    let modified = DosTime { date: u16_at(&raw, 14), time: u16_at(&raw, 12) };
    let local = record.local_header_offset();
    Ok(Entry {
        path,
        name,
        encoding,
        folder,
        method,
        crc: record.crc32(),
        compressed,
        size,
        modified,
        record: raw,
        local,
        data: 0,
        end: 0,
    })
}

/// Every sentinel needs its value in the Zip64 field, and a field without a sentinel must not tell another story.
fn check_zip64(raw: &[u8], record: &ZipFileHeaderRecord<'_>, at: u64) -> Result<(), ContainerError> {
    let extra_start = CENTRAL + usize::from(u16_at(raw, 28));
    let extra = raw.get(extra_start..extra_start + usize::from(u16_at(raw, 30))).unwrap_or(&[]);
    let mut fields = extra_fields(extra).filter(|(id, _)| *id == ZIP64);
    let field = fields.next().map(|(_, content)| content);
    let sentinels = [24, 20, 42].iter().filter(|place| u32_at(raw, **place) == u32::MAX).count();
    let lie = Err(ContainerError::Zip64Lie { offset: at });
    match field {
        None if sentinels > 0 => lie,
        Some(content) if content.len() < sentinels * 8 || fields.next().is_some() => lie,
        Some(content) if sentinels == 0 => {
            let told = [record.uncompressed_size_hint(), record.compressed_size_hint()];
            let same =
                told.iter().enumerate().all(|(n, told)| content.len() < n * 8 + 8 || u64_at(content, n * 8) == *told);
            if same { Ok(()) } else { lie }
        }
        _ => Ok(()),
    }
}

fn malformed(error: &rawzip::Error, offset: u64) -> ContainerError {
    match error.kind() {
        rawzip::ErrorKind::IO(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            ContainerError::Io(std::io::Error::from(error.kind()))
        }
        _ => ContainerError::Malformed { offset },
    }
}

/// Our source as rawzip wants it: from its own offset 0, with reads that may be short at the end.
struct Reader<'a> {
    source: &'a dyn Source,
    base: u64,
}

impl ReaderAt for Reader<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        let offset = offset.saturating_add(self.base);
        let left = self.source.len().saturating_sub(offset);
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(piece) = buffer.get_mut(..size) else { return Ok(0) };
        if size > 0 {
            self.source.read_at(offset, piece)?;
        }
        Ok(size)
    }
}
