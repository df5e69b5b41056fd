//! The life of a seal after its issue: suspended, resumed, cancelled, renewed; and the signed list that tells others.

use std::path::Path;

use crate::audit::Act;
use crate::files::{Overwrite, read_small};
use crate::limits::VALUE_BYTES;
use crate::operations::certificate::{certificate_record, parsed, usable, write_file};
use crate::operations::evidence::{merged, status_lists};
use crate::operations::seal::{SEAL_DAYS, VENDOR, holder_list, maker, random_number, refusal, seal_record, view};
use crate::operations::token::signer;
use crate::operations::{Context, HolderKind, OperationError, SealView, Term};
use crate::pki::Certificate;
use crate::seal::{
    CertList, ListedSeal, PictureRequest, Seal, SealChange, SealRequest, SealStandard, SealState, SealType,
    SealVersion, StateThen, StatusList, StatusListError, issue,
};
use crate::store::{Changes, Name, SealRecord, Store};
use crate::time::Time;

/// A change that an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealStep {
    /// Not to be used until resumed (停用).
    Suspend,
    /// To be used again (恢复).
    Resume,
    /// Not to be used again (注销).
    Cancel,
}

/// What is shown of a list of seal states.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct StatusListView {
    pub maker: String,
    pub issued: Time,
    pub next: Time,
    pub seals: usize,
}

/// Changes the state of a seal.
///
/// # Errors
/// [`OperationError::SealUnknown`], [`OperationError::SealStateUnfit`].
pub fn change_seal(
    context: &Context<'_>,
    label: &Name,
    step: SealStep,
    reason: &str,
) -> Result<SealView, OperationError> {
    let (act, state) = match step {
        SealStep::Suspend => (Act::SealSuspended, SealState::Suspended),
        SealStep::Resume => (Act::SealResumed, SealState::Active),
        SealStep::Cancel => (Act::SealCancelled, SealState::Cancelled),
    };
    let mut store = context.unlock()?;
    let mut draft = context.draft(act);
    draft.seal = Some(label.to_string());
    let change = SealChange { time: context.now(), state, reason: reason.to_owned() };
    store.act(draft.with("reason", reason), |store, _| {
        let record = seal_record(&*store, label)?;
        let fits = match step {
            SealStep::Suspend => record.state == SealState::Active,
            SealStep::Resume => record.state == SealState::Suspended,
            SealStep::Cancel => record.state != SealState::Cancelled,
        };
        if !fits {
            let state = record.state.word().to_owned();
            return Err(OperationError::SealStateUnfit { seal: label.to_string(), state });
        }
        store.set_seal_state(label, &change)?;
        view(&SealRecord { state, ..record })
    })
}

