//! `eseal timestamp request`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::args::Password;

/// Write a request for a timestamp, to be carried to an authority
#[derive(Args, Clone, Debug)]
#[command(
    about = "Write a request for a timestamp, to be carried to an authority",
    long_about = "Write a request for a timestamp (RFC 3161), to be carried to an authority: of a signed PDF or OFD over the \
                  value of its last signature, of any other file over its bytes.",
    after_help = "Example:\n  eseal timestamp request notice.signed.pdf -o notice.tsq"
)]
pub struct TimestampRequest {
    /// What is to be stamped
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Over the value of this signature
    #[arg(long, value_name = "ID", conflicts_with = "whole")]
    pub signature: Option<String>,

    /// Over the bytes of the file, signed or not
    #[arg(long)]
    pub whole: bool,

    /// Digest algorithm [default: sm3 for an SM2 signature, else sha256]
    #[arg(long, value_enum, value_name = "NAME")]
    pub digest: Option<ImprintDigest>,

    /// File to write, DER
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,

    /// Password of an encrypted document.
    #[command(flatten)]
    pub password: Password,
}

/// By what the stamped bytes are digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum ImprintDigest {
    #[value(help = "SM3")]
    Sm3,
    #[value(help = "SHA-256")]
    Sha256,
    #[value(help = "SHA-384")]
    Sha384,
    #[value(help = "SHA-512")]
    Sha512,
}
