//! `eseal` issues, applies and verifies electronic seals (电子印章) and reliable electronic signatures (可靠的电子签名)
//! on PDF and OFD documents.
//!
//! # A tour of the house
//!
//! Each module directly under `src` is a room. A room imports only rooms that stand before it in this list, and only
//! `files`, `store`, `net` and `cli` touch the outside world; `tests/architecture.rs` enforces both.
//!
//! | room | owns |
//! |---|---|
//! | [`limits`] | what an untrusted file may cost |
//! | [`source`] | bytes read at random: documents are never loaded whole |
//! | [`time`] | instants, periods, their text forms |
//! | [`geometry`] | units, rectangles, page boxes |
//! | [`drawing`] | pictures apart from any format |
//! | [`container`] | ZIP, read strictly, written byte for byte |
//! | [`crypto`] | algorithms and keys |
//! | [`pki`] | DER, certificates, revocation lists, paths, RFC 5652 |
//! | [`policy`] | which algorithms and evidence are accepted |
//! | [`audit`] | the hash-chained trail of acts |
//! | [`pdf`] | PDF as a format: revisions, pages, incremental update |
//! | [`ofd`] | OFD as a format: pages, signatures, update |
//! | [`seal`] | SESeal of three standards |
//! | [`signature`] | a signature value apart from its document |
//! | [`report`] | the result of a verification as plain data |
//! | [`sign`] | puts a signature or seal on a document |
//! | [`verify`] | judges every signature of a document |
//! | [`archive`] | keeps a signed document provable: timestamps, evidence inside, renewal |
//! | [`files`] | bounded reading, atomic writing |
//! | [`store`] | keys, certificates, seals, anchors and the trail, kept |
//! | [`net`] | HTTP, for whoever was asked to go online |
//! | [`operations`] | one function for each thing a user can ask |
//! | [`cli`] | arguments, printed text, exit status |
//!
//! # Which way data flows
//!
//! Sealing: `files` opens the document, `pdf` or `ofd` reads it, `store` gives a [`crypto::Signer`] and a
//! [`seal::Seal`], [`sign`] prepares the update and has it signed, [`verify`] judges what was made, `store` records it,
//! and `files` puts it in place. Verifying: `pdf` or `ofd` finds the signatures, [`signature`] and [`pki`] check each,
//! [`verify`] gathers findings into a [`report::Report`], and `cli` prints it.
//!
//! # Where to start
//!
//! [`operations`] for what the program does; [`verify`] for how a verdict comes about; [`report`] for what it says.

pub mod archive;
pub mod audit;
pub mod cli;
pub mod container;
pub mod crypto;
pub mod drawing;
pub mod files;
pub mod geometry;
pub mod limits;
pub mod net;
pub mod ofd;
pub mod operations;
pub mod pdf;
pub mod pki;
pub mod policy;
pub mod report;
pub mod seal;
pub mod sign;
pub mod signature;
pub mod source;
pub mod store;
pub mod time;
pub mod verify;
