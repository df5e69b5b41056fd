//! `eseal seal suspend`.

use clap::Args;

use crate::cli::args::values::Name;

/// Suspend a seal: it is not used until it is resumed
#[derive(Args, Clone, Debug)]
#[command(
    about = "Suspend a seal: it is not used until it is resumed",
    after_help = "Example:\n  eseal seal suspend office --reason \"under review\""
)]
pub struct SealSuspend {
    /// Name of the seal
    pub name: Name,

    /// Why; it stands in the register, the trail and the list for verifiers
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub reason: String,
}
