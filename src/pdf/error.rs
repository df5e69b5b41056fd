//! What stops the reader.

use std::io;

use crate::limits::Exhausted;
use crate::pdf::object::ObjectId;

/// Why a file, or an object of it, cannot be read. Offsets count from the first byte of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// No `%PDF-` in the first 1024 bytes.
    #[error("the file is not a PDF: there is no header")]
    NotPdf,
    /// The source could not be read.
    #[error("cannot read at offset {offset}: {kind}")]
    Read {
        /// Where.
        offset: u64,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// A limit was reached.
    #[error(transparent)]
    Limit(#[from] Exhausted),
    /// There is no `startxref` at the end of the file.
    #[error("the file does not end in startxref")]
    StartXrefMissing,
    /// What startxref or /Prev points at is no cross-reference section (ISO 32000-1 7.5.4, 7.5.8).
    #[error("there is no usable cross-reference section at offset {offset}")]
    XrefUnusable {
        /// Where one was expected.
        offset: u64,
    },
    /// The /Prev chain comes back to a section.
    #[error("the chain of cross-reference sections loops at offset {offset}")]
    XrefLoop {
        /// The section met twice.
        offset: u64,
    },
    /// /Prev points forward outside a linearised file.
    #[error("the cross-reference section at {from} names a later one, at {to}, as its predecessor")]
    PrevForward {
        /// The section with the /Prev.
        from: u64,
        /// Its target.
        to: u64,
    },
    /// An entry of a cross-reference table is malformed (ISO 32000-1 7.5.4).
    #[error("the cross-reference entry of object {number} is malformed")]
    XrefEntry {
        /// The object number.
        number: u32,
    },
    /// The cross-reference is unusable, and without it the file has more than one reading, or none.
    #[error("the cross-reference is unusable, and the objects cannot be found with certainty: {problem}")]
    NotRebuilt {
        /// Why not.
        problem: RebuildProblem,
    },
    /// The bytes are not an object.
    #[error("{problem} at offset {offset}")]
    Syntax {
        /// Where; inside an object stream, the offset in its decoded data.
        offset: u64,
        /// What is wrong.
        problem: SyntaxProblem,
    },
    /// A cross-reference entry does not point at the header of its object (ISO 32000-1 7.3.10).
    #[error("object {} {} is not at offset {offset}", .id.number, .id.generation)]
    ObjectHeader {
        /// The object wanted.
        id: ObjectId,
        /// Where the entry points.
        offset: u64,
    },
    /// The length of a stream is wrong and cannot be found in one way only (ISO 32000-1 7.3.8.2).
    #[error("the stream at offset {offset} has no certain end")]
    StreamEnd {
        /// The first byte of its data.
        offset: u64,
    },
    /// An object stream is damaged or does not hold the object (ISO 32000-1 7.5.7).
    #[error("object stream {stream} does not hold object {number} at its place")]
    ObjectStream {
        /// The object stream's number.
        stream: u32,
        /// The object wanted.
        number: u32,
    },
    /// References that lead to one another without end.
    #[error("references loop at object {} {}", .id.number, .id.generation)]
    ReferenceLoop {
        /// One of them.
        id: ObjectId,
    },
    /// A filter that the reader does not decode (ISO 32000-1 7.4).
    #[error("the filter {} is not supported", String::from_utf8_lossy(.name).escape_default())]
    FilterUnsupported {
        /// Its name.
        name: Vec<u8>,
    },
    /// Encoded data or filter parameters that are damaged.
    #[error("the stream at offset {offset} cannot be decoded")]
    FilterData {
        /// The first byte of its data.
        offset: u64,
    },
    /// The trailer has no usable /Root (ISO 32000-1 table 15).
    #[error("the trailer names no catalog")]
    RootMissing,
    /// The file is encrypted and no password has opened it yet (ISO 32000-1 7.6).
    #[error("the file is encrypted")]
    Encrypted,
    /// The password is neither the user's nor the owner's.
    #[error("the password does not open the file")]
    WrongPassword,
    /// The file is encrypted in a way that this program does not know.
    #[error("the file is encrypted in an unsupported way: {what}")]
    EncryptionUnsupported {
        /// What is unknown.
        what: UnsupportedEncryption,
    },
    /// The encryption dictionary is damaged (ISO 32000-1 tables 20 and 21).
    #[error("{part} of the encryption dictionary is malformed")]
    EncryptionMalformed {
        /// Which part of it.
        part: EncryptionPart,
    },
    /// A later revision encrypts the file, stops encrypting it or does so in another way: bytes that were written
    /// for one key are then read with another, or with none.
    #[error("revision {revision} is not encrypted as the last one is")]
    EncryptionChanged {
        /// The newest revision that differs from the last one, counted from 0.
        revision: usize,
    },
    /// The page tree is damaged (ISO 32000-1 7.7.3).
    #[error("the page tree is damaged: {problem}")]
    PageTree {
        /// What is wrong.
        problem: TreeProblem,
    },
    /// There is no such page.
    #[error("there is no page {index}: the file has {count}")]
    PageOutOfRange {
        /// The page wanted, counted from 0.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// The form's field tree is damaged (ISO 32000-1 12.7.3).
    #[error("the tree of form fields is damaged: {problem}")]
    FieldTree {
        /// What is wrong.
        problem: TreeProblem,
    },
    /// There is no such revision.
    #[error("there is no revision {index}")]
    RevisionOutOfRange {
        /// The one wanted, counted from 0.
        index: usize,
    },
    /// An object that must be a dictionary lying by itself in the file is not.
    #[error("object {} {} is not a dictionary of its own in the file", .id.number, .id.generation)]
    NotDictionary {
        /// The object.
        id: ObjectId,
    },
}

/// Why a file whose cross-reference is unusable has no certain reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RebuildProblem {
    /// An object has two definitions.
    #[error("object {number} is defined twice")]
    DefinedTwice {
        /// Its number.
        number: u32,
    },
    /// There must be one catalog.
    #[error("{count} catalogs")]
    Root {
        /// How many were found.
        count: usize,
    },
    /// Something that is no part of a PDF file stands between its objects.
    #[error("unknown bytes at offset {offset}")]
    Junk {
        /// Where.
        offset: u64,
    },
    /// The file ends within an object.
    #[error("the file breaks off in the object at offset {offset}")]
    Torn {
        /// Where it begins.
        offset: u64,
    },
    /// There is an encryption dictionary, and no trailer names it.
    #[error("the file may be encrypted: there is an encryption dictionary at offset {offset}")]
    EncryptionUnnamed {
        /// Where.
        offset: u64,
    },
    /// The file is signed: it would no longer be what was signed.
    #[error("there is a signature at offset {offset}")]
    Signed {
        /// Where.
        offset: u64,
    },
}

/// What is unknown about an encryption.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsupportedEncryption {
    /// A security handler other than the standard one.
    #[error("the security handler {}", String::from_utf8_lossy(.name).escape_default())]
    Handler {
        /// Its name.
        name: Vec<u8>,
    },
    /// V and R that do not go together or are not known.
    #[error("V {version} with R {revision}")]
    Version {
        /// V (ISO 32000-1 table 20).
        version: i64,
        /// R (table 21).
        revision: i64,
    },
    /// A crypt filter that is missing or has a method that does not go with V.
    #[error("the crypt filter {}", String::from_utf8_lossy(.name).escape_default())]
    CryptFilter {
        /// Its name.
        name: Vec<u8>,
    },
}

