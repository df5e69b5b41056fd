//! What can be typed: one file for each command.
//!
//! # Terminology
//! One word for one thing, in help texts, messages and man pages alike:
//!
//! | word | 中文 | meaning |
//! |---|---|---|
//! | store | 存储 | the folder that keeps keys, certificates, seals, anchors and the trail |
//! | seal | 印章 | an electronic seal, SESeal: picture, name, number, holders, made by a maker |
//! | maker | 制章人 | the certificate that signs seals |
//! | holder | 印章持有人 | a certificate that may apply a seal |
//! | to seal, `apply` | 盖章 | to put a seal on a document by signing it |
//! | to sign, `sign` | 签名 | to put an electronic signature without a seal |
//! | anchor | 信任锚 | a certificate from which trust starts |
//! | evidence | 吊销证据 | a revocation list or OCSP response |
//! | policy | 验证策略 | the rules by which a verdict is given |
//! | trail | 审计记录 | the hash-chained record of acts |
//! | picture | 印章图像 | what is seen of a seal |

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
mod document;
mod drawing;
mod evidence;
mod extend;
mod global;
mod init;
mod inspect;
mod locate;
mod man;
mod pages;
mod placement;
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
mod signing;
mod timestamp_reply;
mod timestamp_request;
mod timestamp_verify;
mod trust_add;
mod trust_evidence;
mod trust_list;
mod trust_remove;
mod unseal;
mod values;
mod verify;

pub use apply::Apply;
pub use audit_show::AuditShow;
pub use audit_verify::AuditVerify;
pub use ca_create::{CaCreate, CaSuite};
pub use ca_crl::CaCrl;
pub use cert_export::CertExport;
pub use cert_import::CertImport;
pub use cert_issue::{CertIssue, CertProfile};
pub use cert_list::CertList;
pub use cert_request::CertRequest;
pub use cert_revoke::{CertRevoke, RevokeReason};
pub use cert_show::CertShow;
pub use cert_verify::CertVerify;
pub use completions::Completions;
pub use demo::Demo;
pub use document::Password;
pub use drawing::{Drawn, SealForm};
pub use evidence::EvidenceOptions;
pub use extend::{ArchiveLevel, Extend};
pub use global::{Format, Global, Lang, When};
pub use init::Init;
pub use inspect::Inspect;
pub use locate::Locate;
pub use man::Man;
pub use pages::{PageList, PageSpan};
pub use placement::{Anchor, Placement, PresetKind, StraddleEdge};
pub use policy_check::PolicyCheck;
pub use policy_show::PolicyShow;
pub use seal_cancel::SealCancel;
pub use seal_draw::SealDraw;
pub use seal_export::SealExport;
pub use seal_import::SealImport;
pub use seal_issue::{CertListKind, SealIssue, SealStandard};
pub use seal_list::SealList;
pub use seal_renew::SealRenew;
pub use seal_resume::SealResume;
pub use seal_show::SealShow;
pub use seal_status_list::{SealStatusList, StatusListCommand, StatusListExport, StatusListImport};
pub use seal_suspend::SealSuspend;
pub use sign::Sign;
pub use signing::{Certify, Container, Level, Output, Role, Signing};
pub use timestamp_reply::TimestampReply;
pub use timestamp_request::{ImprintDigest, TimestampRequest};
pub use timestamp_verify::TimestampVerify;
pub use trust_add::{TrustAdd, TrustPurpose};
pub use trust_evidence::{EvidenceAdd, EvidenceCommand, EvidenceList, EvidenceRemove, TrustEvidence};
pub use trust_list::TrustList;
pub use trust_remove::TrustRemove;
pub use unseal::Unseal;
pub use values::{Length, Nth, PictureSize, Point, Suite, Tsa};
pub use verify::Verify;

use clap::{Parser, Subcommand};

/// Issues, applies and verifies electronic seals (GB/T 38540) and electronic signatures on PDF and OFD documents.
#[derive(Parser, Clone, Debug)]
#[command(
    name = "eseal",
    version,
    about = "Issue, apply and verify electronic seals and signatures on PDF and OFD documents",
    after_help = "Exit status: 0 done or valid, 1 invalid, 2 wrong usage, 3 undetermined, 4 no signature, 5 unusable \
                  input, 6 file or store trouble, 7 refused, 70 a fault of eseal.\n\nExample:\n  eseal verify notice.sealed.pdf",
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Arguments {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Every command.
#[derive(Subcommand, Clone, Debug)]
#[allow(missing_docs)]
pub enum Command {
    Init(Init),
    Demo(Demo),
    /// Certification authorities of this store
    #[command(subcommand)]
    Ca(CaCommand),
    /// Certificates
    #[command(subcommand)]
    Cert(CertCommand),
    /// Seals
    #[command(subcommand)]
    Seal(SealCommand),
    Apply(Apply),
    Sign(Sign),
    Verify(Verify),
    Extend(Extend),
    Unseal(Unseal),
    Inspect(Inspect),
    Locate(Locate),
    /// Timestamps carried in files, for machines without a network
    #[command(subcommand)]
    Timestamp(TimestampCommand),
    /// Trust anchors, and evidence of revocation that is kept
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Validation policies
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// The trail of acts
    #[command(subcommand)]
    Audit(AuditCommand),
    Completions(Completions),
    Man(Man),
}

/// `eseal ca ...`
#[derive(Subcommand, Clone, Debug)]
#[allow(missing_docs)]
pub enum CaCommand {
    Create(CaCreate),
    Crl(CaCrl),
}

/// `eseal cert ...`
#[derive(Subcommand, Clone, Debug)]
#[allow(missing_docs)]
pub enum CertCommand {
    Issue(CertIssue),
    Request(CertRequest),
    Import(CertImport),
    List(CertList),
    Show(CertShow),
    Export(CertExport),
    Revoke(CertRevoke),
    Verify(CertVerify),
}

/// `eseal seal ...`
#[derive(Subcommand, Clone, Debug)]
#[allow(missing_docs)]
pub enum SealCommand {
    Draw(SealDraw),
    Issue(Box<SealIssue>),
    List(SealList),
    Show(SealShow),
    Export(SealExport),
    Import(SealImport),
    Suspend(SealSuspend),
    Resume(SealResume),
    Cancel(SealCancel),
    Renew(SealRenew),
    StatusList(SealStatusList),
}

/// `eseal timestamp ...`
#[derive(Subcommand, Clone, Debug)]
#[allow(missing_docs)]
pub enum TimestampCommand {
    Request(TimestampRequest),
    Reply(TimestampReply),
    Verify(TimestampVerify),
}

/// `eseal trust ...`
#[derive(Subcommand, Clone, Debug)]
#[allow(missing_docs)]
pub enum TrustCommand {
    Add(TrustAdd),
    List(TrustList),
    Remove(TrustRemove),
    Evidence(TrustEvidence),
}

/// `eseal policy ...`
#[derive(Subcommand, Clone, Debug)]
#[allow(missing_docs)]
pub enum PolicyCommand {
    Show(PolicyShow),
    Check(PolicyCheck),
}

/// `eseal audit ...`
#[derive(Subcommand, Clone, Debug)]
#[allow(missing_docs)]
pub enum AuditCommand {
    Show(AuditShow),
    Verify(AuditVerify),
}
