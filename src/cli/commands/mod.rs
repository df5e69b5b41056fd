//! What is done: one file for each command. Each makes one request to `operations` and shows what comes back.

mod apply;
mod audit_show;
mod audit_verify;
mod ca_create;
mod ca_crl;
mod cert_export;
mod cert_import;
mod cert_issue;
mod cert_list;
mod cert_request;
mod cert_revoke;
mod cert_show;
mod cert_verify;
mod completions;
mod demo;
mod documents;
mod extend;
mod init;
mod inspect;
mod locate;
mod man;
mod policy_check;
mod policy_show;
mod seal_cancel;
mod seal_draw;
mod seal_export;
mod seal_import;
mod seal_issue;
mod seal_list;
mod seal_renew;
mod seal_resume;
mod seal_show;
mod seal_status_list;
mod seal_suspend;
mod sign;
mod timestamp_reply;
mod timestamp_request;
mod timestamp_verify;
mod trust_add;
mod trust_evidence;
mod trust_list;
mod trust_remove;
mod unseal;
mod verify;

use std::path::{Path, PathBuf};

use crate::cli::Exit;
use crate::cli::args::{
    AuditCommand, CaCommand, CertCommand, Command, EvidenceOptions, PolicyCommand, SealCommand, TimestampCommand,
    TrustCommand, TrustPurpose,
};
use crate::cli::session::Session;
use crate::files::Overwrite;
use crate::operations::{
    AnchorPurpose, CertificateFiles, EvidenceRequest, Gathered, OperationError, StoreTrust, find_policy,
};

/// Does what was asked for.
pub(crate) fn run(command: &Command, session: &Session<'_>) -> Result<Exit, OperationError> {
    if session.html() && !matches!(command, Command::Verify(_)) {
        return Err(OperationError::FormatUnfit {});
    }
    match command {
        Command::Init(args) => init::run(args, session),
        Command::Ca(CaCommand::Create(args)) => ca_create::run(args, session),
        Command::Ca(CaCommand::Crl(args)) => ca_crl::run(args, session),
        Command::Cert(CertCommand::Issue(args)) => cert_issue::run(args, session),
        Command::Cert(CertCommand::Request(args)) => cert_request::run(args, session),
        Command::Cert(CertCommand::Import(args)) => cert_import::run(args, session),
        Command::Cert(CertCommand::List(args)) => cert_list::run(args, session),
        Command::Cert(CertCommand::Show(args)) => cert_show::run(args, session),
        Command::Cert(CertCommand::Export(args)) => cert_export::run(args, session),
        Command::Cert(CertCommand::Revoke(args)) => cert_revoke::run(args, session),
        Command::Cert(CertCommand::Verify(args)) => cert_verify::run(args, session),
        Command::Trust(TrustCommand::Add(args)) => trust_add::run(args, session),
        Command::Trust(TrustCommand::List(args)) => trust_list::run(args, session),
        Command::Trust(TrustCommand::Remove(args)) => trust_remove::run(args, session),
        Command::Trust(TrustCommand::Evidence(args)) => trust_evidence::run(args, session),
        Command::Policy(PolicyCommand::Show(args)) => policy_show::run(args, session),
        Command::Policy(PolicyCommand::Check(args)) => policy_check::run(args, session),
        Command::Audit(AuditCommand::Show(args)) => audit_show::run(args, session),
        Command::Audit(AuditCommand::Verify(args)) => audit_verify::run(args, session),
        Command::Completions(args) => completions::run(args, session),
        Command::Man(args) => man::run(args, session),
        Command::Seal(SealCommand::Draw(args)) => seal_draw::run(args, session),
        Command::Seal(SealCommand::Issue(args)) => seal_issue::run(args, session),
        Command::Seal(SealCommand::List(args)) => seal_list::run(args, session),
        Command::Seal(SealCommand::Show(args)) => seal_show::run(args, session),
        Command::Seal(SealCommand::Export(args)) => seal_export::run(args, session),
        Command::Seal(SealCommand::Import(args)) => seal_import::run(args, session),
        Command::Seal(SealCommand::Suspend(args)) => seal_suspend::run(args, session),
        Command::Seal(SealCommand::Resume(args)) => seal_resume::run(args, session),
        Command::Seal(SealCommand::Cancel(args)) => seal_cancel::run(args, session),
        Command::Seal(SealCommand::Renew(args)) => seal_renew::run(args, session),
        Command::Seal(SealCommand::StatusList(args)) => seal_status_list::run(args, session),
        Command::Apply(args) => apply::run(args, session),
        Command::Sign(args) => sign::run(args, session),
        Command::Verify(args) => verify::run(args, session),
        Command::Unseal(args) => unseal::run(args, session),
        Command::Extend(args) => extend::run(args, session),
        Command::Inspect(args) => inspect::run(args, session),
        Command::Locate(args) => locate::run(args, session),
        Command::Timestamp(TimestampCommand::Request(args)) => timestamp_request::run(args, session),
        Command::Timestamp(TimestampCommand::Reply(args)) => timestamp_reply::run(args, session),
        Command::Timestamp(TimestampCommand::Verify(args)) => timestamp_verify::run(args, session),
        Command::Demo(args) => demo::run(args, session),
    }
}

/// `--force` as a choice.
fn overwrite(force: bool) -> Overwrite {
    if force { Overwrite::Replace } else { Overwrite::Refuse }
}

/// A purpose as it was typed.
fn anchor_purpose(purpose: TrustPurpose) -> AnchorPurpose {
    match purpose {
        TrustPurpose::Any => AnchorPurpose::Any,
        TrustPurpose::SealMaker => AnchorPurpose::SealMaker,
        TrustPurpose::Signer => AnchorPurpose::Signer,
        TrustPurpose::Tsa => AnchorPurpose::Tsa,
    }
}

/// Gathers what a verdict is given by, and warns of what was passed over.
fn gather(args: &EvidenceOptions, session: &Session<'_>) -> Result<Gathered, OperationError> {
    let request = EvidenceRequest {
        trust: args.trust.iter().map(|path| certificate_files(path)).collect::<Result<_, _>>()?,
        store_trust: if args.no_store_trust { StoreTrust::Ignored } else { StoreTrust::Counts },
        untrusted: args.untrusted.clone(),
        revocation: args.revocation.clone(),
        at: args.at,
    };
    let policy = args.policy.as_deref().map(find_policy).transpose()?.unwrap_or_default();
    let gathered = Gathered::gather(&session.context(None), &request)?.with_policy(policy);
    warn_passed_over(gathered.passed_over(), session);
    Ok(gathered)
}

/// The file itself, or the files of a folder in the order of their names; hidden ones are left out.
fn certificate_files(path: &Path) -> Result<CertificateFiles, OperationError> {
    if !path.is_dir() {
        return Ok(CertificateFiles::File(path.to_path_buf()));
    }
    let fault = |error: std::io::Error| OperationError::FileFault {
        path: path.display().to_string(),
        fault: error.to_string(),
    };
    let entries = std::fs::read_dir(path).map_err(fault)?;
    let mut files = entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(fault)?;
    let hidden = |file: &PathBuf| file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    files.retain(|file| file.is_file() && !hidden(file));
    files.sort();
    Ok(CertificateFiles::Folder { path: path.to_path_buf(), files })
}

/// Tells of files in a folder of certificates that hold none.
fn warn_passed_over(files: &[PathBuf], session: &Session<'_>) {
    for file in files {
        session.warn("warn-passed-over", &[("path", &file.display().to_string())]);
    }
}
