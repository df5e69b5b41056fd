//! Files whose structure cannot be read to the end: even then a signature that was changed is a verdict, not an error.

use std::rc::Rc;
use std::sync::Arc;

use crate::crypto::SecretBytes;
use crate::limits::Budget;
use crate::pdf::{Document, TraceKind, TracePlace};
use crate::report::{Code, Finding};
use crate::source::{SharedSource, for_each_chunk};
use crate::verify::draft::Draft;

/// What is said of a file whose end cannot be read, or which has no form any more: where an earlier revision holds a
/// signature, the file was changed after it was signed (checklist F and G), which is a verdict and not a mere error.
pub(crate) fn unreadable(
    source: &SharedSource,
    budget: &Rc<Budget>,
    refusal: &Finding,
    passwords: &[SecretBytes],
) -> (Vec<Finding>, Vec<Draft>) {
    if refusal.code != Code::DocumentMalformed {
        return (vec![refusal.clone()], Vec::new());
    }
    if let Some(finding) = broken_range(source, budget) {
        return (vec![finding], Vec::new());
    }
    let Some(end) = signed_prefix(source, budget, passwords) else { return (vec![refusal.clone()], Vec::new()) };
    let detail = refusal.arguments.iter().map(|(_, value)| value.clone()).next().unwrap_or_default();
    let finding =
        Finding::new(Code::BytesAfterSignedRange).with("detail", detail).with("from", end).with("to", source.len());
    (vec![finding.clause("checklist F")], Vec::new())
}

/// Most places of `%%EOF` that are tried.
const ENDS: usize = 64;

/// The end of the newest prefix of the file that is a readable document with a signature.
fn signed_prefix(source: &SharedSource, budget: &Rc<Budget>, passwords: &[SecretBytes]) -> Option<u64> {
    let mut ends = Vec::new();
    let mut carried: Vec<u8> = Vec::new();
    let mut at = 0_u64;
    let marker = b"%%EOF";
    for_each_chunk(source.as_ref(), 0, source.len(), |piece| {
        let before = carried.len();
        carried.extend_from_slice(piece);
        let base = at.saturating_sub(before as u64);
        for (place, window) in carried.windows(marker.len()).enumerate() {
            if window == marker {
                ends.push(base.saturating_add(place as u64 + marker.len() as u64));
            }
        }
        at = at.saturating_add(piece.len() as u64);
        let keep = carried.len().saturating_sub(marker.len() - 1);
        carried.drain(..keep);
    })
    .ok()?;
    ends.dedup();
    ends.into_iter().rev().take(ENDS).find(|end| {
        let prefix = Document::open_prefix(Arc::clone(source), *end, Rc::clone(budget));
        let prefix = prefix.and_then(|prefix| prefix.opened_with(passwords));
        let signatures = prefix.and_then(|prefix| prefix.current()?.signatures());
        signatures.is_ok_and(|signatures| !signatures.is_empty())
    })
}

/// How much of the file behind `/ByteRange` is looked at for its four numbers.
const RANGE_TEXT: u64 = 256;
/// Largest gap that is read: twice the largest value, and its brackets.
const GAP: u64 = 2 * crate::limits::VALUE_BYTES + 2;

/// A `/ByteRange` in the raw file whose gap is anything but hexadecimal digits in brackets: bytes were put where only the
/// signature may stand (signature wrapping); or one that goes on behind the end of the file: it was cut off. No honest
/// writer makes such a file.
fn broken_range(source: &SharedSource, budget: &Rc<Budget>) -> Option<Finding> {
    for trace in Document::scan_unreadable(Arc::clone(source), Rc::clone(budget)).ok()? {
        if trace.kind != TraceKind::ByteRange || trace.place != TracePlace::Object {
            continue;
        }
        let length = RANGE_TEXT.min(source.len().saturating_sub(trace.offset));
        let text = source.read_range(trace.offset, length).ok()?;
        let Some([0, gap, second, rest]) = numbers(&text) else { continue };
        let place = format!("offset {}", trace.offset);
        if second.checked_add(rest).is_some_and(|end| end > source.len() && second > gap && gap > 0) {
            let detail = format!("[0 {gap} {second} {rest}] / {}", source.len());
            let finding = Finding::new(Code::ByteRangeMalformed).clause("checklist A");
            return Some(finding.at(place).with("detail", detail));
        }
        let Some(size) = second.checked_sub(gap).filter(|size| (2..=GAP).contains(size)) else { continue };
        let Ok(bytes) = source.read_range(gap, size) else { continue };
        let inner = bytes.strip_prefix(b"<").and_then(|bytes| bytes.strip_suffix(b">"));
        if !inner.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            let finding = Finding::new(Code::ByteRangeGapNotContents).clause("checklist A");
            return Some(finding.at(place).with("detail", format!("{gap}..{second}")));
        }
    }
    None
}

/// `/ByteRange [a b c d`, as far as it is written so.
fn numbers(text: &[u8]) -> Option<[u64; 4]> {
    let open = text.iter().position(|byte| *byte == b'[')?;
    let close = text.iter().position(|byte| *byte == b']')?;
    let inner = std::str::from_utf8(text.get(open + 1..close)?).ok()?;
    let all: Option<Vec<u64>> = inner.split_ascii_whitespace().map(|word| word.parse().ok()).collect();
    all?.try_into().ok()
}
