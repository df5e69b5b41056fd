//! The tables of the embedded store, how they are made, and what is checked before they are read.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::store::StoreError;

/// Version of the tables, kept in `PRAGMA user_version`.
pub(in crate::store) const SCHEMA: i64 = 4;
/// Name of the database in the store's folder.
const DATABASE: &str = "store.db";
/// Bits of a mode that let the group or the world in.
const OTHERS: u32 = 0o077;

const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE certificates (name TEXT PRIMARY KEY, der BLOB NOT NULL, chain BLOB NOT NULL, role TEXT NOT NULL,
    issuer TEXT REFERENCES cas(name), serial BLOB NOT NULL, added INTEGER NOT NULL);
CREATE UNIQUE INDEX certificates_serial ON certificates (issuer, serial) WHERE issuer IS NOT NULL;
CREATE TABLE cas (name TEXT PRIMARY KEY REFERENCES certificates(name), crl_url TEXT, next_crl INTEGER NOT NULL,
    parent TEXT REFERENCES cas(name));
CREATE TABLE keys (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL);
CREATE TABLE seals (name TEXT PRIMARY KEY, der BLOB NOT NULL, number TEXT NOT NULL, maker TEXT, state TEXT NOT NULL,
    added INTEGER NOT NULL);
CREATE INDEX seals_number ON seals (number);
CREATE TABLE seal_pictures (seal TEXT PRIMARY KEY REFERENCES seals(name), picture BLOB NOT NULL);
CREATE TABLE seal_holders (seal TEXT NOT NULL REFERENCES seals(name), position INTEGER NOT NULL,
    certificate TEXT NOT NULL, PRIMARY KEY (seal, position)) WITHOUT ROWID;
CREATE TABLE seal_changes (id INTEGER PRIMARY KEY, seal TEXT NOT NULL REFERENCES seals(name), time INTEGER NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL);
CREATE INDEX seal_changes_seal ON seal_changes (seal);
CREATE TABLE anchors (id TEXT PRIMARY KEY, der BLOB NOT NULL, purposes TEXT NOT NULL, source TEXT NOT NULL,
    added INTEGER NOT NULL);
CREATE TABLE revocations (ca TEXT NOT NULL REFERENCES cas(name), serial BLOB NOT NULL, time INTEGER NOT NULL,
    reason INTEGER NOT NULL, PRIMARY KEY (ca, serial)) WITHOUT ROWID;
CREATE TABLE crls (ca TEXT NOT NULL REFERENCES cas(name), number INTEGER NOT NULL, der BLOB NOT NULL,
    issued INTEGER NOT NULL, PRIMARY KEY (ca, number));
CREATE TABLE sealings (id INTEGER PRIMARY KEY AUTOINCREMENT, finality TEXT NOT NULL, time INTEGER NOT NULL, seal TEXT,
    certificate TEXT NOT NULL, before TEXT, after TEXT NOT NULL, value TEXT NOT NULL, temporary BLOB NOT NULL,
    target BLOB NOT NULL, prepared_by INTEGER NOT NULL);
CREATE INDEX sealings_after ON sealings (after);
CREATE INDEX sealings_value ON sealings (value);
CREATE INDEX sealings_open ON sealings (id) WHERE finality = 'prepared';
CREATE TABLE trail (sequence INTEGER PRIMARY KEY, line BLOB NOT NULL, hash BLOB NOT NULL, mac BLOB NOT NULL);
CREATE TABLE trail_head (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL, hash BLOB NOT NULL,
    mac BLOB NOT NULL);
";

/// What version 2 added.
const STATUS_LISTS: &str =
    "CREATE TABLE status_lists (maker TEXT PRIMARY KEY, der BLOB NOT NULL, added INTEGER NOT NULL) WITHOUT ROWID;";

/// What version 3 added: encryption certificates beside signing ones, and keys that are on a token.
const COMPANIONS_AND_TOKENS: &str = "
CREATE TABLE companions (name TEXT PRIMARY KEY REFERENCES certificates(name), der BLOB NOT NULL, wrapped BLOB)
    WITHOUT ROWID;
CREATE TABLE tokens (name TEXT PRIMARY KEY, module BLOB NOT NULL, uri TEXT NOT NULL) WITHOUT ROWID;
";

/// What version 4 added: revocation lists and OCSP responses of authorities outside.
const EVIDENCE: &str = "
CREATE TABLE evidence (id TEXT PRIMARY KEY, der BLOB NOT NULL, issued INTEGER NOT NULL, source TEXT NOT NULL,
    added INTEGER NOT NULL);
";

/// What each version added to the one before, from the second on.
const ADDITIONS: [(i64, &str); 3] = [(2, STATUS_LISTS), (3, COMPANIONS_AND_TOKENS), (4, EVIDENCE)];

/// A store's folder while it is made: beside its final name, removed again unless [`Nascent::settle`] is reached.
pub(in crate::store) struct Nascent {
    temporary: PathBuf,
    path: PathBuf,
}

