//! What is refused, and what is noted.

use crate::container::{ContainerError, EntryPath};
use crate::limits::Exhausted;

/// Why a package is no OFD document that can be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OfdError {
    /// The package itself.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// There is no OFD.xml: a ZIP file of another kind.
    #[error("not an OFD document: no OFD.xml")]
    NotOfd,
    /// OFD.xml encrypts the document (Encryptions.xml, GM/T 0099).
    #[error("the OFD document is encrypted")]
    Encrypted,
    /// An XML file that cannot be trusted or read.
    #[error("{path}: {fault}")]
    Xml {
        /// The file.
        path: EntryPath,
        /// What is wrong.
        fault: XmlFault,
    },
    /// OFD.xml or Document.xml lacks what GB/T 33190-2016 demands (7.4, 7.5).
    #[error("{path}: {element} is missing")]
    ElementMissing {
        /// The file.
        path: EntryPath,
        /// The missing element.
        element: &'static str,
    },
    /// A file that the document cannot do without is not in the package.
    #[error("{from} names a file that the package does not have")]
    FileMissing {
        /// The file that names it.
        from: EntryPath,
        /// The text of the reference. Print it escaped.
        target: String,
    },
    /// A limit was reached.
    #[error(transparent)]
    Limit(#[from] Exhausted),
    /// There is no such page.
    #[error("page {page} does not exist: the document has {count}")]
    PageOutOfRange {
        /// Counted from 1.
        page: usize,
        /// How many pages there are.
        count: usize,
    },
    /// There is no such document in the package.
    #[error("document {index} does not exist: the package has {count}")]
    BodyOutOfRange {
        /// Counted from 0.
        index: usize,
        /// How many DocBody elements there are.
        count: usize,
    },
}

impl OfdError {
    /// The reason code of the report.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            OfdError::Container(error) => error.code(),
            OfdError::Limit(_) => "LIMIT_REACHED",
            OfdError::NotOfd => "NOT_A_DOCUMENT",
            OfdError::Encrypted => "ENCRYPTED_INPUT",
            OfdError::Xml { fault: XmlFault::Dtd, .. } => "XML_DTD",
            OfdError::Xml { fault: XmlFault::TooDeep | XmlFault::TooManyNodes | XmlFault::TooLarge, .. } => {
                "LIMIT_REACHED"
            }
            _ => "DOCUMENT_MALFORMED",
        }
    }
}

/// Why an XML file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlFault {
    /// A document type declaration: entities could expand without end or name other files.
    #[error("the XML has a DOCTYPE")]
    Dtd,
    /// Elements nested deeper than 128.
    #[error("the XML is nested too deeply")]
    TooDeep,
    /// More nodes than allowed.
    #[error("the XML has too many nodes")]
    TooManyNodes,
    /// More bytes than allowed.
    #[error("the XML is too large")]
    TooLarge,
    /// Not UTF-8, by its bytes or by its declaration.
    #[error("the XML is not in UTF-8")]
    NotUtf8,
    /// The same attribute twice.
    #[error("the XML has a duplicate attribute")]
    DuplicateAttribute,
    /// Not well-formed.
    #[error("the XML is not well-formed at line {line}")]
    Malformed {
        /// Counted from 1.
        line: u32,
    },
}

impl XmlFault {
    /// Whether the file was made to attack a reader, rather than merely damaged: then the whole package is refused.
    #[must_use]
    pub fn is_hostile(self) -> bool {
        !matches!(self, XmlFault::Malformed { .. })
    }
}

/// Why a listed signature has no content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// BaseLoc is missing or names a file that is not there.
    #[error("the signature's description file is missing")]
    Missing,
    /// Its data do not inflate or fail their CRC.
    #[error("the signature's description file is damaged")]
    Damaged,
    /// It is not well-formed.
    #[error("the signature's description file cannot be read: {0}")]
    Xml(XmlFault),
    /// The root element is another one, or SignedInfo is missing (GB/T 33190-2016 18.2.1).
    #[error("the signature's description file lacks {0}")]
    ElementMissing(&'static str),
}

/// An oddity of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is.
    pub kind: NoteKind,
    /// The file in which it was seen.
    pub file: EntryPath,
    /// The text concerned. Print it escaped.
    pub text: String,
}

/// Enough notes to judge a document by; a file with a million of them gets no more.
const NOTES: usize = 1_000;

/// Adds a note once.
pub(crate) fn add_note(notes: &mut Vec<Note>, kind: NoteKind, file: &EntryPath, text: &str) {
    let note = Note { kind, file: file.clone(), text: text.to_owned() };
    if notes.len() < NOTES && !notes.contains(&note) {
        notes.push(note);
    }
}

/// A kind of oddity of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// The namespace `http://www.ofdspec.org` of before 2016.
    NamespaceOld,
    /// A namespace that is none of OFD's.
    NamespaceUnknown,
    /// XML that declares another encoding than UTF-8 (GB/T 33190-2016 7.2).
    Encoding,
    /// A location with `\`.
    Backslash,
    /// A location that differs by case or Unicode form from the entry that it must mean.
    CaseDiffers,
    /// A location that is right only from the root, though it has no leading slash.
    RootRelative,
    /// A location that leads nowhere.
    FileMissing,
    /// A location that leads outside the package.
    Outside,
    /// A processing instruction or an XInclude element in a list of signatures.
    ActiveContent,
    /// Two elements where one is allowed.
    ElementRepeated,
    /// A file that could not be read on the way: what it reaches is not known.
    Unreadable,
}

impl NoteKind {
    /// The reason code of the report.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            NoteKind::ActiveContent => "SIGNATURE_XML_SUSPICIOUS",
            NoteKind::NamespaceOld => "NAMESPACE_OLD",
            NoteKind::NamespaceUnknown => "NAMESPACE_UNKNOWN",
            NoteKind::Backslash | NoteKind::CaseDiffers | NoteKind::RootRelative => "ZIP_ODDITY",
            NoteKind::Encoding
            | NoteKind::FileMissing
            | NoteKind::Outside
            | NoteKind::ElementRepeated
            | NoteKind::Unreadable => "OFD_STRUCTURE",
        }
    }
}
