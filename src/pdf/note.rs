//! Anomalies that the reader met and could read over. Who judges them decides by place and by certainty.
//!
//! `verify` follows one rule ("one parser's truth"): a repair with one possible reading that lies inside the signed
//! revision is a warning; one with two readings, or one after the signed range, is never passed.

/// An anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Note {
    /// Where it lies, counted from the first byte of the file.
    pub offset: u64,
    /// What it is.
    pub kind: NoteKind,
}

/// Whether other readers can see something else in the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Every sensible reading gives the same.
    One,
    /// Two readers may see different things.
    Two,
}

/// A kind of anomaly. The clause is that of ISO 32000-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// Bytes before `%PDF-` (7.5.2); offsets count from the header or from the first byte, whichever holds.
    BytesBeforeHeader,
    /// The version after `%PDF-` is not `d.d` (7.5.2).
    HeaderVersion,
    /// There are bytes other than white space after the last `%%EOF` (7.5.5).
    BytesAfterEnd,
    /// The last section ends without `%%EOF` (7.5.5).
    EofMissing,
    /// Between an earlier section and its `%%EOF` stands something else, or the `%%EOF` is missing.
    SectionEnd,
    /// startxref or /Prev points a few bytes beside the section; the only one near was taken (7.5.5).
    XrefOffset,
    /// startxref, /Prev or an entry points at white space before its section or object: every reader skips it.
    LeadingSpace,
    /// startxref of an earlier section does not name that section.
    StartXrefValue,
    /// Entries of a table that are not 20 bytes long, or with other white space (7.5.4).
    XrefWhiteSpace,
    /// The first subsection counts from 1 though its first entry is the head of the free list (7.5.4).
    XrefFirstNumber,
    /// One section lists an object twice.
    XrefDuplicate,
    /// A section lists objects at or above /Size (table 15).
    XrefBeyondSize,
    /// A hybrid section: the file shows old readers fewer objects (7.5.8.4).
    Hybrid,
    /// In a hybrid section table and stream place an object differently.
    HybridConflict,
    /// An entry points a few bytes beside its object's header; the header is the only one near.
    ObjectOffset,
    /// `endobj` is missing, but the object's end is certain (7.3.10).
    EndObjectMissing,
    /// Other bytes stand between an object and its `endobj`.
    EndObjectJunk,
    /// /Length is missing or wrong, but one `endstream` alone can be meant (7.3.8.2).
    StreamLength,
    /// `stream` is followed by a bare carriage return (7.3.8.1).
    StreamLineEnd,
    /// A key occurs twice in a dictionary; the last one is taken (7.3.7).
    DuplicateKey,
    /// A key without a value, or a word in the place of a value; null is taken (7.3.7).
    ValueMissing,
    /// A name with `#` that is not followed by two hexadecimal digits (7.3.5).
    NameEscape,
    /// A number in a form that readers take differently (7.3.3).
    Number,
    /// A string in hexadecimal of odd length, taken as if a 0 followed (7.3.4.3). Allowed, but rare.
    OddHexString,
    /// No /MediaBox: the page is taken as A4 (table 30).
    MediaBoxMissing,
    /// A page box, /Rotate or /UserUnit that makes no sense and was left out.
    PageBox,
    /// The page tree reaches a page twice (7.7.3).
    PageTree,
    /// A page is written inside its parent instead of being an object of its own (7.7.3.2).
    PageDirect,
    /// A page's /Type is missing or wrong (table 30).
    PageType,
    /// A child in the page tree is nothing that could be a page, and was left out (7.7.3.2).
    PageNode,
    /// The decoded data of a stream ends early or goes on behind its end.
    FilterEnd,
    /// An encrypted string or stream that is no whole number of blocks or is padded wrongly (7.6.2).
    Decryption,
    /// What the encryption dictionary says of permissions is not what its /Perms vouches for (ISO 32000-2 7.6.4.4.12).
    Permissions,
    /// Two consumed pieces of the file overlap: an object lies inside another.
    Overlap,
    /// `endstream` is missing, but `endobj` follows where /Length ends (7.3.8.1).
    EndStreamMissing,
    /// The cross-reference was unusable; the objects were found by one pass over the file.
    Rebuilt,
    /// The cross-reference was imperfect; its entries are stated anew.
    Restated,
}

impl NoteKind {
    /// Whether readers may differ.
    #[must_use]
    pub fn reading(self) -> Reading {
        match self {
            NoteKind::EofMissing
            | NoteKind::SectionEnd
            | NoteKind::StartXrefValue
            | NoteKind::XrefDuplicate
            | NoteKind::XrefBeyondSize
            | NoteKind::HybridConflict
            | NoteKind::EndObjectJunk
            | NoteKind::EndStreamMissing
            | NoteKind::DuplicateKey
            | NoteKind::NameEscape
            | NoteKind::ValueMissing
            | NoteKind::Number
            | NoteKind::PageTree
            | NoteKind::PageNode
            | NoteKind::FilterEnd
            | NoteKind::Decryption
            | NoteKind::Overlap => Reading::Two,
            _ => Reading::One,
        }
    }
}

impl Note {
    /// Whether readers may differ.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.kind.reading()
    }
}
