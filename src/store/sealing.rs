//! Sealing in two phases, so that no sealed file is without a record and no record without an account of its file.
//!
//! 1. The sealed file is written aside and checked; [`UnlockedStore::prepare_sealing`] records it, durably.
//! 2. `OutputFile::commit` renames it into its place.
//! 3. [`UnlockedStore::finish_sealing`] records that; or [`UnlockedStore::settle_sealing`] finds out, where 2 failed.
//!
//! After a crash between these, [`UnlockedStore::recover`] settles what is open by looking for the file by its digest.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::audit::{Act, Draft, Outcome};
use crate::crypto::Digest;
use crate::files::InputFile;
use crate::seal::SealState;
use crate::store::reading::{Connected, digest_text, sealing_by_id, signed, trail_record, unsigned};
use crate::store::writing::Acting;
use crate::store::{Finality, Name, SealingRecord, Store, StoreError, UnlockedStore};
use crate::time::Time;

/// A sealed or signed document that is written aside.
#[derive(Clone, Debug)]
pub struct NewSealing {
    /// The seal; `None` for a bare signature.
    pub seal: Option<Name>,
    /// The signer's certificate.
    pub certificate: Name,
    /// Digest of the document as it came.
    pub before: Option<Digest>,
    /// Digest of the whole file as it will stand: by this it is found again after a crash.
    pub after: Digest,
    /// SHA-256 of the signature value.
    pub value: Digest,
    /// Where the file is written, absolute.
    pub temporary: PathBuf,
    /// Where it will stand, absolute.
    pub target: PathBuf,
}

/// A sealing that is recorded as prepared. It must be finished or settled; one that is forgotten is settled by the next
/// [`UnlockedStore::recover`].
#[derive(Debug)]
#[must_use]
pub struct OpenSealing {
    id: u64,
    draft: Draft,
}

impl OpenSealing {
    /// Number of the sealing in this store.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }
}

/// What became of an open sealing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Number of the sealing in this store.
    pub id: u64,
    /// Where the file is, or should be.
    pub target: PathBuf,
    /// The outcome.
    pub finality: Finality,
}

impl UnlockedStore {
    /// Records a sealing that is about to be put in its place. The draft's act is set here; seal, certificate, digests
    /// and file are filled in.
    ///
    /// # Errors
    /// As [`UnlockedStore::act`]. The caller drops its output file then.
    pub fn prepare_sealing(&mut self, draft: Draft, sealing: &NewSealing) -> Result<OpenSealing, StoreError> {
        let draft = Draft {
            act: if sealing.seal.is_some() { Act::SealingPrepared } else { Act::SigningPrepared },
            seal: sealing.seal.as_ref().map(Name::to_string),
            certificate: Some(sealing.certificate.to_string()),
            file: Some(sealing.target.display().to_string()),
            before: sealing.before.as_ref().map(Into::into),
            after: Some((&sealing.after).into()),
            ..draft
        };
        let acting = self.begin()?;
        // In the transaction that records it: no sealing of a seal comes after its suspension in the trail.
        if let Some(name) = &sealing.seal
            && let Some(seal) = acting.seal(name)?.filter(|seal| seal.state != SealState::Active)
        {
            return Err(StoreError::SealInactive { seal: name.clone(), state: seal.state });
        }
        let number = acting.next_record(draft.time)?;
        let id = insert(&acting, sealing, draft.time, number)?;
        acting.record(draft.clone().with("sealing", &id.to_string()))?;
        acting.transaction.commit()?;
        Ok(OpenSealing { id, draft })
    }

    /// Records that the file is in its place. Keep the `Committed` of the output file until this returns.
    ///
    /// # Errors
    /// As [`UnlockedStore::act`]; the next [`UnlockedStore::recover`] will then do it.
    pub fn finish_sealing(&mut self, open: OpenSealing, now: Time) -> Result<(), StoreError> {
        self.close(open.id, Finality::Done, Draft { time: now, ..open.draft }).map(drop)
    }

    /// Finds out what became of the file after its commit failed, and records that. Drop the output file first.
    /// Where that cannot be found out now, the sealing stays [`Finality::Prepared`] until the next recovery.
    ///
    /// # Errors
    /// As [`UnlockedStore::act`].
    pub fn settle_sealing(&mut self, open: OpenSealing, now: Time) -> Result<Settled, StoreError> {
        let record = sealing_by_id(self.connection(), open.id)?.ok_or(StoreError::NotOpen)?;
        let finality = match whereabouts(&record) {
            // No crash: an output file that failed and was dropped is gone.
            Whereabouts::Nowhere => Some(Finality::Voided),
            other => other.finality(),
        };
        let finality = match finality {
            Some(finality) => self.close(open.id, finality, Draft { time: now, ..open.draft })?,
            None => Finality::Prepared,
        };
        Ok(Settled { id: open.id, target: record.target, finality })
    }

