//! A new package from an old one: kept entries byte for byte, new ones behind them, a new directory.

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::Arc;

use flate2::{Compression, Crc, write::DeflateEncoder};

use crate::container::directory::CENTRAL;
use crate::container::error::ContainerError;
use crate::container::name::EntryPath;
use crate::container::package::{DosTime, Package};
use crate::container::record::{ZIP64, extra_fields, u16_at, u32_at};
use crate::source::{SharedSource, Source, for_each_chunk};

/// A file to be added, in memory.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Where.
    pub path: EntryPath,
    /// Its content.
    pub bytes: Vec<u8>,
    /// The time that the directory shows; the caller says it, nobody asks a clock here.
    pub modified: DosTime,
}

/// The plan of a new package.
#[derive(Debug)]
pub struct Rewrite<'a> {
    package: &'a Package,
    dropped: HashSet<EntryPath>,
    added: Vec<NewEntry>,
}

impl<'a> Rewrite<'a> {
    /// Starts from a package, all of whose entries are kept.
    ///
    /// # Errors
    /// [`ContainerError::Ambiguous`] where the package has more than one reading or bytes that belong to nothing: a copy
    /// would drop them silently.
    pub fn new(package: &'a Package) -> Result<Self, ContainerError> {
        match package.findings.iter().find(|finding| finding.kind.is_ambiguous()) {
            Some(finding) => Err(ContainerError::Ambiguous { kind: finding.kind }),
            None => Ok(Rewrite { package, dropped: HashSet::new(), added: Vec::new() }),
        }
    }

    /// Adds a file that is not there yet, under no name that could be taken for another's.
    ///
    /// # Errors
    /// [`ContainerError::NameTaken`].
    pub fn add(&mut self, entry: NewEntry) -> Result<(), ContainerError> {
        let taken = self.package.get_folded(&entry.path).is_some();
        let twice = self.added.iter().any(|other| other.path.folded() == entry.path.folded());
        if taken || twice {
            return Err(ContainerError::NameTaken { path: entry.path.to_string() });
        }
        self.added.push(entry);
        Ok(())
    }

    /// Gives a file that is there a new content; it moves to the end of the package and keeps its path.
    ///
    /// # Errors
    /// [`ContainerError::NameTaken`] where there is no such file or it was replaced before.
    pub fn replace(&mut self, entry: NewEntry) -> Result<(), ContainerError> {
        if self.package.get(&entry.path).is_none() || !self.dropped.insert(entry.path.clone()) {
            return Err(ContainerError::NameTaken { path: entry.path.to_string() });
        }
        self.added.push(entry);
        Ok(())
    }

    /// Leaves a file out.
    ///
    /// # Errors
    /// [`ContainerError::NameTaken`] where there is no such file or it was replaced or removed before.
    pub fn remove(&mut self, path: &EntryPath) -> Result<(), ContainerError> {
        if self.package.get(path).is_none() || !self.dropped.insert(path.clone()) {
            return Err(ContainerError::NameTaken { path: path.to_string() });
        }
        Ok(())
    }

    /// Lays the new package out. Nothing of the old one is read but its directory, which is in memory already.
    ///
    /// # Errors
    /// [`ContainerError::NewEntryTooLarge`].
    pub fn finish(self) -> Result<Assembled, ContainerError> {
        let mut out = Assembled { segments: Vec::new(), length: 0 };
        let mut directory = Vec::new();
        let kept = |folder: bool, path: &EntryPath| folder || !self.dropped.contains(path);
        let mut order: Vec<_> = self.package.entries.iter().filter(|entry| kept(entry.folder, &entry.path)).collect();
        let count = order.len().saturating_add(self.added.len()) as u64;
        // Physical order for the data, the old order for the directory.
        order.sort_by_key(|entry| entry.local);
        let mut offsets = std::collections::HashMap::new();
        for entry in order {
            offsets.insert(entry.local, out.length);
            out.push_copy(&self.package.source, entry.local, entry.end.saturating_sub(entry.local));
        }
        for entry in self.package.entries.iter().filter(|entry| kept(entry.folder, &entry.path)) {
            let offset = offsets.get(&entry.local).copied().unwrap_or(0);
            directory.extend_from_slice(&moved_record(&entry.record, offset));
        }
        for entry in &self.added {
            directory.extend_from_slice(&out.push_new(entry)?);
        }
        let start = out.length;
        let size = directory.len() as u64;
        out.push_bytes(directory);
        out.push_bytes(end_records(count, start, size, &self.package.comment));
        Ok(out)
    }
}

/// A package that is partly the old file and partly new bytes, and a source itself.
#[derive(Clone)]
pub struct Assembled {
    /// Each with the offset at which it begins.
    segments: Vec<(u64, Segment)>,
    length: u64,
}

