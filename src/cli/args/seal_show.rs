//! `eseal seal show`.

use clap::Args;

use crate::cli::args::values::Name;

/// Show what a seal says
#[derive(Args, Clone, Debug)]
#[command(about = "Show what a seal says", after_help = "Example:\n  eseal seal show office")]
pub struct SealShow {
    /// Name of the seal
    pub name: Name,
}