/// Parts of an encryption dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionPart {
    /// The whole: it is no dictionary that lies by itself in the file.
    #[error("the whole")]
    Dictionary,
    /// /Length.
    #[error("/Length")]
    Length,
    /// /P.
    #[error("/P")]
    Permissions,
    /// A string that is missing or too short.
    #[error("/{key}")]
    Entry {
        /// Its key.
        key: &'static str,
    },
}

/// What is wrong with a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TreeProblem {
    /// Its root is missing or no dictionary.
    #[error("it has no root")]
    NoRoot,
    /// A node is reached twice.
    #[error("a node is reached twice")]
    Loop,
    /// A node is no dictionary or lacks what it needs.
    #[error("a node is malformed")]
    Malformed,
    /// It is deeper than the limit.
    #[error("it is too deep")]
    Depth,
}

/// What is wrong with the bytes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxProblem {
    /// The data ended inside an object.
    #[error("unexpected end")]
    UnexpectedEnd,
    /// A token that cannot stand here.
    #[error("unexpected token")]
    UnexpectedToken,
    /// A number that is none, or too large.
    #[error("malformed number")]
    Number,
    /// A character that is no hexadecimal digit in `<...>`.
    #[error("malformed hexadecimal string")]
    HexString,
    /// A dictionary key that is no name.
    #[error("dictionary key that is not a name")]
    Key,
    /// `stream` without the end of line that must follow it.
    #[error("malformed stream keyword")]
    StreamKeyword,
    /// No `endobj` and nothing that ends an object certainly.
    #[error("missing endobj")]
    EndObject,
}
