//! Trust anchors of the store.

use std::path::{Path, PathBuf};

use crate::audit::Act;
use crate::files::read_small;
use crate::limits::VALUE_BYTES;
use crate::operations::{Context, OperationError};
use crate::pki::{Certificate, pem};
use crate::store::{AnchorRecord, Purpose, Store, StoreError};
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

/// Trusts the certificates of these files. Those that are trusted already are passed over.
///
/// # Errors
/// [`OperationError`]; [`OperationError::AnchorKnown`] where all were trusted already.
pub fn add_anchors(
    context: &Context<'_>,
    files: &[PathBuf],
    purpose: AnchorPurpose,
) -> Result<Vec<AnchorView>, OperationError> {
    let purpose = match purpose {
        AnchorPurpose::Any => Purpose::Any,
        AnchorPurpose::SealMaker => Purpose::SealMaker,
        AnchorPurpose::Signer => Purpose::Signer,
        AnchorPurpose::Tsa => Purpose::Tsa,
    };
    let now = context.now();
    let mut wanted = Vec::new();
    for file in files {
        let source = file.display().to_string();
        for certificate in read_certificates(file)? {
            let der = certificate.as_der().to_vec();
            wanted.push(AnchorRecord { der, purposes: vec![purpose], source: source.clone(), added: now });
        }
    }
    let mut store = context.unlock()?;
    store.act(context.draft(Act::TrustAdded), |store, draft| {
        let mut added = Vec::new();
        for anchor in &wanted {
            match store.add_anchor(anchor) {
                Ok(()) => {
                    *draft = draft.clone().with("anchor", &anchor.id().0);
                    added.push(view(anchor)?);
                }
                Err(StoreError::AlreadyThere) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if added.is_empty() {
            let path = files.first().map(|file| file.display().to_string()).unwrap_or_default();
            return Err(OperationError::AnchorKnown { path });
        }
        Ok(added)
    })
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
    let name = |purpose: &Purpose| match purpose {
        Purpose::Any => "any",
        Purpose::SealMaker => "seal-maker",
        Purpose::Signer => "signer",
        Purpose::Tsa => "tsa",
    };
    Ok(AnchorView {
        id: anchor.id().0,
        subject: certificate.subject().to_string(),
        validity: certificate.validity(),
        purposes: anchor.purposes.iter().map(name).collect(),
        source: anchor.source.clone(),
        added: anchor.added,
    })
}
