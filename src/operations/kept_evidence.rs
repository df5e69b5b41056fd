//! Evidence of revocation from outside, kept in the store: lists (full, delta, indirect) and OCSP responses of
//! authorities that are not of this store.
//!
//! Keeping judges nothing: whether a piece counts is found out by its signature where it is used, as with one that is
//! named on the command line. Older pieces stay beside newer ones, since they speak for the past.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::audit::{Act, Draft};
use crate::files::read_small;
use crate::limits::VALUE_BYTES;
use crate::operations::{CertificateFiles, Context, OperationError};
use crate::pki::distribution::Directness;
use crate::pki::ocsp::{OcspResponse, ResponderId, SingleResponse};
use crate::pki::revocation::CarriedEvidence;
use crate::pki::{Crl, pem};
use crate::store::{Changes, EvidenceRecord, Store};
use crate::time::Time;

/// Most pieces in a store. All of them are read for every verdict.
const PIECES: usize = 1_024;
/// Most lists of one issuer, and answers of one responder: the signature of each is checked for every certificate that
/// it may speak for, and a path may cost 1 000 checks.
const PIECES_OF_ONE: usize = 128;
/// Most bytes, all pieces together: four lists of the largest size that is read, or thousands of usual ones.
const BYTES: u64 = 4 * VALUE_BYTES;

/// What is shown of a kept piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceView {
    /// SHA-256 of its DER.
    pub id: String,
    /// `crl`, `delta-crl`, `indirect-crl`, `indirect-delta-crl`, `ocsp`.
    pub kind: &'static str,
    /// Issuer of the list; the responder's name, or the hash of its key.
    pub issuer: String,
    /// When it says it was issued; of several answers the oldest counts.
    pub this_update: Time,
    /// When newer knowledge is due; of several answers the first.
    pub next_update: Option<Time>,
    /// How many revoked certificates it lists, or how many answers it gives.
    pub entries: usize,
    /// Its size.
    pub bytes: usize,
    /// The file it came from.
    pub source: String,
    /// When it came into the store.
    pub added: Time,
}

/// What came of files of evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptEvidence {
    /// What is new.
    pub added: Vec<EvidenceView>,
    /// What was there already.
    pub known: Vec<EvidenceView>,
    /// Files of folders that hold none.
    pub passed_over: Vec<PathBuf>,
}

/// Keeps the lists and OCSP responses of these files, DER or PEM. Where all of them are there already nothing is
/// written, so that a list may be offered every day.
///
/// # Errors
/// [`OperationError::NotARevocationList`] for a file, or a folder, without any; [`OperationError::EvidenceFull`].
pub fn keep_evidence(context: &Context<'_>, files: &[CertificateFiles]) -> Result<KeptEvidence, OperationError> {
    let mut kept = KeptEvidence::default();
    let mut wanted = Vec::new();
    for one in files {
        wanted.extend(read_all(one, context.now(), &mut kept.passed_over)?);
    }
    let mut seen = HashSet::new();
    wanted.retain(|(record, _)| seen.insert(record.id().0));
    let there: HashSet<String> = context.open()?.evidence()?.iter().map(|record| record.id().0).collect();
    if wanted.iter().all(|(_, view)| there.contains(&view.id)) {
        kept.known = wanted.into_iter().map(|(_, view)| view).collect();
        return Ok(kept);
    }
    let mut store = context.unlock()?;
    store.act(context.draft(Act::EvidenceAdded), |store, draft| {
        let mut room = Room::of(store)?;
        for (record, view) in wanted {
            if room.there.contains(&view.id) {
                kept.known.push(view);
                continue;
            }
            room.take(&view)?;
            store.add_evidence(&record)?;
            name(draft, &view);
            kept.added.push(view);
        }
        Ok(kept)
    })
}

/// All evidence kept from outside, the newest first.
///
/// # Errors
/// [`OperationError`].
pub fn list_evidence(context: &Context<'_>) -> Result<Vec<EvidenceView>, OperationError> {
    context.open()?.evidence()?.iter().map(stored_view).collect()
}

/// Removes a piece of evidence, named by its identifier or an unambiguous beginning of it.
///
/// # Errors
/// [`OperationError::EvidenceUnknown`], [`OperationError::EvidenceAmbiguous`].
pub fn remove_evidence(context: &Context<'_>, id: &str) -> Result<EvidenceView, OperationError> {
    let mut store = context.unlock()?;
    let start = id.to_ascii_lowercase();
    store.act(context.draft(Act::EvidenceRemoved), |store, draft| {
        let all = store.evidence()?;
        let mut matching = all.iter().filter(|one| !start.is_empty() && one.id().0.starts_with(&start));
        let found = matching.next().ok_or_else(|| OperationError::EvidenceUnknown { id: id.to_owned() })?;
        let others = matching.count() as u64;
        if others > 0 {
            return Err(OperationError::EvidenceAmbiguous { id: id.to_owned(), count: others.saturating_add(1) });
        }
        let view = stored_view(found)?;
        name(draft, &view);
        store.remove_evidence(&found.id())?;
        Ok(view)
    })
}

/// What of it stands in the trail.
fn name(draft: &mut Draft, view: &EvidenceView) {
    for (name, value) in [("evidence", view.id.as_str()), ("kind", view.kind), ("issuer", &view.issuer)] {
        draft.details.push((name.to_owned(), value.to_owned()));
    }
}

