//! SESeal of three standards: issue, read, check.
//!
//! [`Seal::from_der`] reads GM/T 0031-2014 (V1), GB/T 38540-2020 (V4) and GM/T 0031-2025 (V5), told apart by their
//! structure. A [`Seal`] has been read and nothing more; [`Seal::verify_maker`] alone makes a [`VerifiedSeal`].
//! [`issue()`] makes V4 and V5. What is signed is always taken from the bytes as stored.

mod check;
mod issue;
mod owner_code;
mod parts;
mod read;
mod state;
mod status_list;

pub use check::{Listed, ValueForm, VerifiedSeal};
pub use issue::{HolderList, IssueError, PictureRequest, SealRequest, SealStandard, issue};
pub use owner_code::{CheckCharacter, NotAnOwnerCode, OWNER_CODE_OID, OwnerCode};
pub use parts::{CertList, CertificateDigest, ExtData, Picture, Seal, SealError, SealOddity, SealType, SealVersion};
pub use read::{read_extensions, read_time};
pub use state::{SealChange, SealHistory, SealState, StateThen, Told};
pub use status_list::{ListedSeal, StatusList, StatusListError};
