//! What is refused, and what is reported.

use std::io;

use crate::limits::Exhausted;

/// Why a package cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// No end record: not a ZIP file, or one that was cut.
    #[error("not a ZIP package: no end of central directory")]
    NotAZip,
    /// A record is cut or has a wrong signature.
    #[error("the ZIP structure is damaged at offset {offset}")]
    Malformed {
        /// Where in the file.
        offset: u64,
    },
    /// A name longer or with more components than any honest one.
    #[error("a name of {length} bytes")]
    NameTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The package spans several files (APPNOTE 4.4.19), which an OFD package never does.
    #[error("the ZIP package spans several disks")]
    MultiDisk,
    /// A name with `..`, an absolute path or a drive.
    #[error("the entry {name:?} would lie outside its folder")]
    PathTraversal {
        /// The name as decoded.
        name: String,
    },
    /// An entry is a symbolic link.
    #[error("the entry {name:?} is a symbolic link")]
    Symlink {
        /// The name as decoded.
        name: String,
    },
    /// An entry is encrypted (APPNOTE 4.4.4 bits 0, 6 and 13).
    #[error("the entry {name:?} is encrypted")]
    Encrypted {
        /// The name as decoded.
        name: String,
    },
    /// A method other than stored and deflated.
    #[error("the entry {name:?} uses the compression method {method}")]
    UnsupportedMethod {
        /// The name as decoded.
        name: String,
        /// The method's number (APPNOTE 4.4.5).
        method: u16,
    },
    /// More entries than allowed.
    #[error("more than {limit} entries")]
    TooManyEntries {
        /// How many are allowed.
        limit: u64,
    },
    /// All entries together inflate to more than allowed.
    #[error("the package inflates to more than {limit} bytes")]
    InflateLimit {
        /// How many bytes are allowed.
        limit: u64,
    },
    /// An entry inflates beyond any honest ratio.
    #[error("the entry {name:?} inflates from {compressed} to {size} bytes")]
    Ratio {
        /// The name as decoded.
        name: String,
        /// Bytes stored.
        compressed: u64,
        /// Bytes claimed.
        size: u64,
    },
    /// Zip64 fields that contradict the plain ones or are missing where announced (APPNOTE 4.3.14, 4.5.3).
    #[error("the Zip64 fields at offset {offset} contradict the others")]
    Zip64Lie {
        /// Where in the file.
        offset: u64,
    },
    /// The data of an entry does not inflate, or its length or CRC is not what the directory says.
    #[error("the data of the entry {name:?} is damaged")]
    DataDamaged {
        /// The name as decoded.
        name: String,
    },
    /// An entry is too large to be taken into memory.
    #[error("the entry {name:?} has {size} bytes, more than the {limit} that are taken into memory")]
    EntryTooLarge {
        /// The name as decoded.
        name: String,
        /// Its size.
        size: u64,
        /// How much is allowed.
        limit: u64,
    },
    /// The package can be read in two ways: a rewritten copy would fix one of them silently.
    #[error("the package is ambiguous ({}): it is not rewritten", .kind.code())]
    Ambiguous {
        /// The first reason.
        kind: FindingKind,
    },
    /// An entry to be added exists already, or one to be replaced does not.
    #[error("the entry {path:?} cannot be written: it exists already or twice")]
    NameTaken {
        /// The path.
        path: String,
    },
    /// A name longer than 65 535 bytes or an entry of 4 GiB to be added.
    #[error("the new entry {path:?} is too large")]
    NewEntryTooLarge {
        /// The path.
        path: String,
    },
    /// A limit of the whole document.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// Reading failed.
    #[error("the package cannot be read: {0}")]
    Io(#[from] io::Error),
}

impl ContainerError {
    /// The reason code of the report.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            ContainerError::NotAZip => "NOT_A_DOCUMENT",
            ContainerError::PathTraversal { .. } => "ZIP_PATH_TRAVERSAL",
            ContainerError::Encrypted { .. } => "ENCRYPTED_INPUT",
            ContainerError::InflateLimit { .. } | ContainerError::Ratio { .. } => "LIMIT_INFLATE",
            ContainerError::TooManyEntries { .. }
            | ContainerError::EntryTooLarge { .. }
            | ContainerError::NameTooLong { .. }
            | ContainerError::NewEntryTooLarge { .. }
            | ContainerError::Exhausted(_) => "LIMIT_REACHED",
            ContainerError::Malformed { .. }
            | ContainerError::MultiDisk
            | ContainerError::Symlink { .. }
            | ContainerError::UnsupportedMethod { .. }
            | ContainerError::Zip64Lie { .. }
            | ContainerError::DataDamaged { .. }
            | ContainerError::NameTaken { .. } => "DOCUMENT_MALFORMED",
            ContainerError::Ambiguous { kind } => kind.code(),
            // A record that reaches beyond the end of the file: the file's fault, not the system's.
            ContainerError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "DOCUMENT_MALFORMED",
            ContainerError::Io(_) => "FILE_UNREADABLE",
        }
    }
}

/// A kind of oddity of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// Two entries of one name.
    DuplicateEntry,
    /// Names that differ by case, Unicode form, `./` or `\` only, a file that is also a folder, or a second name in an
    /// extra field.
    AmbiguousName,
    /// Control characters or direction overrides in a name.
    DeceptiveName,
    /// Local header and directory disagree on name, sizes, CRC, method or flags; or the number of entries is wrong.
    HeaderMismatch,
    /// An entry lies among the local ones and not in the directory.
    HiddenEntry,
    /// Two entries share bytes.
    Overlap,
    /// Two end records, or a directory that is not where the end record says.
    AmbiguousEnd,
    /// Bytes before the first, between or after the last record that belong to nothing.
    ExtraBytes,
    /// A name that is not UTF-8 and was read as GBK.
    GbkName,
    /// A name with `\` or `./`, read with `/`.
    NameNormalised,
    /// A comment behind the directory (APPNOTE 4.4.26): no part of the document, and no signature covers it.
    Comment,
}

impl FindingKind {
    /// The reason code of the report.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            FindingKind::DuplicateEntry => "ZIP_DUPLICATE_ENTRY",
            FindingKind::AmbiguousName => "ZIP_AMBIGUOUS_NAME",
            FindingKind::DeceptiveName => "ZIP_NAME_UNSAFE",
            FindingKind::HeaderMismatch => "ZIP_HEADER_MISMATCH",
            FindingKind::HiddenEntry => "ZIP_HIDDEN_ENTRY",
            FindingKind::Overlap => "ZIP_OVERLAP",
            FindingKind::AmbiguousEnd => "ZIP_AMBIGUOUS_END",
            FindingKind::ExtraBytes => "ZIP_EXTRA_BYTES",
            FindingKind::GbkName => "ZIP_NAME_ENCODING",
            FindingKind::NameNormalised | FindingKind::Comment => "ZIP_ODDITY",
        }
    }

    /// Whether two readers could see different packages. GBK names, backslashes and comments are harmless habits.
    #[must_use]
    pub fn is_ambiguous(self) -> bool {
        !matches!(self, FindingKind::GbkName | FindingKind::NameNormalised | FindingKind::Comment)
    }
}

/// An oddity and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The entry's name as decoded (print it escaped), where there is one.
    pub entry: Option<String>,
    /// Offset in the file.
    pub offset: u64,
}
