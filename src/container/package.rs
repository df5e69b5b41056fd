//! An opened package: entries, oddities, data.

use std::collections::HashMap;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::container::error::{ContainerError, Finding};
use crate::container::name::{EntryPath, NameEncoding};
use crate::container::{audit, directory};
use crate::limits::Budget;
use crate::source::SharedSource;

/// Most bytes of one entry that [`Package::read`] takes into memory: 64 MiB. The largest page description of the sample
/// documents has 0.2 MiB; pictures and fonts are streamed, not read.
const READ_BYTES: u64 = 64 << 20;
/// Size of the pieces in which data are read and inflated.
const PIECE: usize = 64 << 10;

/// How the data of an entry are stored (APPNOTE 4.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As they are (0).
    Stored,
    /// Deflated (8).
    Deflated,
}

/// Date and time in the form of MS-DOS (APPNOTE 4.4.6), without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DosTime {
    /// Year from 1980 in bits 9 to 15, month in bits 5 to 8, day below.
    pub date: u16,
    /// Hour in bits 11 to 15, minute in bits 5 to 10, half seconds below.
    pub time: u16,
}

impl DosTime {
    /// 1980-01-01 00:00, the first instant that the form can tell.
    pub const FIRST: DosTime = DosTime { date: 0x21, time: 0 };
}

/// A file (or folder) of a package, as the central directory tells it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(crate) path: EntryPath,
    pub(crate) name: String,
    pub(crate) encoding: NameEncoding,
    pub(crate) folder: bool,
    pub(crate) method: Method,
    pub(crate) crc: u32,
    pub(crate) compressed: u64,
    pub(crate) size: u64,
    pub(crate) modified: DosTime,
    /// The record of the central directory as stored.
    pub(crate) record: Vec<u8>,
    /// Where the local header begins, the data begin, and the entry (data descriptor included) ends.
    pub(crate) local: u64,
    pub(crate) data: u64,
    pub(crate) end: u64,
}

impl Entry {
    /// The path with `/` and without `./`.
    #[must_use]
    pub fn path(&self) -> &EntryPath {
        &self.path
    }

    /// The name as decoded, before any change to it. Print it escaped.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the name was decoded.
    #[must_use]
    pub fn encoding(&self) -> NameEncoding {
        self.encoding
    }

    /// Whether the name ends with a slash: a folder without data.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.folder
    }

    /// How the data are stored.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// CRC-32 of the inflated data, as the directory tells it.
    #[must_use]
    pub fn crc(&self) -> u32 {
        self.crc
    }

    /// Bytes as stored.
    #[must_use]
    pub fn compressed_size(&self) -> u64 {
        self.compressed
    }

    /// Bytes as inflated.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// When the file was last changed, as its maker says.
    #[must_use]
    pub fn modified(&self) -> DosTime {
        self.modified
    }
}

/// A ZIP package whose directory has been read and compared with the local headers.
#[derive(Clone)]
pub struct Package {
    pub(crate) source: SharedSource,
    pub(crate) entries: Vec<Entry>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) comment: Vec<u8>,
    index: HashMap<EntryPath, usize>,
    folded: HashMap<String, usize>,
}

impl std::fmt::Debug for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Package").field("entries", &self.entries.len()).field("findings", &self.findings).finish()
    }
}

