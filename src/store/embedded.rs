//! The embedded store: one folder, one SQLite database, no server.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::audit::{ChainHead, Draft, RecordMac};
use crate::crypto::protect::{Mac, MasterKey, Protection, ProtectionKind};
use crate::crypto::{RandomSource, SecretBytes, Signer};
use crate::store::reading::{Connected, genesis, meta};
use crate::store::writing::{Acting, signer};
use crate::store::{Changes, Name, StoreError, schema};

/// How long to wait for another process before [`StoreError::Locked`].
const WAIT: Duration = Duration::from_secs(10);
/// Purpose of the trail's key.
const TRAIL: &str = "audit trail";

/// What opens a store, or shall open a new one.
#[derive(Clone, Copy, Debug)]
pub enum Unlock<'a> {
    /// A passphrase; stretching it takes some tenths of a second.
    Passphrase(&'a SecretBytes),
    /// The 32 bytes of a key file.
    KeyFile(&'a SecretBytes),
}

impl Unlock<'_> {
    fn kind(&self) -> ProtectionKind {
        match self {
            Unlock::Passphrase(_) => ProtectionKind::Passphrase,
            Unlock::KeyFile(_) => ProtectionKind::KeyFile,
        }
    }
}

/// A store open for reading; see [`crate::store::Store`].
#[derive(Debug)]
pub struct EmbeddedStore {
    connection: Connection,
    path: PathBuf,
}

/// A store whose keys can be used and which can be changed, each time with a record in the trail.
#[derive(Debug)]
pub struct UnlockedStore {
    store: EmbeddedStore,
    master: MasterKey,
    trail_key: Mac,
}

impl EmbeddedStore {
    /// Makes a store in a folder that does not exist yet, or is empty, and writes `draft` as its first record. It
    /// appears in one step, whole.
    ///
    /// # Errors
    /// [`StoreError::Exists`], and faults of the system; nothing is left behind then.
    pub fn create(
        path: &Path,
        unlock: Unlock<'_>,
        random: &dyn RandomSource,
        draft: Draft,
    ) -> Result<UnlockedStore, StoreError> {
        let (nascent, mut connection) = schema::Nascent::begin(path)?;
        let master = MasterKey::generate(random)?;
        let protection = match unlock {
            Unlock::Passphrase(passphrase) => Protection::by_passphrase(&master, passphrase, random)?,
            Unlock::KeyFile(key) => Protection::by_key_file(&master, key, random)?,
        };
        let mut id = [0; 16];
        random.fill(&mut id).map_err(|fault| StoreError::io(path, fault))?;
        let trail_key = master.mac(TRAIL)?;
        furnish(
            &mut connection,
            (&master, &trail_key),
            &[("store-id", &id), ("protection", &protection.to_bytes())],
            draft,
        )?;
        nascent.settle(connection)?;
        let store = EmbeddedStore::open(path)?;
        Ok(UnlockedStore { store, master, trail_key })
    }

    /// Opens a store for reading. Waits up to 10 s for another process where it must.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::ForeignOwner`], [`StoreError::TooOpen`], [`StoreError::NotAStore`],
    /// [`StoreError::Newer`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        EmbeddedStore::open_waiting(path, WAIT)
    }

    /// The same with another time to wait.
    ///
    /// # Errors
    /// As [`EmbeddedStore::open`].
    pub fn open_waiting(path: &Path, wait: Duration) -> Result<Self, StoreError> {
        Ok(EmbeddedStore { connection: schema::open(path, wait)?, path: path.to_path_buf() })
    }

    /// The store's folder, as given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which kind of secret unlocks it: to know what to ask for.
    ///
    /// # Errors
    /// [`StoreError::Damaged`].
    pub fn protection(&self) -> Result<ProtectionKind, StoreError> {
        Ok(self.protection_record()?.kind())
    }

    /// Unlocks it.
    ///
    /// # Errors
    /// [`StoreError::WrongSecret`], [`StoreError::OtherSecret`].
    pub fn unlock(self, unlock: Unlock<'_>) -> Result<UnlockedStore, StoreError> {
        let protection = self.protection_record()?;
        if protection.kind() != unlock.kind() {
            return Err(StoreError::OtherSecret { needed: protection.kind() });
        }
        let (Unlock::Passphrase(secret) | Unlock::KeyFile(secret)) = unlock;
        let master = protection.open(secret)?;
        let trail_key = master.mac(TRAIL)?;
        Ok(UnlockedStore { store: self, master, trail_key })
    }

    fn protection_record(&self) -> Result<Protection, StoreError> {
        Ok(Protection::from_bytes(&meta(&self.connection, "protection")?)?)
    }
}

impl UnlockedStore {
    /// Does something and records it: changes and record are one transaction, or nothing happened.
    ///
    /// `work` may complete the draft with what it learns. A use that changes nothing is an act with empty work.
    /// Only one process acts at a time, so a serial number found free stays free until the end of the act.
    ///
    /// # Errors
    /// What `work` returns; [`StoreError::Locked`], [`StoreError::ClockBehind`], [`StoreError::Trail`].
    pub fn act<T, E: From<StoreError>>(
        &mut self,
        mut draft: Draft,
        work: impl FnOnce(&mut dyn Changes, &mut Draft) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut acting = self.begin()?;
        acting.next_record(draft.time)?;
        let result = work(&mut acting, &mut draft)?;
        acting.record(draft)?;
        acting.transaction.commit().map_err(StoreError::from)?;
        Ok(result)
    }

    /// Records something that changes nothing here: a refusal, an export.
    ///
    /// # Errors
    /// As [`UnlockedStore::act`].
    pub fn note(&mut self, draft: Draft) -> Result<(), StoreError> {
        self.act(draft, |_, _| Ok(()))
    }

    /// The key of that name, to sign with. Record its use: seal with [`UnlockedStore::prepare_sealing`], else by
    /// [`UnlockedStore::act`].
    ///
    /// # Errors
    /// [`StoreError::NoKey`], [`StoreError::Damaged`].
    pub fn signer(&self, name: &Name) -> Result<Box<dyn Signer>, StoreError> {
        signer(&self.store.connection, &self.master, name)
    }

    /// The store's folder, as given.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.store.path()
    }

    /// Begins a transaction that writes; waits for other writers.
    pub(in crate::store) fn begin(&mut self) -> Result<Acting<'_>, StoreError> {
        let transaction = self.store.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Ok(Acting { transaction, master: &self.master, trail_key: &self.trail_key })
    }
}

/// Writes what a new store begins with.
fn furnish(
    connection: &mut Connection,
    (master, trail_key): (&MasterKey, &Mac),
    meta: &[(&str, &[u8])],
    draft: Draft,
) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (key, value) in meta {
        transaction.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", (key, value))?;
    }
    let head = ChainHead::new(genesis(&transaction)?, trail_key);
    let row = (head.link.hash.as_slice(), head.mac.as_slice());
    transaction.execute("INSERT INTO trail_head (one, count, hash, mac) VALUES (1, 0, ?1, ?2)", row)?;
    let acting = Acting { transaction, master, trail_key };
    acting.record(draft)?;
    acting.transaction.commit()?;
    Ok(())
}

impl Connected for EmbeddedStore {
    fn connection(&self) -> &Connection {
        &self.connection
    }

    fn trail_key(&self) -> Option<&dyn RecordMac> {
        None
    }
}

impl Connected for UnlockedStore {
    fn connection(&self) -> &Connection {
        &self.store.connection
    }

    fn trail_key(&self) -> Option<&dyn RecordMac> {
        Some(&self.trail_key)
    }
}