/// How much more fits into a store.
struct Room {
    there: HashSet<String>,
    of_one: HashMap<String, usize>,
    bytes: u64,
}

impl Room {
    fn of(store: &dyn Changes) -> Result<Self, OperationError> {
        let mut room = Room { there: HashSet::new(), of_one: HashMap::new(), bytes: 0 };
        for record in store.evidence()? {
            room.count(&stored_view(&record)?);
        }
        Ok(room)
    }

    fn take(&mut self, view: &EvidenceView) -> Result<(), OperationError> {
        self.count(view);
        let of_one = self.of_one.get(&view.issuer).copied().unwrap_or(0);
        let limit = if of_one > PIECES_OF_ONE {
            format!("{PIECES_OF_ONE} × {}", view.issuer)
        } else if self.there.len() > PIECES {
            format!("{PIECES} ×")
        } else if self.bytes > BYTES {
            format!("{} MiB", BYTES >> 20)
        } else {
            return Ok(());
        };
        Err(OperationError::EvidenceFull { path: view.source.clone(), limit })
    }

    fn count(&mut self, view: &EvidenceView) {
        self.there.insert(view.id.clone());
        let of_one = self.of_one.entry(view.issuer.clone()).or_default();
        *of_one = of_one.saturating_add(1);
        self.bytes = self.bytes.saturating_add(view.bytes as u64);
    }
}

type Read = (EvidenceRecord, EvidenceView);

/// The evidence of a file, or of the files of a folder that hold any.
fn read_all(files: &CertificateFiles, now: Time, passed_over: &mut Vec<PathBuf>) -> Result<Vec<Read>, OperationError> {
    let (path, files) = match files {
        CertificateFiles::File(path) => return read(path, now),
        CertificateFiles::Folder { path, files } => (path, files),
    };
    let mut all = Vec::new();
    for file in files {
        match read(file, now) {
            Ok(found) => all.extend(found),
            Err(OperationError::NotARevocationList { .. }) => passed_over.push(file.clone()),
            Err(error) => return Err(error),
        }
    }
    if all.is_empty() { Err(OperationError::NotARevocationList { path: path.display().to_string() }) } else { Ok(all) }
}

fn read(path: &Path, now: Time) -> Result<Vec<Read>, OperationError> {
    let bytes = read_small(path, VALUE_BYTES)?;
    let none = || OperationError::NotARevocationList { path: path.display().to_string() };
    let mut found = Vec::new();
    for der in pem::evidence(&bytes).map_err(|_| none())? {
        let facts = Facts::read(&der).ok_or_else(none)?;
        let source = path.display().to_string();
        // An answer is kept without its wrapping, which nobody signed: so the same answer is the same piece.
        let record = EvidenceRecord { der: facts.der.clone(), issued: facts.this_update, source, added: now };
        let view = facts.view(&record);
        found.push((record, view));
    }
    Ok(found)
}

fn stored_view(record: &EvidenceRecord) -> Result<EvidenceView, OperationError> {
    let facts = Facts::read(&record.der).ok_or(OperationError::StoreDamaged {})?;
    Ok(facts.view(record))
}

/// What a piece says of itself.
struct Facts {
    der: Vec<u8>,
    kind: &'static str,
    issuer: String,
    this_update: Time,
    next_update: Option<Time>,
    entries: usize,
}

impl Facts {
    /// By the reader that verdicts use.
    fn read(der: &[u8]) -> Option<Self> {
        let mut one = CarriedEvidence::default();
        one.add(der).ok()?;
        one.crls.first().map(Facts::of_list).or_else(|| one.responses.first().map(Facts::of_answer))
    }

    fn of_list(crl: &Crl) -> Self {
        let indirect = crl.issuing_distribution_point().ok().flatten();
        let indirect = indirect.is_some_and(|point| point.directness == Directness::Indirect);
        let kind = match (crl.is_delta(), indirect) {
            (false, false) => "crl",
            (true, false) => "delta-crl",
            (false, true) => "indirect-crl",
            (true, true) => "indirect-delta-crl",
        };
        Facts {
            der: crl.as_der().to_vec(),
            kind,
            issuer: crl.issuer().to_string(),
            this_update: crl.this_update(),
            next_update: crl.next_update(),
            entries: crl.revoked().len(),
        }
    }

    fn of_answer(response: &OcspResponse) -> Self {
        let issuer = match response.responder() {
            ResponderId::ByName(name) => name.to_string(),
            ResponderId::ByKey(hash) => hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        let singles = response.singles();
        let next: Option<Vec<Time>> = singles.iter().map(|single: &SingleResponse| single.next_update).collect();
        Facts {
            der: response.as_basic_der().to_vec(),
            kind: "ocsp",
            issuer,
            this_update: singles.iter().map(|single| single.this_update).min().unwrap_or(response.produced_at()),
            next_update: next.and_then(|next| next.into_iter().min()),
            entries: singles.len(),
        }
    }

    fn view(self, record: &EvidenceRecord) -> EvidenceView {
        EvidenceView {
            id: record.id().0,
            kind: self.kind,
            issuer: self.issuer,
            this_update: self.this_update,
            next_update: self.next_update,
            entries: self.entries,
            bytes: record.der.len(),
            source: record.source.clone(),
            added: record.added,
        }
    }
}
