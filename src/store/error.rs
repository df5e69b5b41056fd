//! Why the store could not do it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::audit::{ChainFault, EntryError};
use crate::crypto::KeyError;
use crate::crypto::protect::{ProtectError, ProtectionKind};
use crate::seal::SealState;
use crate::store::Name;
use crate::time::Time;

/// A failed act leaves the store as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no store there.
    #[error("{}: no store", path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
    },
    /// Something is there already; it was not touched.
    #[error("{}: exists", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// What is there is no store of this program.
    #[error("{}: not a store", path.display())]
    NotAStore {
        /// The folder.
        path: PathBuf,
    },
    /// It belongs to another user.
    #[error("{}: belongs to user {owner}", path.display())]
    ForeignOwner {
        /// The folder or file.
        path: PathBuf,
        /// The numeric user.
        owner: u32,
    },
    /// The group or the world can reach it.
    #[error("{}: others can reach it (mode {mode:03o})", path.display())]
    TooOpen {
        /// The folder or file.
        path: PathBuf,
        /// The mode found.
        mode: u32,
    },
    /// A later version of this program made it.
    #[error("the store has schema {found}, this program knows {known}")]
    Newer {
        /// The schema found.
        found: i64,
        /// The schema of this program.
        known: i64,
    },
    /// Another process held it for as long as we waited.
    #[error("the store is locked by another process")]
    Locked,
    /// The disk is full.
    #[error("no space left for the store")]
    Full,
    /// The store cannot be written.
    #[error("the store is not writable")]
    NotWritable,
    /// The database is damaged, or a value in it is none that this program writes.
    #[error("the store is damaged")]
    Damaged,
    /// The passphrase or key file is wrong, or what protects the store is damaged: the two cannot be told apart.
    #[error("wrong passphrase or key file")]
    WrongSecret,
    /// The store is unlocked by the other kind of secret.
    #[error("the store is not unlocked by that kind of secret")]
    OtherSecret {
        /// What unlocks it.
        needed: ProtectionKind,
    },
    /// The name is taken.
    #[error("the name {name} is taken")]
    NameTaken {
        /// The name.
        name: Name,
    },
    /// No such thing.
    #[error("the store knows no {name}")]
    Unknown {
        /// The name.
        name: Name,
    },
    /// The CA has given this serial number to another certificate.
    #[error("the serial number is taken")]
    SerialTaken,
    /// The certificate is revoked already.
    #[error("revoked already")]
    AlreadyRevoked,
    /// The same thing is there already: a trust anchor, a revocation list of that number.
    #[error("there already")]
    AlreadyThere,
    /// No key under this name.
    #[error("there is no private key for {name}")]
    NoKey {
        /// The name.
        name: Name,
    },
    /// The stored key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The seal cannot go from its state to that one.
    #[error("the seal's state does not allow this")]
    SealState,
    /// The seal was suspended or cancelled before this sealing could be recorded.
    #[error("the seal {seal} is {}", state.word())]
    SealInactive {
        /// The seal.
        seal: Name,
        /// Its state.
        state: SealState,
    },
    /// The clock says a time before the last record of the trail.
    #[error("the clock says {now}, before the last record of the trail ({last})")]
    ClockBehind {
        /// What the clock says.
        now: Time,
        /// The last record's time.
        last: Time,
    },
    /// The trail is not as this store wrote it: nothing is added to it.
    #[error("the audit trail is damaged: {0}")]
    Trail(ChainFault),
    /// An entry of the trail cannot be read or written.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A secret could not be protected or opened.
    #[error(transparent)]
    Protect(ProtectError),
    /// No sealing of that number is open.
    #[error("no sealing of that number is open")]
    NotOpen,
    /// The system reported a fault.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database reported another fault.
    #[error("the database reported: {0}")]
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(fault: rusqlite::Error) -> Self {
        match fault.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                StoreError::Locked
            }
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::NotWritable,
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged,
            _ => match fault {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::Utf8Error(..) => StoreError::Damaged,
                other => StoreError::Database(other),
            },
        }
    }
}

impl From<ProtectError> for StoreError {
    fn from(fault: ProtectError) -> Self {
        match fault {
            ProtectError::WrongOrDamaged | ProtectError::KeyFileLength { .. } => StoreError::WrongSecret,
            other => StoreError::Protect(other),
        }
    }
}

impl StoreError {
    pub(in crate::store) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => StoreError::Missing { path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => StoreError::NotWritable,
            _ => StoreError::Io { path, source },
        }
    }

    /// Whether the database refused a row because one like it is there.
    pub(in crate::store) fn duplicate(fault: rusqlite::Error, otherwise: StoreError) -> Self {
        match fault.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => otherwise,
            _ => fault.into(),
        }
    }
}