/// Makes a new seal with the title, picture, size, type and holders of another, which is cancelled as superseded.
///
/// # Errors
/// [`OperationError`]; [`OperationError::NotIssuedHere`] for a seal whose maker is not in this store.
pub fn renew_seal(
    context: &Context<'_>,
    label: &Name,
    renewed: Option<&Name>,
    term: Term,
) -> Result<SealView, OperationError> {
    let number = random_number(context.random)?;
    let mut store = context.unlock()?;
    let now = context.now();
    let mut draft = context.draft(Act::SealIssued);
    draft.seal = Some(label.to_string());
    store.act(draft.with("number", &number), |store, draft| {
        let old = seal_record(&*store, label)?;
        if old.state == SealState::Cancelled {
            return Err(OperationError::SealStateUnfit { seal: label.to_string(), state: old.state.word().to_owned() });
        }
        let maker_name = old.maker.clone().ok_or_else(|| OperationError::NotIssuedHere { name: label.to_string() })?;
        let certificate = maker(&*store, &maker_name, now)?;
        let parsed_seal = Seal::from_der(&old.der).map_err(|_| OperationError::StoreDamaged {})?;
        let issuer = (maker_name.as_str(), certificate.validity());
        let request = SealRequest {
            standard: if parsed_seal.version() == SealVersion::V5 { SealStandard::V5 } else { SealStandard::V4 },
            vendor: VENDOR.to_owned(),
            number: number.clone(),
            kind: SealType(parsed_seal.kind().0),
            name: parsed_seal.name().to_owned(),
            holders: holder_list(&*store, &old.holders, kind(&parsed_seal), now)?,
            created: now,
            validity: term.within(now, SEAL_DAYS, Some(issuer))?,
            picture: PictureRequest {
                data: parsed_seal.picture().data.clone(),
                width_mm: parsed_seal.picture().width_mm,
                height_mm: parsed_seal.picture().height_mm,
            },
            extensions: parsed_seal.extensions().to_vec(),
        };
        let signer = signer(context, &*store, &maker_name, || store.signer(&maker_name))?;
        let seal = issue(&request, &certificate, signer.as_ref()).map_err(|fault| refusal(fault, &maker_name))?;
        let name = match renewed {
            Some(name) => name.clone(),
            None => free_name(&*store, label)?,
        };
        let picture = store.seal_picture(label)?.ok_or(OperationError::StoreDamaged {})?;
        let record = SealRecord {
            name: name.clone(),
            der: seal.as_der().to_vec(),
            state: SealState::Active,
            added: now,
            number: number.clone(),
            ..old
        };
        store.add_seal(&record, &picture)?;
        let reason = format!("superseded by {name}");
        store.set_seal_state(label, &SealChange { time: now, state: SealState::Cancelled, reason })?;
        *draft = draft.clone().with("renewed-as", name.as_str());
        view(&record)
    })
}

/// Writes the signed states of all seals whose makers have their keys here, one list for each maker.
///
/// # Errors
/// [`OperationError::NoMaker`] where there is none; what the keys and the file refuse.
pub fn export_status_list(
    context: &Context<'_>,
    target: &Path,
    days: u32,
    overwrite: Overwrite,
) -> Result<Vec<StatusListView>, OperationError> {
    let mut store = context.unlock()?;
    let now = context.now();
    let mut draft = context.draft(Act::StatusListIssued);
    draft.file = Some(target.display().to_string());
    store.act(draft, |store, _| {
        let mut lists = Vec::new();
        for maker in makers(&*store)? {
            let record = certificate_record(&*store, &maker)?;
            let certificate = parsed(&record.der)?;
            usable(&*store, &record, &certificate, now)?;
            let listed = listed_seals(&*store, &certificate)?;
            let signer = signer(context, &*store, &maker, || store.signer(&maker))?;
            let period = (now, now.plus_days(i64::from(days)));
            let list = StatusList::issue(&listed, period, &certificate, signer.as_ref());
            lists.push(list.map_err(|fault| OperationError::Internal { fault: fault.to_string() })?);
        }
        if lists.is_empty() {
            return Err(OperationError::NoMaker {});
        }
        let bytes: Vec<u8> = lists.iter().flat_map(|list| list.as_der().to_vec()).collect();
        write_file(target, overwrite, &bytes)?;
        Ok(lists.iter().map(list_view).collect())
    })
}

/// Takes in signed lists of seal states. A list must not be older than the one of the same maker that is here.
///
/// # Errors
/// [`OperationError::NotAStatusList`], [`OperationError::StatusListOlder`].
pub fn import_status_list(context: &Context<'_>, file: &Path) -> Result<Vec<StatusListView>, OperationError> {
    let path = file.display().to_string();
    let bytes = read_small(file, VALUE_BYTES)?;
    let lists = StatusList::read_all(&bytes).map_err(|fault| match fault {
        StatusListError::Signature => OperationError::SealSignatureWrong { path: path.clone() },
        _ => OperationError::NotAStatusList { path: path.clone() },
    })?;
    let mut store = context.unlock()?;
    let now = context.now();
    let mut draft = context.draft(Act::StatusListImported);
    draft.file = Some(path.clone());
    store.act(draft, |store, _| {
        let known = status_lists(&*store)?;
        for list in &lists {
            let same = known.iter().find(|known| known.maker() == list.maker());
            if same.is_some_and(|known| known.issued() > list.issued()) {
                return Err(OperationError::StatusListOlder { path: path.clone(), time: list.issued() });
            }
            if list.issued() > now.plus_seconds(CLOCK_TOLERANCE) {
                return Err(OperationError::NotAStatusList { path: path.clone() });
            }
            let digest = crate::crypto::DigestAlgorithm::Sha256.digest(list.maker().as_der());
            store.put_status_list(&digest, list.as_der(), now)?;
        }
        Ok(lists.iter().map(list_view).collect())
    })
}

