//! One function for each thing a user can ask. Every act leaves its record in the trail.
//!
//! A [`Context`] carries what comes from outside. Results are plain data; failures are an [`OperationError`] with a
//! stable name.

mod certificate;
mod certificate_path;
mod context;
mod convert;
mod error;
mod evidence;
mod extend;
mod import;
mod inspect;
mod instrument;
mod judging;
mod kept_evidence;
mod locate;
mod online;
mod orders;
mod policy;
mod seal;
mod seal_drawing;
mod seal_images;
mod seal_life;
mod sealing;
mod signature_values;
mod stamping;
mod timestamp;
mod token;
mod trail;
mod trust;
mod unseal;

pub use certificate::{
    CaRequest, CertificateProfile, CertificateView, ChainExport, EncryptionView, IssueRequest, KeyPlace, KeyRequest,
    Term, create_ca, export_certificate, issue_certificate, issue_crl, list_certificates, request_certificate,
    revoke_certificate, show_certificate,
};
pub use certificate_path::{PolicyWish, verify_certificate};
pub use context::{Context, Secret, Secrets};
pub use error::{OperationError, Reason};
pub use evidence::{EvidenceRequest, Gathered, StoreTrust};
pub use extend::{ExtendRequest, Extended, extend};
pub use import::{ImportRequest, import_certificate};
pub use inspect::{Inspected, Part, describe_seal, extract, extract_revision, inspect};
pub use judging::{verify_document, verify_document_online};
pub use kept_evidence::{EvidenceView, KeptEvidence, keep_evidence, list_evidence, remove_evidence};
pub use locate::{LocateRequest, locate};
pub use online::Retrieval;
pub use orders::{
    AnchorPoint, DocumentRequest, Instrument, KeywordOrder, Orders, Overlap, Placement, Preset, PresetWish,
    StraddleOrder, Target,
};
pub use policy::{CheckedPolicy, check_policy, find_policy};
pub use seal::{
    HolderKind, PictureOrder, SealOrder, SealView, export_seal, import_seal, issue_seal, list_seals, show_seal,
};
pub use seal_drawing::{DrawingFile, DrawingOrder, DrawnFile, draw_seal};
pub use seal_images::{SealImage, seal_images};
pub use seal_life::{SealStep, StatusListView, change_seal, export_status_list, import_status_list, renew_seal};
pub use sealing::{Applied, Sealing, plan};
pub use stamping::{TimestampOrder, TsaPlace};
pub use timestamp::{Answered, Asked, Over, TokenFiles, answer_timestamp, request_timestamp, verify_timestamp};
pub use token::TokenPlace;
pub use trail::{Marks, TrailFilter, TrailSummary, show_trail, verify_trail};
pub use trust::{
    AddedAnchors, AnchorPurpose, AnchorView, CertificateFiles, add_anchors, list_anchors, read_certificates,
    remove_anchor,
};
pub use unseal::{UnsealRequest, Unsealed, unseal};

pub use crate::archive::{Level, Note as LevelNote, Step as LevelStep};
pub use crate::audit::Entry as TrailEntry;
pub use crate::drawing::{SealStyle, Specimen};
pub use crate::pki::path::{AnyPolicy, ExplicitPolicy, PolicyMapping};
pub use crate::pki::{Network, RevocationReason};
pub use crate::policy::{Fault as PolicyFault, FaultKind as PolicyFaultKind, Policy, Setting};
pub use crate::seal::{CheckCharacter, OwnerCode, SealStandard};
pub use crate::sign::{
    Caption, Closing, ContainerChoice, Edge, Hit, Keyword, Need, PageRange, Pages, Print, Remark, SAFE_STRIP, Shown,
    Stated, VisibleDate, Which, WordBounds, narrow_strip,
};
pub use crate::signature::Statement;
pub use crate::store::Name;