#[derive(Clone)]
enum Segment {
    Copy { source: SharedSource, offset: u64, length: u64 },
    New(Arc<[u8]>),
}

impl std::fmt::Debug for Assembled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Assembled").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Segment {
    fn len(&self) -> u64 {
        match self {
            Segment::Copy { length, .. } => *length,
            Segment::New(bytes) => bytes.len() as u64,
        }
    }
}

impl Assembled {
    /// Writes the whole package, streaming what is copied.
    ///
    /// # Errors
    /// What reading the old file or writing says.
    pub fn write_to(&self, output: &mut dyn Write) -> io::Result<()> {
        for (_, segment) in &self.segments {
            match segment {
                Segment::New(bytes) => output.write_all(bytes)?,
                Segment::Copy { source, offset, length } => {
                    let mut written = Ok(());
                    for_each_chunk(&**source, *offset, *length, |piece| {
                        if written.is_ok() {
                            written = output.write_all(piece);
                        }
                    })?;
                    written?;
                }
            }
        }
        Ok(())
    }

    /// The package as a source, to be read again before it is written.
    #[must_use]
    pub fn as_source(&self) -> SharedSource {
        Arc::new(self.clone())
    }

    fn push_bytes(&mut self, bytes: Vec<u8>) {
        self.push(Segment::New(bytes.into()));
    }

    fn push_copy(&mut self, source: &SharedSource, offset: u64, length: u64) {
        // Neighbours stay one piece, so that an untouched package is copied in one go.
        if let Some((_, Segment::Copy { offset: from, length: size, .. })) = self.segments.last_mut()
            && from.checked_add(*size) == Some(offset)
        {
            *size = size.saturating_add(length);
            self.length = self.length.saturating_add(length);
            return;
        }
        self.push(Segment::Copy { source: Arc::clone(source), offset, length });
    }

    fn push(&mut self, segment: Segment) {
        let length = segment.len();
        self.segments.push((self.length, segment));
        self.length = self.length.saturating_add(length);
    }

    /// Local header and data of a new file; gives its record for the directory.
    fn push_new(&mut self, entry: &NewEntry) -> Result<Vec<u8>, ContainerError> {
        let too_large = || ContainerError::NewEntryTooLarge { path: entry.path.to_string() };
        let name = entry.path.as_str().as_bytes();
        let name_length = u16::try_from(name.len()).map_err(|_| too_large())?;
        let size = u32::try_from(entry.bytes.len()).ok().filter(|size| *size < u32::MAX).ok_or_else(too_large)?;
        let mut crc = Crc::new();
        crc.update(&entry.bytes);
        let (method, data) = packed(entry)?;
        let compressed = u32::try_from(data.len()).map_err(|_| too_large())?;

        // Version 2.0, UTF-8 name (APPNOTE 4.4.3, appendix D): what both headers have in common.
        let mut common = Vec::new();
        for field in [20, 1 << 11, method, entry.modified.time, entry.modified.date] {
            common.extend_from_slice(&u16::to_le_bytes(field));
        }
        for field in [crc.sum(), compressed, size] {
            common.extend_from_slice(&u32::to_le_bytes(field));
        }
        common.extend_from_slice(&name_length.to_le_bytes());
        common.extend_from_slice(&[0, 0]);

        let mut record = b"PK\x01\x02".to_vec();
        record.extend_from_slice(&20_u16.to_le_bytes());
        record.extend_from_slice(&common);
        // No comment, first disk, no attributes, and the offset, which the next step sets.
        record.extend_from_slice(&[0; 14]);
        record.extend_from_slice(name);
        let record = moved_record(&record, self.length);

        let mut local = b"PK\x03\x04".to_vec();
        local.extend_from_slice(&common);
        local.extend_from_slice(name);
        local.extend_from_slice(&data);
        self.push_bytes(local);
        Ok(record)
    }
}

/// Method and data of a new file. Only text is worth deflating: seals and signature values are mostly a picture that is
/// compressed already, and trying takes longer than everything else that is done with them.
fn packed(entry: &NewEntry) -> io::Result<(u16, Vec<u8>)> {
    if entry.path.as_str().to_ascii_lowercase().ends_with(".xml") {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&entry.bytes)?;
        let deflated = encoder.finish()?;
        if deflated.len() < entry.bytes.len() {
            return Ok((8, deflated));
        }
    }
    Ok((0, entry.bytes.clone()))
}

