//! `eseal verify`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{EvidenceOptions, Password};

/// Judge every signature and seal of documents
#[derive(Args, Clone, Debug)]
#[command(
    about = "Judge every signature and seal of documents",
    after_help = "Example:\n  eseal verify notice.sealed.pdf notice.sealed.ofd --format json\n  eseal verify \
                  notice.sealed.pdf --format html > report.html"
)]
pub struct Verify {
    /// Documents: PDF or OFD
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// What is trusted and known.
    #[command(flatten)]
    pub evidence: EvidenceOptions,

    /// Password of encrypted documents.
    #[command(flatten)]
    pub password: Password,
}
