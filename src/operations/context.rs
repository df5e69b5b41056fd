//! What every operation needs from outside: the store's place, the clock, randomness, who asks, and secrets on demand.

use std::path::{Path, PathBuf};

use crate::audit::{Act, Draft};
use crate::crypto::protect::ProtectionKind;
use crate::crypto::{RandomSource, SecretBytes};
use crate::operations::OperationError;
use crate::pki::Network;
use crate::store::{EmbeddedStore, StoreError, Unlock, UnlockedStore};
use crate::time::{Clock, Time};

/// What opens a store.
pub enum Secret {
    /// A passphrase.
    Passphrase(SecretBytes),
    /// The contents of a key file.
    KeyFile(SecretBytes),
}

impl Secret {
    pub(in crate::operations) fn unlock(&self) -> Unlock<'_> {
        match self {
            Secret::Passphrase(secret) => Unlock::Passphrase(secret),
            Secret::KeyFile(secret) => Unlock::KeyFile(secret),
        }
    }
}

/// Where secrets come from: files, descriptors, variables, a prompt. Asked only when a secret is needed.
pub trait Secrets {
    /// The secret of an existing store that opens by this kind.
    ///
    /// # Errors
    /// Whatever kept it from being read.
    fn existing(&self, needed: ProtectionKind) -> Result<Secret, OperationError>;

    /// The secret for a new store.
    ///
    /// # Errors
    /// Whatever kept it from being read or made.
    fn fresh(&self, random: &dyn RandomSource) -> Result<Secret, OperationError>;

    /// The PIN of a token. Asked once for each signer, however many documents it signs.
    ///
    /// # Errors
    /// Whatever kept it from being read.
    fn pin(&self, token: &str) -> Result<SecretBytes, OperationError>;

    /// Takes back what [`Secrets::fresh`] just made, because the store was not made: a key file is removed.
    fn withdraw(&self);
}

/// What every operation needs from outside.
pub struct Context<'a> {
    /// Folder of the store, where one is known.
    pub store: Option<PathBuf>,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Randomness.
    pub random: &'a dyn RandomSource,
    /// Who asks, for the trail.
    pub operator: String,
    /// On which machine.
    pub host: String,
    /// Secrets on demand.
    pub secrets: &'a dyn Secrets,
    /// The network, for those operations that are asked to use it.
    pub network: Network<'a>,
}

impl Context<'_> {
    /// The present.
    #[must_use]
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Folder of the store.
    ///
    /// # Errors
    /// [`OperationError::StoreUnnamed`].
    pub fn folder(&self) -> Result<&Path, OperationError> {
        self.store.as_deref().ok_or(OperationError::StoreUnnamed {})
    }

    /// The store, for reading.
    ///
    /// # Errors
    /// As the store says.
    pub fn open(&self) -> Result<EmbeddedStore, OperationError> {
        Ok(EmbeddedStore::open(self.folder()?)?)
    }

    /// The store, for reading, or `None` where none is there: verification works without one.
    ///
    /// # Errors
    /// As the store says, but not that it is missing.
    pub fn open_if_there(&self) -> Result<Option<EmbeddedStore>, OperationError> {
        match self.open() {
            Ok(store) => Ok(Some(store)),
            Err(OperationError::StoreMissing { .. } | OperationError::StoreUnnamed {}) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The store, unlocked. What an interrupted sealing left open is settled first.
    ///
    /// # Errors
    /// As the store says.
    pub fn unlock(&self) -> Result<UnlockedStore, OperationError> {
        self.unlocked(self.open()?)
    }

    /// As [`Context::unlock`], of a store that is open already.
    pub(in crate::operations) fn unlocked(&self, store: EmbeddedStore) -> Result<UnlockedStore, OperationError> {
        let secret = self.secrets.existing(store.protection()?)?;
        let mut store = store.unlock(secret.unlock())?;
        store.recover(&self.draft(Act::SealingVoided))?;
        Ok(store)
    }

    /// A record of the trail about this act, here and now.
    #[must_use]
    pub fn draft(&self, act: Act) -> Draft {
        Draft::new(act, self.now(), &self.operator, &self.host)
    }

    /// Makes the store.
    ///
    /// # Errors
    /// [`OperationError::StoreExists`], and what the system says. Nothing is left behind then.
    pub fn init(&self) -> Result<PathBuf, OperationError> {
        let folder = self.folder()?;
        // Before any secret is asked for or made.
        if EmbeddedStore::open(folder).is_ok() {
            return Err(OperationError::StoreExists { path: folder.display().to_string() });
        }
        let secret = self.secrets.fresh(self.random)?;
        match EmbeddedStore::create(folder, secret.unlock(), self.random, self.draft(Act::StoreCreated)) {
            Ok(_) => Ok(folder.to_path_buf()),
            Err(error) => {
                // Unless the fault came after the store stood in its place: then this secret is the only one to open it.
                let other = matches!(error, StoreError::Exists { .. });
                if other || EmbeddedStore::open(folder).is_err() {
                    self.secrets.withdraw();
                }
                Err(error.into())
            }
        }
    }
}
