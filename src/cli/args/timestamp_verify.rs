//! `eseal timestamp verify`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::{EvidenceOptions, Password};

/// Judge a timestamp that stands beside what it stamps
#[derive(Args, Clone, Debug)]
#[command(
    about = "Judge a timestamp that stands beside what it stamps",
    long_about = "Judge a timestamp that stands beside what it stamps: the bytes of a file, or the value of one signature of \
                  a PDF or OFD; the timestamp itself tells which. One over a value says nothing of the rest of the \
                  document, so the document is judged along, and where it fails, so does this.",
    after_help = "Exit status: 0 the timestamp holds and its authority is trusted, 1 it does not hold, stamps something else, \
                  does not answer the request, or the document fails, 3 its authority is not trusted or that cannot be \
                  told.\n\nExample:\n  eseal timestamp verify notice.tsr --data notice.signed.pdf --request notice.tsq"
)]
pub struct TimestampVerify {
    /// An authority's answer or the timestamp itself, DER
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// What it is said to stamp
    #[arg(long, value_name = "FILE")]
    pub data: PathBuf,

    /// The request that it is to answer
    #[arg(long, value_name = "FILE")]
    pub request: Option<PathBuf>,

    /// What is trusted and known.
    #[command(flatten)]
    pub evidence: EvidenceOptions,

    /// Password of an encrypted document.
    #[command(flatten)]
    pub password: Password,
}
