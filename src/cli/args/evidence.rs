//! What a verdict is given by, beside the document or certificate: for every command that judges.

use std::path::PathBuf;

use clap::Args;

use crate::time::Time;

/// What is trusted and known, and as of when.
#[derive(Args, Clone, Debug)]
pub struct EvidenceOptions {
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

    /// Fetch what is lacking (OCSP answers, revocation lists, certificates of issuers) from the public addresses that
    /// the certificates name
    #[arg(long)]
    pub online: bool,

    /// Judge as of this time, RFC 3339 or a date [default: now]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::args::values::time)]
    pub at: Option<Time>,

    /// Judge by this policy: default, strict, gm, eidas, or a file [default: default]
    #[arg(long, value_name = "NAME|FILE")]
    pub policy: Option<String>,
}
