//! PDF as a format: objects, cross-reference sections, revisions, pages, incremental update.
//!
//! [`object`] is the model that reader and writer share.

pub mod object;
