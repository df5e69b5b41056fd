//! What is made here, put before other programs: pdfsig, pyHanko, qpdf, MuPDF, poppler and OpenSSL.
//!
//! They are looked for in the folder `ESEAL_PEERS`, then on the PATH. A test whose programs are missing is skipped with
//! a message; with `ESEAL_REQUIRE=1` or `ESEAL_REQUIRE=peers` it fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(missing_docs, unreachable_pub, clippy::cast_precision_loss)]

mod support;

#[path = "support/archive.rs"]
mod archive;
#[path = "peers/documents.rs"]
mod documents;
#[path = "peers/judges.rs"]
mod judges;
#[path = "peers/office.rs"]
mod office;
#[path = "peers/pixels.rs"]
mod pixels;
#[path = "peers/tools.rs"]
mod tools;

#[path = "peers/fields.rs"]
mod fields;
#[path = "peers/long_term.rs"]
mod long_term;
#[path = "peers/places.rs"]
mod places;
#[path = "peers/rounds.rs"]
mod rounds;
#[path = "peers/sm2.rs"]
mod sm2;
#[path = "support/text_pages.rs"]
mod text_pages;
#[path = "peers/updates.rs"]
mod updates;
#[path = "peers/words.rs"]
mod words;
