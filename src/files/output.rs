//! Writing: aside, checked, then put in place in one step that never replaces anything unasked.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::files::{FileIdentity, InputFile, ReadError};
use crate::source::SharedSource;

/// What to do where the target exists. The default is the strict one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overwrite {
    /// An existing file is never replaced.
    #[default]
    Refuse,
    /// An existing regular file is replaced in one step, keeping its mode.
    Replace,
}

/// Who may read a new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only its owner: mode 0600.
    Private,
    /// Whom the umask lets: mode 0666 less the umask. For documents.
    Shared,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutputError {
    /// The target exists and may not be replaced.
    #[error("{}: exists", path.display())]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// The folder of the target does not exist.
    #[error("{}: its folder does not exist", path.display())]
    FolderMissing {
        /// The target.
        path: PathBuf,
    },
    /// The folder or file system does not let this user write.
    #[error("{}: not writable", path.display())]
    NotWritable {
        /// The target.
        path: PathBuf,
    },
    /// The disk or the quota is full, or the file would be larger than allowed.
    #[error("{}: no space left", path.display())]
    Full {
        /// The target.
        path: PathBuf,
    },
    /// The target is the input under the same or another name.
    #[error("{}: input and output are the same file", path.display())]
    SameAsInput {
        /// The target.
        path: PathBuf,
    },
    /// A folder, device or pipe stands where the file should go.
    #[error("{}: not a regular file", path.display())]
    NotRegular {
        /// The target.
        path: PathBuf,
    },
    /// The temporary file is not the one that was written: somebody replaced it.
    #[error("{}: the file was changed by another process while it was written", path.display())]
    Disturbed {
        /// The target.
        path: PathBuf,
    },
    /// The system reported a fault.
    #[error("{}: {source}", path.display())]
    Io {
        /// The target.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl OutputError {
    /// Tells apart what the system says about writing `path`; also for errors that came through [`Write`].
    #[must_use]
    pub fn new(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            ErrorKind::AlreadyExists => OutputError::Exists { path },
            ErrorKind::NotFound | ErrorKind::NotADirectory => OutputError::FolderMissing { path },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => OutputError::NotWritable { path },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => OutputError::Full { path },
            ErrorKind::IsADirectory => OutputError::NotRegular { path },
            _ => OutputError::Io { path, source },
        }
    }
}

/// A file being written beside its target. Dropping it discards what was written.
///
/// While it lives it holds an advisory lock on the temporary file, so that the next start can tell a sealing at work
/// from one that a crash left behind.
#[derive(Debug)]
pub struct OutputFile {
    writer: BufWriter<File>,
    temporary: Temporary,
    target: PathBuf,
    overwrite: Overwrite,
    synced: Synced,
}

/// The temporary file's name; removes the file when dropped, unless the file has been renamed.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
    armed: Armed,
}

#[derive(Debug, PartialEq, Eq)]
enum Armed {
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Synced {
    Yes,
    No,
}

/// A file in its place. It keeps the lock of the temporary file until dropped: record the act before that.
#[derive(Debug)]
pub struct Committed {
    path: PathBuf,
    _locked: File,
}

impl Committed {
    /// Where the file is now.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl OutputFile {
    /// Begins a file that will stand at `target`. `inputs` are the files it must not replace; leave out the one that is
    /// to be replaced in place.
    ///
    /// # Errors
    /// [`OutputError`]; nothing has been made then.
    pub fn create(
        target: &Path,
        overwrite: Overwrite,
        access: Access,
        inputs: &[FileIdentity],
    ) -> Result<Self, OutputError> {
        let found = existing(target, overwrite, inputs)?;
        // A symbolic link that may be replaced means the file it points at.
        let target = match found {
            Some(_) => target.canonicalize().map_err(|fault| OutputError::new(target, fault))?,
            None => target.to_path_buf(),
        };
        let folder = absolute_folder(&target)?;
        let name = target.file_name().ok_or_else(|| OutputError::NotRegular { path: target.clone() })?;
        let target = folder.join(name);
        let mode = match access {
            Access::Private => 0o600,
            Access::Shared => 0o666,
        };
        let (file, path) = temporary_file(&folder, mode).map_err(|fault| OutputError::new(&target, fault))?;
        let temporary = Temporary { path, armed: Armed::Yes };
        if let Some(mode) = found {
            file.set_permissions(Permissions::from_mode(mode)).map_err(|fault| OutputError::new(&target, fault))?;
        }
        // A file system without locks only loses the ability to tell the living from the dead.
        let _ = file.try_lock();
        let writer = BufWriter::with_capacity(64 << 10, file);
        Ok(OutputFile { writer, temporary, target, overwrite, synced: Synced::No })
    }

    /// Where the file will stand, absolute.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Where the bytes are until then, absolute, in the same folder.
    #[must_use]
    pub fn temporary(&self) -> &Path {
        &self.temporary.path
    }

