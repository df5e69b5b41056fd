//! Passphrases and key files: read with care for who else can read them, wiped after use.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::crypto::{RandomSource, SecretBytes};
use crate::files::ReadError;

/// Bytes of the key in a key file: 256 bits, the size of the master key that it opens.
pub const KEY_FILE_BYTES: usize = 32;
/// Most bytes of a passphrase or key file: 4 KiB.
const SECRET_BYTES: u64 = 4 << 10;
/// Bits of a mode that let the group or the world in.
const OTHERS: u32 = 0o077;

/// Why a secret could not be read or made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Others can read the file: what it holds is no secret.
    #[error("{}: others can read it (mode {mode:03o})", path.display())]
    TooOpen {
        /// The name as given.
        path: PathBuf,
        /// The mode found.
        mode: u32,
    },
    /// There is nothing in it.
    #[error("the passphrase is empty")]
    Empty,
    /// More than 4 KiB.
    #[error("a passphrase has at most 4096 bytes")]
    TooLong,
    /// Not one line of base64 of 32 bytes.
    #[error("{}: not a key file", path.display())]
    NotAKeyFile {
        /// The name as given.
        path: PathBuf,
    },
    /// A key file is never written over anything.
    #[error("{}: exists", path.display())]
    Exists {
        /// The name as given.
        path: PathBuf,
    },
    /// The key file could not be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The name as given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The descriptor is not open for reading.
    #[error("file descriptor {number} cannot be read")]
    Descriptor {
        /// Its number.
        number: u32,
    },
    /// The environment has no such variable, or it is no text.
    #[error("the environment variable {name} is not set")]
    Variable {
        /// Its name.
        name: String,
    },
}

/// Reads a passphrase from a file; one trailing newline is dropped. A symbolic link counts as what it points at.
///
/// # Errors
/// [`SecretError`]: refused where the group or the world has any access.
pub fn read_passphrase_file(path: &Path) -> Result<SecretBytes, SecretError> {
    passphrase(&read_private(path)?)
}

/// Reads a passphrase from an open descriptor of this process; one trailing newline is dropped.
///
/// # Errors
/// [`SecretError`].
pub fn read_passphrase_descriptor(number: u32) -> Result<SecretBytes, SecretError> {
    let file = File::open(format!("/dev/fd/{number}")).map_err(|_| SecretError::Descriptor { number })?;
    let bytes = bounded(file).map_err(|_| SecretError::Descriptor { number })?;
    passphrase(&bytes)
}

/// Takes a passphrase from a named environment variable, as it stands.
///
/// # Errors
/// [`SecretError`].
pub fn read_passphrase_variable(name: &str) -> Result<SecretBytes, SecretError> {
    let text = std::env::var(name).map_err(|_| SecretError::Variable { name: name.to_owned() })?;
    passphrase(&Zeroizing::new(text.into_bytes()))
}

/// Makes a key file: 32 random bytes as one line of base64, mode 0600, never over an existing file; durable on return.
///
/// # Errors
/// [`SecretError::Exists`], [`SecretError::Write`].
pub fn create_key_file(path: &Path, random: &dyn RandomSource) -> Result<SecretBytes, SecretError> {
    let fault = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => SecretError::Exists { path: path.to_path_buf() },
        _ => SecretError::Write { path: path.to_path_buf(), source },
    };
    let mut key = Zeroizing::new(vec![0; KEY_FILE_BYTES]);
    random.fill(&mut key).map_err(fault)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fault)?;
    let line = Zeroizing::new(format!("{}\n", STANDARD.encode(key.as_slice())));
    let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| sync_folder(path));
    if let Err(source) = written {
        // The file is ours, made a moment ago with O_EXCL; half a key must not stay.
        let _ = std::fs::remove_file(path);
        return Err(fault(source));
    }
    Ok(SecretBytes::new(std::mem::take(&mut *key)))
}

/// Reads a key file.
///
/// # Errors
/// [`SecretError`]: refused where the group or the world has any access.
pub fn read_key_file(path: &Path) -> Result<SecretBytes, SecretError> {
    let bytes = read_private(path)?;
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let key = STANDARD.decode(line).map(Zeroizing::new);
    match key {
        Ok(mut key) if key.len() == KEY_FILE_BYTES => Ok(SecretBytes::new(std::mem::take(&mut *key))),
        _ => Err(SecretError::NotAKeyFile { path: path.to_path_buf() }),
    }
}

/// Reads at most 4 KiB of a file that only its owner can reach.
fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let fault = |fault| SecretError::Read(ReadError::new(path, fault));
    let file = File::open(path).map_err(fault)?;
    let metadata = file.metadata().map_err(fault)?;
    if metadata.is_dir() {
        return Err(ReadError::IsDirectory { path: path.to_path_buf() }.into());
    }
    let mode = metadata.mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(SecretError::TooOpen { path: path.to_path_buf(), mode });
    }
    bounded(file).map_err(fault)
}

fn bounded(file: File) -> io::Result<Zeroizing<Vec<u8>>> {
    // The whole capacity at once: a growing vector would leave copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(SECRET_BYTES).unwrap_or(0).saturating_add(64)));
    file.take(SECRET_BYTES.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn passphrase(bytes: &[u8]) -> Result<SecretBytes, SecretError> {
    if bytes.len() as u64 > SECRET_BYTES {
        return Err(SecretError::TooLong);
    }
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() {
        return Err(SecretError::Empty);
    }
    Ok(SecretBytes::new(bytes.to_vec()))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    use crate::files::{SecretError, SystemRandom, create_key_file, read_key_file, read_passphrase_file};

    #[test]
    fn one_newline_is_dropped_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        for (stored, wanted) in [("secret\n", "secret"), ("secret", "secret"), ("a b \n\n", "a b \n"), ("x\r\n", "x\r")]
        {
            std::fs::write(&path, stored).unwrap();
            set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
            assert_eq!(read_passphrase_file(&path).unwrap().expose(), wanted.as_bytes());
        }
        std::fs::write(&path, "\n").unwrap();
        assert!(matches!(read_passphrase_file(&path), Err(SecretError::Empty)));
        std::fs::write(&path, vec![b'x'; 4097]).unwrap();
        assert!(matches!(read_passphrase_file(&path), Err(SecretError::TooLong)));
    }

    #[test]
    fn what_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p");
        std::fs::write(&path, "secret").unwrap();
        for mode in [0o640, 0o604, 0o644, 0o660, 0o601] {
            set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let got = read_passphrase_file(&path);
            assert!(matches!(got, Err(SecretError::TooOpen { mode: found, .. }) if found == mode), "{mode:o}");
            assert!(matches!(read_key_file(&path), Err(SecretError::TooOpen { .. })));
        }
    }

    #[test]
    fn a_key_file_comes_back_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let made = create_key_file(&path, &SystemRandom).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read_key_file(&path).unwrap().expose(), made.expose());
        assert_eq!(made.expose().len(), 32);
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(create_key_file(&path, &SystemRandom), Err(SecretError::Exists { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::write(&path, "bm90IDMyIGJ5dGVz\n").unwrap();
        assert!(matches!(read_key_file(&path), Err(SecretError::NotAKeyFile { .. })));
    }
}
