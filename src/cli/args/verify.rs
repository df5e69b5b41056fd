//! `eseal verify`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::Password;
use crate::time::Time;

/// Judge every signature and seal of documents
#[derive(Args, Clone, Debug)]
#[command(
    about = "Judge every signature and seal of documents",
    after_help = "Example:\n  eseal verify notice.sealed.pdf notice.sealed.ofd --format json"
)]
pub struct Verify {
    /// Documents: PDF or OFD
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Trust these certificates too: a file or a folder
    #[arg(long, value_name = "FILE")]
    pub trust: Vec<PathBuf>,

    /// Do not trust the anchors of the store
    #[arg(long)]
    pub no_store_trust: bool,

    /// Certificates that may help to build a path, without being trusted
    #[arg(long, value_name = "FILE")]
    pub untrusted: Vec<PathBuf>,

    /// Revocation lists and OCSP responses
    #[arg(long, value_name = "FILE")]
    pub revocation: Vec<PathBuf>,

    /// Judge as of this time, RFC 3339 or a date [default: now]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::args::values::time)]
    pub at: Option<Time>,

    /// Judge by this policy: default, strict, gm, eidas, or a file [default: default]
    #[arg(long, value_name = "NAME|FILE")]
    pub policy: Option<String>,

    /// Password of encrypted documents.
    #[command(flatten)]
    pub password: Password,
}