    /// Makes what was written durable and opens it again by name, so that the caller checks what is really there.
    ///
    /// # Errors
    /// [`OutputError`].
    pub fn sync_and_reopen(&mut self) -> Result<SharedSource, OutputError> {
        self.sync()?;
        let again = InputFile::open(&self.temporary.path).map_err(|fault| self.disturbed(fault))?;
        self.check_identity(again.identity())?;
        Ok(Arc::new(again))
    }

    /// Puts the file in its place: durable data, one rename, durable folder.
    ///
    /// # Errors
    /// [`OutputError`]; the target is then as it was, unless the last step (the folder) failed.
    pub fn commit(mut self) -> Result<Committed, OutputError> {
        self.sync()?;
        let there = std::fs::symlink_metadata(&self.temporary.path).map_err(|fault| self.fault(fault))?;
        self.check_identity(FileIdentity::of(&there))?;
        let placed = match self.overwrite {
            Overwrite::Refuse => rename_without_clobber(&self.temporary.path, &self.target),
            Overwrite::Replace => std::fs::rename(&self.temporary.path, &self.target),
        };
        placed.map_err(|fault| self.fault(fault))?;
        self.temporary.armed = Armed::No;
        sync_folder(&self.target).map_err(|fault| self.fault(fault))?;
        let OutputFile { writer, target, .. } = self;
        let locked = writer.into_inner().map_err(|fault| OutputError::new(&target, fault.into_error()))?;
        Ok(Committed { path: target, _locked: locked })
    }

    fn sync(&mut self) -> Result<(), OutputError> {
        if self.synced == Synced::No {
            let done = self.writer.flush().and_then(|()| self.writer.get_ref().sync_all());
            done.map_err(|fault| self.fault(fault))?;
            self.synced = Synced::Yes;
        }
        Ok(())
    }

    /// Whether the name of the temporary file still means the file that this process wrote.
    fn check_identity(&self, found: FileIdentity) -> Result<(), OutputError> {
        let ours = self.writer.get_ref().metadata().map_err(|fault| self.fault(fault))?;
        if FileIdentity::of(&ours) == found {
            Ok(())
        } else {
            Err(OutputError::Disturbed { path: self.target.clone() })
        }
    }

    fn disturbed(&self, fault: ReadError) -> OutputError {
        match fault {
            ReadError::Io { source, .. } => self.fault(source),
            _ => OutputError::Disturbed { path: self.target.clone() },
        }
    }

    fn fault(&self, fault: io::Error) -> OutputError {
        OutputError::new(&self.target, fault)
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.synced = Synced::No;
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.armed == Armed::Yes {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Looks at what stands at the target: the mode of a regular file that may be replaced.
fn existing(target: &Path, overwrite: Overwrite, inputs: &[FileIdentity]) -> Result<Option<u32>, OutputError> {
    let path = || target.to_path_buf();
    if let Err(fault) = std::fs::symlink_metadata(target) {
        let missing = matches!(fault.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
        return if missing { Ok(None) } else { Err(OutputError::new(target, fault)) };
    }
    let metadata = match std::fs::metadata(target) {
        Ok(metadata) => metadata,
        // A symbolic link that points nowhere: something exists, and we cannot know what it means.
        Err(_) => return Err(OutputError::Exists { path: path() }),
    };
    if inputs.contains(&FileIdentity::of(&metadata)) {
        return Err(OutputError::SameAsInput { path: path() });
    }
    if !metadata.is_file() {
        return Err(OutputError::NotRegular { path: path() });
    }
    match overwrite {
        Overwrite::Refuse => Err(OutputError::Exists { path: path() }),
        Overwrite::Replace => Ok(Some(metadata.mode() & 0o777)),
    }
}

/// The folder of a path, absolute: the trail names it, and the next start has another working folder.
fn absolute_folder(path: &Path) -> Result<PathBuf, OutputError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.canonicalize().map_err(|fault| OutputError::new(path, fault))
}

/// How often another random name is tried.
const ATTEMPTS: u32 = 16;

fn temporary_file(folder: &Path, mode: u32) -> io::Result<(File, PathBuf)> {
    let mut last = io::Error::from(ErrorKind::AlreadyExists);
    for _ in 0..ATTEMPTS {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let path = folder.join(format!(".eseal-{:016x}.tmp", u64::from_le_bytes(random)));
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(fault) if fault.kind() == ErrorKind::AlreadyExists => last = fault,
            Err(fault) => return Err(fault),
        }
    }
    Err(last)
}

/// rename(2) that fails where the target exists; file systems without it get the same from link(2), and those without
/// links from claiming the name first.
fn rename_without_clobber(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => return Ok(()),
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {}
        Err(fault) => return Err(fault.into()),
    }
    link_without_clobber(from, to)
}

fn link_without_clobber(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
        Err(fault) if matches!(fault.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported) => {
            OpenOptions::new().write(true).create_new(true).open(to)?;
            std::fs::rename(from, to)
        }
        Err(fault) => Err(fault),
    }
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    match File::open(folder)?.sync_all() {
        // Some file systems have no sync for folders and say so.
        Err(fault) if fault.kind() == ErrorKind::InvalidInput => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{self, ErrorKind, Write};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use crate::files::output::{link_without_clobber, rename_without_clobber};
    use crate::files::{Access, InputFile, OutputError, OutputFile, Overwrite};

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn begin(target: &Path, overwrite: Overwrite) -> Result<OutputFile, OutputError> {
        OutputFile::create(target, overwrite, Access::Shared, &[])
    }

    #[test]
    fn a_commit_puts_the_bytes_in_place_and_a_drop_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.pdf");
        let mut output = begin(&target, Overwrite::Refuse).unwrap();
        output.write_all(b"one").unwrap();
        assert_eq!(output.sync_and_reopen().unwrap().read_range(0, 3).unwrap(), b"one");
        output.write_all(b"two").unwrap();
        assert!(!target.exists());
        assert_eq!(output.commit().unwrap().path(), fs::canonicalize(&target).unwrap());
        assert_eq!(fs::read(&target).unwrap(), b"onetwo");
        let mut dropped = begin(&folder.path().join("other"), Overwrite::Refuse).unwrap();
        dropped.write_all(b"lost").unwrap();
        drop(dropped);
        assert_eq!(names(folder.path()), ["out.pdf"]);
    }

