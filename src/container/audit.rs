//! Own checks of what the directory claims: local headers, data descriptors, names among themselves, and an account of
//! every byte of the file.

use std::collections::HashMap;

use crate::container::directory::{Area, CENTRAL};
use crate::container::error::{ContainerError, Finding, FindingKind};
use crate::container::package::Entry;
use crate::container::record::{UNICODE_PATH, ZIP64, extra_fields, u16_at, u32_at, u64_at};
use crate::source::Source;

/// Length of a local header without name and extra area (APPNOTE 4.3.7).
const LOCAL: u64 = 30;
/// Bit 3: sizes and CRC follow the data (APPNOTE 4.4.4).
const DESCRIPTOR: u16 = 1 << 3;
/// Bit 11: the name is UTF-8.
const UTF8: u16 = 1 << 11;

/// Compares every entry with its local header, all names with each other, and accounts for the bytes in between.
pub(crate) fn audit(
    source: &dyn Source,
    mut entries: Vec<Entry>,
    area: Area,
    findings: &mut Vec<Finding>,
) -> Result<Vec<Entry>, ContainerError> {
    for entry in &mut entries {
        check_local(source, entry, findings)?;
    }
    check_names(&entries, findings);
    check_bytes(source, &entries, &area, findings)?;
    Ok(entries)
}

/// Reads the local header, fills in where data begin and end, and reports each field that differs (APPNOTE 4.3.7).
fn check_local(source: &dyn Source, entry: &mut Entry, findings: &mut Vec<Finding>) -> Result<(), ContainerError> {
    let at = entry.local;
    let malformed = |_| ContainerError::Malformed { offset: at };
    let header = source.read_range(at, LOCAL).map_err(malformed)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(ContainerError::Malformed { offset: at });
    }
    let name_length = usize::from(u16_at(&header, 26));
    let lengths = name_length as u64 + u64::from(u16_at(&header, 28));
    let rest = source.read_range(at + LOCAL, lengths).map_err(malformed)?;
    let (name, extra) = rest.split_at_checked(name_length).unwrap_or((&[], &[]));
    entry.data = at + LOCAL + lengths;
    let data_end = entry.data.checked_add(entry.compressed).filter(|end| *end <= source.len());
    let data_end = data_end.ok_or(ContainerError::Malformed { offset: at })?;

    let flags = u16_at(&header, 6);
    let central_flags = u16_at(&entry.record, 8);
    let stored_name = entry.record.get(CENTRAL..CENTRAL + usize::from(u16_at(&entry.record, 28)));
    let sizes = local_sizes(&header, extra).ok_or(ContainerError::Zip64Lie { offset: at })?;
    let told = (entry.crc, entry.compressed, entry.size);
    let described = flags & DESCRIPTOR != 0;
    // With a descriptor to follow, the header may leave the three at zero (APPNOTE 4.4.4), each for itself.
    let agrees = if described {
        (sizes.0 == 0 || sizes.0 == told.0)
            && (sizes.1 == 0 || sizes.1 == told.1)
            && (sizes.2 == 0 || sizes.2 == told.2)
    } else {
        sizes == told
    };
    let mut differs = stored_name != Some(name)
        || u16_at(&header, 8) != u16_at(&entry.record, 10)
        // A real maker sets the flag in one of the two headers only; with an ASCII name both readings are one.
        || ((flags ^ central_flags) & UTF8 != 0 && !name.is_ascii())
        || flags & 1 != 0
        || !agrees;
    entry.end = data_end;
    if described {
        match descriptor(source, data_end, told)? {
            Some(end) => entry.end = end,
            // A header that announces a descriptor which does not follow: only harmless where it needs none.
            None => differs = differs || sizes != told,
        }
    }
    if differs {
        findings.push(Finding { kind: FindingKind::HeaderMismatch, entry: Some(entry.name.clone()), offset: at });
    }
    let extra_start = CENTRAL + usize::from(u16_at(&entry.record, 28));
    let central_extra = entry.record.get(extra_start..extra_start + usize::from(u16_at(&entry.record, 30)));
    // Version, CRC of the name, name: a reader that honours the field shows another name (APPNOTE 4.6.9).
    let renamed = [extra, central_extra.unwrap_or(&[])]
        .into_iter()
        .flat_map(extra_fields)
        .any(|(id, content)| id == UNICODE_PATH && content.get(5..) != Some(entry.name.as_bytes()));
    if renamed {
        findings.push(Finding { kind: FindingKind::AmbiguousName, entry: Some(entry.name.clone()), offset: at });
    }
    Ok(())
}

/// CRC, compressed and inflated size of a local header, the Zip64 field counted in; nothing where the field is missing.
fn local_sizes(header: &[u8], extra: &[u8]) -> Option<(u32, u64, u64)> {
    let (compressed, size) = (u32_at(header, 18), u32_at(header, 22));
    let mut wide = extra_fields(extra).find(|(id, _)| *id == ZIP64).map(|(_, content)| content);
    // The inflated size comes first, each only where the plain field is all ones (APPNOTE 4.5.3).
    let mut take = |plain: u32| match plain {
        u32::MAX => {
            let content = wide?;
            let value = (content.len() >= 8).then(|| u64_at(content, 0));
            wide = content.get(8..);
            value
        }
        plain => Some(u64::from(plain)),
    };
    let size = take(size)?;
    let compressed = take(compressed)?;
    Some((u32_at(header, 14), compressed, size))
}

