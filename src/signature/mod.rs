//! A signature value apart from its document: SignedData of RFC 5652 and GB/T 35275, and bare values.
//!
//! Verifying goes in two steps, because documents are streamed: [`Unverified`] says which digests of the document it
//! needs ([`Unverified::document_hasher`]), and [`Unverified::verify`] turns them into an [`Outcome`], which lists every
//! check and holds a [`Verified`] only where all of them passed. Making goes forward by value: [`SignatureBuilder`],
//! [`ToBeSigned`], bytes.

mod builder;
mod container;
mod judge;
mod outcome;
pub mod ses;
mod statement;
mod unverified;

pub use builder::{BuildError, Form, SignatureBuilder, ToBeSigned};
pub use container::{Container, detect};
pub use outcome::{Check, Outcome, Reason, Step, StepResult, Verified};
pub use statement::{STATEMENT_OID, Statement};
pub use unverified::{DocumentDigests, DocumentHasher, Profile, Unverified};