impl Source for Assembled {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let end = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let mut at = offset;
        let mut rest = buffer;
        let first = self.segments.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        for (start, segment) in self.segments.iter().skip(first) {
            if rest.is_empty() {
                break;
            }
            let inside = at.checked_sub(*start).ok_or_else(end)?;
            let available = segment.len().saturating_sub(inside);
            let take = usize::try_from(available).unwrap_or(usize::MAX).min(rest.len());
            if take == 0 {
                continue;
            }
            let (piece, tail) = rest.split_at_mut_checked(take).ok_or_else(end)?;
            match segment {
                Segment::New(bytes) => {
                    let from = usize::try_from(inside).map_err(|_| end())?;
                    let to = from.checked_add(take).ok_or_else(end)?;
                    piece.copy_from_slice(bytes.get(from..to).ok_or_else(end)?);
                }
                Segment::Copy { source, offset, .. } => source.read_at(offset.saturating_add(inside), piece)?,
            }
            at = at.saturating_add(take as u64);
            rest = tail;
        }
        if rest.is_empty() { Ok(()) } else { Err(end()) }
    }
}

/// A record of the directory with another offset of its local header; everything else as it was. An offset of 4 GiB or
/// more goes to the Zip64 field (APPNOTE 4.5.3).
fn moved_record(record: &[u8], offset: u64) -> Vec<u8> {
    let mut moved = record.to_vec();
    let plain = u32::try_from(offset).ok().filter(|offset| *offset != u32::MAX);
    if let Some(plain) = plain.filter(|_| u32_at(record, 42) != u32::MAX) {
        if let Some(place) = moved.get_mut(42..46) {
            place.copy_from_slice(&plain.to_le_bytes());
        }
        return moved;
    }
    let extra_start = CENTRAL.saturating_add(usize::from(u16_at(record, 28)));
    let extra_end = extra_start.saturating_add(usize::from(u16_at(record, 30)));
    let extra = record.get(extra_start..extra_end).unwrap_or(&[]);
    let old = extra_fields(extra).find(|(id, _)| *id == ZIP64).map_or(&[][..], |(_, content)| content);
    // The sizes keep their places in front of the offset; a disk number is never needed.
    let sizes = [24, 20].iter().filter(|place| u32_at(record, **place) == u32::MAX).count();
    let mut wide = old.get(..sizes.saturating_mul(8)).unwrap_or(&[]).to_vec();
    wide.extend_from_slice(&offset.to_le_bytes());
    let mut area = ZIP64.to_le_bytes().to_vec();
    area.extend_from_slice(&u16::try_from(wide.len()).unwrap_or(0).to_le_bytes());
    area.extend_from_slice(&wide);
    for (id, content) in extra_fields(extra).filter(|(id, _)| *id != ZIP64) {
        area.extend_from_slice(&id.to_le_bytes());
        area.extend_from_slice(&u16::try_from(content.len()).unwrap_or(0).to_le_bytes());
        area.extend_from_slice(content);
    }
    let area_length = u16::try_from(area.len()).unwrap_or(u16::MAX);
    let mut out = record.get(..30).unwrap_or(&[]).to_vec();
    out.extend_from_slice(&area_length.to_le_bytes());
    out.extend_from_slice(record.get(32..42).unwrap_or(&[]));
    out.extend_from_slice(&u32::MAX.to_le_bytes());
    out.extend_from_slice(record.get(CENTRAL..extra_start).unwrap_or(&[]));
    out.extend_from_slice(&area);
    out.extend_from_slice(record.get(extra_end..).unwrap_or(&[]));
    out
}

/// The end record, preceded by Zip64 end record and locator where a number does not fit (APPNOTE 4.3.14 to 4.3.16). The
/// comment of the old package is kept.
fn end_records(count: u64, start: u64, size: u64, comment: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let short = |value: u64| u16::try_from(value).unwrap_or(u16::MAX);
    let long = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    if short(count) == u16::MAX || long(start) == u32::MAX || long(size) == u32::MAX {
        out.extend_from_slice(b"PK\x06\x06");
        out.extend_from_slice(&44_u64.to_le_bytes());
        out.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for field in [count, count, size, start] {
            out.extend_from_slice(&field.to_le_bytes());
        }
        out.extend_from_slice(b"PK\x06\x07\x00\x00\x00\x00");
        out.extend_from_slice(&start.saturating_add(size).to_le_bytes());
        out.extend_from_slice(&1_u32.to_le_bytes());
    }
    out.extend_from_slice(b"PK\x05\x06\x00\x00\x00\x00");
    for field in [short(count), short(count)] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    for field in [long(size), long(start)] {
        out.extend_from_slice(&field.to_le_bytes());
    }
    out.extend_from_slice(&short(comment.len() as u64).to_le_bytes());
    out.extend_from_slice(comment);
    out
}
