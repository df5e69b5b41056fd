//! Judge every signature of a document.

mod draft;
mod moment;
