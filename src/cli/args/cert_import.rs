//! `eseal cert import`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::Password;
use crate::cli::args::values::Name;

/// Import a certificate, with its key if there is one
#[derive(Args, Clone, Debug)]
#[command(
    about = "Import a certificate, with its key if there is one",
    after_help = "Example:\n  eseal cert import partner partner.pem"
)]
pub struct CertImport {
    /// Name of the certificate in the store
    pub name: Name,

    /// Certificate files: PEM, DER or PKCS#12; the first is the certificate, others belong to its path
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Its private key: PKCS#8, SEC1 or PKCS#1, PEM or DER
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,

    /// Password of the key file or the PKCS#12 file.
    #[command(flatten)]
    pub password: Password,
}
