//! `eseal seal import`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::args::values::Name;

/// Import a seal made elsewhere for a certificate of this store
#[derive(Args, Clone, Debug)]
#[command(
    about = "Import a seal made elsewhere for a certificate of this store",
    after_help = "Example:\n  eseal seal import office office.esl --cert clerk"
)]
pub struct SealImport {
    /// Name of the seal in the store
    pub name: Name,

    /// Seal file, DER
    pub file: PathBuf,

    /// Certificate of this store that may apply it
    #[arg(long, value_name = "CERT")]
    pub cert: Name,
}