impl Package {
    /// Reads the directory and every local header. No data are inflated.
    ///
    /// # Errors
    /// [`ContainerError`] for what is no ZIP file or is refused outright; what is merely odd is a [`Finding`].
    pub fn open(source: SharedSource, budget: &Budget) -> Result<Self, ContainerError> {
        let read = directory::read(&*source, budget)?;
        let mut findings = read.findings;
        let entries = audit::audit(&*source, read.entries, read.area, &mut findings)?;
        let mut index = HashMap::new();
        let mut folded = HashMap::new();
        for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.folder) {
            index.entry(entry.path.clone()).or_insert(at);
            folded.entry(entry.path.folded()).or_insert(at);
        }
        Ok(Package { source, entries, findings, comment: read.comment, index, folded })
    }

    /// All entries, folders too, in the order of the directory.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The files, without the folders.
    pub fn files(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.folder)
    }

    /// What is odd about the package.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The file of this very path; the first one where there are two.
    #[must_use]
    pub fn get(&self, path: &EntryPath) -> Option<&Entry> {
        self.index.get(path).and_then(|at| self.entries.get(*at))
    }

    /// The file of this path, or of one that differs by case or Unicode form only: makers write `TPLS/` in XML where
    /// the package has `Tpls/`. The caller compares [`Entry::path`] and reports the difference.
    #[must_use]
    pub fn get_folded(&self, path: &EntryPath) -> Option<&Entry> {
        let folded = || self.folded.get(&path.folded()).and_then(|at| self.entries.get(*at));
        self.get(path).or_else(folded)
    }

    /// The data of an entry, checked against size and CRC.
    ///
    /// # Errors
    /// [`ContainerError::EntryTooLarge`], [`ContainerError::DataDamaged`], [`ContainerError::Io`].
    pub fn read(&self, entry: &Entry, budget: &Budget) -> Result<Vec<u8>, ContainerError> {
        self.read_at_most(entry, READ_BYTES, budget)
    }

    /// As [`Package::read`] with a limit of the caller's.
    ///
    /// # Errors
    /// As [`Package::read`].
    pub fn read_at_most(&self, entry: &Entry, limit: u64, _budget: &Budget) -> Result<Vec<u8>, ContainerError> {
        if entry.size > limit {
            return Err(ContainerError::EntryTooLarge { name: entry.name.clone(), size: entry.size, limit });
        }
        // Grown as data come: a size that lies costs nothing.
        let mut bytes = Vec::new();
        self.stream(entry, &mut |piece| bytes.extend_from_slice(piece))?;
        Ok(bytes)
    }

    /// Feeds the data of an entry to `sink` in pieces, and checks size and CRC at the end: what the sink made of the
    /// pieces counts only where this returns `Ok`. The cost was taken from the budget when the package was opened, and
    /// never more than the size told there is inflated.
    ///
    /// # Errors
    /// [`ContainerError::DataDamaged`], [`ContainerError::Io`].
    pub fn stream(&self, entry: &Entry, sink: &mut dyn FnMut(&[u8])) -> Result<(), ContainerError> {
        let damaged = || ContainerError::DataDamaged { name: entry.name.clone() };
        let mut check = Check { crc: Crc::new(), length: 0, sink };
        match entry.method {
            Method::Stored => {
                if entry.compressed != entry.size {
                    return Err(damaged());
                }
                crate::source::for_each_chunk(&*self.source, entry.data, entry.compressed, |piece| check.take(piece))?;
            }
            Method::Deflated => self.inflate(entry, &mut check)?,
        }
        if check.length == entry.size && check.crc.sum() == entry.crc { Ok(()) } else { Err(damaged()) }
    }

    /// Inflates exactly the bytes of the entry: a stream that ends early, or goes on, is damaged.
    fn inflate(&self, entry: &Entry, check: &mut Check<'_>) -> Result<(), ContainerError> {
        let damaged = || ContainerError::DataDamaged { name: entry.name.clone() };
        let mut inflater = Decompress::new(false);
        let mut output = vec![0; PIECE];
        let mut at = 0;
        let mut ended = false;
        while at < entry.compressed {
            let size = (entry.compressed - at).min(PIECE as u64);
            let input = self.source.read_range(entry.data.saturating_add(at), size)?;
            at += size;
            let mut rest = input.as_slice();
            loop {
                if ended && !rest.is_empty() {
                    return Err(damaged());
                }
                let (before_in, before_out) = (inflater.total_in(), inflater.total_out());
                let status = inflater.decompress(rest, &mut output, FlushDecompress::None).map_err(|_| damaged())?;
                let used = usize::try_from(inflater.total_in() - before_in).map_err(|_| damaged())?;
                let made = usize::try_from(inflater.total_out() - before_out).map_err(|_| damaged())?;
                rest = rest.get(used..).unwrap_or(&[]);
                check.take(output.get(..made).unwrap_or(&[]));
                if check.length > entry.size {
                    return Err(damaged());
                }
                ended = ended || status == Status::StreamEnd;
                // Nothing used and nothing made: the inflater waits for the next piece.
                if (used == 0 && made == 0) || (rest.is_empty() && made < output.len()) || (ended && rest.is_empty()) {
                    break;
                }
            }
        }
        if ended { Ok(()) } else { Err(damaged()) }
    }
}

/// What the data were, while they pass.
struct Check<'a> {
    crc: Crc,
    length: u64,
    sink: &'a mut dyn FnMut(&[u8]),
}

impl Check<'_> {
    fn take(&mut self, piece: &[u8]) {
        self.crc.update(piece);
        self.length = self.length.saturating_add(piece.len() as u64);
        (self.sink)(piece);
    }
}
