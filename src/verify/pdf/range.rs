//! Which bytes a signature covers, and whether they are a whole revision: lines A, B, E and F of the checklist.
//!
//! Every comparison is one of offsets in the file: what matters is not which value a reader decodes but which bytes the
//! signature hangs on (ISO 32000-1 12.8.1, ISO 32000-2 12.8.1).

use crate::pdf::object::ObjectId;
use crate::pdf::{ByteRangeValue, ContentsValue, Document, HexForm, PdfError, SignatureDictionary, UnaccountedKind};
use crate::report::{Code, Finding};

/// What a signature covers, after the range itself was found sound.
#[derive(Clone, Debug)]
pub(crate) struct Covered {
    /// The four numbers.
    pub(crate) range: [u64; 4],
    /// The decoded /Contents, padding included.
    pub(crate) contents: Vec<u8>,
    /// The signature dictionary where it lies.
    pub(crate) dictionary: SignatureDictionary,
}

impl Covered {
    /// Where the second signed piece ends.
    pub(crate) fn end(&self) -> u64 {
        self.range[2].saturating_add(self.range[3])
    }
}

/// The revision that a signature signs.
#[derive(Clone, Debug)]
pub(crate) struct SignedRevision {
    /// Its index in the whole document.
    pub(crate) index: usize,
}

/// Keys that must not be repeated or written with escapes (checklist B).
const SINGLE_KEYS: [&[u8]; 6] = [b"ByteRange", b"Contents", b"Filter", b"SubFilter", b"Type", b"Reference"];

/// Lines A and B: the range is four sound numbers, and its gap is exactly the /Contents token of this very object.
///
/// # Errors
/// The findings that make it pointless to digest anything.
pub(crate) fn covered(document: &Document, dictionary: SignatureDictionary) -> Result<Covered, Vec<Finding>> {
    let place = format!("{} {} obj", dictionary.id.number, dictionary.id.generation);
    let fault = |code: Code, detail: &str| vec![Finding::new(code).at(place.clone()).with("detail", detail)];
    let repeated = |keys: &[Vec<u8>]| keys.iter().any(|key| SINGLE_KEYS.contains(&key.as_slice()));
    if repeated(&dictionary.duplicate_keys) || repeated(&dictionary.escaped_keys) {
        return Err(fault(Code::DuplicateKeys, "repeated or escaped key"));
    }
    let ByteRangeValue::Direct(range) = dictionary.byte_range else {
        return Err(fault(Code::ByteRangeMalformed, "not four non-negative integers"));
    };
    let [first, gap, second, length] = range;
    let end = second.checked_add(length);
    if first != 0 || gap == 0 || second <= gap || length == 0 || end.is_none_or(|end| end > document.len()) {
        return Err(fault(Code::ByteRangeMalformed, &format!("{range:?}")));
    }
    let contents = match &dictionary.contents {
        ContentsValue::Missing => return Err(fault(Code::ContentsMalformed, "missing")),
        ContentsValue::NotHex { .. } => return Err(fault(Code::ByteRangeGapNotContents, "not a hexadecimal string")),
        ContentsValue::Hex { token, .. } if token.start != gap || token.end != second => {
            let detail = format!("{gap}..{second} / {}..{}", token.start, token.end);
            return Err(fault(Code::ByteRangeGapNotContents, &detail));
        }
        ContentsValue::Hex { form: HexForm::Irregular, .. } => {
            return Err(fault(Code::ByteRangeGapNotContents, "not hexadecimal digits alone"));
        }
        ContentsValue::Hex { bytes, .. } => bytes.clone(),
    };
    Ok(Covered { range, contents, dictionary })
}

/// Lines B, E and F: read as if nothing followed it, the signed prefix is a whole revision that holds this signature,
/// and the final file is built upon it.
///
/// # Errors
/// The findings: the prefix is no revision, holds another object, or the file does not continue it.
pub(crate) fn signed_revision(document: &Document, covered: &Covered) -> Result<SignedRevision, Vec<Finding>> {
    let end = covered.range[2].saturating_add(covered.range[3]);
    let not_covered =
        |detail: &str| vec![Finding::new(Code::RevisionEndNotCovered).with("detail", detail).with("end", end)];
    let prefix = document.prefix(end).map_err(|error| not_covered(&error.to_string()))?;
    let Some(newest) = prefix.revisions().last() else { return Err(not_covered("no revision")) };
    // ISO 32000-1 12.8.1: the range is the whole revision; one end of line may follow %%EOF inside or outside of it.
    let whole = newest.eof == Some(end) || newest.end == Some(end);
    if !whole {
        return Err(not_covered("the range does not end at %%EOF"));
    }
    let in_prefix = prefix.current().and_then(|view| view.signature_dictionary(covered.dictionary.home));
    let Ok(in_prefix) = in_prefix else {
        return Err(vec![Finding::new(Code::SignatureModified).at(object_name(covered.dictionary.id))]);
    };
    if in_prefix.object_range != covered.dictionary.object_range {
        return Err(vec![Finding::new(Code::SignatureModified).at(object_name(covered.dictionary.id))]);
    }
    let index = newest.index;
    let same = document.revisions().get(index).is_some_and(|revision| revision.xref_offset == newest.xref_offset);
    if !same {
        let finding = Finding::new(Code::BytesAfterSignedRange).with("detail", "the update does not continue it");
        return Err(vec![finding.with("from", end).with("to", document.len())]);
    }
    Ok(SignedRevision { index })
}

/// Line F: whatever follows the signed bytes must be consumed by well-formed updates that end in `%%EOF`.
///
/// # Errors
/// [`PdfError`] when an update cannot be read at all.
pub(crate) fn after(document: &Document, covered: &Covered, signed: &SignedRevision) -> Result<Vec<Finding>, PdfError> {
    let end = covered.range[2].saturating_add(covered.range[3]);
    let mut findings = Vec::new();
    for revision in document.revisions().iter().skip(signed.index + 1) {
        if revision.eof.is_none() {
            findings.push(
                Finding::new(Code::BytesAfterSignedRange)
                    .with("detail", "an update without %%EOF")
                    .with("from", revision.xref_offset)
                    .with("to", document.len()),
            );
        }
    }
    for piece in document.account(end)? {
        // Some writers put a comment with their name between two updates; behind the last one nothing may stand.
        if piece.kind == UnaccountedKind::Comment {
            continue;
        }
        findings.push(
            Finding::new(Code::BytesAfterSignedRange)
                .with("detail", "no object of any update")
                .with("from", piece.range.start)
                .with("to", piece.range.end),
        );
    }
    Ok(findings)
}

/// Two signed ranges must be nested: the later gap begins where the earlier range has ended, or behind.
pub(crate) fn overlaps(earlier: &Covered, later: &Covered) -> bool {
    later.range[1] < earlier.range[2].saturating_add(earlier.range[3])
}

/// `12 0 obj`.
pub(crate) fn object_name(id: ObjectId) -> String {
    format!("{} {} obj", id.number, id.generation)
}
