//! `eseal trust add`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Trust certificates
#[derive(Args, Clone, Debug)]
#[command(about = "Trust certificates", after_help = "Example:\n  eseal trust add partner-root.pem --for seal-maker")]
pub struct TrustAdd {
    /// Certificate file (PEM or DER), or a folder of them
    #[arg(value_name = "FILE|DIR")]
    pub path: PathBuf,

    /// What they are trusted for
    #[arg(long = "for", value_enum, value_name = "PURPOSE", default_value_t = TrustPurpose::Any)]
    pub purpose: TrustPurpose,
}

/// What an anchor is trusted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TrustPurpose {
    /// Makers of seals
    SealMaker,
    /// Signers of documents
    Signer,
    /// Timestamp authorities
    Tsa,
    /// All of these
    Any,
}
