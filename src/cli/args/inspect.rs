//! `eseal inspect`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::Password;

/// Show the structure of a document without a verdict
#[derive(Args, Clone, Debug)]
#[command(
    about = "Show the structure of a document without a verdict",
    after_help = "Example:\n  eseal inspect notice.sealed.pdf"
)]
pub struct Inspect {
    /// Document: PDF or OFD
    pub file: PathBuf,

    /// Field name or ID of the signature to extract from [default: the last with a seal]
    #[arg(long, value_name = "ID")]
    pub signature: Option<String>,

    /// Write the seal of the signature to this file
    #[arg(long, value_name = "FILE")]
    pub extract_seal: Option<PathBuf>,

    /// Write the picture of the seal to this file
    #[arg(long, value_name = "FILE")]
    pub extract_picture: Option<PathBuf>,

    /// Write the document as it stood at this revision, counted from 1 (PDF); see --output
    #[arg(long, value_name = "N", requires = "output", value_parser = clap::value_parser!(u64).range(1..))]
    pub extract_revision: Option<u64>,

    /// Where --extract-revision writes
    #[arg(short, long, value_name = "FILE", requires = "extract_revision")]
    pub output: Option<PathBuf>,

    /// Replace files that exist
    #[arg(long)]
    pub force: bool,

    /// Password of an encrypted document.
    #[command(flatten)]
    pub password: Password,
}