    #[test]
    fn an_existing_file_is_replaced_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        fs::write(&target, b"old").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(begin(&target, Overwrite::Refuse), Err(OutputError::Exists { .. })));
        let mut output = begin(&target, Overwrite::Replace).unwrap();
        output.write_all(b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"old");
        output.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
        // Made by somebody else after we began.
        let late = folder.path().join("late");
        let output = begin(&late, Overwrite::Refuse).unwrap();
        fs::write(&late, b"theirs").unwrap();
        assert!(matches!(output.commit(), Err(OutputError::Exists { .. })));
        assert_eq!(fs::read(&late).unwrap(), b"theirs");
        assert_eq!(names(folder.path()), ["late", "out"]);
    }

    #[test]
    fn every_way_of_renaming_spares_what_exists() {
        for way in [rename_without_clobber, link_without_clobber] {
            let folder = tempfile::tempdir().unwrap();
            let (from, to) = (folder.path().join("from"), folder.path().join("to"));
            fs::write(&from, b"new").unwrap();
            fs::write(&to, b"old").unwrap();
            assert_eq!(way(&from, &to).unwrap_err().kind(), ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&to).unwrap(), b"old");
            fs::remove_file(&to).unwrap();
            way(&from, &to).unwrap();
            assert_eq!(fs::read(&to).unwrap(), b"new");
            assert_eq!(names(folder.path()), ["to"]);
        }
    }

    #[test]
    fn the_input_is_known_under_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("in");
        fs::write(&input, b"old").unwrap();
        let identity = [InputFile::open(&input).unwrap().identity()];
        fs::hard_link(&input, folder.path().join("hard")).unwrap();
        symlink(&input, folder.path().join("soft")).unwrap();
        for name in ["in", "hard", "soft", "./in"] {
            let got = OutputFile::create(&folder.path().join(name), Overwrite::Replace, Access::Shared, &identity);
            assert!(matches!(got, Err(OutputError::SameAsInput { .. })), "{name}");
        }
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        let got = begin(&folder.path().join("dangling"), Overwrite::Replace);
        assert!(matches!(got, Err(OutputError::Exists { .. })));
    }

    #[test]
    fn faults_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("no/such/out");
        assert!(matches!(begin(&missing, Overwrite::Refuse), Err(OutputError::FolderMissing { .. })));
        assert!(matches!(begin(folder.path(), Overwrite::Replace), Err(OutputError::NotRegular { .. })));
        assert!(matches!(begin(Path::new("/dev/full"), Overwrite::Replace), Err(OutputError::NotRegular { .. })));
        let of = |kind| OutputError::new(Path::new("out"), io::Error::from(kind));
        assert!(matches!(of(ErrorKind::StorageFull), OutputError::Full { .. }));
        assert!(matches!(of(ErrorKind::QuotaExceeded), OutputError::Full { .. }));
        assert!(matches!(of(ErrorKind::ReadOnlyFilesystem), OutputError::NotWritable { .. }));
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap().write_all(b"x").unwrap_err();
        assert!(matches!(OutputError::new(Path::new("out"), full), OutputError::Full { .. }));
    }

    #[test]
    fn a_replaced_temporary_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        let mut output = begin(&target, Overwrite::Refuse).unwrap();
        output.write_all(b"ours").unwrap();
        // The inode of the written file stays taken while `output` lives, so the other file has another.
        fs::remove_file(output.temporary()).unwrap();
        fs::write(output.temporary(), b"theirs").unwrap();
        assert!(matches!(output.sync_and_reopen(), Err(OutputError::Disturbed { .. })));
        assert!(matches!(output.commit(), Err(OutputError::Disturbed { .. })));
        assert!(!target.exists());
    }

    #[test]
    fn private_files_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("key.pem");
        OutputFile::create(&target, Overwrite::Refuse, Access::Private, &[]).unwrap().commit().unwrap();
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
