//! Little-endian numbers of ZIP records, without panics.

/// The two bytes at `at`, 0 where the record is too short: callers have checked its length.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    array(bytes, at).map_or(0, u16::from_le_bytes)
}

/// The four bytes at `at`.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    array(bytes, at).map_or(0, u32::from_le_bytes)
}

/// The eight bytes at `at`.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    array(bytes, at).map_or(0, u64::from_le_bytes)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// The fields of an extra area (APPNOTE 4.5.1): identifier and content; a broken tail ends the list.
pub(crate) fn extra_fields(extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = extra;
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(rest.get(..4)?, 2));
        let content = rest.get(4..4 + length)?;
        let id = u16_at(rest, 0);
        rest = rest.get(4 + length..)?;
        Some((id, content))
    })
}

/// Identifier of the Zip64 field (APPNOTE 4.5.3).
pub(crate) const ZIP64: u16 = 0x0001;
/// Identifier of Info-ZIP's Unicode path field (APPNOTE 4.6.9).
pub(crate) const UNICODE_PATH: u16 = 0x7075;
