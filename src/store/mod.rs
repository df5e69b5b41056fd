//! What is kept: keys, certificates, seals, trust anchors, revocations, sealings, and the trail of every act.
//!
//! Reading needs no passphrase: [`EmbeddedStore::open`] and the trait [`Store`]. Whatever changes or uses something needs
//! an [`UnlockedStore`] and goes through [`UnlockedStore::act`], which writes the trail's record in the same transaction:
//! no method of [`Changes`] can be reached without one. A document is sealed in two phases, see [`OpenSealing`].
//!
//! SQL stands in `schema`, `reading` and `writing` alone, so that another database can stand behind the same traits.

mod embedded;
mod error;
mod name;
mod reading;
mod records;
mod schema;
mod sealing;
mod token;
mod token_uri;
mod writing;

pub use embedded::{EmbeddedStore, Unlock, UnlockedStore};
pub use error::StoreError;
pub use name::{Name, NameError};
pub use records::{
    AnchorId, AnchorRecord, CaRecord, CertificateRecord, Changes, CompanionRecord, CrlRecord, Custody, EvidenceId,
    EvidenceRecord, Finality, Purpose, Revocation, Role, SealRecord, SealingRecord, Store, TokenRecord,
};
pub use sealing::{NewSealing, OpenSealing, Settled};
pub use token::{TokenError, open_token};
pub use token_uri::{TokenUri, TokenUriError};
