//! `eseal cert export`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::values::Name;

/// Write a certificate as PEM; keys are never written
#[derive(Args, Clone, Debug)]
#[command(
    about = "Write a certificate as PEM; keys are never written",
    after_help = "Example:\n  eseal cert export root -o root.pem"
)]
pub struct CertExport {
    /// Name of the certificate
    pub name: Name,

    /// File to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Write the certificates of its issuers after it
    #[arg(long)]
    pub chain: bool,

    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}
