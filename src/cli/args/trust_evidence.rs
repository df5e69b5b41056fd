//! `eseal trust evidence`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Evidence of revocation from outside, kept in the store
#[derive(Args, Clone, Debug)]
#[command(
    about = "Evidence of revocation from outside, kept in the store",
    after_help = "Example:\n  eseal trust evidence add partner.crl"
)]
pub struct TrustEvidence {
    /// What to do.
    #[command(subcommand)]
    pub command: EvidenceCommand,
}

/// `eseal trust evidence ...`
#[derive(Subcommand, Clone, Debug)]
#[allow(missing_docs)]
pub enum EvidenceCommand {
    Add(EvidenceAdd),
    List(EvidenceList),
    Remove(EvidenceRemove),
}

/// Keep revocation lists and OCSP responses of outside authorities
#[derive(Args, Clone, Debug)]
#[command(
    about = "Keep revocation lists and OCSP responses of outside authorities",
    long_about = "Keep revocation lists and OCSP responses of outside authorities. Every later verify, cert verify, \
                  apply and sign uses them, as if they were named with --revocation. Keeping trusts nothing: the \
                  signature of each is verified where it is used. Older ones stay beside newer ones, since they speak \
                  for the past; one that is there already is not kept twice.",
    after_help = "Example:\n  eseal trust evidence add partner.crl partner-delta.crl"
)]
pub struct EvidenceAdd {
    /// Revocation list (full, delta, indirect) or OCSP response, PEM or DER, or a folder of them
    #[arg(value_name = "FILE|DIR", required = true)]
    pub paths: Vec<PathBuf>,
}

/// List the kept evidence, the newest first
#[derive(Args, Clone, Debug)]
#[command(about = "List the kept evidence, the newest first", after_help = "Example:\n  eseal trust evidence list")]
pub struct EvidenceList {}

/// Remove a piece of evidence
#[derive(Args, Clone, Debug)]
#[command(about = "Remove a piece of evidence", after_help = "Example:\n  eseal trust evidence remove 3f9c21aa")]
pub struct EvidenceRemove {
    /// Identifier as trust evidence list prints it; its beginning is enough if it is unambiguous
    pub id: String,
}
