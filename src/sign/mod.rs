//! Put a signature or a seal on a document.
