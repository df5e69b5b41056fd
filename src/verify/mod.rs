//! Judge every signature of a document.