/// Where a data descriptor with the right content ends: with or without signature, with 32 or 64 bit sizes
/// (APPNOTE 4.3.9).
fn descriptor(source: &dyn Source, at: u64, told: (u32, u64, u64)) -> Result<Option<u64>, ContainerError> {
    let length = source.len().saturating_sub(at).min(24);
    let bytes = source.read_range(at, length)?;
    let signed = bytes.starts_with(b"PK\x07\x08");
    for skip in [Some(4), None] {
        let skip = match skip {
            Some(skip) if signed => skip,
            Some(_) => continue,
            None => 0,
        };
        if bytes.len() >= skip + 12 {
            let narrow =
                (u32_at(&bytes, skip), u64::from(u32_at(&bytes, skip + 4)), u64::from(u32_at(&bytes, skip + 8)));
            let wide = (narrow.0, u64_at(&bytes, skip + 4), u64_at(&bytes, skip + 12));
            // The wide form first: where both fit (an empty file), the extra zeros belong to it only if they are there.
            if bytes.len() >= skip + 20 && wide == told && (told.1 != 0 || next_is_record(&bytes, skip + 20)) {
                return Ok(Some(at + skip as u64 + 20));
            }
            if narrow == told {
                return Ok(Some(at + skip as u64 + 12));
            }
        }
    }
    Ok(None)
}

/// Whether a record begins at this place, as far as the bytes at hand show it.
fn next_is_record(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 2).is_some_and(|start| start == b"PK")
}

/// Names that are equal, or that some reader takes for equal.
fn check_names(entries: &[Entry], findings: &mut Vec<Finding>) {
    let mut exact: HashMap<(&[u8], bool), ()> = HashMap::new();
    let mut folded: HashMap<String, bool> = HashMap::new();
    for entry in entries {
        let stored = entry.record.get(CENTRAL..CENTRAL + usize::from(u16_at(&entry.record, 28))).unwrap_or(&[]);
        let finding = |kind| Finding { kind, entry: Some(entry.name.clone()), offset: entry.local };
        if exact.insert((stored, entry.folder), ()).is_some() {
            findings.push(finding(FindingKind::DuplicateEntry));
        } else if folded.insert(entry.path.folded(), entry.folder).is_some() {
            findings.push(finding(FindingKind::AmbiguousName));
        }
    }
    // A file whose name is a folder to another entry.
    for entry in entries {
        let key = entry.path.folded();
        let blocked =
            key.match_indices('/').any(|(at, _)| key.get(..at).and_then(|part| folded.get(part)) == Some(&false));
        if blocked {
            let (kind, name) = (FindingKind::AmbiguousName, Some(entry.name.clone()));
            findings.push(Finding { kind, entry: name, offset: entry.local });
        }
    }
}

/// Every byte before the directory belongs to one entry, or is reported.
fn check_bytes(
    source: &dyn Source,
    entries: &[Entry],
    area: &Area,
    findings: &mut Vec<Finding>,
) -> Result<(), ContainerError> {
    let mut spans: Vec<(u64, u64, &str)> = entries.iter().map(|e| (e.local, e.end, e.name.as_str())).collect();
    spans.sort_unstable();
    let mut reached = 0;
    for (start, end, name) in spans {
        if start < reached || end > area.directory {
            findings.push(Finding { kind: FindingKind::Overlap, entry: Some(name.to_owned()), offset: start });
        } else if start > reached {
            report_gap(source, reached, start, findings)?;
        }
        reached = reached.max(end);
    }
    if reached < area.directory {
        report_gap(source, reached, area.directory, findings)?;
    }
    debug_assert!(area.end <= source.len());
    Ok(())
}

/// Bytes that no entry owns: a hidden entry where a local header stands among them.
fn report_gap(source: &dyn Source, from: u64, to: u64, findings: &mut Vec<Finding>) -> Result<(), ContainerError> {
    let mut hidden = None;
    let mut seen = from;
    let mut carry: Vec<u8> = Vec::new();
    crate::source::for_each_chunk(source, from, to - from, |piece| {
        let held = carry.len() as u64;
        carry.extend_from_slice(piece);
        let found = carry.windows(4).position(|bytes| bytes == b"PK\x03\x04");
        hidden = hidden.or(found.map(|at| seen - held + at as u64));
        seen += piece.len() as u64;
        let keep = carry.len().saturating_sub(3);
        carry.drain(..keep);
    })?;
    let kind = if hidden.is_some() { FindingKind::HiddenEntry } else { FindingKind::ExtraBytes };
    findings.push(Finding { kind, entry: None, offset: hidden.unwrap_or(from) });
    Ok(())
}
