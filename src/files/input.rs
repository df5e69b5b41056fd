//! Reading: documents at random, small files whole.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::OFlags;

use crate::crypto::{Digest, DigestAlgorithm, Hasher};
use crate::source::{SharedSource, Source, for_each_chunk};

/// Which file it is, whatever name it goes by: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        FileIdentity { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// No such file.
    #[error("{}: no such file", path.display())]
    NotFound {
        /// The name as given.
        path: PathBuf,
    },
    /// The system does not let this user read it.
    #[error("{}: not readable", path.display())]
    NotReadable {
        /// The name as given.
        path: PathBuf,
    },
    /// A folder stands where a file is needed.
    #[error("{}: is a folder", path.display())]
    IsDirectory {
        /// The name as given.
        path: PathBuf,
    },
    /// A device, pipe or socket stands where a file is needed.
    #[error("{}: not a regular file", path.display())]
    NotRegular {
        /// The name as given.
        path: PathBuf,
    },
    /// Larger than what is taken into memory.
    #[error("{}: larger than {limit} bytes", path.display())]
    TooLarge {
        /// The name as given.
        path: PathBuf,
        /// Most bytes that are taken.
        limit: u64,
    },
    /// The system reported a fault.
    #[error("{}: {source}", path.display())]
    Io {
        /// The name as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ReadError {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => ReadError::NotFound { path },
            ErrorKind::PermissionDenied => ReadError::NotReadable { path },
            ErrorKind::IsADirectory => ReadError::IsDirectory { path },
            _ => ReadError::Io { path, source },
        }
    }
}

/// A document that is open for reading at random; it is never loaded whole.
#[derive(Debug)]
pub struct InputFile {
    file: File,
    length: u64,
    path: PathBuf,
    identity: FileIdentity,
}

impl InputFile {
    /// Opens a regular file.
    ///
    /// # Errors
    /// [`ReadError`]; a pipe or device is refused, since a document is read more than once.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        // Without O_NONBLOCK, opening a pipe would wait for its writer before we could refuse it.
        let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
        let opened = OpenOptions::new().read(true).custom_flags(nonblocking).open(path);
        let file = opened.map_err(|fault| ReadError::new(path, fault))?;
        let metadata = file.metadata().map_err(|fault| ReadError::new(path, fault))?;
        if metadata.is_dir() {
            return Err(ReadError::IsDirectory { path: path.to_path_buf() });
        }
        if !metadata.is_file() {
            return Err(ReadError::NotRegular { path: path.to_path_buf() });
        }
        let identity = FileIdentity::of(&metadata);
        Ok(InputFile { file, length: metadata.len(), path: path.to_path_buf(), identity })
    }

    /// The name as it was given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which file this is: to refuse an output that is the input under another name.
    #[must_use]
    pub fn identity(&self) -> FileIdentity {
        self.identity
    }

    /// Digest of the whole file, in pieces.
    ///
    /// # Errors
    /// What the system says.
    pub fn digest(&self, algorithm: DigestAlgorithm) -> io::Result<Digest> {
        let mut hasher = Hasher::new(algorithm);
        for_each_chunk(self, 0, self.length, |piece| hasher.update(piece))?;
        Ok(hasher.finish())
    }

    /// This file as a shared source.
    #[must_use]
    pub fn shared(self) -> SharedSource {
        Arc::new(self)
    }
}

impl Source for InputFile {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

/// Reads a small file whole: a certificate, a seal, a picture, a policy. Pipes are accepted (`<(command)`).
///
/// # Errors
/// [`ReadError`]; [`ReadError::TooLarge`] where there are more than `limit` bytes, after `limit` + 1 have been read.
pub fn read_small(path: &Path, limit: u64) -> Result<Vec<u8>, ReadError> {
    let fault = |fault| ReadError::new(path, fault);
    let file = File::open(path).map_err(fault)?;
    if file.metadata().map_err(fault)?.is_dir() {
        return Err(ReadError::IsDirectory { path: path.to_path_buf() });
    }
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(fault)?;
    if bytes.len() as u64 > limit {
        return Err(ReadError::TooLarge { path: path.to_path_buf(), limit });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use crate::files::{InputFile, ReadError, read_small};
    use crate::source::Source;
    use std::path::Path;

    #[test]
    fn a_file_is_read_at_any_place_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, b"0123456789").unwrap();
        let input = InputFile::open(&path).unwrap();
        assert_eq!(input.len(), 10);
        assert_eq!(input.read_range(3, 4).unwrap(), b"3456");
        assert!(input.read_range(8, 3).is_err());
        assert_eq!(input.identity(), InputFile::open(&folder.path().join("./a")).unwrap().identity());
    }

    #[test]
    fn what_is_no_readable_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        assert!(matches!(InputFile::open(&missing), Err(ReadError::NotFound { .. })));
        assert!(matches!(InputFile::open(folder.path()), Err(ReadError::IsDirectory { .. })));
        assert!(matches!(InputFile::open(Path::new("/dev/null")), Err(ReadError::NotRegular { .. })));
        assert!(matches!(read_small(folder.path(), 9), Err(ReadError::IsDirectory { .. })));
        let path = folder.path().join("a");
        std::fs::write(&path, b"0123456789").unwrap();
        assert!(matches!(read_small(&path, 9), Err(ReadError::TooLarge { limit: 9, .. })));
        assert_eq!(read_small(&path, 10).unwrap(), b"0123456789");
        assert!(matches!(InputFile::open(&path.join("b")), Err(ReadError::NotFound { .. })));
    }
}