/// Refuses a seal that is not in use now: by this store's register, or by its maker's list.
pub(in crate::operations) fn in_use(store: &impl Store, record: &SealRecord, now: Time) -> Result<(), OperationError> {
    let inactive = |state: SealState, reason: &str| {
        let state = if reason.is_empty() { state.word().to_owned() } else { format!("{} ({reason})", state.word()) };
        OperationError::SealNotActive { seal: record.name.to_string(), state }
    };
    let own = store.seal_history(&record.name)?;
    if record.state != SealState::Active {
        let reason = own.last().map(|change| change.reason.clone()).unwrap_or_default();
        return Err(inactive(record.state, &reason));
    }
    let seal = Seal::from_der(&record.der).map_err(|_| OperationError::StoreDamaged {})?;
    let listed = status_lists(store)?.iter().find_map(|list| list.history(&seal));
    match merged(own, listed).present(now) {
        StateThen::Inactive(change) => Err(inactive(change.state, &change.reason)),
        StateThen::Active | StateThen::Unknown => Ok(()),
    }
}

/// How far the clocks of two machines may differ.
const CLOCK_TOLERANCE: i64 = 300;

fn kind(seal: &Seal) -> HolderKind {
    if matches!(seal.list(), CertList::Digests(_)) { HolderKind::Digests } else { HolderKind::Certificates }
}

/// `office`, `office-2`, `office-3`: the first that no seal has.
fn free_name(store: &dyn Changes, label: &Name) -> Result<Name, OperationError> {
    let stem = match label.as_str().rsplit_once('-') {
        Some((stem, count)) if count.parse::<u32>().is_ok() => stem,
        _ => label.as_str(),
    };
    for count in 2..10_000_u32 {
        let Ok(name) = format!("{stem}-{count}").parse::<Name>() else { break };
        if store.seal(&name)?.is_none() {
            return Ok(name);
        }
    }
    Err(OperationError::NameTaken { name: label.to_string() })
}

/// The makers of this store's seals whose keys are here.
fn makers(store: &dyn Changes) -> Result<Vec<Name>, OperationError> {
    let mut makers: Vec<Name> = store.seals()?.into_iter().filter_map(|seal| seal.maker).collect();
    makers.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    makers.dedup();
    let mut here = Vec::new();
    for maker in makers {
        if store.custody(&maker)? != crate::store::Custody::Elsewhere {
            here.push(maker);
        }
    }
    Ok(here)
}

fn listed_seals(store: &dyn Changes, maker: &Certificate) -> Result<Vec<ListedSeal>, OperationError> {
    let mut listed = Vec::new();
    for record in store.seals()? {
        let seal = Seal::from_der(&record.der).map_err(|_| OperationError::StoreDamaged {})?;
        if seal.maker_certificate() == maker.as_der() {
            listed.push(ListedSeal::of(&seal, store.seal_history(&record.name)?));
        }
    }
    Ok(listed)
}

fn list_view(list: &StatusList) -> StatusListView {
    StatusListView {
        maker: list.maker().subject().to_string(),
        issued: list.issued(),
        next: list.next(),
        seals: list.seals().len(),
    }
}
