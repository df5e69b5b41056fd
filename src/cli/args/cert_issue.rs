//! `eseal cert issue`.

use clap::{Args, ValueEnum};

use crate::cli::args::Suite;
use crate::cli::args::values::Name;
use crate::time::Time;

/// Issue a certificate with a new key kept in this store
#[derive(Args, Clone, Debug)]
#[command(
    about = "Issue a certificate with a new key kept in this store",
    after_help = "Example:\n  eseal cert issue clerk --ca root --profile signer --subject \"CN=Clerk,O=Example,C=CN\""
)]
pub struct CertIssue {
    /// Name of the certificate in the store
    pub name: Name,

    /// CA of this store that issues it
    #[arg(long, value_name = "CA")]
    pub ca: Name,

    /// Distinguished name, for example CN=Clerk,O=Example,C=CN
    #[arg(long, value_name = "DN")]
    pub subject: String,

    /// What the certificate is for
    #[arg(long, value_enum, value_name = "PROFILE")]
    pub profile: CertProfile,

    /// Algorithms of its key [default: those of the CA]
    #[arg(long, value_enum, value_name = "SUITE")]
    pub suite: Option<Suite>,

    /// Days of validity [default: 1095, cut to the CA's end]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: Option<u32>,

    /// Begin of its validity, RFC 3339 or a date [default: now]
    #[arg(long, value_name = "TIME", value_parser = crate::cli::args::values::time)]
    pub valid_from: Option<Time>,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CertProfile {
    /// Signs seals
    SealMaker,
    /// Signs documents, applies seals
    Signer,
    /// Signs timestamps
    Tsa,
}