impl Nascent {
    /// Makes the folder (0700), the database file (0600) and its tables.
    pub(in crate::store) fn begin(path: &Path) -> Result<(Self, Connection), StoreError> {
        refuse_existing(path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // $XDG_DATA_HOME may be missing on a fresh machine: made with mode 0700 (XDG Base Directory Specification).
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|fault| StoreError::io(folder, fault))?;
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|fault| StoreError::io(path, std::io::Error::other(fault)))?;
        let temporary = folder.join(format!(".eseal-{:016x}.new", u64::from_le_bytes(random)));
        DirBuilder::new().mode(0o700).create(&temporary).map_err(|fault| StoreError::io(path, fault))?;
        let nascent = Nascent { temporary, path: path.to_path_buf() };
        let database = nascent.temporary.join(DATABASE);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&database);
        file.map_err(|fault| StoreError::io(path, fault))?;
        let connection = connect(&database, Duration::from_secs(1))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.execute_batch(TABLES)?;
        for (_, addition) in ADDITIONS {
            connection.execute_batch(addition)?;
        }
        connection.pragma_update(None, "user_version", SCHEMA)?;
        Ok((nascent, connection))
    }

    /// Puts the folder in its place: rename(2) of a folder replaces an empty folder and nothing else.
    pub(in crate::store) fn settle(self, connection: Connection) -> Result<(), StoreError> {
        connection.close().map_err(|(_, fault)| fault)?;
        let fault = |fault: std::io::Error| match fault.kind() {
            ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory => {
                StoreError::Exists { path: self.path.clone() }
            }
            _ => StoreError::io(&self.path, fault),
        };
        let sync = |path: &Path| fs::File::open(path).and_then(|file| file.sync_all());
        sync(&self.temporary.join(DATABASE)).and_then(|()| sync(&self.temporary)).map_err(fault)?;
        fs::rename(&self.temporary, &self.path).map_err(fault)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync(folder).map_err(fault)
    }
}

impl Drop for Nascent {
    fn drop(&mut self) {
        // After `settle` nothing has this name any more.
        let _ = fs::remove_dir_all(&self.temporary);
    }
}

/// Opens the database of a store after looking at who owns it and who can reach it.
pub(in crate::store) fn open(path: &Path, wait: Duration) -> Result<Connection, StoreError> {
    check_access(path)?;
    let database = path.join(DATABASE);
    match check_access(&database) {
        Err(StoreError::Missing { .. }) => return Err(StoreError::NotAStore { path: path.to_path_buf() }),
        other => other?,
    }
    let not_a_store = || StoreError::NotAStore { path: path.to_path_buf() };
    let told = |fault: rusqlite::Error| match fault.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => not_a_store(),
        _ => fault.into(),
    };
    let mut connection = connect(&database, wait).map_err(told)?;
    let found = version(&connection).map_err(told)?;
    match found {
        SCHEMA => Ok(connection),
        1..SCHEMA => {
            upgrade(&mut connection)?;
            Ok(connection)
        }
        found if found > SCHEMA => Err(StoreError::Newer { found, known: SCHEMA }),
        _ => Err(not_a_store()),
    }
}

fn version(connection: &Connection) -> Result<i64, rusqlite::Error> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings a store of an earlier version up to this one, in one transaction; another process may have been quicker.
fn upgrade(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    for (_, addition) in ADDITIONS.iter().filter(|(number, _)| *number > found) {
        transaction.execute_batch(addition)?;
    }
    transaction.pragma_update(None, "user_version", found.max(SCHEMA))?;
    Ok(transaction.commit()?)
}

/// A connection of its own; the file must exist. `synchronous` is FULL: a commit is durable when it returns.
fn connect(database: &Path, wait: Duration) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    // Absolute, since SQLite would take a name that begins with `file:` for a URI.
    let absolute = std::path::absolute(database);
    let database = absolute.map_err(|_| rusqlite::Error::InvalidPath(database.to_path_buf()))?;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(wait)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

fn refuse_existing(path: &Path) -> Result<(), StoreError> {
    let exists = || StoreError::Exists { path: path.to_path_buf() };
    match fs::symlink_metadata(path) {
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(()),
        Err(fault) => Err(StoreError::io(path, fault)),
        Ok(found) if found.is_dir() => {
            let mut entries = fs::read_dir(path).map_err(|fault| StoreError::io(path, fault))?;
            if entries.next().is_some() { Err(exists()) } else { Ok(()) }
        }
        Ok(_) => Err(exists()),
    }
}

/// Only this user may own it, and nobody else may reach it.
fn check_access(path: &Path) -> Result<(), StoreError> {
    let metadata = fs::metadata(path).map_err(|fault| StoreError::io(path, fault))?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(StoreError::ForeignOwner { path: path.to_path_buf(), owner: metadata.uid() });
    }
    let mode = metadata.mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(StoreError::TooOpen { path: path.to_path_buf(), mode });
    }
    Ok(())
}
