//! Judge every signature of a document.

mod changes;
mod draft;
mod moment;
mod value;
