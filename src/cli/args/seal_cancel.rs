//! `eseal seal cancel`.

use clap::Args;

use crate::cli::args::values::Name;

/// Cancel a seal for good
#[derive(Args, Clone, Debug)]
#[command(
    about = "Cancel a seal for good",
    after_help = "Example:\n  eseal seal cancel office --reason \"office dissolved\""
)]
pub struct SealCancel {
    /// Name of the seal
    pub name: Name,

    /// Why; it stands in the register, the trail and the list for verifiers
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub reason: String,
}
