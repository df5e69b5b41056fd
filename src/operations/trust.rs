//! Trust anchors of the store.

use std::path::{Path, PathBuf};

use crate::audit::Act;
use crate::files::read_small;
use crate::limits::VALUE_BYTES;
use crate::operations::{Context, OperationError};
use crate::pki::{Certificate, pem};
use crate::store::{AnchorRecord, Changes, Purpose, Store};
use crate::time::{Time, Validity};

/// What an anchor is trusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AnchorPurpose {
    Any,
    SealMaker,
    Signer,
    Tsa,
}

/// Where certificates are to be read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateFiles {
    /// One file, which must hold certificates.
    File(PathBuf),
    /// The files of a folder; those that hold no certificate are passed over, but not all of them.
    Folder {
        /// The folder.
        path: PathBuf,
        /// Its files.
        files: Vec<PathBuf>,
    },
}

/// Certificates that were read, each with its file, and the files of a folder that hold none.
#[derive(Debug, Default)]
pub(in crate::operations) struct FoundCertificates {
    /// Each with its file.
    pub(in crate::operations) found: Vec<(PathBuf, Certificate)>,
    /// Files of the folder without any.
    pub(in crate::operations) passed_over: Vec<PathBuf>,
}

impl CertificateFiles {
    /// Reads them.
    ///
    /// # Errors
    /// [`OperationError::NotACertificate`] for a file, or a folder, without any; and what the system says.
    pub(in crate::operations) fn read(&self) -> Result<FoundCertificates, OperationError> {
        let mut all = FoundCertificates::default();
        let (path, files) = match self {
            CertificateFiles::File(path) => {
                all.found.extend(read_certificates(path)?.into_iter().map(|one| (path.clone(), one)));
                return Ok(all);
            }
            CertificateFiles::Folder { path, files } => (path, files),
        };
        for file in files {
            match read_certificates(file) {
                Ok(certificates) => all.found.extend(certificates.into_iter().map(|one| (file.clone(), one))),
                Err(OperationError::NotACertificate { .. }) => all.passed_over.push(file.clone()),
                Err(error) => return Err(error),
            }
        }
        if all.found.is_empty() {
            return Err(OperationError::NotACertificate { path: path.display().to_string() });
        }
        Ok(all)
    }
}

/// What was trusted, and what was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AddedAnchors {
    pub added: Vec<AnchorView>,
    pub passed_over: Vec<PathBuf>,
}

/// What is shown of an anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct AnchorView {
    pub id: String,
    pub subject: String,
    pub validity: Validity,
    pub purposes: Vec<&'static str>,
    pub source: String,
    pub added: Time,
}

/// Trusts the certificates of these files for a purpose, beside what they are trusted for already.
///
/// # Errors
/// [`OperationError`]; [`OperationError::AnchorKnown`] where all were trusted so already.
pub fn add_anchors(
    context: &Context<'_>,
    files: &CertificateFiles,
    purpose: AnchorPurpose,
) -> Result<AddedAnchors, OperationError> {
    let purpose = match purpose {
        AnchorPurpose::Any => Purpose::Any,
        AnchorPurpose::SealMaker => Purpose::SealMaker,
        AnchorPurpose::Signer => Purpose::Signer,
        AnchorPurpose::Tsa => Purpose::Tsa,
    };
    let now = context.now();
    let FoundCertificates { found, passed_over } = files.read()?;
    let wanted: Vec<AnchorRecord> = found
        .iter()
        .map(|(file, certificate)| AnchorRecord {
            der: certificate.as_der().to_vec(),
            purposes: vec![purpose],
            source: file.display().to_string(),
            added: now,
        })
        .collect();
    let mut store = context.unlock()?;
    store.act(context.draft(Act::TrustAdded), |store, draft| {
        let mut added = Vec::new();
        for anchor in &wanted {
            if let Some(anchor) = trust(store, anchor, purpose)? {
                *draft = draft.clone().with("anchor", &anchor.id().0).with("purpose", purpose.word());
                added.push(view(&anchor)?);
            }
        }
        if added.is_empty() {
            let path = match files {
                CertificateFiles::File(path) | CertificateFiles::Folder { path, .. } => path,
            };
            return Err(OperationError::AnchorKnown { path: path.display().to_string() });
        }
        Ok(AddedAnchors { added, passed_over })
    })
}

/// Adds an anchor, or a purpose to one that is there; `None` where nothing changes.
fn trust(
    store: &mut dyn Changes,
    wanted: &AnchorRecord,
    purpose: Purpose,
) -> Result<Option<AnchorRecord>, OperationError> {
    let id = wanted.id();
    let Some(mut known) = store.anchors()?.into_iter().find(|anchor| anchor.id() == id) else {
        store.add_anchor(wanted)?;
        return Ok(Some(wanted.clone()));
    };
    if known.purposes.contains(&Purpose::Any) || known.purposes.contains(&purpose) {
        return Ok(None);
    }
    if purpose == Purpose::Any {
        known.purposes.clear();
    }
    known.purposes.push(purpose);
    store.remove_anchor(&id)?;
    store.add_anchor(&known)?;
    Ok(Some(known))
}

/// All anchors of the store.
///
/// # Errors
/// [`OperationError`].
pub fn list_anchors(context: &Context<'_>) -> Result<Vec<AnchorView>, OperationError> {
    context.open()?.anchors()?.iter().map(view).collect()
}

/// Stops trusting an anchor, named by its identifier or an unambiguous beginning of it.
///
/// # Errors
/// [`OperationError::AnchorUnknown`], [`OperationError::AnchorAmbiguous`].
pub fn remove_anchor(context: &Context<'_>, id: &str) -> Result<AnchorView, OperationError> {
    let mut store = context.unlock()?;
    let start = id.to_ascii_lowercase();
    store.act(context.draft(Act::TrustRemoved), |store, draft| {
        let all = store.anchors()?;
        let mut matching = all.iter().filter(|anchor| !start.is_empty() && anchor.id().0.starts_with(&start));
        let anchor = matching.next().ok_or_else(|| OperationError::AnchorUnknown { id: id.to_owned() })?;
        let others = matching.count() as u64;
        if others > 0 {
            return Err(OperationError::AnchorAmbiguous { id: id.to_owned(), count: others.saturating_add(1) });
        }
        *draft = draft.clone().with("anchor", &anchor.id().0);
        store.remove_anchor(&anchor.id())?;
        view(anchor)
    })
}

/// The certificates of a file, PEM or DER.
///
/// # Errors
/// [`OperationError::NotACertificate`], and what the system says.
pub fn read_certificates(path: &Path) -> Result<Vec<Certificate>, OperationError> {
    let bytes = read_small(path, VALUE_BYTES)?;
    pem::certificates(&bytes).map_err(|_| OperationError::NotACertificate { path: path.display().to_string() })
}

fn view(anchor: &AnchorRecord) -> Result<AnchorView, OperationError> {
    let certificate = Certificate::from_der(&anchor.der).map_err(|_| OperationError::StoreDamaged {})?;
    Ok(AnchorView {
        id: anchor.id().0,
        subject: certificate.subject().to_string(),
        validity: certificate.validity(),
        purposes: anchor.purposes.iter().map(|purpose| purpose.word()).collect(),
        source: anchor.source.clone(),
        added: anchor.added,
    })
}
