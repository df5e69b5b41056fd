//! The trail of acts (痕迹追溯): who did what, when, with which seal and certificate, on which document, and how it ended.
//!
//! An [`Entry`] becomes one canonical line; [`Record::append`] chains it to the line before by a hash that anybody can
//! check, and guards it with a MAC that only the store's key can make. The [`ChainHead`] is kept apart, so that a lost
//! tail is found as well. Start with [`verify_chain`]. Neither contents nor passphrases ever enter the trail.

mod chain;
mod entry;

pub use chain::{ChainFault, ChainHead, FaultKind, Link, Macs, Record, RecordMac, Summary, Tag, verify_chain};
pub use entry::{Act, DocumentDigest, Draft, Entry, EntryError, Outcome};
