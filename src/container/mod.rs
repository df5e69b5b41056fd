//! ZIP packages, read strictly and written byte for byte (PKWARE APPNOTE 6.3.10, called APPNOTE below).
//!
//! Start with [`Package::open`]. What makes a package dangerous is an error ([`ContainerError`]); what makes it
//! ambiguous is data ([`Package::findings`]): two readers could see different files, so a verifier judges it, and
//! [`Rewrite`] refuses to build upon it. [`Rewrite`] copies kept entries byte for byte and gives an [`Assembled`]
//! package that is a [`crate::source::Source`] itself: it can be verified before a single byte is written.

mod audit;
mod directory;
mod error;
mod name;
mod package;
mod record;
mod rewrite;

pub use error::{ContainerError, Finding, FindingKind};
pub use name::{EntryPath, NameEncoding, PathError};
pub use package::{DosTime, Entry, Method, Package};
pub use rewrite::{Assembled, NewEntry, Rewrite};