    /// Settles what a crash left open: finished where the file is in its place, void where it is still aside (it is
    /// removed), unaccounted where it is neither. What another process has under way is left alone.
    ///
    /// Costs one look-up where nothing is open. `draft` says who runs the recovery, and when.
    ///
    /// # Errors
    /// As [`UnlockedStore::act`]; what was settled before stays settled.
    pub fn recover(&mut self, draft: &Draft) -> Result<Vec<Settled>, StoreError> {
        let mut settled = Vec::new();
        for record in self.open_sealings()? {
            let Some(finality) = whereabouts(&record).finality() else { continue };
            let prepared = trail_record(self.connection(), record.prepared_by)?.ok_or(StoreError::Damaged)?.entry()?;
            let entry = Draft {
                seal: prepared.seal,
                certificate: prepared.certificate,
                file: prepared.file,
                before: prepared.before,
                after: prepared.after,
                reference: prepared.reference,
                ..draft.clone()
            };
            let entry = entry.with("recovered", "after an interruption");
            match self.close(record.id, finality, entry) {
                Ok(finality) => settled.push(Settled { id: record.id, target: record.target, finality }),
                // Another process was quicker.
                Err(StoreError::NotOpen) => {}
                Err(fault) => return Err(fault),
            }
        }
        Ok(settled)
    }

    /// Records the end of a sealing. One that was settled already as the same is left as it is.
    fn close(&mut self, id: u64, finality: Finality, draft: Draft) -> Result<Finality, StoreError> {
        let acting = self.begin()?;
        let found = sealing_by_id(&acting.transaction, id)?.ok_or(StoreError::NotOpen)?;
        match found.finality {
            Finality::Prepared => {}
            same if same == finality => return Ok(same),
            _ => return Err(StoreError::NotOpen),
        }
        acting.next_record(draft.time)?;
        let sql = "UPDATE sealings SET finality = ?2 WHERE id = ?1";
        acting.transaction.prepare_cached(sql)?.execute((signed(id), finality.word()))?;
        let (act, outcome) = match (found.seal.is_some(), finality) {
            (true, Finality::Done) => (Act::SealingDone, Outcome::Done),
            (false, Finality::Done) => (Act::SigningDone, Outcome::Done),
            (true, Finality::Unaccounted) => (Act::SealingUnaccounted, Outcome::Failed),
            (false, Finality::Unaccounted) => (Act::SigningUnaccounted, Outcome::Failed),
            (true, _) => (Act::SealingVoided, Outcome::Failed),
            (false, _) => (Act::SigningVoided, Outcome::Failed),
        };
        acting.record(Draft { act, outcome, ..draft }.with("sealing", &id.to_string()))?;
        acting.transaction.commit()?;
        Ok(finality)
    }
}

fn insert(acting: &Acting<'_>, sealing: &NewSealing, time: Time, number: u64) -> Result<u64, StoreError> {
    let sql = "INSERT INTO sealings (finality, time, seal, certificate, before, after, value, temporary, target, \
               prepared_by) VALUES ('prepared', ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id";
    let bytes = |path: &Path| OsStr::as_bytes(path.as_os_str()).to_vec();
    let row = (
        time.unix(),
        sealing.seal.as_ref().map(Name::as_str),
        sealing.certificate.as_str(),
        sealing.before.as_ref().map(digest_text),
        digest_text(&sealing.after),
        digest_text(&sealing.value),
        bytes(&sealing.temporary),
        bytes(&sealing.target),
        signed(number),
    );
    acting.transaction.prepare_cached(sql)?.query_row(row, |row| Ok(unsigned(row, 0)))?
}

/// Where the file of an open sealing is.
enum Whereabouts {
    /// A living process has it open.
    UnderWay,
    /// In its place.
    InPlace,
    /// Still aside, and now removed.
    Aside,
    /// Neither.
    Nowhere,
    /// It could not be looked at; the next start will try again.
    Unknown,
}

impl Whereabouts {
    fn finality(&self) -> Option<Finality> {
        match self {
            Whereabouts::InPlace => Some(Finality::Done),
            Whereabouts::Aside => Some(Finality::Voided),
            Whereabouts::Nowhere => Some(Finality::Unaccounted),
            Whereabouts::UnderWay | Whereabouts::Unknown => None,
        }
    }
}

/// Looks aside first: a rename between the two looks moves the file to where the second one looks.
fn whereabouts(record: &SealingRecord) -> Whereabouts {
    match look(&record.temporary, &record.after) {
        Sight::Held => return Whereabouts::UnderWay,
        Sight::Fault => return Whereabouts::Unknown,
        Sight::Same => {
            return match std::fs::remove_file(&record.temporary) {
                Ok(()) => Whereabouts::Aside,
                Err(_) => Whereabouts::Unknown,
            };
        }
        Sight::Missing | Sight::Other => {}
    }
    match look(&record.target, &record.after) {
        Sight::Held => Whereabouts::UnderWay,
        Sight::Fault => Whereabouts::Unknown,
        Sight::Same => Whereabouts::InPlace,
        Sight::Missing | Sight::Other => Whereabouts::Nowhere,
    }
}

/// What stands under a name.
enum Sight {
    Missing,
    Other,
    Same,
    Held,
    Fault,
}

fn look(path: &Path, wanted: &Digest) -> Sight {
    let input = match InputFile::open(path) {
        Ok(input) => input,
        Err(crate::files::ReadError::NotFound { .. }) => return Sight::Missing,
        Err(crate::files::ReadError::IsDirectory { .. } | crate::files::ReadError::NotRegular { .. }) => {
            return Sight::Other;
        }
        Err(_) => return Sight::Fault,
    };
    // The writer holds this lock until its act is recorded; it ends with its process.
    let held = File::open(path).map(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)));
    match held {
        Ok(false) => {}
        Ok(true) => return Sight::Held,
        Err(_) => return Sight::Fault,
    }
    match input.digest(wanted.algorithm()) {
        Ok(digest) if digest == *wanted => Sight::Same,
        Ok(_) => Sight::Other,
        Err(_) => Sight::Fault,
    }
}
