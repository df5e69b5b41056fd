//! `eseal cert show`.

use clap::Args;

use crate::cli::args::values::Name;

/// Show what a certificate says
#[derive(Args, Clone, Debug)]
#[command(about = "Show what a certificate says", after_help = "Example:\n  eseal cert show clerk")]
pub struct CertShow {
    /// Name of the certificate
    pub name: Name,
}
